// SPDX-License-Identifier: Apache-2.0
// What pnpm's lockfiles hold, in each of their formats, and the attacks on them. test/lockfile/managers.test.ts reads real ones.
import { readFileSync } from 'node:fs'
import { BonafideError } from '@bonafide/core'
import { groupEntries, openLockfile, parseLockfile } from '@bonafide/lockfile'
import type { LockEntry, Lockfile, LockfileOptions } from '@bonafide/lockfile'
import t from 'tap'
import { REGISTRY, integrityOf } from './build.ts'

const SHA = 'a'.repeat(40)
const OTHER_SHA = 'b'.repeat(40)
const bound = (id: string): string => `{integrity: ${integrityOf(id)}}`

interface Parts {
  /** Dependencies of the project: `[name, specifier, version]`. */
  readonly uses?: readonly (readonly [string, string, string])[]
  /** Projects below the root, with their dependencies. */
  readonly projects?: Readonly<Record<string, readonly (readonly [string, string, string])[]>>
  /** Packages by key: their `resolution`, and further lines. */
  readonly packages?: Readonly<Record<string, string>>
  readonly snapshots?: Readonly<Record<string, Readonly<Record<string, string>>>>
  /** Further keys of the file. */
  readonly head?: string
}

/** A lockfile of version 9.0, as pnpm lays it out. */
function lock9({ uses = [], projects = {}, packages = {}, snapshots = {}, head = '' }: Parts): string {
  const project = (folder: string, list: typeof uses): string[] => [
    '',
    list.length === 0 ? `  ${folder}: {}` : `  ${folder}:`,
    ...(list.length === 0 ? [] : ['    dependencies:']),
    ...list.flatMap(([name, specifier, version]) => [
      `      '${name}':`,
      `        specifier: '${specifier}'`,
      `        version: ${version.startsWith('@') ? `'${version}'` : version}`,
    ]),
  ]
  const all = Object.fromEntries(Object.keys(packages).map((key) => [key, snapshots[key] ?? {}]))
  return [
    "lockfileVersion: '9.0'",
    head,
    'importers:',
    ...project('.', uses),
    ...Object.entries(projects).flatMap(([folder, list]) => project(folder, list)),
    '',
    'packages:',
    ...Object.entries(packages).flatMap(([key, resolution]) => ['', `  '${key}':`, `    resolution: ${resolution}`]),
    '',
    'snapshots:',
    ...Object.entries({ ...all, ...snapshots }).flatMap(([key, inner]) => [
      '',
      ...(Object.keys(inner).length === 0
        ? [`  '${key}': {}`]
        : [`  '${key}':`, '    dependencies:', ...Object.entries(inner).map(([name, to]) => `      '${name}': ${to}`)]),
    ]),
    '',
  ].join('\n')
}

const read = (text: string, options?: LockfileOptions): Lockfile => parseLockfile(text, 'pnpm-lock.yaml', options)

/** The kind of an entry, with the codes of its findings and of the file's: the shape in which tests compare. */
function verdict(lockfile: Lockfile, name: string): string {
  const found = lockfile.entries.find((entry) => entry.name === name || entry.path === name)
  const codes = [...(found?.findings ?? []), ...lockfile.findings].map(({ code }) => code)
  return [found?.kind ?? 'none', ...new Set(codes)].join(' ')
}

const judge = (parts: Parts, name: string, options?: LockfileOptions): string =>
  verdict(read(lock9(parts), options), name)

const manifest = (dependencies: object, more: object = {}): string =>
  JSON.stringify({ name: 'p', dependencies, ...more })
const evil = { 'evil@1.0.0': bound('evil') }
const axios = { 'axios@1.0.0': bound('axios') }

const entry = (lockfile: Lockfile, path: string): LockEntry => {
  const found = lockfile.entries.find((one) => one.path === path)
  if (found === undefined) throw new Error(`no entry ${path}`)
  return found
}

await t.test('version 9.0: one entry for each package, with its line, whatever its peers', async (it) => {
  const text = lock9({
    uses: [
      ['brush', 'npm:paint@^2', 'paint@2.0.0'],
      ['themed', '^1', '1.0.0(view@18.0.0(x@1.0.0))'],
    ],
    projects: { 'packages/a': [['themed', '^1', '1.0.0(view@17.0.0)']] },
    packages: {
      'paint@2.0.0': bound('paint'),
      'themed@1.0.0': bound('themed'),
      'view@17.0.0': bound('17'),
      'view@18.0.0': bound('18'),
    },
    snapshots: {
      'themed@1.0.0(view@18.0.0(x@1.0.0))': { view: '18.0.0' },
      'themed@1.0.0(view@17.0.0)': { view: '17.0.0' },
    },
  })
  const lockfile = read(text)
  it.match(lockfile, { manager: 'pnpm', format: '9.0', file: 'pnpm-lock.yaml', findings: [] })
  it.strictSame(
    lockfile.entries.map((one) => [one.kind, one.name, one.version, one.findings.length]),
    [
      ['registry', 'paint', '2.0.0', 0],
      ['registry', 'themed', '1.0.0', 0],
      ['registry', 'view', '17.0.0', 0],
      ['registry', 'view', '18.0.0', 0],
    ],
  )
  for (const one of lockfile.entries) it.equal(text.split('\n')[one.where.line - 1], `  '${one.path}':`)
  it.match(entry(lockfile, 'paint@2.0.0'), { integrity: { state: 'sha512' }, resolved: null, dev: false })
})

