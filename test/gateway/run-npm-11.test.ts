// SPDX-License-Identifier: Apache-2.0
// `bonafide run` with the real npm 11, which runs the scripts of dependencies.
import { runCases } from './run-cases.ts'
import { NPM } from './run-clients.ts'

await runCases({ ...NPM, client: 'npm-11', runsScripts: true })
