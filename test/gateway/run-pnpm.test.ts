// SPDX-License-Identifier: Apache-2.0
// `bonafide run` with the real pnpm 12.
import { runCases } from './run-cases.ts'

await runCases({
  client: 'pnpm',
  lockfile: 'pnpm-lock.yaml',
  install: ['pnpm', 'install', '--no-frozen-lockfile'],
  frozen: ['pnpm', 'install', '--frozen-lockfile'],
  add: (spec) => ['pnpm', 'add', spec],
  tool: (spec, ...words) => ['pnpm', 'dlx', spec, ...words],
  files: { 'pnpm-workspace.yaml': 'allowBuilds:\n  paint: true\n' },
  runsScripts: true,
})