await t.test('carriage returns and a byte order mark move no line', async (it) => {
  const text = lock9({ uses: [['axios', '^1', '1.0.0']], packages: axios })
  const { line } = entry(read(text), 'axios@1.0.0').where
  it.equal(entry(read(`\uFEFF${text.replaceAll('\n', '\r\n')}`), 'axios@1.0.0').where.line, line)
})

await t.test('version 6.0: keys with a slash, and packages within the entries', async (it) => {
  const text = `lockfileVersion: '6.0'

settings:
  autoInstallPeers: true

dependencies:
  brush:
    specifier: npm:paint@^2
    version: /paint@2.0.0
  from-folder:
    specifier: file:./vendor/from-folder
    version: file:vendor/from-folder
  from-forge:
    specifier: github:acme/tool
    version: github.com/acme/tool/${SHA}
  themed:
    specifier: ^1
    version: 1.0.0(view@18.0.0)

devDependencies:
  '@acme/fuel':
    specifier: ^1
    version: 1.0.0

packages:

  /@acme/fuel@1.0.0:
    resolution: ${bound('fuel')}
    dev: true

  /paint@2.0.0:
    resolution: ${bound('paint')}
    deprecated: |-
      no: "way" # x
        resolution: {integrity: sha512-none}
    dev: false

  /themed@1.0.0(view@18.0.0):
    resolution: ${bound('themed')}
    dependencies:
      view: 18.0.0

  /view@18.0.0:
    resolution: ${bound('view')}
    optional: true

  file:vendor/from-folder:
    resolution: {directory: vendor/from-folder, type: directory}
    name: from-folder
    dev: false

  github.com/acme/tool/${SHA}:
    resolution: {tarball: https://codeload.github.com/acme/tool/tar.gz/${SHA}}
    name: from-forge
    version: 1.0.0
`
  const lockfile = read(text)
  it.match(lockfile, { format: '6.0', findings: [] })
  it.strictSame(
    lockfile.entries.map((one) => [one.kind, one.name, one.version, ...one.findings.map(({ code }) => code)]),
    [
      ['registry', '@acme/fuel', '1.0.0'],
      ['registry', 'paint', '2.0.0'],
      ['registry', 'themed', '1.0.0'],
      ['registry', 'view', '18.0.0'],
      ['file', 'from-folder', null],
      ['git', 'from-forge', '1.0.0'],
    ],
  )
  it.match(entry(lockfile, '/@acme/fuel@1.0.0'), { dev: true })
  it.match(entry(lockfile, '/view@18.0.0'), { dev: false, optional: true })
  it.equal(
    verdict(read(text.replace('/paint@2.0.0\n', '/evil@2.0.0\n').replace('/paint@2.0.0:', '/evil@2.0.0:')), 'evil'),
    'registry lock-entry-undeclared',
  )
})

await t.test('version 13.0: JSON with trailing commas', async (it) => {
  const text = `{
	"lockfileVersion": "13.0",
	"settings": { "catalogs": { "default": { "listed": { "specifier": "^1", "version": "1.0.0", }, }, }, },
	"projects": {
		".": { "dependencies": { "brush": { "specifier": "npm:paint@^2", "version": "paint@2.0.0", }, "listed": "catalog:", "part": "workspace:*", }, },
		"packages/part": { "name": "part", "dependencies": { "listed": "1.0.0", }, },
	},
	"packages": {
		"listed@1.0.0": { "integrity": "${integrityOf('listed')}", "optional": true, },
		"paint@2.0.0": { "integrity": "${integrityOf('paint')}", "dependencies": { "listed": "1.0.0", }, },
	},
}
`
  const lockfile = read(text)
  it.match(lockfile, { format: '13.0', findings: [] })
  it.strictSame(
    lockfile.entries.map((one) => [one.kind, one.name, one.version, one.where.line, one.findings.length]),
    [
      ['registry', 'listed', '1.0.0', 9, 0],
      ['registry', 'paint', '2.0.0', 10, 0],
      ['workspace', 'part', null, 5, 0],
    ],
  )
  it.match(entry(lockfile, 'listed@1.0.0'), { integrity: { state: 'sha512' }, optional: true })
  const swapped = text.replaceAll('paint@2.0.0', 'evil@2.0.0')
  it.equal(verdict(read(swapped), 'evil'), 'registry lock-entry-undeclared')
  const twice = read(text.replace('"listed@1.0.0": {', '"listed@1.0.0": {}, "listed@1.0.0": {'))
  it.equal(verdict(twice, 'listed'), 'registry lock-duplicate-key')
})

