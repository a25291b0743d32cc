// SPDX-License-Identifier: Apache-2.0
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import t from 'tap'
import type { Test } from 'tap'
import { bareNpmSettings, createRegistryClient, defaultCacheFolder, publicRegistry } from '@bonafide/registry'
import type { NpmSettings, RegistryClient, RegistryClientOptions } from '@bonafide/registry'
import { makeLoopbackCertificate } from './loopback-certificate.ts'
import { packumentOf, sendJson, startStub } from './stub-server.ts'
import type { Stub } from './stub-server.ts'

const QUICK = { retries: 2, minDelay: 1, maxDelay: 5, attemptDeadline: 400, totalDeadline: 5000 }
const DOCUMENT = '/-/npm/v1/attestations/a@1.0.0'
const ATTESTATIONS = { attestations: [{ predicateType: 'x', bundle: {} }] }

async function stub(test: Test): Promise<Stub> {
  const server = await startStub()
  test.teardown(() => server.close())
  return server
}

function clientOf(server: Stub, options: RegistryClientOptions = {}, settings?: NpmSettings): RegistryClient {
  return createRegistryClient(settings ?? bareNpmSettings(), { registry: server.url, patience: QUICK, ...options })
}

await t.test('a 404 on one version is "none", and the other versions still get their answer', async (test) => {
  const server = await stub(test)
  server.on(DOCUMENT, (_, response) => sendJson(response, ATTESTATIONS))
  const client = clientOf(server)
  const [a, b] = await Promise.all([client.fetchAttestations('a', '1.0.0'), client.fetchAttestations('a', '2.0.0')])
  test.match(a, { kind: 'found', source: 'network', value: { text: JSON.stringify(ATTESTATIONS) } })
  test.match(b, { kind: 'absent' })
})

await t.test('a server that stumbles once is asked again', async (test) => {
  for (const status of [500, 503, 429, 408]) {
    const server = await stub(test)
    let calls = 0
    server.on(DOCUMENT, (_, response) => {
      calls += 1
      if (calls === 1) response.writeHead(status, { 'retry-after': '0' }).end('busy')
      else sendJson(response, ATTESTATIONS)
    })
    test.match(await clientOf(server).fetchAttestations('a', '1.0.0'), { kind: 'found' }, String(status))
    test.equal(calls, 2)
  }
})

await t.test('Retry-After beyond our patience is not waited for', async (test) => {
  const server = await stub(test)
  server.on(DOCUMENT, (_, response) => void response.writeHead(429, { 'retry-after': '3600' }).end())
  test.match(await clientOf(server).fetchAttestations('a', '1.0.0'), {
    kind: 'unreachable',
    reason: 'status',
    detail: 'HTTP 429',
  })
  test.equal(server.seen.length, 1)
})

await t.test('Retry-After as a date in the past means now', async (test) => {
  const server = await stub(test)
  let calls = 0
  server.on(DOCUMENT, (_, response) => {
    calls += 1
    if (calls === 1) response.writeHead(503, { 'retry-after': 'Wed, 21 Oct 2015 07:28:00 GMT' }).end()
    else sendJson(response, ATTESTATIONS)
  })
  test.match(await clientOf(server).fetchAttestations('a', '1.0.0'), { kind: 'found' })
})

await t.test('a server error that stays is "unreachable", never "none"', async (test) => {
  const server = await stub(test)
  server.on(DOCUMENT, (_, response) => void response.writeHead(502).end())
  test.match(await clientOf(server).fetchAttestations('a', '1.0.0'), { kind: 'unreachable', detail: 'HTTP 502' })
  test.equal(server.seen.length, 3)
})

await t.test('401 and 403 ask for a login and are not repeated', async (test) => {
  for (const status of [401, 403]) {
    const server = await stub(test)
    server.on(DOCUMENT, (_, response) => void response.writeHead(status).end())
    test.match(await clientOf(server).fetchAttestations('a', '1.0.0'), { kind: 'needs-login', status })
    test.equal(server.seen.length, 1)
  }
})

