// SPDX-License-Identifier: Apache-2.0
// `bonafide run` with the real Yarn 4.
import { runCases } from './run-cases.ts'
import { YARN } from './run-clients.ts'

await runCases(YARN)