await t.test('config dependencies and a pinned pnpm stand in a document before the project’s', async (it) => {
  const first = `---
lockfileVersion: '9.0'

importers:

  .:
    configDependencies:
      conf:
        specifier: 1.0.0
        version: 1.0.0
    packageManagerDependencies:
      pnpm:
        specifier: 12.0.0
        version: 12.0.0

packages:

  conf@1.0.0:
    resolution: ${bound('conf')}

  pnpm@12.0.0:
    resolution: ${bound('pnpm')}

snapshots:

  conf@1.0.0: {}

  pnpm@12.0.0: {}

---
`
  const text = first + lock9({ uses: [['axios', '^1', '1.0.0']], packages: axios })
  const files = new Map([['pnpm-workspace.yaml', 'configDependencies:\n  conf: 1.0.0 # ours\n']])
  const lockfile = read(text, { manifest: manifest({ axios: '^1' }), files })
  it.strictSame(
    lockfile.entries.map((one) => [one.name, one.kind, one.findings.length]),
    [
      ['conf', 'registry', 0],
      ['pnpm', 'registry', 0],
      ['axios', 'registry', 0],
    ],
  )
  for (const one of lockfile.entries) it.match(text.split('\n')[one.where.line - 1], new RegExp(`${one.path}'?:$`, 'u'))
  const swapped = text.replaceAll('conf@1.0.0', 'evil@1.0.0').replace('version: 1.0.0', 'version: evil@1.0.0')
  it.equal(verdict(read(swapped), 'evil'), 'registry lock-entry-undeclared', 'the lockfile’s own word')
  const forged = swapped.replace('specifier: 1.0.0', 'specifier: npm:evil@1.0.0')
  it.equal(verdict(read(forged), 'evil'), 'registry')
  it.equal(verdict(read(forged, { files }), 'evil'), 'registry lock-entry-undeclared', 'the settings outrank it')
  const pnpm = text.replaceAll('pnpm@12.0.0', 'evil@12.0.0').replace('version: 12.0.0', 'version: evil@12.0.0')
  it.equal(verdict(read(pnpm), 'evil'), 'registry lock-entry-undeclared')
})

await t.test('another package in the place of axios is refused, at the line of the dependency', async (it) => {
  // pnpm 12 installs this one, frozen or not: the code of evil answers to the name axios
  const parts = { uses: [['axios', '^1.0.0', 'evil@1.0.0']], packages: evil } as const
  const lockfile = read(lock9(parts))
  it.equal(verdict(lockfile, 'evil'), 'registry lock-entry-undeclared')
  const found = entry(lockfile, 'evil@1.0.0')
  it.equal(lock9(parts).split('\n')[(found.findings[0]?.where.line ?? 0) - 1], "      'axios':")
  it.equal(lock9(parts).split('\n')[found.where.line - 1], "  'evil@1.0.0':")
  const alias = { uses: [['axios', 'npm:evil@1', 'evil@1.0.0']], packages: evil } as const
  it.equal(judge(alias, 'evil'), 'registry', 'the project wants it so')
  it.equal(judge(alias, 'evil', { manifest: manifest({ axios: '^1.0.0' }) }), 'registry lock-entry-undeclared')
  it.equal(judge(alias, 'evil', { manifest: manifest({}) }), 'registry lock-entry-undeclared', 'nobody asks for it')
  it.equal(
    judge({ uses: [['axios', 'npm:other@1', 'evil@1.0.0']], packages: evil }, 'evil'),
    'registry lock-entry-undeclared',
  )
  it.equal(
    judge({ uses: [['foo', 'npm:axios@1', '1.0.0']], packages: { 'foo@1.0.0': bound('foo') } }, 'foo'),
    'registry lock-entry-undeclared',
  )
})

await t.test('one project of the workspace never answers for another', async (it) => {
  const parts = {
    uses: [['axios', '^1.0.0', 'evil@1.0.0']],
    projects: { 'packages/a': [['axios', 'npm:evil@1', 'evil@1.0.0']] },
    packages: evil,
  } as const
  it.equal(judge(parts, 'evil'), 'registry lock-entry-undeclared')
  const files = new Map([['packages/a/package.json', manifest({ axios: '^1.0.0' })]])
  const aliased = { ...parts, uses: [] }
  it.equal(judge(aliased, 'evil'), 'registry')
  it.equal(
    judge(aliased, 'evil', { manifest: manifest({}), files }),
    'registry lock-entry-undeclared',
    'its manifest wins',
  )
  it.equal(
    judge(aliased, 'evil', { manifest: manifest({}), files: new Map() }),
    'registry lock-entry-undeclared',
    'a project that is not there',
  )
})