await t.test('JSON that stops in the middle is truncated, whole HTTP message or not', async (test) => {
  const server = await stub(test)
  const client = clientOf(server)
  server.on(DOCUMENT, (_, response) => void response.writeHead(200).end('{"attestations":[{"predica'))
  test.match(await client.fetchAttestations('a', '1.0.0'), { kind: 'nonsense', reason: 'truncated' })
  test.equal(server.seen.length, 3, 'asked again before giving up')

  server.on(DOCUMENT, (_, response) => {
    response.writeHead(200, { 'content-length': '5000' })
    response.write('{"attestations":[]}')
    setTimeout(() => response.destroy(), 20)
  })
  test.match(
    await client.fetchAttestations('a', '1.0.0'),
    { kind: 'nonsense', reason: 'truncated' },
    'shorter than declared',
  )

  const gzip = gzipSync(JSON.stringify(ATTESTATIONS))
  server.on(DOCUMENT, (_, response) => {
    response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzip.subarray(0, gzip.length - 12))
  })
  test.match(await client.fetchAttestations('a', '1.0.0'), { kind: 'nonsense', reason: 'truncated' }, 'half a gzip')

  server.on(DOCUMENT, (_, response) => {
    response.writeHead(200, { 'content-encoding': 'gzip' }).end('this is no gzip')
  })
  test.match(await client.fetchAttestations('a', '1.0.0'), { kind: 'nonsense' }, 'no gzip at all')

  server.on(DOCUMENT, (_, response) => void response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzip))
  test.match(await client.fetchAttestations('a', '1.0.0'), { kind: 'found' }, 'and a whole one is read')
})

await t.test('an answer of 50 MB is refused without being kept, declared or not, compressed or not', async (test) => {
  const server = await stub(test)
  const client = clientOf(server, { patience: { ...QUICK, attemptDeadline: 20_000 } })
  let sent = 0
  server.on('/a', (_, response) => {
    response.writeHead(200, { 'content-type': 'application/json' })
    const chunk = Buffer.alloc(1_000_000, 0x20)
    const pump = (): void => {
      while (sent < 50_000_000 && !response.destroyed) {
        sent += chunk.length
        if (!response.write(chunk)) return void response.once('drain', pump)
      }
      response.end()
    }
    pump()
  })
  test.match(await client.fetchPackument('a', 'full'), { kind: 'nonsense', reason: 'too-large' }, 'endless stream')

  server.on('/a', (_, response) => {
    response.writeHead(200, { 'content-length': '50000000' })
    response.write('{')
  })
  test.match(await client.fetchPackument('a', 'full'), { kind: 'nonsense', reason: 'too-large' }, 'declared')

  const bomb = gzipSync(Buffer.alloc(8_000_000, 0x20))
  server.on(DOCUMENT, (_, response) => void response.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb))
  test.match(await client.fetchAttestations('a', '1.0.0'), { kind: 'nonsense', reason: 'too-large' }, 'bomb')
})

await t.test('a server that drips a byte at a time, or says nothing, hits the deadline', async (test) => {
  const server = await stub(test)
  const client = clientOf(server, { patience: { ...QUICK, retries: 0, attemptDeadline: 150 } })
  server.on(DOCUMENT, (_, response) => {
    response.writeHead(200)
    const timer = setInterval(() => void response.write(' '), 20)
    response.on('close', () => clearInterval(timer))
  })
  test.match(await client.fetchAttestations('a', '1.0.0'), { kind: 'unreachable', reason: 'timeout' }, 'drip')
  server.on(DOCUMENT, () => {})
  test.match(await client.fetchAttestations('a', '1.0.0'), { kind: 'unreachable', reason: 'timeout' }, 'silence')
})

