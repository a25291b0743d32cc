// SPDX-License-Identifier: Apache-2.0
// What the registry is told of a tarball is what npm itself would have told it.
import { createHash } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { preparePackage } from '@bonafide/publish'
import { startSandbox } from '@bonafide/sandbox'
import t from 'tap'
import { openWorkbench } from '../support/clients.ts'

const sandbox = await startSandbox({ seed: 'published-manifest' })
const workbench = await openWorkbench(sandbox.registryUrl, sandbox.accounts.createToken().token)
t.teardown(() => Promise.all([sandbox.close(), workbench.close()]))

// What the client says of itself and of the publisher's disk, and what the registry adds.
const ASIDE = new Set([
  '_from',
  '_hasShrinkwrap',
  '_integrity',
  '_nodeVersion',
  '_npmUser',
  '_npmVersion',
  '_resolved',
  'dist',
  'maintainers',
  // Told once for the whole package.
  'readme',
  'readmeFilename',
])

function plain(manifest: Readonly<Record<string, unknown>>): object {
  const kept = Object.entries(manifest)
    .filter(([key, value]) => !ASIDE.has(key) && !(key === 'directories' && JSON.stringify(value) === '{}'))
    .toSorted(([left], [right]) => (left < right ? -1 : 1))
  return JSON.parse(JSON.stringify(Object.fromEntries(kept))) as object
}

const PACKAGES: readonly (readonly [string, object, Readonly<Record<string, string>>])[] = [
  ['simple', {}, { 'README.md': '# simple', 'index.js': '' }],
  [
    'fields',
    {
      description: 'paint',
      bin: './bin/cli.js',
      main: './lib/a.js',
      man: ['./man/x.1'],
      repository: 'acme/paint',
      bugs: 'https://bugs.example/',
      license: 'MIT',
      author: 'A Painter <a@painter.example> (https://painter.example)',
      contributors: ['B <b@painter.example>'],
      keywords: 'paint, colour',
      funding: 'https://fund.example/',
      scripts: { test: 'node_modules/.bin/tap' },
      exports: { '.': { types: './lib/a.d.ts', default: './lib/a.js' } },
      engines: { node: '>=20' },
      publishConfig: { access: 'public' },
    },
    { 'bin/cli.js': '', 'lib/a.js': '', 'lib/a.d.ts': '', 'man/x.1': '' },
  ],
  ['folders', { directories: { bin: './cmd', man: './man' } }, { 'cmd/a': '', 'cmd/b.js': '', 'man/a.1': '' }],
  ['types', { main: 'index.js' }, { 'index.js': '', 'index.d.ts': '' }],
  ['gyp', {}, { 'binding.gyp': '{}' }],
  [
    'dependencies',
    {
      dependencies: { a: '^1.0.0', b: '1' },
      optionalDependencies: { b: '1' },
      peerDependencies: { c: '*' },
      peerDependenciesMeta: { c: { optional: true } },
      overrides: {},
      os: ['linux'],
    },
    {},
  ],
]

for (const [short, manifest, files] of PACKAGES) {
  await t.test(`a package: ${short}`, async (check) => {
    const name = `@acme/${short}`
    const folder = await workbench.project(short, { name, version: '1.0.0', ...manifest })
    for (const [path, text] of Object.entries(files)) {
      await mkdir(join(folder, path, '..'), { recursive: true })
      await writeFile(join(folder, path), text)
    }
    const packed = await workbench.run('npm', folder, ['pack', '--ignore-scripts'])
    check.equal(packed.code, 0, packed.stderr)
    const path = join(folder, `acme-${short}-1.0.0.tgz`)
    const { code, stderr } = await workbench.run('npm', folder, ['publish', path, '--access=public'])
    check.equal(code, 0, stderr)
    const sha512 = createHash('sha512')
      .update(await readFile(path))
      .digest('hex')
    const preparation = await preparePackage({ kind: 'tarball', path, sha512 })
    if (preparation.kind === 'refused') throw new Error('refused')
    const packument = (await (await fetch(`${sandbox.registryUrl}${name.replace('/', '%2f')}`)).json()) as {
      readonly versions: Readonly<Record<string, Readonly<Record<string, unknown>>>>
    }
    check.strictSame(plain(preparation.prepared.manifest), plain(packument.versions['1.0.0'] ?? {}))
  })
}
