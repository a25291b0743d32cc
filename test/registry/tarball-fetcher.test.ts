// SPDX-License-Identifier: Apache-2.0
// Fetching tarballs: from where, with which credentials, how much, and what is kept.
import { createHash, randomBytes } from 'node:crypto'
import { readFile, readdir, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import t from 'tap'
import type { Test } from 'tap'
import { parseIntegrity } from '@bonafide/core'
import type { Sha512 } from '@bonafide/core'
import { bareNpmSettings, createRegistryClient } from '@bonafide/registry'
import type { Answer, NpmSettings, RegistryClientOptions } from '@bonafide/registry'
import { startStub } from './stub-server.ts'
import type { Stub } from './stub-server.ts'

const QUICK = { retries: 2, minDelay: 1, maxDelay: 5, attemptDeadline: 400, totalDeadline: 5000 }
const BYTES = gzipSync('a tarball')
const OTHER = gzipSync('another tarball')
const PATH = '/@a/paint/-/paint-1.0.0.tgz'

function integrityOf(bytes: Buffer): Sha512 {
  const field = parseIntegrity(`sha512-${createHash('sha512').update(bytes).digest('base64')}`)
  if (field.state !== 'sha512') throw new Error('no sha512')
  return field.sha512
}

async function stub(test: Test): Promise<Stub> {
  const server = await startStub()
  test.teardown(() => server.close())
  return server
}

interface Asked {
  readonly options?: RegistryClientOptions
  readonly settings?: NpmSettings
  readonly claimed?: string
  readonly wanted?: Buffer
}

/** What fetching says of a tarball: what it hashed to, and what could be read of it. */
type Fetched = Answer<{ readonly isWanted: boolean; readonly text: Buffer }>

async function fetchTarball(
  server: Stub,
  { options = {}, settings = bareNpmSettings(), claimed, wanted = BYTES }: Asked = {},
): Promise<Fetched> {
  const client = createRegistryClient(settings, { registry: server.url, patience: QUICK, ...options })
  const integrity = integrityOf(wanted)
  const answer = await client.fetchTarball(
    { name: '@a/paint', version: '1.0.0', integrity, claimed: claimed ?? null },
    async (tarball) => {
      const chunks: Buffer[] = []
      for await (const chunk of tarball.read()) chunks.push(chunk)
      return { isWanted: tarball.sha512 === integrity, text: Buffer.concat(chunks) }
    },
  )
  await client.close()
  return answer
}

await t.test('the canonical path of the registry is asked, whatever the metadata points to elsewhere', async (test) => {
  const [server, stranger] = [await stub(test), await stub(test)]
  server.on(PATH, (_, response) => void response.end(BYTES))
  server.on('/download/1', (_, response) => void response.end(BYTES))
  stranger.on('*', (_, response) => void response.end(BYTES))
  test.match(await fetchTarball(server), { kind: 'found', source: 'network', value: { isWanted: true, text: BYTES } })
  for (const claimed of [`${stranger.url}x.tgz`, 'file:///etc/passwd', `${server.url}x.tgz?y`, 'nonsense'])
    test.match(await fetchTarball(server, { claimed }), { kind: 'found', url: `${server.url}${PATH.slice(1)}` })
  test.equal(stranger.seen.length, 0)
  const own = `${server.url}download/1`
  test.match(await fetchTarball(server, { claimed: own }), { kind: 'found', url: own })
  test.match(
    await fetchTarball(server, { claimed: `${server.url}gone` }),
    { kind: 'found' },
    'and the canonical one after it',
  )
})

await t.test('credentials go to the registry, and along no redirect', async (test) => {
  const [server, storage] = [await stub(test), await stub(test)]
  server.on(PATH, (_, response) => void response.writeHead(302, { location: `${storage.url}blob` }).end())
  storage.on('/blob', (_, response) => void response.end(BYTES))
  const settings = { ...bareNpmSettings(), authorize: () => 'Bearer secret' }
  test.match(await fetchTarball(server, { settings }), { kind: 'found', value: { isWanted: true } })
  test.equal(server.seen[0]?.headers.authorization, 'Bearer secret')
  test.equal(storage.seen[0]?.headers.authorization, undefined)
})

await t.test('other bytes are asked for once more, and handed over as what they are', async (test) => {
  const server = await stub(test)
  server.on(PATH, (_, response) => void response.end(OTHER))
  test.match(await fetchTarball(server), { kind: 'found', value: { isWanted: false, text: OTHER } })
  test.equal(server.seen.length, 2)
  let calls = 0
  server.on(PATH, (_, response) => {
    calls += 1
    response.end(calls === 1 ? OTHER : BYTES)
  })
  test.match(await fetchTarball(server), { kind: 'found', value: { isWanted: true } })
})

await t.test(
  'where nothing binds the bytes they are handed over as they come, and neither kept nor taken from what is',
  async (test) => {
    const server = await stub(test)
    server.on(PATH, (_, response) => void response.end(BYTES))
    const client = createRegistryClient(bareNpmSettings(), {
      registry: server.url,
      patience: QUICK,
      cacheDir: test.testdir({}),
    })
    const wanted = { name: '@a/paint', version: '1.0.0', integrity: null, claimed: null }
    for (const calls of [1, 2]) {
      const answer = await client.fetchTarball(wanted, async ({ sha512 }) => sha512)
      test.match(answer, { kind: 'found', source: 'network', value: integrityOf(BYTES) })
      test.equal(server.seen.length, calls)
    }
  },
)

await t.test('what is no tarball says nothing about it', async (test) => {
  const server = await stub(test)
  server.on(PATH, (_, response) => void response.end('<html>please sign in</html>'))
  test.match(await fetchTarball(server), { kind: 'nonsense', reason: 'wrong-shape' })
  server.on(PATH, (_, response) => void response.writeHead(200, { 'content-encoding': 'br' }).end(BYTES))
  test.match(await fetchTarball(server), { kind: 'nonsense' })
  server.on(
    PATH,
    (_, response) => void response.writeHead(200, { 'content-length': '1000' }).write(BYTES, () => response.destroy()),
  )
  test.match(await fetchTarball(server), { kind: /nonsense|unreachable/u }, 'cut')
  server.on(PATH, (_, response) => void response.writeHead(404).end())
  test.match(await fetchTarball(server), { kind: 'absent' })
  server.on(PATH, (_, response) => void response.writeHead(403).end())
  test.match(await fetchTarball(server), { kind: 'needs-login' })
})

await t.test('a tarball larger than the limit ends there', async (test) => {
  const server = await stub(test)
  const options = { maxTarballBytes: 10_000 }
  server.on(
    PATH,
    (_, response) => void response.writeHead(200, { 'content-length': '20000' }).end(Buffer.alloc(20_000)),
  )
  test.match(await fetchTarball(server, { options }), { kind: 'nonsense', reason: 'too-large' })
  server.on(PATH, (_, response) => {
    const timer = setInterval(() => response.write(Buffer.alloc(4000)), 1)
    response.once('close', () => clearInterval(timer))
  })
  test.match(await fetchTarball(server, { options }), { kind: 'nonsense', reason: 'too-large' }, 'without an end')
})

async function left(): Promise<number> {
  return (await readdir(tmpdir())).filter((name) => name.startsWith('bonafide-tarball-')).length
}

await t.test('a large one goes through a file that is gone afterwards', async (test) => {
  const server = await stub(test)
  const large = gzipSync(randomBytes(9 * 1024 * 1024), { level: 0 })
  server.on(PATH, (_, response) => void response.end(large))
  const before = await left()
  const answer = await fetchTarball(server, {
    wanted: large,
    options: { patience: { ...QUICK, attemptDeadline: 5000 }, cacheDir: test.testdir() },
  })
  test.ok(answer.kind === 'found' && answer.value.isWanted && answer.value.text.equals(large))
  test.ok((await left()) <= before)
})

await t.test('kept by what it hashes to, and hashed again: a changed copy is fetched anew', async (test) => {
  const server = await stub(test)
  server.on(PATH, (_, response) => void response.end(BYTES))
  const cacheDir = test.testdir()
  test.match(await fetchTarball(server, { options: { cacheDir } }), { source: 'network' })
  const offline = { cacheDir, offline: true }
  test.match(await fetchTarball(server, { options: offline }), { source: 'cache', value: { isWanted: true } })
  test.match(await fetchTarball(server, { options: offline, wanted: OTHER }), { kind: 'not-cached' })
  const files = await readdir(join(cacheDir, 'tarballs'), { recursive: true, withFileTypes: true })
  const content = files.find((file) => file.isFile() && file.parentPath.includes('content-v2'))
  const path = join(content?.parentPath ?? '', content?.name ?? '')
  test.ok((await readFile(path)).equals(BYTES))
  await writeFile(path, OTHER)
  test.match(await fetchTarball(server, { options: offline }), { kind: 'not-cached' })
  test.match(await fetchTarball(server, { options: { cacheDir } }), { source: 'network', value: { isWanted: true } })
  test.match(await fetchTarball(server, { options: offline }), { source: 'cache', value: { isWanted: true } })
})

await t.test('bytes that are not what was wanted are not kept', async (test) => {
  const server = await stub(test)
  server.on(PATH, (_, response) => void response.end(OTHER))
  const cacheDir = test.testdir()
  await fetchTarball(server, { options: { cacheDir } })
  test.match(await fetchTarball(server, { options: { cacheDir, offline: true }, wanted: OTHER }), {
    kind: 'not-cached',
  })
})