await t.test('the content type decides nothing: a page is nonsense, mislabelled JSON is read', async (test) => {
  const server = await stub(test)
  const client = clientOf(server)
  server.on(DOCUMENT, (_, response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).end('<!doctype html><title>Sign in</title>')
  })
  test.match(await client.fetchAttestations('a', '1.0.0'), { kind: 'nonsense', reason: 'not-json' })
  server.on(DOCUMENT, (_, response) => sendJson(response, ATTESTATIONS, { 'content-type': 'text/html' }))
  test.match(await client.fetchAttestations('a', '1.0.0'), { kind: 'found' })
})

await t.test('JSON of another shape is nonsense', async (test) => {
  const server = await stub(test)
  const client = clientOf(server)
  for (const document of [{}, [], null, 'text', { attestations: {} }]) {
    server.on(DOCUMENT, (_, response) => sendJson(response, document))
    test.match(await client.fetchAttestations('a', '1.0.0'), { kind: 'nonsense', reason: 'wrong-shape' })
  }
  const wrong: readonly [string, object][] = [
    ['another package under this name', packumentOf('b')],
    ['no versions', { name: 'a' }],
    ['a version filed under another', { name: 'a', versions: { '1.0.0': { version: '1.0.1' } } }],
  ]
  for (const [label, document] of wrong) {
    server.on('/a', (_, response) => sendJson(response, document))
    test.match(await client.fetchPackument('a', 'full'), { kind: 'nonsense', reason: 'wrong-shape' }, label)
  }
})

await t.test('a connection that is reset, or refused, is "unreachable" with the right word', async (test) => {
  const server = await stub(test)
  server.on(DOCUMENT, (request) => void request.socket.resetAndDestroy())
  test.match(await clientOf(server).fetchAttestations('a', '1.0.0'), { kind: 'unreachable', reason: 'reset' })
  const gone = await startStub()
  await gone.close()
  test.match(await clientOf(gone).fetchAttestations('a', '1.0.0'), { kind: 'unreachable', reason: 'refused' })
  const nowhere = createRegistryClient(bareNpmSettings(), { registry: 'http://registry.invalid/', patience: QUICK })
  test.match(await nowhere.fetchAttestations('a', '1.0.0'), { kind: 'unreachable', reason: 'dns' })
})

await t.test('a dead registry costs a few requests, not three for each of a hundred packages', async (test) => {
  const server = await stub(test)
  server.on('*', (_, response) => void response.writeHead(500).end())
  const client = clientOf(server, { concurrency: 2 })
  for (let i = 0; i < 100; i += 1) {
    const answer = await client.fetchAttestations(`p${i}`, '1.0.0')
    test.match(answer, { kind: 'unreachable', url: new RegExp(`p${i}@1\\.0\\.0$`) })
  }
  test.equal(server.seen.length, 24)
})

await t.test('a redirect to another host is followed without credentials', async (test) => {
  const [first, second] = [await stub(test), await stub(test)]
  // Both are 127.0.0.1: clients that compare host names alone would hand the token on to the other port.
  first.on(DOCUMENT, (_, response) => void response.writeHead(302, { location: `${second.url}x` }).end())
  second.on('/x', (_, response) => sendJson(response, ATTESTATIONS))
  const settings: NpmSettings = { ...bareNpmSettings(), authorize: () => 'Bearer secret' }
  test.match(await clientOf(first, {}, settings).fetchAttestations('a', '1.0.0'), { kind: 'found' })
  test.equal(first.seen[0]?.headers.authorization, 'Bearer secret')
  test.equal(second.seen.length, 1)
  test.equal(second.seen[0]?.headers.authorization, undefined)
  test.notMatch(JSON.stringify(second.seen), /secret/u)
})

