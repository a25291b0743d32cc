// SPDX-License-Identifier: Apache-2.0
// The two manifests of a version: what npm rewrites when it publishes is no difference, and everything else is.
import t from 'tap'
import { finding } from '@bonafide/core'
import { NO_PINS, manifestDifferences, parseInstallManifest } from '@bonafide/policy'
import type { TarballFacts } from '@bonafide/policy'
import { LONG_AGO, NOW, facts, metadata, only, outcome, policy } from './facts.ts'

type Fields = Readonly<Record<string, unknown>>

const PAINT = { name: '@colors/paint', version: '1.0.0' }

/** The fields in which two manifests differ. */
function differing(tarball: Fields, registry: Fields): readonly string[] {
  return manifestDifferences(
    parseInstallManifest({ ...PAINT, ...tarball }),
    parseInstallManifest({ ...PAINT, ...registry }),
  ).map(({ field }) => field)
}

await t.test('what npm rewrites when it publishes is no difference', async (check) => {
  const honest: readonly (readonly [why: string, tarball: Fields, registry: Fields])[] = [
    ['nothing', {}, {}],
    ['a version with a v', { version: 'v1.0.0' }, {}],
    ['a version with build metadata', { version: '=1.0.0+build.5' }, {}],
    [
      'optional dependencies, listed twice',
      { optionalDependencies: { a: '1' }, dependencies: { b: '2' } },
      { optionalDependencies: { a: '1' }, dependencies: { a: '1', b: '2' } },
    ],
    ['one command as a text', { bin: './cli.js' }, { bin: { paint: 'cli.js' } }],
    ['commands with scope and dots', { bin: { '@colors/mix': 'bin/../x.js' } }, { bin: { mix: './x.js' } }],
    [
      'commands by their folder',
      { directories: { bin: './bin/' } },
      { directories: { bin: './bin/' }, bin: { a: 'bin/a' } },
    ],
    [
      'bundles by their other name, added to the dependencies',
      { bundledDependencies: ['a'], dependencies: { b: '1' } },
      { bundleDependencies: ['a'], dependencies: { a: '*', b: '1' } },
    ],
    [
      'all dependencies',
      { bundleDependencies: true, dependencies: { a: '1' } },
      { bundleDependencies: ['a'], dependencies: { a: '1' } },
    ],
    ['no bundle at all', { bundleDependencies: false }, { bundleDependencies: [] }],
    ['a build by files that were not packed', {}, { gypfile: true, scripts: { install: 'node-gyp rebuild' } }],
    [
      'the same, in spite of an opt-out',
      { gypfile: false, scripts: { test: 'x' } },
      { scripts: { test: 'x', install: 'node-gyp rebuild' } },
    ],
    [
      'a path that npm takes away',
      { scripts: { install: './node_modules/.bin/a b' } },
      { scripts: { install: 'a b' } },
    ],
    ['the abbreviated form', { scripts: { postinstall: 'a' } }, { hasInstallScript: true }],
    ['scripts that nothing runs', { scripts: { start: 'a', prepare: 'b' } }, { scripts: { start: 'c' } }],
    ['one platform as a text', { os: 'linux', cpu: ['x64'] }, { os: ['linux'], cpu: 'x64' }],
    ['what nobody installs', { devDependencies: { a: '1' }, publishConfig: {} }, { readme: 'x', gitHead: 'y' }],
  ]
  for (const [why, tarball, registry] of honest) check.strictSame(differing(tarball, registry), [], why)
})