await t.test('a dependency on a version swapped for git, a URL, a file or a folder is refused', async (it) => {
  const swaps: readonly (readonly [string, string])[] = [
    [`git+https://git.example/evil.git#${SHA}`, `{commit: ${SHA}, repo: https://git.example/evil.git, type: git}`],
    [
      `https://codeload.github.com/evil/x/tar.gz/${SHA}`,
      `{gitHosted: true, tarball: https://codeload.github.com/evil/x/tar.gz/${SHA}}`,
    ],
    ['https://evil.example/axios.tgz', `{integrity: ${integrityOf('e')}, tarball: https://evil.example/axios.tgz}`],
    ['file:vendor/axios.tgz', `{integrity: ${integrityOf('e')}, tarball: file:vendor/axios.tgz}`],
    ['file:vendor/axios', '{directory: vendor/axios, type: directory}'],
  ]
  for (const [source, resolution] of swaps) {
    const key = `axios@${source}`
    const parts = { uses: [['axios', '^1.0.0', key]], packages: { [key]: resolution } } as const
    const lockfile = read(lock9(parts))
    const found = entry(lockfile, key)
    it.ok(
      found.findings.some(({ level }) => level === 'refuse'),
      source,
    )
    it.not(found.kind, 'registry', source)
    // the same behind the key of a version
    const hidden = read(lock9({ uses: [['axios', '^1.0.0', '1.0.0']], packages: { 'axios@1.0.0': resolution } }))
    it.ok(
      entry(hidden, 'axios@1.0.0').findings.some(({ level }) => level === 'refuse'),
      `hidden ${source}`,
    )
  }
  it.equal(judge({ uses: [['axios', '^1.0.0', 'link:vendor/axios']] }, 'axios'), 'invalid lock-entry-undeclared')
})

await t.test('what the project asks for by git, URL, file or folder is what it is', async (it) => {
  const git = `git+https://git.example/tool.git#${SHA}`
  const parts: Parts = {
    uses: [
      ['from-git', 'git+https://git.example/tool.git', git],
      ['from-forge', 'github:acme/tool#main', `https://codeload.github.com/acme/tool/tar.gz/${SHA}`],
      ['from-url', 'https://files.example/x.tgz', 'by-url@https://files.example/x.tgz'],
      ['from-archive', 'file:./vendor/x.tgz', 'file:vendor/x.tgz'],
      ['from-folder', 'file:vendor/x', 'file:vendor/x'],
      ['linked', 'link:../outside', 'link:../outside'],
      ['own', `${REGISTRY}/own/-/own-1.0.0.tgz`, 'own@1.0.0'],
      ['from-jsr', 'jsr:@std/path@^1', '@jsr/std__path@1.0.0'],
    ],
    packages: {
      [`from-git@${git}`]: `{commit: ${SHA}, repo: https://git.example/tool.git, type: git}`,
      [`from-forge@https://codeload.github.com/acme/tool/tar.gz/${SHA}`]: `{gitHosted: true, integrity: ${integrityOf('f')}, tarball: https://codeload.github.com/acme/tool/tar.gz/${SHA}}`,
      'by-url@https://files.example/x.tgz': `{integrity: ${integrityOf('u')}, tarball: https://files.example/x.tgz}`,
      'from-archive@file:vendor/x.tgz': `{integrity: ${integrityOf('a')}, tarball: file:vendor/x.tgz}`,
      'from-folder@file:vendor/x': '{directory: vendor/x, type: directory}',
      'own@1.0.0': bound('own'),
      '@jsr/std__path@1.0.0': bound('jsr'),
    },
  }
  const kinds = (options?: LockfileOptions): readonly string[] =>
    read(lock9(parts), options).entries.map((one) =>
      [one.kind, one.name, ...one.findings.map(({ code }) => code)].join(' '),
    )
  const expected = [
    'git from-git',
    'git from-forge',
    'remote by-url',
    'file from-archive',
    'file from-folder',
    'registry own',
    'registry @jsr/std__path',
    'link linked',
  ]
  it.strictSame(kinds(), expected)
  const asked = Object.fromEntries((parts.uses ?? []).map(([name, specifier]) => [name, specifier]))
  it.strictSame(kinds({ manifest: manifest(asked), files: new Map() }), expected)
  const swap = (name: string, to: string): string => {
    const changed = manifest({ ...asked, [name]: to })
    return read(lock9(parts), { manifest: changed, files: new Map() })
      .entries.flatMap(({ findings }) => findings.map(({ code }) => code))
      .join(' ')
  }
  it.match(swap('from-git', 'git+https://git.example/other.git'), /lock-resolved-mismatch/u)
  it.match(
    swap('from-git', `git+https://git.example/tool.git#${OTHER_SHA}`),
    /lock-resolved-mismatch/u,
    'another commit',
  )
  it.match(swap('from-forge', 'github:acme/other'), /lock-resolved-mismatch/u)
  it.match(swap('from-url', 'https://files.example/y.tgz'), /lock-resolved-mismatch/u)
  it.match(swap('from-folder', 'file:vendor/y'), /lock-resolved-mismatch/u)
  it.match(swap('linked', 'link:../elsewhere'), /lock-entry-undeclared/u)
  it.match(swap('own', `${REGISTRY}/other/-/other-1.0.0.tgz`), /lock-resolved-mismatch/u)
})

const withTarball = (tarball: string): string =>
  judge(
    {
      uses: [['axios', '^1', '1.0.0']],
      packages: { 'axios@1.0.0': `{integrity: ${integrityOf('a')}, tarball: ${tarball}}` },
    },
    'axios',
  )

