// SPDX-License-Identifier: Apache-2.0
import type { ServerResponse } from 'node:http'
import type { Asked, Reply, Service } from './answer.ts'

/** Which requests go wrong. Everything that is given has to fit. */
export interface FaultMatch {
  /** The decoded path without the query, exactly, or a pattern for it. */
  readonly path: string | RegExp
  readonly service?: Service
  readonly method?: string
  /** How often; afterwards all is well again. Without it, until undone. */
  readonly times?: number
}

/**
 * What goes wrong. The list is closed. A request that meets `status`, `login`, `redirect` or an early `reset` is turned away and changes
 * nothing; with all others it is obeyed, and its answer goes wrong or gets lost.
 */
export type Fault =
  /** An answer of this status, with a body as npm's. Takes headers such as `retry-after`. */
  | {
      readonly kind: 'status'
      readonly status: number
      readonly headers?: Readonly<Record<string, string>>
      readonly body?: string
    }
  /** 401 or 403, as a registry that wants a login. */
  | { readonly kind: 'login'; readonly status?: 401 | 403 }
  /** The right answer, cut in half, with the length of the half: JSON that ends too early. */
  | { readonly kind: 'cut-json' }
  /** The right answer announced in full, and the connection closed half way. */
  | { readonly kind: 'cut-connection' }
  /** As many bytes of JSON as asked for, by default 50 MB, in pieces. */
  | { readonly kind: 'oversized'; readonly bytes?: number }
  /** The right answer, one byte a time; by default every 100 milliseconds. */
  | { readonly kind: 'drip'; readonly milliseconds?: number }
  /** No answer at all. */
  | { readonly kind: 'hang' }
  /** The right answer under another content type. */
  | { readonly kind: 'content-type'; readonly contentType: string }
  | { readonly kind: 'redirect'; readonly location: string; readonly status?: 301 | 302 | 307 | 308 }
  /** The connection is reset before an answer; with `isEarly`, before the request is obeyed. */
  | { readonly kind: 'reset'; readonly isEarly?: boolean }
  /** The right answer with other bytes. */
  | { readonly kind: 'edit'; readonly edit: (body: Buffer) => Buffer | string }
  /** Metadata without what mirrors drop. */
  | { readonly kind: 'strip'; readonly fields: readonly StrippedField[] }

/** What mirrors drop from metadata. */
export type StrippedField = 'dist.signatures' | 'dist.attestations' | 'time' | '_npmUser'

const FIFTY_MEGABYTES = 50 * 1024 * 1024

/** The faults in force, newest first. */
export class FaultBox {
  readonly #faults: { readonly match: FaultMatch; readonly fault: Fault; left: number }[] = []

  /** Adds a fault; the function that comes back takes it away again. */
  add(match: FaultMatch, fault: Fault): () => void {
    const entry = { match, fault, left: match.times ?? Number.POSITIVE_INFINITY }
    this.#faults.unshift(entry)
    return () => {
      const at = this.#faults.indexOf(entry)
      if (at !== -1) this.#faults.splice(at, 1)
    }
  }

  /** The faults for a request. Those that only change the right answer add up; the first other one ends the list. */
  take(asked: Asked): readonly Fault[] {
    const taken: Fault[] = []
    for (const entry of this.#faults) {
      if (entry.left <= 0 || !fits(entry.match, asked)) continue
      entry.left -= 1
      taken.push(entry.fault)
      if (!isChange(entry.fault)) break
    }
    return taken
  }
}

function fits(match: FaultMatch, asked: Asked): boolean {
  if (match.service !== undefined && match.service !== asked.service) return false
  if (match.method !== undefined && match.method !== asked.method) return false
  if (typeof match.path === 'string') return match.path === asked.decodedPath
  // A global pattern keeps a place between calls.
  match.path.lastIndex = 0
  return match.path.test(asked.decodedPath)
}

/** A fault that only changes the bytes of the right answer. */
export type Change = Extract<Fault, { readonly kind: 'edit' | 'strip' }>

/** Tells such a fault from one that replaces the answer or breaks its sending. */
export function isChange(fault: Fault): fault is Change {
  return fault.kind === 'edit' || fault.kind === 'strip'
}

