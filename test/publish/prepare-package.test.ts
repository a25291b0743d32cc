// SPDX-License-Identifier: Apache-2.0
// What is signed and sent is what was read once, hashed and looked into; and nobody's code runs beside the identity of the job.
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chmod, mkdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { BonafideError } from '@bonafide/core'
import { preparePackage } from '@bonafide/publish'
import type { PackageSource, PreparedPackage, Preparation } from '@bonafide/publish'
import t from 'tap'
import type { Test } from 'tap'
import { missing, openWorkbench } from '../support/clients.ts'
import { archive } from '../verify/tar-archive.ts'
import type { ArchiveEntry } from '../verify/tar-archive.ts'

const MANIFEST: ArchiveEntry = { path: 'package/package.json', body: '{"name":"paint","version":"1.0.0"}' }
const workbench = await openWorkbench('http://127.0.0.1:9/', 'no-token')
t.teardown(() => workbench.close())
let counter = 0

async function folder(files: Readonly<Record<string, string | object>>): Promise<string> {
  counter += 1
  const root = join(workbench.folder, `folder-${counter}`)
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true })
    await writeFile(join(root, path), typeof content === 'string' ? content : JSON.stringify(content))
  }
  return root
}

function hex(bytes: Buffer): string {
  return createHash('sha512').update(bytes).digest('hex')
}

async function ofTarball(bytes: Buffer, sha512 = hex(bytes)): Promise<Preparation> {
  const root = await folder({ 'package.tgz': '' })
  await writeFile(join(root, 'package.tgz'), bytes)
  return preparePackage({ kind: 'tarball', path: join(root, 'package.tgz'), sha512 })
}

function ofFolder(path: string, more: Partial<Extract<PackageSource, { kind: 'folder' }>> = {}): Promise<Preparation> {
  return preparePackage({ kind: 'folder', path, allowScripts: false, env: process.env, ...more })
}

function prepared(preparation: Preparation): PreparedPackage {
  if (preparation.kind === 'prepared') return preparation.prepared
  throw new Error(preparation.findings.map(({ code, found }) => `${code}: ${found}`).join('\n'))
}

function codes(preparation: Preparation): readonly string[] {
  return preparation.kind === 'refused' ? preparation.findings.map(({ code }) => code) : []
}

function reasonsOf(preparation: Preparation): string {
  return preparation.kind === 'refused' ? preparation.findings.map((one) => one.found).join(' | ') : ''
}

async function rejects(check: Test, source: PackageSource, code: string): Promise<void> {
  try {
    await preparePackage(source)
    check.fail(`${source.path} was taken`)
  } catch (error) {
    check.equal(error instanceof BonafideError ? error.code : error, code, source.path)
  }
}

await t.test('a tarball is taken with the digest that the job which packed it told', async (check) => {
  const bytes = archive([
    { path: 'package/index.js', body: 'export {}' },
    { ...MANIFEST, body: '{"name":"@acme/paint","version":"1.0.0","publishConfig":{"access":"public","tag":"next"}}' },
    { path: 'package/README.md', body: '# paint' },
    { path: 'package/lib/', type: '5' },
    { path: 'package/lib/a.js', body: '' },
  ])
  const { name, version, tarball, integrity, files, manifest, publishConfig } = prepared(await ofTarball(bytes))
  check.strictSame([name, version], ['@acme/paint', '1.0.0'])
  check.ok(tarball.equals(bytes))
  check.equal(integrity, `sha512-${Buffer.from(hex(bytes), 'hex').toString('base64')}`)
  check.strictSame(files, ['index.js', 'package.json', 'README.md', 'lib/a.js'])
  check.match(manifest, { _id: '@acme/paint@1.0.0', readme: '# paint', readmeFilename: 'README.md' })
  check.strictSame(publishConfig, { access: 'public', tag: 'next', registry: null })
})