await t.test('a tarball beside the integrity has to be that of the name and version', async (it) => {
  it.equal(withTarball(`${REGISTRY}/axios/-/axios-1.0.0.tgz`), 'registry')
  it.match(withTarball(`${REGISTRY}/evil/-/evil-1.0.0.tgz`), /lock-resolved-mismatch/u)
  it.match(withTarball(`${REGISTRY}/axios/-/axios-1.0.1.tgz`), /lock-resolved-mismatch/u)
  it.match(withTarball('https://evil.example/axios.tgz'), /lock-resolved-mismatch/u)
})

await t.test('a package that asks for git, a URL or a file is told with what it asks for', async (it) => {
  const key = `setup@git+https://git.example/setup.git#${SHA}`
  const parts = {
    uses: [['paint', '^1', '1.0.0']],
    packages: { 'paint@1.0.0': bound('p'), [key]: `{commit: ${SHA}, repo: https://git.example/setup.git, type: git}` },
    snapshots: { 'paint@1.0.0': { setup: key } },
  } as const
  const lockfile = read(lock9(parts))
  it.match(entry(lockfile, key), {
    kind: 'git',
    requestedBy: 'package',
    edges: [`setup@${key}`],
    findings: [{ code: 'exotic-dependency' }],
  })
  const linked = read(
    lock9({
      ...parts,
      packages: { 'paint@1.0.0': bound('p') },
      snapshots: { 'paint@1.0.0': { setup: 'link:vendor/setup' } },
    }),
  )
  it.equal(verdict(linked, 'setup'), 'link exotic-dependency')
  const nobody = read(lock9({ ...parts, snapshots: {} }))
  it.ok(
    entry(nobody, key).findings.some(({ level }) => level === 'refuse'),
    'an entry that nobody asks for',
  )
  // what a folder of the project asks for, the project asks for
  const local = {
    uses: [['own', 'file:own', 'file:own']],
    packages: { 'own@file:own': '{directory: own, type: directory}', [key]: parts.packages[key] ?? '' },
    snapshots: { 'own@file:own': { setup: key } },
  } as const
  it.match(entry(read(lock9(local)), key), { kind: 'git', requestedBy: 'project', findings: [] })
})

await t.test('overrides, catalogs and hooks of the project are its own wishes', async (it) => {
  const parts = {
    uses: [['deep', '^1', 'shallow@1.0.0']],
    packages: { 'shallow@1.0.0': bound('s') },
    head: 'overrides:\n  deep: npm:shallow@1.0.0\n',
  } as const
  it.equal(judge(parts, 'shallow'), 'registry', 'nobody else tells')
  const own = manifest({ deep: '^1' })
  const settings = (text: string): LockfileOptions => ({
    manifest: own,
    files: new Map([['pnpm-workspace.yaml', text]]),
  })
  it.equal(judge(parts, 'shallow', settings('overrides:\n  deep: npm:shallow@1.0.0 # why\n')), 'registry')
  it.equal(judge(parts, 'shallow', settings("overrides:\n  'a@1>deep@^1': 'npm:shallow@1.0.0'\n")), 'registry')
  it.equal(
    judge(parts, 'shallow', settings('packages: [a]\n')),
    'registry lock-entry-undeclared',
    'written into the lockfile alone',
  )
  it.equal(judge(parts, 'shallow', settings('overrides:\n  deep: npm:other@1.0.0\n')), 'registry lock-entry-undeclared')
  const inManifest = manifest({ deep: '^1' }, { pnpm: { overrides: { deep: 'npm:shallow@1' } } })
  it.equal(judge(parts, 'shallow', { manifest: inManifest, files: new Map() }), 'registry')
  it.equal(
    judge(parts, 'shallow', settings('overrides: &a\n  deep: 1\n')),
    'registry',
    'settings that are not read leave it to pnpm, which compares',
  )

  const catalog = {
    uses: [['brush', 'catalog:', 'paint@2.0.0']],
    packages: { 'paint@2.0.0': bound('p') },
    head: 'catalogs:\n  default:\n    brush:\n      specifier: npm:paint@^2\n      version: 2.0.0\n',
  } as const
  const asks = manifest({ brush: 'catalog:' })
  it.equal(judge(catalog, 'paint'), 'registry')
  it.equal(
    judge(catalog, 'paint', {
      manifest: asks,
      files: new Map([['pnpm-workspace.yaml', 'catalog:\n  brush: npm:paint@^2\n']]),
    }),
    'registry',
  )
  it.match(
    judge(catalog, 'paint', { manifest: asks, files: new Map([['pnpm-workspace.yaml', 'catalog:\n  brush: ^2\n']]) }),
    /undeclared/u,
  )

  const hooked = {
    ...parts,
    uses: [['deep', 'npm:shallow@1.0.0', 'shallow@1.0.0']],
    head: 'pnpmfileChecksum: sha256-x\n',
  } as const
  it.match(judge(hooked, 'shallow', { manifest: own, files: new Map() }), /undeclared/u, 'a checksum of no hook')
  it.equal(judge(hooked, 'shallow', { manifest: own, files: new Map([['.pnpmfile.cjs', 'x']]) }), 'registry')
})

