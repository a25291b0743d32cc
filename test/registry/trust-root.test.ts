// SPDX-License-Identifier: Apache-2.0
import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import t from 'tap'
import type { Test } from 'tap'
import { DEFAULT_MIRROR_URL } from '@sigstore/tuf'
import { fetchTrust } from '@bonafide/registry'
import type { TrustAnswer, TrustOptions, TrustSource } from '@bonafide/registry'
import { corpusPath, noCorpus } from '../support/corpus.ts'
import { startStub } from './stub-server.ts'
import type { Stub } from './stub-server.ts'
import { createTestRepository } from './tuf-repository.ts'
import type { TestRepository } from './tuf-repository.ts'

const DAY = 86_400_000
const ROOT = '{"mediaType":"trusted root"}'
const KEYS = '{"keys":[]}'
const TARGETS = { 'trusted_root.json': ROOT, 'registry.example/keys.json': KEYS }

interface Scene {
  readonly server: Stub
  readonly repository: TestRepository
  readonly cacheDir: string
  /** Holds `root.json`, `root` and `keys`. */
  readonly folder: string
  readonly fetch: (more?: Partial<TrustOptions>) => Promise<TrustAnswer>
}

async function scene(test: Test, targets: Record<string, string> = TARGETS, expiresInDays = 365): Promise<Scene> {
  const server = await startStub()
  test.teardown(() => server.close())
  const repository = createTestRepository(server)
  repository.publish(targets, expiresInDays)
  const folder = test.testdir({ 'root.json': repository.root, root: 'given root', keys: 'given keys' })
  const cacheDir = join(folder, 'cache')
  return {
    server,
    repository,
    cacheDir,
    folder,
    fetch: (more = {}) =>
      fetchTrust({
        cacheDir,
        now: new Date(),
        mirrorUrl: server.url,
        tufRootPath: join(folder, 'root.json'),
        registryHost: 'registry.example',
        ...more,
      }),
  }
}

function trustOf(answer: TrustAnswer): TrustSource {
  if (answer.kind !== 'found') throw new Error(JSON.stringify(answer))
  return answer.trust
}

function inDays(days: number): Date {
  return new Date(Date.now() + days * DAY)
}

await t.test('first run: trusted root and keys come through TUF, with digests', async (test) => {
  const { fetch } = await scene(test)
  test.match(trustOf(await fetch()), {
    trustedRoot: ROOT,
    source: 'tuf',
    digest: `sha256:${createHash('sha256').update(ROOT).digest('hex')}`,
    registryKeys: KEYS,
    registryKeysSource: 'tuf',
    refreshFailure: null,
  })
})

await t.test('within a day nothing is asked; after a day the mirror is', async (test) => {
  const { fetch, server, repository } = await scene(test)
  await fetch()
  const asked = server.seen.length
  test.match(trustOf(await fetch()), { source: 'tuf-cache', registryKeysSource: 'tuf-cache', trustedRoot: ROOT })
  test.match(trustOf(await fetch({ offline: true })), { source: 'tuf-cache' })
  test.equal(server.seen.length, asked)
  repository.rotateRoot()
  repository.publish({ ...TARGETS, 'trusted_root.json': '{"second":1}' })
  test.match(trustOf(await fetch({ now: inDays(2) })), { source: 'tuf', trustedRoot: '{"second":1}' })
  test.ok(server.seen.length > asked)
  test.match(trustOf(await fetch({ now: inDays(2), offline: true })), { trustedRoot: '{"second":1}' })
})

await t.test('off line the copy serves for seven days, then it is stale', async (test) => {
  const { fetch } = await scene(test)
  await fetch()
  test.match(trustOf(await fetch({ now: inDays(6.9), offline: true })), {
    source: 'tuf-cache',
    refreshFailure: 'offline',
  })
  test.match(await fetch({ now: inDays(8.5), offline: true }), { kind: 'stale', ageDays: 8, reason: 'offline' })
})

