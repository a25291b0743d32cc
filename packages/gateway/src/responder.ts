// SPDX-License-Identifier: Apache-2.0
import type { ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { SpooledBytes } from '@bonafide/registry'
import type { Reply } from './reply.ts'

/** Answers one request, once. */
export interface Responder {
  reply(reply: Reply): void
  /** Sends a tarball, at the client's pace, from bytes that nobody changes meanwhile. Settles when it is sent or nobody takes it any more. */
  tarball(bytes: SpooledBytes): Promise<void>
}

// A client that stops reading a large tarball keeps others waiting for as long.
const STALL = 60_000

// No page in a browser reads, frames or guesses anything here.
const GUARDED = { 'x-content-type-options': 'nosniff', 'cross-origin-resource-policy': 'same-origin' }

/**
 * Makes the answering of a request over a server's response.
 *
 * @param withPhrase - whether a reply's own reason phrase is used: Yarn shows nothing else, and npm would show it beside the rest
 */
export function respondTo(response: ServerResponse, method: string, withPhrase: boolean): Responder {
  const isHead = method === 'HEAD'
  return {
    reply({ status, phrase, headers, body }) {
      const length = status === 304 ? {} : { 'content-length': String(body.length) }
      if (withPhrase && phrase !== undefined) response.statusMessage = phrase
      response.writeHead(status, { ...GUARDED, ...headers, ...length })
      response.end(isHead || status === 304 ? undefined : body)
    },
    async tarball(bytes) {
      const headers = { 'content-type': 'application/octet-stream', 'content-length': String(bytes.size) }
      response.writeHead(200, { ...GUARDED, 'cache-control': 'private, no-cache', ...headers })
      if (isHead) {
        response.end()
        return
      }
      response.setTimeout(STALL, () => response.destroy())
      // Who hangs up has what they want.
      await pipeline(Readable.from(bytes.read(), { objectMode: false }), response).catch(() => {})
      response.setTimeout(0)
    },
  }
}
