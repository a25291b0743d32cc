// SPDX-License-Identifier: Apache-2.0
// `bonafide run` with the real npm 12.
import { runCases } from './run-cases.ts'
import { NPM } from './run-clients.ts'

await runCases({ ...NPM, client: 'npm', runsScripts: false })
