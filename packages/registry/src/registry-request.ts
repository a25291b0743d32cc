// SPDX-License-Identifier: Apache-2.0
import { request as requestHttp } from 'node:http'
import type { IncomingMessage } from 'node:http'
import { request as requestHttps } from 'node:https'
import { urlToHttpOptions } from 'node:url'
import { parseJson } from '@bonafide/core'
import type { Json, Secret } from '@bonafide/core'
import { agentTo } from './agent.ts'
import type { UnreachableReason } from './answer.ts'
import { reasonOf } from './attempts.ts'
import { isLoopback } from './loopback.ts'
import type { Connection } from './npm-settings.ts'

/** One request that is sent once: publishing, the token API, an identity provider. For documents that are read and kept, use the client. */
export interface RegistryRequest {
  readonly url: URL
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  /** Sent as a bearer token, to this URL and nowhere else. Null sends none, whatever npm's configuration holds. */
  readonly token: Secret | null
  /** Sent as JSON; nothing where it is left out. */
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
  readonly connectionTo: (url: URL) => Connection
  /** Milliseconds from the first byte sent to the last byte received. */
  readonly deadline: number
}

/** What came of a request. */
export type RegistryReply =
  | {
      readonly kind: 'answered'
      readonly status: number
      readonly headers: ReadonlyMap<string, string>
      /** Null where the body is no JSON. */
      readonly json: Json | null
      readonly url: string
    }
  /** No whole answer came. `wasSent`: whether the registry may have had all of the request, and so may have done what it asks. */
  | {
      readonly kind: 'unreachable'
      readonly reason: UnreachableReason
      readonly detail: string
      readonly url: string
      readonly wasSent: boolean
    }

// Bytes of an answer: publishing and the token API say little; a whole packument is never asked for here.
const MAX_BYTES = 4 * 1024 * 1024

/**
 * Sends one request, once, and hands back whatever status came. Redirects are not followed: a token would go where nobody meant it to.
 *
 * @throws TypeError for a URL that a token may not travel to: plain http beyond loopback
 */
export async function sendRegistryRequest(asked: RegistryRequest): Promise<RegistryReply> {
  const { url, token } = asked
  // A registry downgraded to plain http reads the token on the way.
  if (token !== null && url.protocol !== 'https:' && !isLoopback(url.hostname))
    throw new TypeError(`a token would travel in the clear to ${url.origin}`)
  const where = `${url.origin}${url.pathname}`
  let wasSent = false
  try {
    const { status, headers, body } = await exchange(asked, () => (wasSent = true))
    const document = parseJson(body.toString('utf8'))
    return { kind: 'answered', status, headers, json: 'problem' in document ? null : document.value, url: where }
  } catch (error) {
    // Messages are left behind: they may carry URLs with credentials.
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    const detail = typeof code === 'string' ? code : 'UNKNOWN'
    return { kind: 'unreachable', reason: reasonOf(detail), detail, url: where, wasSent }
  }
}

interface Raw {
  readonly status: number
  readonly headers: ReadonlyMap<string, string>
  readonly body: Buffer
}

async function exchange(
  { url, method, token, body, headers, connectionTo, deadline }: RegistryRequest,
  onSent: () => void,
): Promise<Raw> {
  const payload = body === undefined ? null : Buffer.from(JSON.stringify(body))
  const { auth: _planted, ...target } = urlToHttpOptions(url)
  const request = (url.protocol === 'https:' ? requestHttps : requestHttp)({
    ...target,
    method,
    agent: agentTo(url, connectionTo(url), 4),
    headers: {
      accept: 'application/json',
      ...headers,
      ...(payload === null ? {} : { 'content-type': 'application/json' }),
      ...(method === 'GET' ? {} : { 'content-length': String(payload?.length ?? 0) }),
      ...(token === null ? {} : { authorization: `Bearer ${token.reveal()}` }),
    },
  })
  const timer = setTimeout(() => request.destroy(withCode('DEADLINE')), Math.ceil(deadline))
  try {
    const answered = new Promise<IncomingMessage>((resolve, reject) => {
      request.on('error', reject)
      request.once('finish', onSent)
      request.once('response', resolve)
    })
    request.end(payload ?? undefined)
    const response = await answered
    return { status: response.statusCode ?? 0, headers: headersOf(response), body: await receive(response) }
  } finally {
    clearTimeout(timer)
  }
}

async function receive(response: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length
    // Memory filled by an endless answer.
    if (size > MAX_BYTES) {
      response.destroy()
      throw withCode('TOO_LARGE')
    }
    chunks.push(chunk)
  }
  if (!response.complete) throw withCode('TRUNCATED')
  return Buffer.concat(chunks, size)
}

function headersOf({ headers }: IncomingMessage): ReadonlyMap<string, string> {
  return new Map(Object.entries(headers).filter((entry): entry is [string, string] => typeof entry[1] === 'string'))
}

function withCode(code: string): Error {
  return Object.assign(new Error(code), { code })
}