await t.test('a tarball that was swapped between two jobs is refused before it is looked into', async (check) => {
  const honest = archive([MANIFEST])
  const swapped = archive([MANIFEST, { path: 'package/evil.js', body: 'steal()' }])
  const refused = await ofTarball(swapped, hex(honest))
  check.strictSame(codes(refused), ['package-digest'])
  check.match(refused, { findings: [{ found: hex(swapped), wanted: hex(honest), level: 'refuse' }] })
  check.strictSame(codes(await ofTarball(Buffer.from('no tarball'), hex(honest))), ['package-digest'])
})

await t.test('a digest has one spelling, and there has to be a file', async (check) => {
  const root = await folder({ 'package.tgz': 'x' })
  const path = join(root, 'package.tgz')
  const right = hex(Buffer.from('x'))
  for (const sha512 of ['', right.toUpperCase(), `${right} `, right.slice(1), `sha512-${right}`])
    await rejects(check, { kind: 'tarball', path, sha512 }, 'BONAFIDE_USAGE')
  const fifo = join(root, 'fifo')
  execFileSync('mkfifo', [fifo])
  for (const other of [join(root, 'missing.tgz'), root, fifo, '/dev/zero'])
    await rejects(check, { kind: 'tarball', path: other, sha512: right }, 'BONAFIDE_PACKAGE_UNREADABLE')
  const env = process.env
  for (const other of [join(root, 'missing'), root, path])
    await rejects(check, { kind: 'folder', path: other, allowScripts: true, env }, 'BONAFIDE_PACKAGE_UNREADABLE')
})

await t.test('tarballs that two clients unpack to two packages', async (check) => {
  const file = { path: 'package/a.js', body: 'a' }
  const odd: readonly (readonly [string, readonly ArchiveEntry[]])[] = [
    ['no package.json', [file]],
    ['package.json is there twice', [MANIFEST, { ...MANIFEST, body: '{"name":"evil","version":"1.0.0"}' }]],
    ['a.js is there twice', [MANIFEST, file, { ...file, body: 'b' }]],
    ['a.js is there twice', [MANIFEST, file, { ...file, path: 'package/./a.js', body: 'b' }]],
    ['a.js is a link', [MANIFEST, { path: 'package/a.js', type: '2', target: 'b.js' }]],
    ['a.js is a hard link', [MANIFEST, file, { path: 'package/a.js', type: '1', target: 'package/package.json' }]],
    ['folders at the top', [MANIFEST, { ...file, path: 'other/a.js' }]],
    ['leads out of the package', [MANIFEST, { ...file, path: 'package/../../.bashrc' }]],
    ['leads out of the package', [MANIFEST, { ...file, path: '/etc/passwd' }]],
    ['is a file and a folder', [MANIFEST, file, { path: 'package/a.js/b.js', body: '' }]],
    ['control characters', [MANIFEST, { ...file, path: 'package/a\u001b[2J.js' }]],
    ['takes the place of a.js', [MANIFEST, file, { ...file, path: 'package/A.js', body: 'b' }]],
    ['on some systems', [MANIFEST, { ...file, path: 'package/\u00e9.js' }, { ...file, path: 'package/e\u0301.js' }]],
    ['another path on some systems', [MANIFEST, file, { ...file, path: 'package/lib\\..\\a.js', body: 'b' }]],
    ['neither file nor link', [MANIFEST, { path: 'package/pipe', type: '6' }]],
    ['twice', [{ ...MANIFEST, body: '{"name":"paint","version":"1.0.0","name":"evil"}' }]],
  ]
  for (const [words, entries] of odd) {
    const refused = await ofTarball(archive(entries))
    check.strictSame(codes(refused), ['package-ambiguous'], words)
    check.ok(reasonsOf(refused).includes(words), `${words}: ${reasonsOf(refused)}`)
  }
  check.strictSame(codes(await ofTarball(Buffer.from('no tarball'))), ['package-ambiguous'])
  const cut = archive([MANIFEST, file])
  check.strictSame(codes(await ofTarball(cut.subarray(0, cut.length - 20))), ['package-ambiguous'])
})