await t.test(
  'a redirect within the registry keeps its credentials only where npm’s key covers the path',
  async (test) => {
    const server = await stub(test)
    server.on('/npm/-/npm/v1/attestations/a@1.0.0', (_, response) => {
      response.writeHead(307, { location: '/elsewhere' }).end()
    })
    server.on('/elsewhere', (_, response) => sendJson(response, ATTESTATIONS))
    const settings: NpmSettings = {
      ...bareNpmSettings(),
      authorize: (url) => (url.pathname.startsWith('/npm/') ? 'Bearer secret' : null),
    }
    const client = clientOf(server, { registry: `${server.url}npm` }, settings)
    test.match(await client.fetchAttestations('a', '1.0.0'), { kind: 'found' })
    test.same(
      server.seen.map(({ headers }) => headers.authorization),
      ['Bearer secret', undefined],
    )
  },
)

await t.test('redirects that loop or leave http end as "unreachable"', async (test) => {
  const server = await stub(test)
  for (const location of [DOCUMENT, 'file:///etc/passwd', 'http://[']) {
    server.on(DOCUMENT, (_, response) => void response.writeHead(301, { location }).end())
    test.match(await clientOf(server).fetchAttestations('a', '1.0.0'), { kind: 'unreachable', reason: 'redirect' })
  }
})

await t.test('no secret of the registry’s URL reaches an answer', async (test) => {
  const server = await stub(test)
  const client = clientOf(server, { registry: `http://user:hunter2@${server.host}/?token=hunter2` })
  const answers = [await client.fetchAttestations('a', '1.0.0'), client.registries]
  test.notMatch(JSON.stringify(answers), /hunter2/u)
  test.equal(server.seen[0]?.headers.authorization, undefined)
})

await t.test('one request serves all who ask for the same document at the same time', async (test) => {
  const server = await stub(test)
  server.on('/a', (_, response) => void setTimeout(() => sendJson(response, packumentOf('a')), 30))
  const client = clientOf(server)
  const answers = await Promise.all(Array.from({ length: 20 }, () => client.fetchPackument('a', 'full')))
  test.equal(answers.filter(({ kind }) => kind === 'found').length, 20)
  test.equal(server.seen.length, 1)
})

await t.test('never more requests together than allowed', async (test) => {
  const server = await stub(test)
  let open = 0
  let most = 0
  server.on('*', (_, response) => {
    open += 1
    most = Math.max(most, open)
    setTimeout(() => {
      open -= 1
      sendJson(response, ATTESTATIONS)
    }, 5)
  })
  const client = clientOf(server, { concurrency: 4 })
  await Promise.all(Array.from({ length: 40 }, (_, i) => client.fetchAttestations(`p${i}`, '1.0.0')))
  test.equal(server.seen.length, 40)
  test.equal(most, 4)
})

await t.test('whether a registry serves attestations at all is a question of its own', async (test) => {
  const cases: readonly [string, (server: Stub) => void, object][] = [
    ['keys', (s) => s.on('/-/npm/v1/keys', (_, r) => sendJson(r, { keys: [{ keyid: 'x' }] })), { value: true }],
    ['no keys in the list', (s) => s.on('/-/npm/v1/keys', (_, r) => sendJson(r, { keys: [] })), { value: false }],
    ['no such endpoint', () => {}, { value: false }],
    ['400, as Nexus says', (s) => s.on('*', (_, r) => void r.writeHead(400).end()), { value: false }],
    ['broken', (s) => s.on('*', (_, r) => void r.writeHead(500).end()), { kind: 'unreachable' }],
    ['a page', (s) => s.on('*', (_, r) => void r.end('<html>')), { kind: 'nonsense' }],
  ]
  for (const [label, arrange, wanted] of cases) {
    const server = await stub(test)
    arrange(server)
    const client = clientOf(server)
    test.match(await client.fetchServesAttestations(server.url), wanted, label)
    const asked = server.seen.length
    await client.fetchServesAttestations(server.url)
    test.equal(server.seen.length, asked, 'asked once')
  }
})