await t.test('off line the signed expiry ends trust even where the last refresh was yesterday', async (test) => {
  const { fetch } = await scene(test, TARGETS, 1.5)
  await fetch()
  test.match(trustOf(await fetch({ now: inDays(1.2), offline: true })), { source: 'tuf-cache' })
  test.match(await fetch({ now: inDays(1.8), offline: true }), { kind: 'stale', ageDays: 1 })
})

await t.test('a record from the future counts as none', async (test) => {
  const { fetch } = await scene(test)
  await fetch({ now: inDays(3) })
  test.match(await fetch({ offline: true }), { kind: 'stale', ageDays: null })
  test.match(trustOf(await fetch()), { source: 'tuf' }, 'and is mended on line')
})

await t.test('nothing cached and nobody to ask is "unavailable", with the reason', async (test) => {
  const { fetch, server } = await scene(test)
  test.match(await fetch({ offline: true }), { kind: 'unavailable', reason: 'offline', registryKeys: null })
  server.on('*', (_, response) => void response.writeHead(500).end())
  server.on('/timestamp.json', (_, response) => void response.writeHead(500).end())
  test.match(await fetch(), { kind: 'unavailable', reason: 'status' })
  const gone = await startStub()
  await gone.close()
  test.match(await fetch({ mirrorUrl: gone.url }), { kind: 'unavailable', reason: 'refused' })
  test.match(await fetch({ mirrorUrl: 'http://mirror.invalid' }), { kind: 'unavailable', reason: 'dns' })
})

await t.test('a mirror that says nothing costs one deadline, and the copy still serves', async (test) => {
  const { fetch, server } = await scene(test)
  await fetch()
  server.on('/2.root.json', () => {})
  const asked = server.seen.length
  const trust = trustOf(await fetch({ now: inDays(2), attemptDeadline: 100 }))
  test.match(trust, { source: 'tuf-cache', refreshFailure: 'timeout', trustedRoot: ROOT })
  test.equal(server.seen.length, asked + 1)
})

await t.test('a mirror whose every file takes its time hits the total deadline', async (test) => {
  const { fetch, server } = await scene(test)
  server.on('/2.root.json', (_, response) => void setTimeout(() => response.writeHead(404).end(), 120))
  test.match(await fetch({ attemptDeadline: 5000, totalDeadline: 60 }), { kind: 'unavailable', reason: 'timeout' })
})

await t.test('another mirror cannot vouch: everything is verified from the root that was given', async (test) => {
  const { fetch } = await scene(test)
  const evil = await startStub()
  test.teardown(() => evil.close())
  createTestRepository(evil).publish({ ...TARGETS, 'trusted_root.json': '{"evil":1}' })
  test.match(await fetch({ mirrorUrl: evil.url }), { kind: 'unavailable', reason: 'metadata-invalid' })
})

await t.test('a target changed on the mirror is refused', async (test) => {
  const { fetch, server } = await scene(test)
  const name = createHash('sha256').update(ROOT).digest('hex')
  server.on(`/targets/${name}.trusted_root.json`, (_, response) => void response.end(ROOT.replace('root', 'evil')))
  test.match(await fetch(), { kind: 'unavailable', reason: 'metadata-invalid' })
})

await t.test('a mirror that rolls back to older metadata is refused, and the newer copy serves', async (test) => {
  const { fetch, server, repository } = await scene(test)
  const old = await (await globalThis.fetch(`${server.url}timestamp.json`)).text()
  repository.publish({ ...TARGETS, 'trusted_root.json': '{"second":1}' })
  await fetch()
  server.on('/timestamp.json', (_, response) => void response.end(old))
  const trust = trustOf(await fetch({ now: inDays(2) }))
  test.match(trust, { source: 'tuf-cache', refreshFailure: 'metadata-invalid', trustedRoot: '{"second":1}' })
})

