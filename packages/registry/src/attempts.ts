// SPDX-License-Identifier: Apache-2.0
import { setTimeout as sleep } from 'node:timers/promises'
import type { Answer, Found, NonsenseReason, UnreachableReason } from './answer.ts'
import { isOutageStatus } from './http-status.ts'
import { ExchangeError } from './exchange-error.ts'
import type { Exchange } from './exchange.ts'

/** How often and how long to try before an answer is `unreachable`. All times in milliseconds. */
export interface Patience {
  /** Attempts after the first one. */
  readonly retries: number
  /** The first back-off; it doubles with every attempt. */
  readonly minDelay: number
  readonly maxDelay: number
  /** For one attempt, first byte sent to last byte received: what ends a server that drips. */
  readonly attemptDeadline: number
  /** For all attempts and the pauses between them; a `Retry-After` beyond it is not waited for. */
  readonly totalDeadline: number
}

/** Every answer but the good one. */
export type Failure = Exclude<Answer<never>, Found<never>>

/** What a body turned out to be. */
export type Reading<T> = { readonly value: T } | { readonly nonsense: NonsenseReason; readonly detail: string }

/** How asking ended: with a value, with "the copy you have is current", or with a failure. */
export type Outcome<T> =
  | { readonly kind: 'value'; readonly value: T; readonly body: Buffer; readonly etag: string | null }
  | { readonly kind: 'not-modified' }
  | Failure

/**
 * Repeats an exchange until it says something or patience ends. Never rejects on what the network does.
 * Retried: time-outs, resets, refusals, cut bodies, 408, 429 and 5xx. Not retried: a certificate that does not hold, a name that does not resolve.
 */
export async function attempt<T>(
  url: string,
  exchange: () => Promise<Exchange>,
  read: (body: Buffer) => Reading<T>,
  patience: Patience,
): Promise<Outcome<T>> {
  const start = performance.now()
  for (let tries = 0; ; tries += 1) {
    const { outcome, again, after } = await once(url, exchange, read)
    if (!again || tries >= patience.retries) return outcome
    const backOff = Math.min(patience.maxDelay, patience.minDelay * 2 ** tries) * (0.5 + Math.random() / 2)
    const delay = after ?? backOff
    if (performance.now() - start + delay > patience.totalDeadline) return outcome
    await sleep(delay)
  }
}

interface Try<T> {
  readonly outcome: Outcome<T>
  readonly again: boolean
  /** What `Retry-After` asked for, in milliseconds. */
  readonly after?: number
}

async function once<T>(
  url: string,
  exchange: () => Promise<Exchange>,
  read: (body: Buffer) => Reading<T>,
): Promise<Try<T>> {
  let response: Exchange
  try {
    response = await exchange()
  } catch (error) {
    if (!(error instanceof ExchangeError)) throw error
    return failed(url, error.word)
  }
  const { status, headers, body } = response
  if (status === 304) return { outcome: { kind: 'not-modified' }, again: false }
  if (status === 404 || status === 410) return { outcome: { kind: 'absent', url }, again: false }
  if (status === 401 || status === 403) return { outcome: { kind: 'needs-login', status, url }, again: false }
  if (status !== 200) {
    const outcome: Failure = { kind: 'unreachable', reason: 'status', detail: `HTTP ${status}`, url }
    const again = isOutageStatus(status)
    const after = retryAfter(headers.get('retry-after'))
    return { outcome, again, ...(after === null ? {} : { after }) }
  }
  const reading = read(body)
  if ('nonsense' in reading) {
    const outcome: Failure = { kind: 'nonsense', reason: reading.nonsense, detail: reading.detail, url }
    return { outcome, again: reading.nonsense === 'truncated' }
  }
  return { outcome: { kind: 'value', value: reading.value, body, etag: headers.get('etag') ?? null }, again: false }
}

function failed(url: string, word: string): Try<never> {
  if (word === 'TOO_LARGE') return nonsense(url, 'too-large', word, false)
  if (word === 'TRUNCATED') return nonsense(url, 'truncated', word, true)
  // A gzip stream that is none, a coding that nobody asked for.
  if (word.startsWith('Z_') || word === 'UNKNOWN_CODING' || word.startsWith('ERR__')) {
    return nonsense(url, 'not-json', word, false)
  }
  const reason = reasonOf(word)
  const again = reason === 'timeout' || reason === 'reset' || reason === 'refused' || word === 'EAI_AGAIN'
  return { outcome: { kind: 'unreachable', reason, detail: word, url }, again }
}

function nonsense(url: string, reason: NonsenseReason, detail: string, again: boolean): Try<never> {
  return { outcome: { kind: 'nonsense', reason, detail, url }, again }
}

/** Sorts error codes into the closed words of an answer. */
export function reasonOf(word: string): UnreachableReason {
  if (word === 'DEADLINE' || word === 'ETIMEDOUT') return 'timeout'
  if (word === 'ENOTFOUND' || word === 'EAI_AGAIN') return 'dns'
  if (word === 'ECONNREFUSED') return 'refused'
  if (word === 'ECONNRESET' || word === 'EPIPE' || word.startsWith('HPE_')) return 'reset'
  if (word.startsWith('REDIRECT_') || word === 'TOO_MANY_REDIRECTS') return 'redirect'
  if (word.includes('PROXY')) return 'proxy'
  if (word.includes('CERT') || /TLS|SSL|EPROTO|SIGNATURE|ISSUER/u.test(word)) return 'tls'
  return 'network'
}

/** RFC 9110, 10.2.3: seconds, or a date. */
function retryAfter(field: string | undefined): number | null {
  if (field === undefined) return null
  if (/^\d{1,6}$/u.test(field)) return Number(field) * 1000
  const date = Date.parse(field)
  return Number.isNaN(date) ? null : Math.max(0, date - Date.now())
}