await t.test('everything that installing acts on is compared', async (check) => {
  const confused: readonly (readonly [field: string, tarball: Fields, registry: Fields])[] = [
    ['name', { name: 'paint' }, {}],
    ['name', { name: '@colours/paint' }, {}],
    ['version', { version: '1.0.1' }, {}],
    ['version', { version: undefined }, {}],
    ['dependencies', { dependencies: { stealer: '1' } }, {}],
    ['dependencies', {}, { dependencies: { stealer: '*' } }],
    ['dependencies', { dependencies: { a: '1' } }, { dependencies: { a: '2' } }],
    ['optionalDependencies', { optionalDependencies: { a: '1' } }, {}],
    ['optionalDependencies', {}, { optionalDependencies: { a: 'github:evil/a' }, dependencies: { a: '1' } }],
    ['peerDependencies', { peerDependencies: { a: '1' } }, {}],
    [
      'peerDependencies',
      { peerDependencies: { a: '1' } },
      { peerDependencies: { a: '1' }, peerDependenciesMeta: { a: { optional: true } } },
    ],
    ['bundleDependencies', { bundleDependencies: ['a'], dependencies: { a: '1' } }, { dependencies: { a: '1' } }],
    ['scripts', { scripts: { preinstall: 'x' } }, {}],
    ['scripts', { scripts: { install: 'x' } }, { scripts: { install: 'node-gyp rebuild' } }],
    ['scripts', {}, { scripts: { postinstall: 'x' } }],
    ['scripts', { scripts: { postinstall: 'evil' } }, { scripts: { postinstall: 'honest' } }],
    ['bin', { bin: { npm: 'x.js' } }, {}],
    ['bin', { bin: 'x.js' }, { bin: 'y.js' }],
    ['bin', { directories: { bin: 'bin' } }, { bin: { a: 'elsewhere/a' } }],
    ['os, cpu and libc', { os: ['!linux'] }, { os: ['linux'] }],
  ]
  for (const [field, tarball, registry] of confused)
    check.strictSame(differing(tarball, registry), [field], `${JSON.stringify(tarball)} ${JSON.stringify(registry)}`)
})

const MANIFEST = parseInstallManifest({ name: 'axios', version: '1.14.1' })

/** A tarball with nothing unusual about it; each test changes one thing. */
function looked(change: Partial<TarballFacts> = {}): TarballFacts & { readonly state: 'known' } {
  return {
    state: 'known',
    manifest: MANIFEST,
    claimed: MANIFEST,
    hooks: new Map(),
    bundled: [],
    hasShrinkwrap: false,
    claimsShrinkwrap: false,
    oddities: [],
    ...change,
  }
}

await t.test('manifest-confusion: what the registry does not announce', async (check) => {
  check.match(outcome({ bytes: looked() }), { kind: 'trusted', codes: [] })
  const dependencies = new Map([['stealer', '^1.0.0']])
  check.match(only({ bytes: looked({ manifest: { ...MANIFEST, dependencies } }) }), {
    code: 'manifest-confusion',
    level: 'refuse',
    found: 'in the tarball dependencies: stealer: ^1.0.0',
    wanted: 'as the registry says, dependencies: no stealer',
  })
  check.match(only({ bytes: looked({ bundled: ['node_modules/a'] }) }), { code: 'manifest-confusion' })
  check.match(only({ bytes: looked({ hasShrinkwrap: true }) }), { code: 'manifest-confusion' })
  check.match(only({ bytes: looked({ oddities: ['two of it'] }) }), { code: 'tarball-ambiguous', found: 'two of it' })
  const announced = {
    claimed: { ...MANIFEST, bundled: new Set(['a']) },
    manifest: { ...MANIFEST, bundled: new Set(['a']) },
  }
  check.strictSame(
    outcome({ bytes: looked({ ...announced, bundled: ['node_modules/a', 'node_modules/b'] }) }).codes,
    [],
  )
  check.strictSame(outcome({ bytes: looked({ hasShrinkwrap: true, claimsShrinkwrap: true }) }).codes, [])
})

await t.test('a tarball that could not be read is an open question, and no rule makes it less', async (check) => {
  const open = finding('tarball-unavailable', { found: 'nothing', wanted: 'the tarball', fix: '' })
  const bytes = { state: 'unknown', findings: [open] } as const
  check.match(outcome({ bytes }), { kind: 'undecided', codes: ['tarball-unavailable: undecided'] })
  const off = policy({ 'manifest-confusion': 'off', 'install-script-added': 'off' })
  check.match(outcome({ bytes }, NO_PINS, off).kind, 'undecided')
})

await t.test('install-script-added: what the tarball runs counts, told or not', async (check) => {
  const hooks = new Map([['install', 'node-gyp rebuild']])
  const accepted = { ...facts().accepted, newest: metadata({ version: '1.14.0', publishedAt: LONG_AGO }) }
  check.strictSame(outcome({ accepted, bytes: looked() }).codes, [])
  check.match(only({ accepted, bytes: looked({ hooks }) }), {
    code: 'install-script-added',
    found: 'install: node-gyp rebuild',
  })
  check.strictSame(outcome({ accepted: { ...accepted, isHeld: true }, bytes: looked({ hooks }) }).codes, [], 'decided')
  const before = metadata({ version: '1.14.0', publishedAt: NOW, hooks })
  check.strictSame(
    outcome({ accepted: { ...accepted, newest: before }, bytes: looked({ hooks }) }).codes,
    [],
    'as before',
  )
})