/** Tells a fault that turns a request away before anything is done from one that spoils the answer to what was done. */
export function turnsAway(fault: Fault): boolean {
  if (fault.kind === 'reset') return fault.isEarly === true
  return fault.kind === 'status' || fault.kind === 'login' || fault.kind === 'redirect'
}

/** Sends the right answer the wrong way. */
export function sendWithFault(fault: Exclude<Fault, Change>, reply: Reply, response: ServerResponse): void {
  const { headers, body, status } = reply
  const half = Math.floor(body.length / 2)
  switch (fault.kind) {
    case 'status': {
      const text = fault.body ?? JSON.stringify({ error: `sandbox fault: status ${fault.status}` })
      response.writeHead(fault.status, { 'content-type': 'application/json', ...fault.headers }).end(text)
      return
    }
    case 'login':
      response
        .writeHead(fault.status ?? 401, { 'content-type': 'application/json', 'www-authenticate': 'Bearer' })
        .end(JSON.stringify({ error: 'You must be logged in' }))
      return
    case 'cut-json':
      response.writeHead(status, headers).end(body.subarray(0, half))
      return
    case 'cut-connection':
      response.writeHead(status, { ...headers, 'content-length': String(body.length) })
      response.write(body.subarray(0, half), () => response.destroy())
      return
    case 'oversized':
      response.writeHead(status, headers)
      pour(response, fault.bytes ?? FIFTY_MEGABYTES)
      return
    case 'drip':
      response.writeHead(status, { ...headers, 'content-length': String(body.length) })
      drip(response, body, fault.milliseconds ?? 100)
      return
    case 'hang':
      return
    case 'content-type':
      response.writeHead(status, { ...headers, 'content-type': fault.contentType }).end(body)
      return
    case 'redirect':
      response.writeHead(fault.status ?? 302, { location: fault.location }).end()
      return
    case 'reset':
      response.socket?.resetAndDestroy()
      return
    default:
      throw new TypeError(`no such fault: ${JSON.stringify(fault satisfies never)}`)
  }
}

/** Changes the bytes of the right answer. What has no body, or is an error, stays as it is; an edited body has no ETag. */
export function applyToReply(fault: Change, reply: Reply): Reply {
  if (reply.status !== 200) return reply
  const { etag: _, ...headers } = reply.headers
  const body = fault.kind === 'edit' ? Buffer.from(fault.edit(reply.body)) : strip(reply.body, fault.fields)
  return { ...reply, headers, body }
}

function pour(response: ServerResponse, bytes: number): void {
  const piece = Buffer.alloc(64 * 1024, ' ')
  response.write('{"padding":"')
  let left = bytes
  const more = (): void => {
    while (left > 0) {
      left -= piece.length
      if (response.destroyed) return
      if (!response.write(piece)) {
        response.once('drain', more)
        return
      }
    }
    response.end('"}')
  }
  more()
}

function drip(response: ServerResponse, body: Buffer, milliseconds: number): void {
  let at = 0
  const timer = setInterval(() => {
    if (response.destroyed || at >= body.length) {
      clearInterval(timer)
      response.end()
      return
    }
    response.write(body.subarray(at, at + 1))
    at += 1
  }, milliseconds)
  timer.unref()
}

function strip(body: Buffer, fields: readonly StrippedField[]): Buffer {
  const document = JSON.parse(body.toString('utf8')) as {
    time?: unknown
    dist?: Record<string, unknown>
    versions?: Record<string, { dist?: Record<string, unknown>; _npmUser?: unknown }>
  }
  const manifests = [...Object.values(document.versions ?? {}), document as { dist?: Record<string, unknown> }]
  for (const field of fields) {
    if (field === 'time') delete document.time
    else if (field === '_npmUser') for (const manifest of manifests) Reflect.deleteProperty(manifest, '_npmUser')
    else for (const manifest of manifests) Reflect.deleteProperty(manifest.dist ?? {}, field.slice('dist.'.length))
  }
  return Buffer.from(JSON.stringify(document))
}
