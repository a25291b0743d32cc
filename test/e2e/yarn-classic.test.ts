// SPDX-License-Identifier: Apache-2.0
// The attacks of the cases with the real Yarn 1.
import { YARN_CLASSIC } from './clients.ts'
import { matrix } from './matrix.ts'

await matrix(YARN_CLASSIC)
