// SPDX-License-Identifier: Apache-2.0
import type { IncomingHttpHeaders } from 'node:http'

/** The parts of the sandbox, each on a port of its own. */
export type Service = 'registry' | 'fulcio' | 'rekor' | 'timestamp' | 'tuf'

/** A request as it came in; what was sent with it is what tests want to see. */
export interface SeenRequest {
  readonly service: Service
  readonly method: string
  /** Path and query as sent, undecoded. */
  readonly path: string
  readonly headers: IncomingHttpHeaders
}

/** A request with its body. */
export interface Asked extends SeenRequest {
  /** The path without the query, decoded; a scope's `%2f` is a slash here. */
  readonly decodedPath: string
  readonly body: Buffer
}

/** What is answered. */
export interface Reply {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
}

/** A JSON answer. */
export function jsonReply(status: number, value: unknown, headers: Readonly<Record<string, string>> = {}): Reply {
  const body = Buffer.from(typeof value === 'string' ? value : JSON.stringify(value))
  return { status, headers: { 'content-type': 'application/json', ...headers }, body }
}

/** How npm's registry says that there is nothing. */
export function notFound(): Reply {
  return jsonReply(404, { error: 'Not found' })
}
