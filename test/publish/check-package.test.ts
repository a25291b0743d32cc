// SPDX-License-Identifier: Apache-2.0
// What would be refused where a package is installed, or should never be published, is refused before it is sent.
import { createHash, randomUUID } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import type { PublishFinding } from '@bonafide/core'
import { checkPackage, preparePackage } from '@bonafide/publish'
import type { CheckOptions, PreparedPackage } from '@bonafide/publish'
import { createRegistryClient, loadNpmSettings } from '@bonafide/registry'
import { startSandbox } from '@bonafide/sandbox'
import t from 'tap'
import { credentialsBelongTo } from '../redaction/channels.ts'
import { archive } from '../verify/tar-archive.ts'
import type { ArchiveEntry } from '../verify/tar-archive.ts'

const sandbox = await startSandbox({ seed: 'check-package' })
const root = await mkdtemp(join(tmpdir(), 'bonafide-check-'))
const client = createRegistryClient(await loadNpmSettings({ cwd: root, env: {} }), {
  registry: sandbox.registryUrl,
  patience: { retries: 0 },
})
// What is packed is unpacked to be read, secrets and all.
credentialsBelongTo(join(tmpdir(), 'bonafide-package-*'))
t.teardown(() => Promise.all([sandbox.close(), rm(root, { recursive: true }), client.close()]))

type Files = Readonly<Record<string, string>>

async function prepare(manifest: object, files: Files = {}): Promise<PreparedPackage> {
  const entries: ArchiveEntry[] = Object.entries(files).map(([path, body]) => ({ path: `package/${path}`, body }))
  const body = JSON.stringify({ name: 'paint', version: '1.1.0', ...manifest })
  const bytes = archive([{ path: 'package/package.json', body }, ...entries])
  const path = join(root, 'package.tgz')
  await writeFile(path, bytes)
  const sha512 = createHash('sha512').update(bytes).digest('hex')
  const preparation = await preparePackage({ kind: 'tarball', path, sha512 })
  if (preparation.kind === 'refused') throw new Error(preparation.findings.map(({ found }) => found).join())
  return preparation.prepared
}

async function findings(
  manifest: object,
  files: Files = {},
  options: Partial<CheckOptions> = {},
): Promise<readonly PublishFinding[]> {
  const all = { client, now: sandbox.clock.now(), tag: null, allowScript: false, ...options }
  return checkPackage(await prepare(manifest, files), all)
}

async function codes(...args: Parameters<typeof findings>): Promise<readonly string[]> {
  return (await findings(...args)).map(({ code, level }) => (level === 'refuse' ? code : `${level} ${code}`))
}

await sandbox.publish({ name: 'paint', version: '1.0.0' })

await t.test('an honest next version has nothing against it', async (check) => {
  const files = {
    'index.js': 'export {}',
    'README.md': '# paint',
    'template/.env.example': 'TOKEN=',
    'lib/.env.js': '',
  }
  check.strictSame(await findings({ dependencies: { brush: '^1.0.0' }, scripts: { test: 'tap' } }, files), [])
  check.strictSame(await findings({ name: 'brand-new', version: '1.0.0' }), [])
})

await t.test('a dependency from beside the registries', async (check) => {
  for (const spec of ['github:evil/x', 'git+ssh://git@git.example/x.git#1', 'https://x.example/x.tgz', 'file:../x']) {
    for (const field of ['dependencies', 'optionalDependencies', 'peerDependencies'])
      check.strictSame(await codes({ [field]: { x: spec } }), ['package-exotic-dependency'], `${field} ${spec}`)
    check.strictSame(await codes({ devDependencies: { x: spec } }), [], 'nobody installs those')
  }
  const standing = { dependencies: { x: 'github:acme/x' } }
  await sandbox.publish({ name: 'standing', version: '1.0.0', manifest: standing })
  check.strictSame(await codes({ name: 'standing', ...standing }), ['warn package-exotic-dependency'])
})

await t.test('a range of the workspace that nobody outside of it can resolve', async (check) => {
  for (const range of ['workspace:^', 'workspace:1.0.0', 'catalog:', 'catalog:next', 'link:../x'])
    check.ok((await codes({ dependencies: { x: range } })).includes('package-needs-manager'), range)
})

await t.test('something that begins to run on installation', async (check) => {
  for (const event of ['preinstall', 'install', 'postinstall'])
    check.strictSame(await codes({ scripts: { [event]: 'node x' } }), ['package-script-added'], event)
  check.strictSame(await codes({}, { 'binding.gyp': '{}' }), ['package-script-added'], 'Phantom Gyp')
  const bundle = { dependencies: { a: '1' }, bundleDependencies: ['a'] }
  const carried = { 'node_modules/a/package.json': '{"name":"a","version":"1.0.0","scripts":{"install":"node x"}}' }
  check.strictSame(await codes(bundle, carried), ['package-script-added'], 'by a package of the bundle')
  check.strictSame(await codes({ name: 'brand-new', scripts: { install: 'node x' } }), ['package-script-added'])
  const allowed = await codes({ scripts: { install: 'node x' } }, {}, { allowScript: true })
  check.strictSame(allowed, ['warn package-script-added'], 'said to be meant')
  await sandbox.publish({ name: 'native', version: '1.0.0', manifest: { scripts: { install: 'node x' } } })
  check.strictSame(await codes({ name: 'native', scripts: { install: 'node x' } }), [], 'as before')
  check.strictSame(await codes({ name: 'native', scripts: { install: 'node y' } }), ['warn package-script-added'])
})