await t.test('a folder in the place of a dependency has to be the workspace that was asked for', async (it) => {
  const files = new Map([
    ['packages/a/package.json', '{ "name": "a" }'],
    ['packages/b/package.json', '{ "name": "b" }'],
  ])
  const at = (name: string, specifier: string, way: string): string =>
    judge(
      { uses: [[name, specifier, way]], projects: { 'packages/a': [], 'packages/b': [] } },
      `node_modules/${name}`,
      { manifest: manifest({ [name]: specifier }), files },
    )
  it.equal(at('a', 'workspace:*', 'link:packages/a'), 'workspace')
  it.equal(at('a', '^1', 'link:packages/a'), 'workspace', 'a range that it satisfies')
  it.equal(at('x', 'workspace:a@*', 'link:packages/a'), 'workspace', 'under another name')
  it.equal(at('a', 'link:packages/a', 'link:packages/a'), 'workspace')
  it.match(at('a', 'workspace:*', 'link:packages/b'), /^invalid lock-entry-undeclared/u)
  it.match(at('a', 'workspace:*', 'link:vendor/a'), /^invalid lock-entry-undeclared/u)
  it.match(at('a', '^1', 'link:packages/b'), /^invalid lock-entry-undeclared/u)
  const copied = {
    uses: [['a', 'workspace:*', 'file:packages/a']],
    projects: { 'packages/a': [] },
    packages: { 'a@file:packages/a': '{directory: packages/a, type: directory}' },
  } as const
  it.equal(judge(copied, 'a@file:packages/a'), 'file', 'copied instead of linked')
})

const six = (id: string, suffix: string): string => `\n  /a@1.0.0${suffix}:\n    resolution: ${bound(id)}\n`

await t.test('integrities are states, and two of them for one version a conflict', async (it) => {
  const states = [
    `{integrity: ${integrityOf('x')}}`,
    '{integrity: sha1-2jmj7l5rSw0yVb/vlWAYkK/YBwk=}',
    `{integrity: '${integrityOf('x')} ${integrityOf('y')}'}`,
    '{integrity: sha512-short}',
    '{integrity: 7}',
    '{}',
  ]
  it.strictSame(
    states.map((resolution) => {
      const found = entry(read(lock9({ uses: [['a', '1', '1.0.0']], packages: { 'a@1.0.0': resolution } })), 'a@1.0.0')
      return found.kind === 'registry' ? found.integrity.state : found.kind
    }),
    ['sha512', 'weak', 'several', 'malformed', 'malformed', 'missing'],
  )
  const text = `lockfileVersion: '6.0'\n\npackages:\n${six('x', '')}${six('y', '(b@1.0.0)')}`
  it.match(groupEntries([read(text)]), [
    { integrity: { state: 'several' }, findings: [{ code: 'lock-integrity-conflict', fix: /pnpm/u }] },
  ])
})

await t.test('entries that are not what pnpm writes are refused where they stand', async (it) => {
  const at = (packages: Readonly<Record<string, string>>, more: Parts = {}): string =>
    judge({ uses: [['a', '1', '1.0.0']], packages, ...more }, Object.keys(packages)[0] ?? '')
  it.match(at({ 'a@1.0.0': 'text' }), /^invalid lock-entry-malformed/u)
  it.match(at({ 'a@1.0.0': '[]' }), /^invalid lock-entry-malformed/u)
  it.match(
    at({ 'a@1.0.0': `{integrity: ${integrityOf('x')}, type: binary, url: https://x.example}` }),
    /^invalid lock-entry-malformed/u,
  )
  it.match(
    at({ 'a@1.0.0': `{integrity: ${integrityOf('x')}, repo: https://x.example/y.git}` }),
    /^invalid lock-entry-malformed/u,
    'two sources',
  )
  it.match(at({ 'a@1.0.0(b@1.0.0)': bound('x') }), /lock-entry-malformed/u, 'a key with peers among the packages')
  it.match(at({ ['__proto__@1.0.0']: bound('x') }), /^invalid lock-entry-malformed/u)
  it.match(at({ '../a@1.0.0': bound('x') }), /^invalid lock-entry-malformed/u)
  it.match(at({ 'a@1.0': bound('x') }, { uses: [['a', '1', '1.0']] }), /^invalid/u, 'no version')
  it.match(judge({ uses: [['a', '1', '1.0.0']] }, 'a'), /^none lock-entry-malformed/u, 'a dependency on nothing')
  it.match(
    judge({ uses: [], packages: axios, snapshots: { 'evil@1.0.0': {} } }, 'evil'),
    /^none lock-entry-malformed/u,
    'a snapshot of no package',
  )
  it.match(
    judge({ uses: [], packages: axios, snapshots: { 'axios@1.0.0': { x: '1.0.0' } } }, 'axios'),
    /lock-entry-malformed/u,
  )
  const twice = lock9({ uses: [['axios', '^1', '1.0.0']], packages: axios }).replace(
    "  'axios@1.0.0':\n    resolution",
    `  'axios@1.0.0':\n    resolution: ${bound('evil')}\n\n  axios@1.0.0:\n    resolution`,
  )
  it.equal(verdict(read(twice), 'axios'), 'registry lock-duplicate-key', 'pnpm does not read such a file')
})