await t.test('metadata becomes maps; fields of the wrong type count as absent', async (test) => {
  const server = await stub(test)
  server.on('/@s%2fa', (_, response) =>
    sendJson(response, {
      ...packumentOf('@s/a', {
        '1.0.0': {
          dist: {
            integrity: 'sha512-x',
            tarball: 'https://r.example/a.tgz',
            signatures: [{ keyid: 'k', sig: 's' }, { keyid: 1 }, null],
            attestations: { url: 'u' },
          },
          _npmUser: { name: 'someone', trustedPublisher: { id: 'github' } },
          dependencies: { b: '^1', constructor: '1', bad: 3 },
          scripts: { postinstall: 'node x' },
        },
        '2.0.0': { dist: { integrity: 7, signatures: {} }, hasInstallScript: 'yes' },
      }),
      time: { '1.0.0': '2026-01-02T03:04:05.000Z', '2.0.0': 'soon' },
    }),
  )
  const answer = await clientOf(server).fetchPackument('@s/a', 'full')
  if (answer.kind !== 'found') throw new Error(answer.kind)
  const { versions, time, form, tags } = answer.value
  test.equal(form, 'full')
  test.equal(tags.get('latest'), '1.0.0')
  test.same([...(time ?? [])], [['1.0.0', new Date('2026-01-02T03:04:05.000Z')]])
  test.match(versions.get('1.0.0'), {
    integrity: 'sha512-x',
    tarball: 'https://r.example/a.tgz',
    signatures: [{ keyid: 'k', sig: 's' }],
    claimsAttestations: true,
    trustedPublisherClaimed: true,
    publisher: 'someone',
    hasInstallScript: true,
  })
  test.same(
    [...(versions.get('1.0.0')?.dependencies ?? [])],
    [
      ['b', '^1'],
      ['constructor', '1'],
    ],
  )
  test.match(versions.get('2.0.0'), {
    integrity: null,
    tarball: null,
    signatures: [],
    claimsAttestations: false,
    trustedPublisherClaimed: false,
    publisher: null,
    hasInstallScript: false,
  })
  test.match(server.seen[0]?.headers.accept, /^application\/json/u)
  await clientOf(server).fetchPackument('@s/a', 'abbreviated')
  test.match(server.seen[1]?.headers.accept, /^application\/vnd\.npm\.install-v1\+json/u)
})

await t.test('off line: the cache answers whatever its age, and nothing is asked', async (test) => {
  const server = await stub(test)
  server.on(DOCUMENT, (_, response) => sendJson(response, ATTESTATIONS))
  server.on('/a', (_, response) => sendJson(response, packumentOf('a')))
  const cacheDir = test.testdir()
  const online = clientOf(server, { cacheDir })
  await online.fetchAttestations('a', '1.0.0')
  await online.fetchPackument('a', 'full')
  const offline = clientOf(server, { cacheDir, offline: true })
  test.match(await offline.fetchAttestations('a', '1.0.0'), { kind: 'found', source: 'cache' })
  test.match(await offline.fetchPackument('a', 'full'), { kind: 'found', source: 'cache' })
  test.match(await offline.fetchAttestations('b', '1.0.0'), { kind: 'not-cached' })
  test.match(await clientOf(server, { offline: true }).fetchAttestations('a', '1.0.0'), { kind: 'not-cached' })
  test.equal(server.seen.length, 2)
})