await t.test('the version before is the newest of the same line', async (check) => {
  await sandbox.publish({ name: 'lines', version: '1.0.0', manifest: { scripts: { install: 'node x' } } })
  sandbox.clock.advance(60_000)
  await sandbox.publish({ name: 'lines', version: '2.0.0' })
  check.strictSame(
    await codes({ name: 'lines', version: '1.1.0', scripts: { install: 'node x' } }, {}, { tag: 'old' }),
    [],
  )
  const added = await codes({ name: 'lines', version: '2.1.0', scripts: { install: 'node x' } })
  check.strictSame(added, ['package-script-added'])
})

await t.test('packages that the manifest does not tell of', async (check) => {
  const hidden = { 'node_modules/evil/package.json': '{"name":"evil","version":"1.0.0"}' }
  check.strictSame(await codes({}, hidden), ['package-manifest-differs'])
})

await t.test('credentials in the tarball', async (check) => {
  const token = sandbox.accounts.createToken().token
  const found = await findings(
    {},
    { 'lib/index.js': `\n// ${token}\n`, 'b.bin': Buffer.from(token).toString('base64') },
  )
  check.match(found, [
    { code: 'package-secret', where: { path: 'lib/index.js', line: 2 } },
    { code: 'package-secret', where: { path: 'b.bin' } },
  ])
  check.notOk(JSON.stringify(found).includes(token.slice(8, 24)), 'not shown')
  const settings = { '.npmrc': `//registry.example/:_authToken=${randomUUID()}\n` }
  check.strictSame(await codes({}, settings), ['package-secret'])
})

await t.test('files that belong to a machine', async (check) => {
  for (const path of ['.npmrc', '.env', '.env.local', '.netrc', '.git/config', 'a/.ssh/known_hosts', 'id_rsa'])
    check.strictSame(await codes({}, { [path]: 'x' }), ['package-private-file'], path)
  for (const path of ['template/.npmrc', 'templates/base/.env'])
    check.strictSame(await codes({}, { [path]: '' }), ['warn package-private-file'], path)
})

await t.test('what was never meant to be published', async (check) => {
  check.strictSame(await codes({ private: true }), ['package-private'])
  check.strictSame(await codes({ private: 'yes' }), ['package-private'])
  check.strictSame(await codes({ private: false }), [])
})

await t.test('a version that everybody would install by mistake', async (check) => {
  await sandbox.publish({ name: 'order', version: '1.2.0' })
  await sandbox.publish({ name: 'order', version: '2.0.0' })
  await sandbox.publish({ name: 'order', version: '3.0.0-beta.1' })
  const of = (version: string, tag: string | null = null): Promise<readonly string[]> =>
    codes({ name: 'order', version }, {}, { tag })
  check.strictSame(await of('2.1.0'), [])
  check.strictSame(await of('2.1.0-rc.1'), ['package-tag'], 'a pre-release')
  check.strictSame(await of('2.1.0-rc.1', 'next'), [])
  check.strictSame(await of('1.3.0'), ['package-tag'], 'a fix of an old line')
  check.strictSame(await of('1.3.0', 'v1-latest'), [])
  check.strictSame(await of('1.1.0', 'old'), ['warn package-version-behind'])
  for (const tag of ['1', 'v1', '^2.0.0', '', 'a b']) check.strictSame(await of('2.1.0', tag), ['package-tag'], tag)
  const config = { name: 'order', version: '2.1.0-rc.1', publishConfig: { tag: 'next' } }
  check.strictSame(await codes(config), [], 'publishConfig')
})

await t.test('an outage is not the first version of a package', async (check) => {
  const undo = sandbox.fault({ service: 'registry', path: /paint/u }, { kind: 'status', status: 503 })
  check.teardown(undo)
  check.strictSame(await codes({ scripts: { install: 'node x' } }), ['undecided package-unchecked'])
  check.strictSame(await codes({ private: true }), ['package-private', 'undecided package-unchecked'])
})

await t.test('a tarball within the tarball hides nothing', async (check) => {
  const token = sandbox.accounts.createToken().token
  const inner = gzipSync(Buffer.from('nothing')).toString('latin1')
  check.strictSame(await codes({}, { 'data.gz': inner, 'a.js': `x = "${token}"` }), ['package-secret'])
})