await t.test('a name and a version are what the registry will call them', async (check) => {
  const bad = [
    {},
    { name: 'paint' },
    { name: ' paint', version: '1.0.0' },
    { name: '../paint', version: '1.0.0' },
    { name: 'paint', version: 'v1.0.0' },
    { name: 'paint', version: '1.0' },
    { name: 'paint', version: '1.0.0+build' },
    { name: 'paint', version: 1 },
    { name: 'paint', version: '1.0.0', tag: 'latest' },
    { name: 'paint', version: '1.0.0', publishConfig: 'public' },
    { name: 'paint', version: '1.0.0', publishConfig: { access: 'open' } },
    { name: 'paint', version: '1.0.0', publishConfig: { registry: 'no URL' } },
  ]
  for (const manifest of bad) {
    const bytes = archive([{ ...MANIFEST, body: JSON.stringify(manifest) }])
    check.strictSame(codes(await ofTarball(bytes)), ['package-malformed'], JSON.stringify(manifest))
  }
})

await t.test('a credential in publishConfig goes nowhere, and is told without its value', async (check) => {
  const secret = ['npm', 'x'.repeat(36)].join('_')
  const keys = [
    '//registry.example/:_authToken',
    '_auth',
    '_authToken',
    'otp',
    'certfile',
    '//registry.example/:username',
  ]
  for (const key of keys) {
    const manifest = { name: 'paint', version: '1.0.0', publishConfig: { access: 'public', [key]: secret } }
    const refused = await ofTarball(archive([{ ...MANIFEST, body: JSON.stringify(manifest) }]))
    check.strictSame(codes(refused), ['publish-config-credential'], key)
    check.notOk(JSON.stringify(refused).includes(secret), key)
  }
})

await t.test('a registry for the scope outranks the general one', async (check) => {
  const publishConfig = { registry: 'https://registry.example/', '@acme:registry': 'https://acme.example/' }
  const body = (name: string): string => JSON.stringify({ name, version: '1.0.0', publishConfig })
  const registryOf = async (name: string): Promise<string | null> =>
    prepared(await ofTarball(archive([{ ...MANIFEST, body: body(name) }]))).publishConfig.registry
  check.equal(await registryOf('@acme/paint'), 'https://acme.example/')
  check.equal(await registryOf('@other/paint'), 'https://registry.example/')
  check.equal(await registryOf('paint'), 'https://registry.example/')
})

async function packedByNpm(client: 'npm' | 'npm-11', root: string, place = ''): Promise<Buffer> {
  const cwd = join(root, place)
  const out = await folder({ 'place.txt': '' })
  const args = ['pack', '--ignore-scripts', '--json', `--pack-destination=${out}`]
  const { code, stdout, stderr } = await workbench.run(client, cwd, args)
  if (code !== 0) throw new Error(stderr)
  const told = JSON.parse(stdout) as { filename: string }[] | Record<string, { filename: string }>
  const [one] = Array.isArray(told) ? told : Object.values(told)
  return readFile(join(out, one?.filename ?? ''))
}

