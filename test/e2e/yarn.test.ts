// SPDX-License-Identifier: Apache-2.0
// The attacks of the cases with the real Yarn 4.
import { YARN } from './clients.ts'
import { matrix } from './matrix.ts'

await matrix(YARN)