const failure = (text: string): BonafideError => {
  try {
    read(text)
  } catch (error) {
    if (error instanceof BonafideError) return error
    throw error
  }
  throw new Error(`it was read: ${text.slice(0, 60)}`)
}

await t.test('what is no such lockfile says why, where, and what to do', async (it) => {
  const good = lock9({ uses: [['axios', '^1', '1.0.0']], packages: axios })
  const cases: readonly (readonly [string, string, string, RegExp, number])[] = [
    ['nothing', '', 'MALFORMED', /empty/u, 1],
    ['no version', 'importers:\n', 'UNSUPPORTED', /no lockfileVersion/u, 1],
    ['version 5.4', 'lockfileVersion: 5.4\n', 'UNSUPPORTED', /lockfileVersion 5.4/u, 1],
    ['a version without quotes', good.replace("'9.0'", '9.0'), 'UNSUPPORTED', /lockfileVersion 9/u, 1],
    ['a version to come', good.replace("'9.0'", "'10.0'"), 'UNSUPPORTED', /lockfileVersion "10.0"/u, 1],
    ['version 13 in YAML', good.replace("'9.0'", "'13.0'"), 'MALFORMED', /unknown key/u, 3],
    ['an unknown key', `${good}evil: {}\n`, 'MALFORMED', /unknown key/u, good.split('\n').length],
    ['packages of a wrong type', "lockfileVersion: '9.0'\npackages: []\n", 'MALFORMED', /wrong type/u, 2],
    [
      'three documents',
      `---\n${good}---\n${good}---\n${good}`,
      'MALFORMED',
      /more than two/u,
      2 * good.split('\n').length + 1,
    ],
    ['an anchor', good.replace('packages:', 'packages: &a'), 'MALFORMED', /anchor or alias/u, 11],
    ['an alias', good.replace('version: 1.0.0', 'version: *a'), 'MALFORMED', /anchor or alias/u, 9],
    ['a tag', good.replace('version: 1.0.0', 'version: !!str 1.0.0'), 'MALFORMED', /tag/u, 9],
    ['a merge key', good.replace('    resolution', '    <<: {x: y}\n    resolution'), 'MALFORMED', /merge key/u, 14],
    ['a merge key in braces', good.replace('{integrity', '{<<: x, integrity'), 'MALFORMED', /no text/u, 14],
    ['a key twice in braces', good.replace('{integrity', '{integrity: x, integrity'), 'MALFORMED', /twice/u, 14],
    ['a comment behind a value', good.replace('version: 1.0.0', 'version: 1.0.0 # x'), 'MALFORMED', /comment/u, 9],
    [
      'a value over two lines',
      good.replace('version: 1.0.0', 'version: 1.0.0\n          more'),
      'MALFORMED',
      /several lines/u,
      10,
    ],
    [
      'quotes over two lines',
      good.replace('version: 1.0.0', 'version: "1.0.0\n          more"'),
      'MALFORMED',
      /several lines/u,
      9,
    ],
    ['a tab', good.replace('        version', '\tversion'), 'MALFORMED', /./u, 9],
    ['a directive', `%YAML 1.1\n${good}`, 'MALFORMED', /./u, 1],
    ['an end of the document', `${good}...\n`, 'MALFORMED', /./u, good.split('\n').length],
    ['a line separator', good.replace('version: 1.0.0', 'version: 1.0.0\u2028x'), 'MALFORMED', /control character/u, 9],
    ['a merge conflict', good.replace('packages:', '<<<<<<< HEAD\npackages:'), 'MALFORMED', /./u, 11],
    ['brackets without end', `lockfileVersion: '9.0'\nimporters: ${'['.repeat(100_000)}\n`, 'MALFORMED', /deeper/u, 2],
    ['version 13 cut short', '{\n"lockfileVersion": "13.0",\n', 'MALFORMED', /property name/u, 3],
  ]
  for (const [what, text, code, message, line] of cases)
    it.match(
      failure(text),
      {
        code: `BONAFIDE_LOCKFILE_${code}`,
        message,
        detail: { path: 'pnpm-lock.yaml', line, column: Number, hint: /pnpm/u },
      },
      what,
    )
  it.match(failure(good.replace('packages:', '<<<<<<< HEAD\npackages:')).detail.hint, /merge conflict/u)
  it.match(openLockfile(good, 'x').read({}), { manager: 'pnpm' }, 'by its content alone')
  it.throws(
    () => parseLockfile(good, 'yarn.lock'),
    { code: 'BONAFIDE_LOCKFILE_UNSUPPORTED' },
    'under another manager’s name',
  )
  it.throws(() => parseLockfile('# yarn lockfile v1\nlockfileVersion "9.0"\n', 'pnpm-lock.yaml'), {
    code: 'BONAFIDE_LOCKFILE_UNSUPPORTED',
  })
})

