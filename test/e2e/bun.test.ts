// SPDX-License-Identifier: Apache-2.0
// The attacks of the cases with the real Bun.
import { BUN } from './clients.ts'
import { matrix } from './matrix.ts'

await matrix(BUN)