await t.test('on line: attestations come from the cache unless asked afresh, metadata is revalidated', async (test) => {
  const server = await stub(test)
  server.on(DOCUMENT, (_, response) => sendJson(response, ATTESTATIONS))
  server.on('/a', (request, response) => {
    if (request.headers['if-none-match'] === '"1"') response.writeHead(304).end()
    else sendJson(response, packumentOf('a'), { etag: '"1"' })
  })
  const cacheDir = test.testdir()
  await clientOf(server, { cacheDir }).fetchAttestations('a', '1.0.0')
  await clientOf(server, { cacheDir }).fetchPackument('a', 'full')
  const client = clientOf(server, { cacheDir })
  test.match(await client.fetchAttestations('a', '1.0.0'), { source: 'cache' })
  test.equal(server.seen.length, 2)
  test.match(await client.fetchPackument('a', 'full'), { source: 'cache', kind: 'found' }, 'confirmed by 304')
  test.equal(server.seen.length, 3)
  test.match(await client.fetchAttestations('a', '1.0.0', { fresh: true }), { source: 'network' })
  test.match(await client.fetchPackument('a', 'full', { fresh: true }), { source: 'network' })

  server.on('/a', (_, response) => void response.writeHead(404).end())
  test.match(await client.fetchPackument('a', 'full'), { kind: 'absent' }, 'a package that was removed is not replayed')
  server.on('/a', (_, response) => void response.writeHead(500).end())
  test.match(await client.fetchPackument('a', 'full'), { kind: 'unreachable' }, 'nor is an outage papered over')
})

await t.test('"not modified" to a question without a copy is no answer', async (test) => {
  const server = await stub(test)
  server.on('/a', (_, response) => void response.writeHead(304).end())
  test.match(await clientOf(server).fetchPackument('a', 'full'), { kind: 'unreachable', detail: 'HTTP 304' })
})

await t.test('a cached document that was cut or changed on disk is fetched again, or not there', async (test) => {
  for (const spoil of [
    (text: string) => text.slice(0, 10),
    (text: string) => text.replace('predicate', 'PREDICATE'),
    () => '',
  ]) {
    const server = await stub(test)
    server.on(DOCUMENT, (_, response) => sendJson(response, ATTESTATIONS))
    const cacheDir = test.testdir()
    await clientOf(server, { cacheDir }).fetchAttestations('a', '1.0.0')
    const files = await readdir(cacheDir, { recursive: true, withFileTypes: true })
    const contents = files.filter((file) => file.isFile() && file.parentPath.includes('documents'))
    test.equal(contents.length, 1)
    for (const file of contents) {
      const path = join(file.parentPath, file.name)
      await writeFile(path, spoil(await readFile(path, 'utf8')))
    }
    test.match(await clientOf(server, { cacheDir, offline: true }).fetchAttestations('a', '1.0.0'), {
      kind: 'not-cached',
    })
    test.match(await clientOf(server, { cacheDir }).fetchAttestations('a', '1.0.0'), { source: 'network' })
    test.match(await clientOf(server, { cacheDir, offline: true }).fetchAttestations('a', '1.0.0'), { source: 'cache' })
  }
})

await t.test('a cache folder that is a file costs nothing but the cache', async (test) => {
  const server = await stub(test)
  server.on(DOCUMENT, (_, response) => sendJson(response, ATTESTATIONS))
  const cacheDir = join(test.testdir({ file: '' }), 'file')
  const client = clientOf(server, { cacheDir })
  test.match(await client.fetchAttestations('a', '1.0.0'), { source: 'network' })
  test.match(await client.fetchAttestations('a', '1.0.0'), { source: 'network' })
  await client.close()
})

await t.test('a cache that outgrows its limit loses its oldest documents', async (test) => {
  const server = await stub(test)
  server.on('*', (request, response) => sendJson(response, { attestations: [`${request.url} ${'x'.repeat(1000)}`] }))
  const cacheDir = test.testdir()
  const client = clientOf(server, { cacheDir, cacheLimit: 5000, concurrency: 1 })
  for (let i = 0; i < 10; i += 1) {
    await client.fetchAttestations(`p${i}`, '1.0.0')
    // File systems tell times apart by some milliseconds only.
    await sleep(20)
  }
  await client.close()
  const offline = clientOf(server, { cacheDir, offline: true })
  const kinds: string[] = []
  for (let i = 0; i < 10; i += 1) kinds.push((await offline.fetchAttestations(`p${i}`, '1.0.0')).kind)
  test.same(kinds, [...Array.from({ length: 7 }, () => 'not-cached'), 'found', 'found', 'found'])
})

