// SPDX-License-Identifier: Apache-2.0
// The attacks of the cases with the real npm 12.
import { NPM } from './clients.ts'
import { matrix } from './matrix.ts'

await matrix({ ...NPM, client: 'npm' })
