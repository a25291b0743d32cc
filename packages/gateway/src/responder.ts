// SPDX-License-Identifier: Apache-2.0
import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import type { SpooledBytes } from '@bonafide/registry'
import type { Reply } from './reply.ts'

/** Answers one request, once. */
export interface Responder {
  reply(reply: Reply): void
  /** Sends a tarball, at the client's pace, from bytes that nobody changes meanwhile. */
  tarball(bytes: SpooledBytes): Promise<void>
}

// A client that stops reading keeps others waiting for as long.
const STALL = 30_000

// No page in a browser reads, frames or guesses anything here.
const GUARDED = { 'x-content-type-options': 'nosniff', 'cross-origin-resource-policy': 'same-origin' }

/** Makes the answering of a request over a server's response. */
export function respondTo(response: ServerResponse, method: string): Responder {
  const isHead = method === 'HEAD'
  response.setTimeout(STALL, () => response.destroy())
  return {
    reply({ status, headers, body }) {
      const length = status === 304 ? {} : { 'content-length': String(body.length) }
      response.writeHead(status, { ...GUARDED, ...headers, ...length })
      response.end(isHead || status === 304 ? undefined : body)
    },
    async tarball(bytes) {
      const headers = { 'content-type': 'application/octet-stream', 'content-length': String(bytes.size) }
      response.writeHead(200, { ...GUARDED, 'cache-control': 'private, no-cache', ...headers })
      for await (const chunk of isHead ? [] : bytes.read()) {
        // Who hung up needs nothing more.
        if (response.destroyed) return
        if (!response.write(chunk)) await Promise.race([once(response, 'drain'), once(response, 'close')])
      }
      response.end()
    },
  }
}
