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

/** How pnpm is called, in a project that lets `paint` run its script. */
export const PNPM: ClientFacts = {
  client: 'pnpm',
  lockfile: 'pnpm-lock.yaml',
  install: ['pnpm', 'install', '--no-frozen-lockfile'],
  frozen: ['pnpm', 'install', '--frozen-lockfile'],
  add: (spec) => ['pnpm', 'add', spec],
  tool: (spec, ...words) => ['pnpm', 'dlx', spec, ...words],
  files: { 'pnpm-workspace.yaml': 'allowBuilds:\n  paint: true\n' },
  runsScripts: true,
}

/** How Yarn 4 is called, in a project with a `node_modules`. */
export const YARN: ClientFacts = {
  client: 'yarn',
  lockfile: 'yarn.lock',
  install: ['yarn', 'install', '--no-immutable'],
  frozen: ['yarn', 'install', '--immutable'],
  add: (spec) => ['yarn', 'add', spec],
  tool: (spec, ...words) => ['yarn', 'dlx', spec, ...words],
  files: { '.yarnrc.yml': 'nodeLinker: node-modules\nenableScripts: true\n' },
  runsScripts: true,
}

/** How Yarn 1 is called. */
export const YARN_CLASSIC: ClientFacts = {
  client: 'yarn-classic',
  lockfile: 'yarn.lock',
  install: ['yarn', 'install', '--non-interactive'],
  frozen: ['yarn', 'install', '--frozen-lockfile', '--non-interactive'],
  add: (spec) => ['yarn', 'add', spec, '--non-interactive'],
  tool: null,
  runsScripts: true,
}

/** How Bun is called, in a project that lets `paint` run its script. */
export const BUN: ClientFacts = {
  client: 'bun',
  lockfile: 'bun.lock',
  install: ['bun', 'install'],
  frozen: ['bun', 'install', '--frozen-lockfile'],
  add: (spec) => ['bun', 'add', spec],
  tool: (spec, ...words) => ['bunx', spec, ...words],
  manifest: { trustedDependencies: ['paint'] },
  usual: (lock) => lock.replaceAll(/"http[^"]*\.tgz"/gu, '""'),
  runsScripts: true,
}