await t.test('a folder gives the bytes that npm pack gives', async (check) => {
  const simple = await folder({
    'package.json': { name: 'paint', version: '1.0.0', files: ['lib', 'bin'], bin: { paint: './bin/paint.js' } },
    'README.md': '# paint',
    'LICENSE.txt': 'MIT',
    'bin/paint.js': '#!/usr/bin/env node\n',
    'lib/a.js': 'a',
    'lib/.npmignore': '*.map\n',
    'lib/a.js.map': '{}',
    'src/a.ts': 'a',
    '.npmrc': 'x=y',
  })
  await chmod(join(simple, 'bin/paint.js'), 0o644)
  await symlink('a.js', join(simple, 'lib/link.js'))
  const bundling = await folder({
    'package.json': { name: 'paint', version: '1.0.0', dependencies: { a: '1' }, bundleDependencies: ['a'] },
    'index.js': '',
    'node_modules/a/package.json': { name: 'a', version: '1.0.0' },
    'node_modules/a/index.js': '',
    'node_modules/b/package.json': { name: 'b', version: '1.0.0' },
  })
  const workspace = await folder({
    'package.json': { name: 'root', version: '1.0.0', private: true, workspaces: ['packages/*'] },
    '.gitignore': '*.log\n',
    'packages/.gitignore': 'tmp\n',
    'packages/a/package.json': { name: '@acme/a', version: '1.0.0' },
    'packages/a/a.log': 'noise',
    'packages/a/tmp/x.js': 'noise',
    'packages/a/index.js': '',
  })
  const places = [[simple], [bundling], [workspace, 'packages/a'], [workspace]] as const
  for (const [root, place = ''] of places) {
    const { tarball, files } = prepared(await ofFolder(join(root, place)))
    check.ok(files.includes('package.json'))
    for (const client of ['npm', 'npm-11'] as const)
      check.equal(hex(tarball), hex(await packedByNpm(client, root, place)), `${client} ${place}`)
  }
  check.notOk(prepared(await ofFolder(simple)).files.some((path) => /link|npmrc|src|map/u.test(path)))
})

await t.test('a script beside the identity of a job is refused, whichever it is', async (check) => {
  for (const event of ['prepublishOnly', 'prepack', 'prepare', 'postpack', 'publish', 'postpublish']) {
    const manifest = { name: 'paint', version: '1.0.0', scripts: { [event]: 'touch ran', test: 'tap' } }
    const root = await folder({ 'package.json': manifest })
    const refused = await ofFolder(root)
    check.strictSame(codes(refused), ['package-scripts'], event)
    check.ok(reasonsOf(refused).includes(event))
    await check.rejects(readFile(join(root, 'ran')), 'and did not run')
  }
  const guarded = { name: 'paint', version: '1.0.0', scripts: { prepublishOnly: 'bonafide guard', test: 'tap' } }
  check.equal(prepared(await ofFolder(await folder({ 'package.json': guarded }))).name, 'paint', 'but for the guard')
  const more = { ...guarded, scripts: { prepublishOnly: 'bonafide guard && make' } }
  check.strictSame(codes(await ofFolder(await folder({ 'package.json': more }))), ['package-scripts'])
})

// Writes down what it sees.
function writing(event: string): string {
  return `env > env-${event}.txt; echo ${event} >> order.txt`
}

await t.test(
  'scripts that are allowed run in npm’s order, without the identity and without credentials',
  async (check) => {
    const scripts = Object.fromEntries(
      ['prepublishOnly', 'prepack', 'prepare', 'postpack', 'publish', 'postpublish'].map((event) => [
        event,
        writing(event),
      ]),
    )
    const root = await folder({ 'package.json': { name: 'paint', version: '1.0.0', scripts, files: ['order.txt'] } })
    const token = ['npm', 'x'.repeat(36)].join('_')
    const jwt = ['eyJhbGciOiJub25lIn0', 'eyJzdWIiOiJqb2IifQ', 'signature'].join('.')
    const secrets = {
      ACTIONS_ID_TOKEN_REQUEST_URL: 'https://ci.example/idtoken',
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'request-secret',
      ACTIONS_RUNTIME_TOKEN: 'runtime-secret',
      NPM_ID_TOKEN: jwt,
      SIGSTORE_ID_TOKEN: jwt,
      MY_OWN_NAME_FOR_IT: jwt,
      NODE_AUTH_TOKEN: 'auth-secret',
      NPM_TOKEN: token,
      GITHUB_TOKEN: 'github-secret',
      CI_JOB_TOKEN: 'job-secret',
      YARN_NPM_AUTH_TOKEN: 'yarn-secret',
      'npm_config_//registry.example/:_authToken': 'config-secret',
    }
    // Npm's library hands on the variables of the process itself, whatever it is told.
    Object.assign(process.env, secrets)
    check.teardown(() => {
      for (const name of Object.keys(secrets)) delete process.env[name]
    })
    const env = { ...process.env, PAINT_COLOUR: 'green' }
    const { files } = prepared(await ofFolder(root, { allowScripts: true, env }))
    check.strictSame(files, ['package.json', 'order.txt'], 'what scripts made is packed')
    check.equal(await readFile(join(root, 'order.txt'), 'utf8'), 'prepublishOnly\nprepack\nprepare\npostpack\n')
    for (const event of ['prepublishOnly', 'prepack', 'prepare', 'postpack']) {
      const seen = await readFile(join(root, `env-${event}.txt`), 'utf8')
      check.match(seen, /^PAINT_COLOUR=green$/mu, event)
      check.match(seen, new RegExp(`^npm_lifecycle_event=${event}$`, 'mu'))
      for (const [name, value] of Object.entries(secrets)) {
        check.notOk(seen.includes(`${name}=`), `${event}: ${name}`)
        check.notOk(seen.includes(value), `${event}: what ${name} holds`)
      }
    }
  },
)

