// SPDX-License-Identifier: Apache-2.0
import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { errorReply } from './reply.ts'
import type { Reply } from './reply.ts'

/** What a server does with those who come. */
export interface Reception {
  onRequest(request: IncomingMessage, response: ServerResponse): void
  /** Somebody wants a tunnel to `host`. */
  onTunnel(host: string): Reply
}

/** A server on 127.0.0.1, on a port that was free. */
export interface LoopbackServer {
  readonly port: number
  /** Says who receives; to be called once, at once. */
  receive(reception: Reception): void
  /** Ends every connection, whatever is on its way. */
  close(): Promise<void>
}

// Slowloris: who takes longer to say what they want is hung up on. A client on a busy machine is not fast either; one that waits between
// two requests keeps its connection, since a closed one costs it the next request.
const PATIENCE = { headersTimeout: 60_000, requestTimeout: 120_000, keepAliveTimeout: 300_000 }
const MOST_CONNECTIONS = 1024

/** Listens on 127.0.0.1 and nowhere else. */
export async function listenOnLoopback(): Promise<LoopbackServer> {
  const sockets = new Set<Socket>()
  const server = createServer(PATIENCE)
  server.maxConnections = MOST_CONNECTIONS
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    // A client that goes away is no fault of ours.
    socket.on('error', () => socket.destroy())
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  const { port } = server.address() as AddressInfo
  server.on('upgrade', (_request, socket) => socket.end(written(errorReply(400, 'bonafide: nothing to upgrade to'))))
  server.on('clientError', (_error, socket) => {
    if (socket.writable) socket.end(written(errorReply(400, 'bonafide: no HTTP request')))
    else socket.destroy()
  })
  return {
    port,
    receive(reception) {
      server.on('request', (request, response) => reception.onRequest(request, response))
      server.on('connect', (request, socket) => socket.end(written(reception.onTunnel(request.url ?? ''))))
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        for (const socket of sockets) socket.destroy()
      }),
  }
}

// Where Node.js hands over the bare connection.
function written({ status, headers, body }: Reply): Buffer {
  const lines = Object.entries({ ...headers, 'content-length': String(body.length), connection: 'close' })
  const head = lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')
  return Buffer.concat([
    Buffer.from(`HTTP/1.1 ${status} ${status === 403 ? 'Forbidden' : 'Bad Request'}\r\n${head}\r\n`),
    body,
  ])
}