await t.test('two processes that write one cache leave it whole', async (test) => {
  const server = await stub(test)
  server.on('*', (request, response) => sendJson(response, { attestations: [request.url, 'x'.repeat(20_000)] }))
  const cacheDir = test.testdir()
  const program = `
    import { bareNpmSettings, createRegistryClient } from '@bonafide/registry'
    const client = createRegistryClient(bareNpmSettings(), { registry: process.argv[1], cacheDir: process.argv[2] })
    const answers = await Promise.all(Array.from({ length: 40 }, (_, i) => client.fetchAttestations('p' + i, '1.0.0', { fresh: true })))
    await client.close()
    process.exitCode = answers.every((answer) => answer.kind === 'found') && answers.length === 40 ? 0 : 1
  `
  const run = async (): Promise<unknown> => {
    const child = spawn(
      process.execPath,
      ['--conditions=bonafide-source', '--input-type=module', '--eval', program, server.url, cacheDir],
      { cwd: import.meta.dirname, stdio: ['ignore', 'inherit', 'inherit'] },
    )
    return (await once(child, 'exit'))[0]
  }
  test.same(await Promise.all([run(), run()]), [0, 0])
  const offline = clientOf(server, { cacheDir, offline: true })
  for (let i = 0; i < 40; i += 1) {
    const answer = await offline.fetchAttestations(`p${i}`, '1.0.0')
    test.match(answer, { kind: 'found', value: { text: new RegExp(`p${i}@1\\.0\\.0`) } })
  }
})

await t.test('names of private scopes are told to their own registry or to nobody', async (test) => {
  const server = await stub(test)
  const settings: NpmSettings = { ...bareNpmSettings(), scopes: new Map([['@corp', server.url]]) }
  const client = createRegistryClient(settings, { privateScopes: ['@secret'], offline: true })
  test.equal(client.evidenceRegistryOf('@corp/a'), server.url)
  test.equal(client.metadataRegistryOf('@corp/a'), server.url)
  test.equal(client.evidenceRegistryOf('@secret/a'), null)
  test.match(await client.fetchAttestations('@secret/a', '1.0.0'), { kind: 'private' })
  test.match(await client.fetchPackument('@secret/a', 'full'), { kind: 'private' })
  test.equal(client.evidenceRegistryOf('a'), publicRegistry())
  test.equal(client.evidenceRegistryOf('@other/a'), publicRegistry())

  const mirrored = createRegistryClient({ ...settings, registry: server.url }, { privateScopes: ['@secret'] })
  test.equal(mirrored.evidenceRegistryOf('a'), publicRegistry(), 'a mirror is not believed to serve evidence')
  test.equal(mirrored.registries.configured, server.url)
  test.equal(mirrored.evidenceRegistryOf('@secret/a'), server.url)

  const given = createRegistryClient(settings, { registry: 'http://a.example', evidenceRegistry: 'http://b.example' })
  test.equal(given.evidenceRegistryOf('a'), 'http://b.example/')
  test.equal(given.evidenceRegistryOf('@corp/a'), server.url, 'a mapped scope is told to nobody else')
  const publicGiven = createRegistryClient(settings, { evidenceRegistry: publicRegistry() })
  test.equal(publicGiven.evidenceRegistryOf('@corp/a'), server.url)
})

await t.test(
  'metadata to be served comes from where a client would install from, whole, and is revalidated',
  async (test) => {
    const [evidence, configured] = [await stub(test), await stub(test)]
    const document = { ...packumentOf('a'), 'x-unknown': [1] }
    let calls = 0
    configured.on('/a', (request, response) => {
      calls += 1
      if (request.headers['if-none-match'] === '"1"') response.writeHead(304).end()
      else sendJson(response, document, { etag: '"1"' })
    })
    const settings = { ...bareNpmSettings(), registry: configured.url }
    const options = { evidenceRegistry: evidence.url, registry: configured.url, cacheDir: test.testdir({}) }
    const client = clientOf(evidence, options, settings)
    for (const source of ['network', 'cache'])
      test.match(await client.fetchServedPackument('a', 'full'), {
        kind: 'found',
        source,
        value: { document, packument: { name: 'a' } },
      })
    test.equal(calls, 2)
    test.equal(evidence.seen.length, 0)
    test.match(await client.fetchServedPackument('b', 'full'), { kind: 'absent' })
  },
)

