// SPDX-License-Identifier: Apache-2.0
// `bonafide run` with the real Yarn 1.
import { runCases } from './run-cases.ts'
import { YARN_CLASSIC } from './run-clients.ts'

await runCases(YARN_CLASSIC)
