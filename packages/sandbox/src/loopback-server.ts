// SPDX-License-Identifier: Apache-2.0
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { jsonReply, notFound } from './answer.ts'
import type { Asked, Reply, SeenRequest, Service } from './answer.ts'
import { applyToReply, isChange, sendWithFault, turnsAway } from './fault.ts'
import type { FaultBox } from './fault.ts'

/** A server that only this machine reaches. */
export interface LoopbackServer {
  /** With a slash at the end. */
  readonly url: string
  close(): Promise<void>
}

/** Serves one part of the sandbox on a port of its own, keeping every request and obeying the faults in force. */
export async function listen(
  service: Service,
  answer: (asked: Asked) => Reply,
  faults: FaultBox,
  seen: SeenRequest[],
  wantedPort = 0,
): Promise<LoopbackServer> {
  const server = createServer((request, response) => {
    const { method = 'GET', url: path = '/', headers } = request
    seen.push({ service, method, path, headers })
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const asked = { service, method, path, headers, decodedPath: decode(path), body: Buffer.concat(chunks) }
      const taken = faults.take(asked)
      // Who is turned away has changed nothing; where only the answer goes wrong, the request was obeyed.
      let reply = taken.some(turnsAway) ? notFound() : answered(answer, asked)
      for (const fault of taken) {
        if (!isChange(fault)) {
          sendWithFault(fault, reply, response)
          return
        }
        reply = applyToReply(fault, reply)
      }
      const length = reply.status === 304 || reply.status === 204 ? {} : { 'content-length': String(reply.body.length) }
      response.writeHead(reply.status, { ...reply.headers, ...length })
      response.end(method === 'HEAD' ? undefined : reply.body)
    })
  })
  // Neither the server nor an idle connection keeps a process alive.
  server.unref()
  server.on('connection', (socket) => socket.unref())
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(wantedPort, '127.0.0.1', resolve)
  })
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}/`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

function answered(answer: (asked: Asked) => Reply, asked: Asked): Reply {
  try {
    return answer(asked)
  } catch (error) {
    return jsonReply(500, { error: error instanceof Error ? error.message : String(error) })
  }
}

function decode(path: string): string {
  const bare = path.split('?', 1)[0] ?? path
  try {
    return decodeURIComponent(bare)
  } catch {
    return bare
  }
}
