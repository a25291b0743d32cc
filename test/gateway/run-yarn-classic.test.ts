// SPDX-License-Identifier: Apache-2.0
// `bonafide run` with the real Yarn 1.
import { runCases } from './run-cases.ts'
import type { ClientFacts } from './run-cases.ts'

const YARN: ClientFacts = {
  client: 'yarn-classic',
  lockfile: 'yarn.lock',
  install: ['yarn', 'install', '--non-interactive'],
  frozen: ['yarn', 'install', '--frozen-lockfile', '--non-interactive'],
  add: (spec) => ['yarn', 'add', spec, '--non-interactive'],
  tool: null,
  runsScripts: true,
}

await runCases(YARN)
