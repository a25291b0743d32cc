// SPDX-License-Identifier: Apache-2.0
import type { IncomingHttpHeaders } from 'node:http'

/** The parts of the sandbox, each on a port of its own. */
export type Service = 'registry' | 'fulcio' | 'ct' | 'rekor' | 'rekor-v2' | 'timestamp' | 'ci' | 'tuf'

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

/** Answers the requests that are its own, and leaves the others to the next one by null. */
export type Handler = (asked: Asked) => Reply | null

/** Ends a request early. What it says never holds a credential: clients print it and continuous integration keeps it. */
export class Refusal extends Error {
  readonly reply: Reply

  constructor(status: number, error: string, headers: Readonly<Record<string, string>> = {}) {
    super(error)
    // Clients show one of the two, each its own.
    this.reply = jsonReply(status, { error, message: error }, headers)
  }
}

/** The object in the body of a request. Refuses anything else, without a word of what was sent: there may be a password in it. */
export function objectBody({ body }: Asked): Record<string, unknown> {
  const value = jsonBody(body)
  if (!isObject(value)) throw new Refusal(400, 'the body is no JSON object')
  return value
}

/** The JSON in a body. */
export function jsonBody(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'))
  } catch {
    throw new Refusal(400, 'the body is no JSON')
  }
}

/** Tells an object from everything else that JSON can be. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** A text, or undefined for everything else. */
export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}
