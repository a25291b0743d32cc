// SPDX-License-Identifier: Apache-2.0
import { createServer } from 'node:http'
import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'

/** A server on loopback that remembers what it was asked. */
export interface Stub {
  readonly url: string
  readonly host: string
  readonly seen: { readonly path: string; readonly headers: IncomingMessage['headers'] }[]
  on(path: string, answer: RequestListener): void
  close(): Promise<void>
}

export async function startStub(tls?: { readonly cert: string; readonly key: string }): Promise<Stub> {
  const answers = new Map<string, RequestListener>()
  const seen: Stub['seen'] = []
  const listener: RequestListener = (request, response) => {
    const path = request.url ?? ''
    seen.push({ path, headers: request.headers })
    const answer = answers.get(path) ?? answers.get('*')
    if (answer === undefined) response.writeHead(404).end('{}')
    else answer(request, response)
  }
  const server: Server = tls === undefined ? createServer(listener) : createSecureServer(tls, listener)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}/`,
    host: `127.0.0.1:${port}`,
    seen,
    on: (path, answer) => void answers.set(path, answer),
    close: async () => {
      server.closeAllConnections()
      await new Promise<void>((resolve) => void server.close(() => resolve()))
    },
  }
}

export function sendJson(response: ServerResponse, value: unknown, headers: Record<string, string> = {}): void {
  response.writeHead(200, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(value))
}

export function packumentOf(name: string, versions: Record<string, object> = { '1.0.0': {} }): object {
  const entries = Object.entries(versions).map(([version, more]) => [version, { name, version, ...more }])
  return { name, 'dist-tags': { latest: '1.0.0' }, versions: Object.fromEntries(entries) }
}