await t.test('a poisoned cache proves nothing: it is verified from the shipped root each time', async (test) => {
  const { fetch, cacheDir } = await scene(test)
  await fetch()
  const folder = join(cacheDir, 'tuf')
  const [file = ''] = readdirSync(folder)
  const path = join(folder, file)
  const record = JSON.parse(readFileSync(path, 'utf8')) as { files: Record<string, string> }
  const evil = Buffer.from('{"evil":1}').toString('base64')
  const target = Object.keys(record.files).find((name) => name.endsWith('trusted_root.json')) ?? ''
  for (const files of [{ ...record.files, [target]: evil }, {}, { ...record.files, 'timestamp.json': evil }]) {
    writeFileSync(path, JSON.stringify({ ...record, files }))
    test.match(await fetch({ offline: true }), { kind: 'stale' })
    test.match(trustOf(await fetch()), { source: 'tuf', trustedRoot: ROOT }, 'and is mended on line')
  }
  for (const text of ['', '{', 'null', '{"refreshed":"x","files":{}}', readFileSync(path, 'utf8').slice(0, 400)]) {
    writeFileSync(path, text)
    test.match(await fetch({ offline: true }), { kind: 'unavailable', reason: 'offline' })
    test.match(trustOf(await fetch()), { source: 'tuf' })
  }
})

await t.test('a repository without the registry’s keys serves the root all the same', async (test) => {
  const { fetch } = await scene(test, { 'trusted_root.json': ROOT })
  test.match(trustOf(await fetch()), { trustedRoot: ROOT, registryKeys: null, registryKeysSource: null })
})

await t.test('files replace TUF; both given, nothing is asked', async (test) => {
  const { fetch, server, folder: files } = await scene(test)
  const [trustedRootFile, registryKeysFile] = [join(files, 'root'), join(files, 'keys')]
  test.match(trustOf(await fetch({ trustedRootFile, registryKeysFile })), {
    trustedRoot: 'given root',
    source: 'file',
    digest: `sha256:${createHash('sha256').update('given root').digest('hex')}`,
    registryKeys: 'given keys',
    registryKeysSource: 'file',
    refreshed: null,
  })
  test.equal(server.seen.length, 0)
  test.match(trustOf(await fetch({ trustedRootFile })), {
    trustedRoot: 'given root',
    registryKeys: KEYS,
    registryKeysSource: 'tuf',
  })
  test.match(trustOf(await fetch({ registryKeysFile })), { trustedRoot: ROOT, registryKeys: 'given keys' })
})

await t.test('one file given and no TUF: only the checks that need the other suffer', async (test) => {
  const { fetch, folder: files } = await scene(test)
  test.match(trustOf(await fetch({ trustedRootFile: join(files, 'root'), offline: true })), {
    trustedRoot: 'given root',
    registryKeys: null,
    refreshFailure: 'offline',
  })
  test.match(await fetch({ registryKeysFile: join(files, 'keys'), offline: true }), {
    kind: 'unavailable',
    registryKeys: { text: 'given keys', source: 'file' },
  })
})

await t.test('a file that cannot be read is an error, not a fallback to TUF', async (test) => {
  const { fetch, server, folder } = await scene(test)
  const gone = join(folder, 'gone')
  await test.rejects(fetch({ trustedRootFile: gone }), {
    code: 'BONAFIDE_TRUSTED_ROOT_UNREADABLE',
    detail: { path: gone },
  })
  await test.rejects(fetch({ registryKeysFile: gone }), { code: 'BONAFIDE_REGISTRY_KEYS_UNREADABLE' })
  await test.rejects(fetch({ tufRootPath: gone }), { code: 'BONAFIDE_TRUSTED_ROOT_UNREADABLE' })
  test.equal(server.seen.length, 0)
})

await t.test('a mirror that nobody shipped a root for is not asked', async (test) => {
  const { server, cacheDir } = await scene(test)
  const answer = await fetchTrust({ cacheDir, now: new Date(), mirrorUrl: server.url })
  test.match(answer, { kind: 'unavailable', reason: 'no-root-for-mirror' })
  test.equal(server.seen.length, 0)
})