await t.test('a script that fails ends it, and none runs after it', async (check) => {
  const scripts = { prepack: 'exit 7', postpack: 'touch ran' }
  const root = await folder({ 'package.json': { name: 'paint', version: '1.0.0', scripts } })
  const refused = await ofFolder(root, { allowScripts: true })
  check.strictSame(codes(refused), ['package-script-failed'])
  check.equal(reasonsOf(refused), 'the script prepack: it ended with 7')
  await check.rejects(readFile(join(root, 'ran')))
})

await t.test('a script cannot put a credential into publishConfig', async (check) => {
  const key = '//registry.example/:_authToken'
  const write = `node -e "const fs=require('fs');const m=JSON.parse(fs.readFileSync('package.json'));m.publishConfig={'${key}':'x'};fs.writeFileSync('package.json',JSON.stringify(m))"`
  const root = await folder({ 'package.json': { name: 'paint', version: '1.0.0', scripts: { prepack: write } } })
  check.strictSame(codes(await ofFolder(root, { allowScripts: true })), ['publish-config-credential'])
})

await t.test('what only the project’s own manager replaces is packed by that manager', async (check) => {
  const fields = [
    { dependencies: { other: 'workspace:^' } },
    { optionalDependencies: { other: 'catalog:' } },
    { peerDependencies: { other: 'workspace:*' } },
    { main: 'src/a.ts', publishConfig: { main: 'lib/a.js' } },
    { publishConfig: { directory: 'dist' } },
  ]
  for (const field of fields) {
    const root = await folder({ 'package.json': { name: 'paint', version: '1.0.0', ...field } })
    check.strictSame(codes(await ofFolder(root)), ['package-needs-manager'], JSON.stringify(field))
  }
  const same = { name: 'paint', version: '1.0.0', main: 'a.js', publishConfig: { main: 'a.js' } }
  check.equal(prepared(await ofFolder(await folder({ 'package.json': same }))).name, 'paint')
})

await t.test('tarballs of the other managers are taken as they are', async (check) => {
  const manifest = { name: 'paint', version: '1.0.0', files: ['lib'], bin: { paint: 'lib/a.js' } }
  const ways = [
    ['pnpm', ['pack'], 'paint-1.0.0.tgz'],
    ['yarn', ['pack', '-o', 'paint.tgz'], 'paint.tgz'],
    ['yarn-classic', ['pack', '--filename', 'paint.tgz'], 'paint.tgz'],
    ['bun', ['pm', 'pack'], 'paint-1.0.0.tgz'],
  ] as const
  for (const [client, words, file] of ways) {
    const reason = missing(client)
    if (reason !== false) continue
    const place = await folder({ 'package.json': manifest, 'lib/a.js': '', 'README.md': '# paint', 'yarn.lock': '' })
    const { code, stdout, stderr } = await workbench.run(client, place, words)
    check.equal(code, 0, `${client} ${stdout} ${stderr}`)
    const { files } = prepared(await ofTarball(await readFile(join(place, file))))
    check.strictSame(files.toSorted(), ['README.md', 'lib/a.js', 'package.json'], client)
  }
})
