// SPDX-License-Identifier: Apache-2.0
// `bonafide run` with the real pnpm 12.
import { runCases } from './run-cases.ts'
import { PNPM } from './run-clients.ts'

await runCases(PNPM)