await t.test('no environment variable moves the mirror; npm’s proxy is used to reach it', async (test) => {
  const evil = await startStub()
  test.teardown(() => evil.close())
  const targets: string[] = []
  const proxy = createServer()
  proxy.on('connect', (request, socket) => {
    targets.push(request.url ?? '')
    socket.end('HTTP/1.1 403 Forbidden\r\n\r\n')
  })
  proxy.listen(0, '127.0.0.1')
  await once(proxy, 'listening')
  test.teardown(() => void proxy.close())
  const { port } = proxy.address() as AddressInfo
  const program = `
    import { DEFAULT_MIRROR_URL } from '@sigstore/tuf'
import { fetchTrust } from '@bonafide/registry'
    const connectionTo = () => ({ rejectUnauthorized: true, proxy: process.argv[1] })
    const answer = await fetchTrust({ cacheDir: null, now: new Date(), connectionTo })
    process.exitCode = answer.kind === 'unavailable' ? 0 : 1
  `
  const child = spawn(
    process.execPath,
    ['--conditions=bonafide-source', '--input-type=module', '--eval', program, `http://127.0.0.1:${port}`],
    {
      cwd: import.meta.dirname,
      stdio: 'inherit',
      env: {
        PATH: process.env['PATH'],
        // Names that Sigstore's tools elsewhere know, and npm's registry setting.
        TUF_MIRROR: evil.url,
        TUF_ROOT: '/nowhere',
        SIGSTORE_ROOT_FILE: '/nowhere',
        npm_config_registry: evil.url,
      },
    },
  )
  test.same(await once(child, 'exit'), [0, null])
  test.equal(evil.seen.length, 0)
  test.ok(targets.length > 0)
  test.same(
    targets.filter((target) => target !== `${new URL(DEFAULT_MIRROR_URL).host}:443`),
    [],
  )
})

await t.test('two processes that refresh at once leave one whole record', async (test) => {
  const { fetch, server, cacheDir, folder } = await scene(test)
  const rootPath = join(folder, 'root.json')
  const program = `
    import { DEFAULT_MIRROR_URL } from '@sigstore/tuf'
import { fetchTrust } from '@bonafide/registry'
    const [, cacheDir, mirrorUrl, tufRootPath] = process.argv
    for (let i = 0; i < 5; i += 1) {
      const answer = await fetchTrust({ cacheDir, mirrorUrl, tufRootPath, now: new Date(Date.now() + i * 2 * 86400000), registryHost: 'registry.example' })
      if (answer.kind !== 'found') process.exitCode = 1
    }
  `
  const run = async (): Promise<unknown> => {
    const child = spawn(
      process.execPath,
      ['--conditions=bonafide-source', '--input-type=module', '--eval', program, cacheDir, server.url, rootPath],
      { cwd: import.meta.dirname, stdio: 'inherit' },
    )
    return (await once(child, 'exit'))[0]
  }
  test.same(await Promise.all([run(), run(), run()]), [0, 0, 0])
  test.match(trustOf(await fetch({ now: inDays(8.5), offline: true })), { trustedRoot: ROOT })
  test.same(
    readdirSync(join(cacheDir, 'tuf')).filter((name) => !name.endsWith('.json')),
    [],
  )
})

await t.test('Sigstore’s own repository as recorded: expired metadata is refused', { skip: noCorpus }, async (test) => {
  const archive = corpusPath('trust', 'tuf-root-signing.tar.gz')
  const folder = test.testdir()
  test.equal(spawnSync('tar', ['xzf', archive, '-C', folder]).status, 0)
  const metadata = join(folder, 'tuf-root-signing', 'metadata')
  const server = await startStub()
  test.teardown(() => server.close())
  const served = join(folder, 'served')
  mkdirSync(served)
  cpSync(join(metadata, 'root_history'), served, { recursive: true })
  for (const name of ['timestamp.json']) cpSync(join(metadata, name), join(served, name))
  server.on('*', (request, response) => {
    const path = join(served, (request.url ?? '').slice(1))
    if (existsSync(path)) response.end(readFileSync(path))
    else response.writeHead(404).end()
  })
  const answer = await fetchTrust({
    cacheDir: join(folder, 'cache'),
    now: new Date(),
    mirrorUrl: server.url,
    tufRootPath: join(metadata, 'root_history', '1.root.json'),
  })
  test.match(answer, { kind: 'unavailable', reason: 'metadata-invalid' })
  test.ok(
    server.seen.some(({ path }) => path === '/15.root.json'),
    'every root was followed up to the last',
  )
})
