// SPDX-License-Identifier: Apache-2.0
// How each client is called, by a user who lets it run the scripts of the packages that have some.
import { cp, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { PLUGIN } from '@bonafide/hook-yarn'
import type { Asks, Client, Way } from './ways.ts'

// Yarn calls overrides resolutions; pnpm has them, and its workspaces, in a file of their own.
function manifestOf({ overrides, ...asks }: Asks, more: object = {}, overriding = 'overrides'): string {
  const about = { name: 'shop', version: '1.0.0', license: 'MIT', private: true }
  const replaced = overrides === undefined ? {} : { [overriding]: overrides }
  return `${JSON.stringify({ ...about, ...more, ...asks, ...replaced }, null, 2)}\n`
}

function allowed(scripts: readonly string[]): Readonly<Record<string, true>> {
  return Object.fromEntries(scripts.map((name) => [name, true as const]))
}

const pathOf = (name: string, version: string): string =>
  `${name}/-/${name.slice(name.indexOf('/') + 1)}-${version}.tgz`

const folderOf = (hook: string): string => fileURLToPath(new URL(`../../packages/${hook}`, import.meta.url))

// The hooks as files of the project; test/hooks has them as their READMEs do.
const PNPM_HOOK: Way = {
  name: 'hook',
  more: { found: /^pnpmfileChecksum: .*\n/mu, before: 'importers:' },
  prepare: (folder) =>
    writeFile(
      join(folder, '.pnpmfile.mjs'),
      `import { createPnpmfile } from '${folderOf('hook-pnpm')}/dist/index.js'
export const { hooks, fetchers } = createPnpmfile()
`,
    ),
}
const YARN_HOOK: Way = { name: 'hook', env: { YARN_PLUGINS: fileURLToPath(PLUGIN) } }
const BUN_HOOK: Way = {
  name: 'hook',
  async prepare(folder) {
    const tool = join(folder, 'tools', 'hook-bun')
    for (const part of ['package.json', 'dist'])
      await cp(join(folderOf('hook-bun'), part), join(tool, part), { recursive: true })
    await writeFile(join(folder, 'bunfig.toml'), '[install.security]\nscanner = "./tools/hook-bun/dist/index.js"\n')
  },
}

/** npm, in both of its versions. */
export const NPM: Omit<Client, 'client'> = {
  lockfile: 'package-lock.json',
  install: ['npm', 'install', '--allow-git=all'],
  frozen: ['npm', 'ci'],
  ways: [{ name: 'ci' }, { name: 'run' }],
  files: (asks, scripts) => ({ 'package.json': manifestOf(asks, { allowScripts: allowed(scripts) }) }),
  led: (lock, name, version, url) =>
    lock.replace(new RegExp(`"http[^"]*${pathOf(name, version)}"`, 'u'), `"${url}${pathOf(name, version)}"`),
}

/** pnpm 12. */
export const PNPM: Client = {
  client: 'pnpm',
  lockfile: 'pnpm-lock.yaml',
  install: ['pnpm', 'install', '--no-frozen-lockfile'],
  frozen: ['pnpm', 'install', '--frozen-lockfile'],
  ways: [{ name: 'run' }, PNPM_HOOK],
  files: (asks, scripts) => ({
    'package.json': manifestOf({ ...asks, overrides: undefined, workspaces: undefined }),
    'pnpm-workspace.yaml': [
      'blockExoticSubdeps: false',
      `allowBuilds: ${JSON.stringify(allowed(scripts))}`,
      ...(asks.overrides === undefined ? [] : [`overrides: ${JSON.stringify(asks.overrides)}`]),
      ...(asks.workspaces === undefined ? [] : [`packages: ${JSON.stringify(asks.workspaces)}`]),
      '',
    ].join('\n'),
  }),
  led: (lock, name, version, url) =>
    lock.replace(
      new RegExp(`(${name}@${version}'?:\\n {4}resolution: \\{integrity: [^}]*)\\}`, 'u'),
      `$1, tarball: ${url}${pathOf(name, version)}}`,
    ),
}

/** Yarn 4, with and without a `node_modules`. */
export const YARN: Client = {
  client: 'yarn',
  lockfile: 'yarn.lock',
  install: ['yarn', 'install', '--no-immutable'],
  frozen: ['yarn', 'install', '--immutable'],
  ways: [{ name: 'run' }, YARN_HOOK],
  spared: { 'a package brings a git dependency': 'Yarn takes no git repository that is a file' },
  files: (asks) => ({
    'package.json': manifestOf(asks, {}, 'resolutions'),
    '.yarnrc.yml': 'nodeLinker: node-modules\nenableScripts: true\nnpmMinimalAgeGate: 0\n',
  }),
  led: (lock, name, version, url) =>
    lock.replace(
      `"${name}@npm:${version}"\n  checksum`,
      `"${name}@npm:${version}::__archiveUrl=${encodeURIComponent(`${url}${pathOf(name, version)}`)}"\n  checksum`,
    ),
}

/** Yarn 1. */
export const YARN_CLASSIC: Client = {
  client: 'yarn-classic',
  lockfile: 'yarn.lock',
  install: ['yarn', 'install', '--non-interactive'],
  frozen: ['yarn', 'install', '--frozen-lockfile', '--non-interactive'],
  ways: [{ name: 'run' }],
  files: (asks) => ({ 'package.json': manifestOf(asks, {}, 'resolutions') }),
  led: (lock, name, version, url) =>
    lock.replace(new RegExp(`"http[^"]*${pathOf(name, version)}#`, 'u'), `"${url}${pathOf(name, version)}#`),
}

/** Bun. */
export const BUN: Client = {
  client: 'bun',
  lockfile: 'bun.lock',
  install: ['bun', 'install'],
  frozen: ['bun', 'install', '--frozen-lockfile'],
  ways: [{ name: 'run' }, BUN_HOOK],
  files: (asks, scripts) => ({ 'package.json': manifestOf(asks, { trustedDependencies: scripts }) }),
  usual: (lock) => lock.replaceAll(/"http[^"]*\.tgz"/gu, '""'),
  led: (lock, name, version, url) =>
    lock.replace(`"${name}@${version}", ""`, `"${name}@${version}", "${url}${pathOf(name, version)}"`),
}
