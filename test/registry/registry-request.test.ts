// SPDX-License-Identifier: Apache-2.0
// A request that carries a token goes to the URL that was meant, once, and nowhere else.
import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Secret } from '@bonafide/core'
import { sendRegistryRequest } from '@bonafide/registry'
import t from 'tap'
import type { Test } from 'tap'

const TOKEN = new Secret(`npm_${'x'.repeat(36)}`)

interface Seen {
  readonly method: string
  readonly url: string
  readonly authorization: string | undefined
  readonly body: string
}

async function serve(check: Test, answer: (request: IncomingMessage, response: ServerResponse) => void) {
  const seen: Seen[] = []
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const { method = '', url = '', headers } = request
      seen.push({ method, url, authorization: headers.authorization, body: Buffer.concat(chunks).toString() })
      answer(request, response)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  check.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const send = (path: string, more: Partial<Parameters<typeof sendRegistryRequest>[0]> = {}) =>
    sendRegistryRequest({
      url: new URL(path, url),
      method: 'POST',
      token: TOKEN,
      connectionTo: () => ({ rejectUnauthorized: true }),
      deadline: 5000,
      ...more,
    })
  return { url, seen, send }
}

await t.test('it sends what it is told and hands back what came, whatever the status', async (check) => {
  const { url, seen, send } = await serve(check, (_request, response) => {
    response.writeHead(409, { 'content-type': 'text/plain', 'x-note': 'n' })
    response.end('{"error":"there already"}')
  })
  const reply = await send('/a?b=c', { method: 'PUT', body: { a: 1 }, headers: { 'npm-otp': '1' } })
  check.match(reply, { kind: 'answered', status: 409, json: { error: 'there already' }, url: `${url}/a` })
  check.strictSame(seen, [{ method: 'PUT', url: '/a?b=c', authorization: `Bearer ${TOKEN.reveal()}`, body: '{"a":1}' }])
  await send('/b', { token: null })
  check.strictSame(seen[1], { method: 'POST', url: '/b', authorization: undefined, body: '' })
})

await t.test('a redirect does not carry the token away', async (check) => {
  const other = await serve(check, (_request, response) => response.end('{}'))
  const { send } = await serve(check, (_request, response) => {
    response.writeHead(307, { location: `${other.url}/stolen` })
    response.end()
  })
  check.match(await send('/a'), { kind: 'answered', status: 307, json: null })
  check.strictSame(other.seen, [])
})

await t.test('no token travels in the clear', async (check) => {
  const asked = { method: 'GET', connectionTo: () => ({ rejectUnauthorized: true }), deadline: 1000 } as const
  await check.rejects(
    sendRegistryRequest({ ...asked, token: TOKEN, url: new URL('http://registry.example/') }),
    /in the clear to http:\/\/registry\.example$/u,
  )
})

await t.test('what came to nothing says why, and whether the registry may have had it', async (check) => {
  const cut = await serve(check, (_request, response) => response.socket?.destroy())
  check.match(await cut.send('/a'), { kind: 'unreachable', reason: 'reset', wasSent: true })
  const slow = await serve(check, () => {})
  check.match(await slow.send('/a', { deadline: 100 }), { kind: 'unreachable', reason: 'timeout', wasSent: true })
  const large = await serve(check, (_request, response) => response.end('x'.repeat(5_000_000)))
  check.match(await large.send('/a'), { kind: 'unreachable', detail: 'TOO_LARGE', wasSent: true })
  const gone = await serve(check, (_request, response) => response.end())
  check.match(await gone.send('http://127.0.0.1:1/'), { kind: 'unreachable', reason: 'refused', wasSent: false })
})
