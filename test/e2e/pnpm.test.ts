// SPDX-License-Identifier: Apache-2.0
// The attacks of the cases with the real pnpm 12.
import { PNPM } from './clients.ts'
import { matrix } from './matrix.ts'

await matrix(PNPM)