await t.test('only manifests within the project are asked for', async (it) => {
  const folders = ['../up', 'a/../../b', '/etc', 'C:/x', 'a//b', './a', 'node_modules/x', 'packages/ok']
  const draft = openLockfile(
    lock9({ projects: Object.fromEntries(folders.map((folder) => [`'${folder}'`, []])) }),
    'pnpm-lock.yaml',
  )
  it.strictSame(
    draft.wants.filter((name) => name.endsWith('package.json')),
    ['packages/ok/package.json'],
  )
})

const ownFile = (name: string): string => readFileSync(new URL(`../../${name}`, import.meta.url), 'utf8')

await t.test('this project’s own lockfile is read', async (it) => {
  const draft = openLockfile(ownFile('pnpm-lock.yaml'), 'pnpm-lock.yaml')
  const lockfile = draft.read({
    manifest: ownFile('package.json'),
    files: new Map(draft.wants.filter((name) => !name.startsWith('.pnpmfile')).map((name) => [name, ownFile(name)])),
  })
  it.ok(lockfile.entries.length > 300)
  it.strictSame(lockfile.findings, [])
  it.strictSame(
    lockfile.entries.filter(({ findings }) => findings.length > 0).map(({ path, findings }) => [path, findings]),
    [],
  )
  it.ok(lockfile.entries.some(({ kind }) => kind === 'workspace'))
})

await t.test(
  'ten thousand entries, a thousand projects and ten thousand keys that stand twice are read',
  async (it) => {
    const keys = Array.from({ length: 10_000 }, (_, nth) => `pkg-${nth}@1.0.0`)
    const packages = Object.fromEntries(keys.map((key) => [key, bound(key)]))
    const snapshots = Object.fromEntries(keys.map((key, nth) => [key, { [`pkg-${(nth * 7) % 10_000}`]: '1.0.0' }]))
    const many = read(lock9({ uses: [['pkg-1', '1', '1.0.0']], packages, snapshots }))
    it.equal(many.entries.length, 10_000)
    it.ok(many.entries.every(({ findings }) => findings.length === 0))
    const projects = Object.fromEntries(
      Array.from({ length: 1000 }, (_, nth) => [`p${nth}`, [['axios', '^1', 'evil@1.0.0'] as const]]),
    )
    it.equal(entry(read(lock9({ projects, packages: evil })), 'evil@1.0.0').findings.length, 1000)
    const twice = `${lock9({ packages: {} })}packages:\n`.replace(/packages:\n[^]*/u, '')
    const text = `${twice}packages:\n${`  a@1.0.0:\n    resolution: ${bound('a')}\n`.repeat(10_000)}`
    it.equal(entry(read(text), 'a@1.0.0').findings.length, 9999)
  },
)

// A byte here or there: what is read is read, what is not ends in an error of ours. The seed is fixed, so a failure repeats.
await t.test('no change of a lockfile crashes the reader', async (it) => {
  let state = 20_261_125
  const random = (below: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return (state >>> 8) % below
  }
  const marks = [
    '{',
    '}',
    '[',
    ']',
    "'",
    '"',
    ',',
    ': ',
    '- ',
    '? ',
    '\n',
    '  ',
    '0',
    'null',
    '~',
    '{}',
    '__proto__',
    '../',
    'npm:',
    'link:',
    'file:',
    '(',
    ')',
    '@',
    '|-',
    '#',
    '&',
    '*',
    '!',
    '---\n',
  ]
  const text9 = lock9({
    uses: [
      ['brush', 'npm:paint@^2', 'paint@2.0.0'],
      ['own', 'file:own', 'file:own'],
    ],
    projects: { a: [['own', 'link:../own', 'link:../own']] },
    packages: { 'paint@2.0.0': bound('p'), 'own@file:own': '{directory: own, type: directory}' },
    snapshots: { 'paint@2.0.0(x@1.0.0)': { x: 'link:a' } },
  })
  let readable = 0
  for (let round = 0; round < 3000; round += 1) {
    let text = text9
    for (let changes = 1 + random(3); changes > 0; changes -= 1) {
      const at = random(text.length)
      text = text.slice(0, at) + (marks[random(marks.length)] ?? '') + text.slice(at + random(4))
    }
    try {
      const lockfile = read(
        text,
        random(2) === 0 ? {} : { manifest: manifest({ brush: 'npm:paint@^2' }), files: new Map() },
      )
      groupEntries([lockfile])
      readable += 1
      for (const one of lockfile.entries)
        if (one.kind === 'invalid' && one.findings.length === 0) it.fail(`no reason for ${one.path}`)
    } catch (error) {
      if (!(error instanceof BonafideError)) it.fail(`round ${round}: ${String(error)}`, { text })
    }
  }
  it.ok(readable > 300, `${readable} of 3000 were still read`)
})