await t.test('a name that no registry may be told is asked of none to be served either', async (test) => {
  const server = await stub(test)
  const settings = { ...bareNpmSettings(), registry: publicRegistry() }
  const client = createRegistryClient(settings, { privateScopes: ['@inside'], patience: QUICK, installs: true })
  test.match(await client.fetchServedPackument('@inside/a', 'full'), { kind: 'private' })
  test.equal(server.seen.length, 0)
})

await t.test('an option that is no registry is a usage error', async (test) => {
  for (const registry of ['registry', 'ftp://a.example/', '']) {
    test.throws(() => createRegistryClient(bareNpmSettings(), { registry }), { code: 'BONAFIDE_USAGE' })
  }
})

await t.test(
  'a certificate that nobody vouches for is refused, one that the user’s authorities vouch for is not',
  async (test) => {
    const certificate = makeLoopbackCertificate()
    const server = await startStub(certificate)
    test.teardown(() => server.close())
    server.on(DOCUMENT, (_, response) => sendJson(response, ATTESTATIONS))
    test.match(await clientOf(server).fetchAttestations('a', '1.0.0'), { kind: 'unreachable', reason: 'tls' })
    test.equal(server.seen.length, 0)
    const connectionTo = () => ({ rejectUnauthorized: true, ca: [certificate.cert] })
    const settings: NpmSettings = { ...bareNpmSettings(), connectionTo }
    test.match(await clientOf(server, {}, settings).fetchAttestations('a', '1.0.0'), { kind: 'found' })

    const plain = await stub(test)
    plain.on('*', (_, response) => sendJson(response, ATTESTATIONS))
    server.on(DOCUMENT, (_, response) => void response.writeHead(302, { location: plain.url }).end())
    test.match(
      await clientOf(server, {}, settings).fetchAttestations('a', '1.0.0'),
      { kind: 'unreachable', reason: 'redirect', detail: 'REDIRECT_DOWNGRADE' },
      'a redirect that strips TLS is not followed',
    )
    test.equal(plain.seen.length, 0)
  },
)

await t.test('requests go through the proxy that npm’s configuration names', async (test) => {
  const proxy = await stub(test)
  proxy.on('http://registry.invalid/a', (_, response) => sendJson(response, packumentOf('a')))
  const connectionTo = () => ({ rejectUnauthorized: true, proxy: proxy.url })
  const settings: NpmSettings = { ...bareNpmSettings(), connectionTo }
  const client = createRegistryClient(settings, { registry: 'http://registry.invalid/', patience: QUICK })
  test.match(await client.fetchPackument('a', 'full'), { kind: 'found' })
})

await t.test('the cache lies where the system keeps caches', async (test) => {
  const homeDir = '/home/me'
  const folder = (platform: NodeJS.Platform, env: Record<string, string> = {}) =>
    defaultCacheFolder({ env, homeDir, platform })
  test.equal(folder('linux'), '/home/me/.cache/bonafide')
  test.equal(folder('linux', { XDG_CACHE_HOME: '/cache' }), '/cache/bonafide')
  test.equal(folder('linux', { XDG_CACHE_HOME: 'cache' }), '/home/me/.cache/bonafide')
  test.equal(folder('darwin'), '/home/me/Library/Caches/bonafide')
  test.match(folder('win32', { LOCALAPPDATA: 'C:' }), /^C:.bonafide.Cache$/u)
})
