// SPDX-License-Identifier: Apache-2.0
// `bonafide run` with the real Yarn 4.
import { runCases } from './run-cases.ts'
import type { ClientFacts } from './run-cases.ts'

const YARN: ClientFacts = {
  client: 'yarn',
  lockfile: 'yarn.lock',
  install: ['yarn', 'install', '--no-immutable'],
  frozen: ['yarn', 'install', '--immutable'],
  add: (spec) => ['yarn', 'add', spec],
  tool: (spec, ...words) => ['yarn', 'dlx', spec, ...words],
  files: { '.yarnrc.yml': 'nodeLinker: node-modules\nenableScripts: true\n' },
  runsScripts: true,
}

await runCases(YARN)
