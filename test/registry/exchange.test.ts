// SPDX-License-Identifier: Apache-2.0
// What a registry, or whoever redirects, may not bring about.
import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib'
import t from 'tap'
import type { Test } from 'tap'
import { bareNpmSettings, createRegistryClient } from '@bonafide/registry'
import type { NpmSettings, RegistryClient } from '@bonafide/registry'
import { packumentOf, sendJson, startStub } from './stub-server.ts'
import type { Stub } from './stub-server.ts'

const PATIENCE = { retries: 0, minDelay: 1, maxDelay: 1, attemptDeadline: 5000, totalDeadline: 5000 }
const SECRET: NpmSettings = { ...bareNpmSettings(), authorize: () => 'Bearer secret' }

async function stub(test: Test): Promise<Stub> {
  const server = await startStub()
  test.teardown(() => server.close())
  return server
}

function clientOf(server: Stub, settings: NpmSettings = SECRET): RegistryClient {
  return createRegistryClient(settings, { registry: server.url, patience: PATIENCE })
}

/** Sends a megabyte again and again until the other side hangs up or 50 MB are out; tells how much that was. */
function flood(response: ServerResponse, chunk: Buffer): { readonly sent: number } {
  const count = { sent: 0 }
  const pump = (): void => {
    while (count.sent < 50_000_000 && !response.destroyed) {
      count.sent += chunk.length
      if (!response.write(chunk)) return void response.once('drain', pump)
    }
    response.end()
  }
  pump()
  return count
}

await t.test('a redirect that comes back to the registry finds its credentials again, and only there', async (test) => {
  const [first, second] = [await stub(test), await stub(test)]
  first.on('/a', (_, response) => void response.writeHead(302, { location: `${second.url}x` }).end())
  second.on('/x', (_, response) => void response.writeHead(302, { location: `${first.url}b` }).end())
  first.on('/b', (_, response) => sendJson(response, packumentOf('a')))
  test.match(await clientOf(first).fetchPackument('a', 'full'), { kind: 'found' })
  test.same(
    first.seen.map(({ headers }) => headers.authorization),
    ['Bearer secret', 'Bearer secret'],
  )
  test.same(
    second.seen.map(({ headers }) => headers.authorization),
    [undefined],
  )
})

await t.test('credentials planted in the target of a redirect are not sent', async (test) => {
  const [first, second] = [await stub(test), await stub(test)]
  first.on('/a', (_, response) => void response.writeHead(301, { location: `http://me:pw@${second.host}/x` }).end())
  second.on('/x', (_, response) => sendJson(response, packumentOf('a')))
  test.match(await clientOf(first).fetchPackument('a', 'full'), { kind: 'found' })
  test.equal(second.seen.length, 1)
  test.equal(second.seen[0]?.headers.authorization, undefined)
})

await t.test('three redirects are followed, a fourth is not', async (test) => {
  const server = await stub(test)
  server.on('*', ({ url = '' }, response) => {
    const left = Number(url.slice(-1))
    if (left === 0) sendJson(response, packumentOf('a'))
    else response.writeHead(308, { location: `/${left - 1}` }).end()
  })
  server.on('/a', (_, response) => void response.writeHead(308, { location: '/2' }).end())
  test.match(await clientOf(server).fetchPackument('a', 'full'), { kind: 'found' })
  server.on('/a', (_, response) => void response.writeHead(308, { location: '/3' }).end())
  const answer = await clientOf(server).fetchPackument('a', 'full')
  test.match(answer, { kind: 'unreachable', reason: 'redirect', detail: 'TOO_MANY_REDIRECTS' })
})

await t.test('a redirect without a target, or to what is no http, says which', async (test) => {
  const server = await stub(test)
  const cases: readonly [Record<string, string>, string][] = [
    [{}, 'REDIRECT_MALFORMED'],
    [{ location: 'http://[' }, 'REDIRECT_MALFORMED'],
    [{ location: 'file:///etc/passwd' }, 'REDIRECT_PROTOCOL'],
    [{ location: 'data:application/json,{"name":"a","versions":{}}' }, 'REDIRECT_PROTOCOL'],
  ]
  for (const [headers, detail] of cases) {
    server.on('/a', (_, response) => void response.writeHead(302, headers).end())
    const answer = await clientOf(server).fetchPackument('a', 'full')
    test.match(answer, { kind: 'unreachable', reason: 'redirect', detail })
  }
})

await t.test('an endless error page, or page beside a redirect, is hung up on', async (test) => {
  const server = await stub(test)
  for (const [status, wanted] of [
    [404, { kind: 'absent' }],
    [401, { kind: 'needs-login' }],
    [500, { kind: 'unreachable', detail: 'HTTP 500' }],
    [206, { kind: 'unreachable', detail: 'HTTP 206' }],
    [302, { kind: 'found' }],
  ] as const) {
    const counts: { readonly sent: number }[] = []
    server.on('/a', (_, response) => {
      response.writeHead(status, status === 302 ? { location: '/b' } : {})
      counts.push(flood(response, Buffer.alloc(1_000_000)))
    })
    server.on('/b', (_, response) => sendJson(response, packumentOf('a')))
    test.match(await clientOf(server).fetchPackument('a', 'full'), wanted, String(status))
    test.equal(counts.length, 1)
    test.ok(
      counts.every(({ sent }) => sent < 20_000_000),
      'most of it was never sent',
    )
  }
})

await t.test('an error page that never ends, a byte at a time, still says its status', async (test) => {
  const server = await stub(test)
  server.on('/a', (_, response) => void response.writeHead(404).write('<'))
  const patience = { ...PATIENCE, attemptDeadline: 500 }
  const client = createRegistryClient(bareNpmSettings(), { registry: server.url, patience })
  test.match(await client.fetchPackument('a', 'full'), { kind: 'absent' })
})

