// SPDX-License-Identifier: Apache-2.0
import type { ClientFacts } from './run-cases.ts'

/** How npm is called, in both of its versions. */
export const NPM: Omit<ClientFacts, 'client' | 'runsScripts'> = {
  lockfile: 'package-lock.json',
  install: ['npm', 'install'],
  frozen: ['npm', 'ci'],
  add: (spec) => ['npm', 'install', spec],
  tool: (spec, ...words) => ['npx', '--yes', spec, ...words],
}