await t.test('a gzip that lacks nothing but its checksum is cut short all the same', async (test) => {
  const server = await stub(test)
  const whole = gzipSync(JSON.stringify(packumentOf('a')))
  for (const lost of [1, 4, 8]) {
    server.on('/a', (_, response) => {
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(whole.subarray(0, whole.length - lost))
    })
    test.match(await clientOf(server).fetchPackument('a', 'full'), { kind: 'nonsense', reason: 'truncated' })
  }
})

await t.test('a coding that nobody asked for is not guessed at but hung up on', async (test) => {
  const server = await stub(test)
  const closed: Promise<string>[] = []
  server.on('/a', (_, response) => {
    closed.push(once(response, 'close').then(() => 'closed'))
    response.writeHead(200, { 'content-encoding': 'compress' }).write('x')
  })
  const answer = await clientOf(server).fetchPackument('a', 'full')
  test.match(answer, { kind: 'nonsense', detail: 'UNKNOWN_CODING' })
  test.equal(await Promise.race([...closed, sleep(3000, 'still open', { ref: false })]), 'closed')
})

await t.test('compressed nothing without end is too large, although it unpacks to nothing', async (test) => {
  const server = await stub(test)
  const counts: { readonly sent: number }[] = []
  server.on('/a', (_, response) => {
    response.writeHead(200, { 'content-encoding': 'gzip' })
    // The header of a gzip, then empty stored blocks (RFC 1951, 3.2.4).
    response.write(Buffer.from('1f8b0800000000000003', 'hex'))
    counts.push(flood(response, Buffer.alloc(1_000_000, Buffer.from('000000ffff', 'hex'))))
  })
  const client = createRegistryClient(SECRET, {
    registry: server.url,
    patience: PATIENCE,
    maxPackumentBytes: 2_000_000,
  })
  test.match(await client.fetchPackument('a', 'full'), { kind: 'nonsense', reason: 'too-large' })
  test.equal(counts.length, 1)
  test.ok(counts.every(({ sent }) => sent < 20_000_000))
})

await t.test('one byte beyond the limit is too large, on the wire and unpacked', async (test) => {
  const server = await stub(test)
  const text = JSON.stringify(packumentOf('a')).padEnd(4000, ' ')
  const codings: readonly [string, (bytes: Buffer) => Buffer][] = [
    ['identity', (bytes) => bytes],
    ['gzip', (bytes) => gzipSync(bytes)],
    ['deflate', (bytes) => deflateSync(bytes)],
    ['br', (bytes) => brotliCompressSync(bytes)],
  ]
  for (const [coding, pack] of codings) {
    server.on('/a', (_, response) => {
      // Two writes, so that no length is declared.
      const bytes = pack(Buffer.from(text))
      response.writeHead(200, { 'content-encoding': coding }).write(bytes.subarray(0, 1))
      response.end(bytes.subarray(1))
    })
    for (const [maxPackumentBytes, wanted] of [
      [4000, { kind: 'found' }],
      [3999, { kind: 'nonsense', reason: 'too-large' }],
    ] as const) {
      const client = createRegistryClient(SECRET, { registry: server.url, patience: PATIENCE, maxPackumentBytes })
      test.match(await client.fetchPackument('a', 'full'), wanted, coding)
    }
  }
})

await t.test('connections are used again, after errors and redirects too', async (test) => {
  const ports = new Set<number | undefined>()
  const server = await stub(test)
  server.on('*', (request, response) => {
    ports.add(request.socket.remotePort)
    if (request.url === '/a') response.writeHead(404).end('{"error":"not found"}')
    else if (request.url === '/b') response.writeHead(302, { location: '/c' }).end('moved')
    else if (request.headers['if-none-match'] === undefined) sendJson(response, packumentOf('c'))
    else response.writeHead(304).end()
  })
  const client = createRegistryClient(bareNpmSettings(), { registry: server.url, patience: PATIENCE, concurrency: 1 })
  for (let i = 0; i < 3; i += 1) {
    for (const name of ['a', 'b', 'c']) await client.fetchPackument(name, 'full')
  }
  test.equal(server.seen.length, 12)
  test.equal(ports.size, 1)
})

await t.test('an IPv6 address is an address, not a name to look up', async (test) => {
  const server = await startStub()
  await server.close()
  const registry = server.url.replace('127.0.0.1', '[::1]')
  const client = createRegistryClient(bareNpmSettings(), { registry, patience: PATIENCE })
  const answer = await client.fetchPackument('a', 'full')
  // Refused, or no route to it where the machine has no IPv6.
  test.match(answer, { kind: 'unreachable', reason: /^(?:refused|network)$/u })
})

await t.test('nothing that a registry says is printed', async (test) => {
  const server = await stub(test)
  server.on('*', (_, response) => sendJson(response, packumentOf('a'), { 'npm-notice': 'buy now' }))
  server.on('/b', (_, response) => {
    response.writeHead(401, { 'npm-notice': 'buy now', 'www-authenticate': 'OTP' }).end('one-time pass')
  })
  const written: unknown[] = []
  const originals = [process.stdout, process.stderr].map((stream) => {
    const original = stream.write.bind(stream)
    stream.write = (chunk: unknown) => Boolean(written.push(chunk))
    return () => void (stream.write = original)
  })
  const client = clientOf(server)
  const kinds: string[] = []
  try {
    for (const name of ['a', 'b']) kinds.push((await client.fetchPackument(name, 'full')).kind)
  } finally {
    for (const undo of originals) undo()
  }
  test.same(kinds, ['found', 'needs-login'])
  test.same(written, [])
})
