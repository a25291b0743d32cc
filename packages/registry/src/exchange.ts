// SPDX-License-Identifier: Apache-2.0
import { promisify } from 'node:util'
import { brotliDecompress, gunzip, inflate } from 'node:zlib'
import npmFetch from 'npm-registry-fetch'
import { ExchangeError } from './exchange-error.ts'
import { GuardingAgent } from './guarding-agent.ts'
import type { RequestTaker } from './guarding-agent.ts'

/** What came back over the wire, redirects followed and the content coding undone. */
export interface Exchange {
  readonly status: number
  readonly headers: ReadonlyMap<string, string>
  /** Empty where the status is not 200: nobody reads an error page. Empty too where somebody took the bytes as they came. */
  readonly body: Buffer
}

/** How an exchange is carried out. */
export interface ExchangeOptions {
  readonly headers: Readonly<Record<string, string>>
  /** The `authorization` header for a URL; asked again after every redirect within one origin, never beyond it. */
  readonly authorize: (url: URL) => string | null
  readonly agentFor: (url: URL) => RequestTaker
  /** Milliseconds from the first byte sent to the last byte received, redirects included. */
  readonly deadline: number
  /** Bytes of body, on the wire and after decompression. */
  readonly maxBytes: number
  /** Takes the body of a status 200 as it comes, uncoded, instead of having it held in memory. */
  readonly take?: (chunk: Buffer) => Promise<void>
}

/** npm-registry-fetch's answer as far as it is read here; its published types name a package that is not installed. */
interface NpmResponse {
  readonly status: number
  readonly headers: { raw(): RawHeaders }
  readonly body: AsyncIterable<Buffer>
}

type RawHeaders = Readonly<Record<string, readonly string[]>>

const fetchNpm = npmFetch as unknown as (url: string, options: npmFetch.Options) => Promise<NpmResponse>

interface ZlibLimits {
  readonly maxOutputLength: number
}

const MAX_REDIRECTS = 3

/** What Node.js calls a body that ends before its declared length, or a compressed stream that ends in the middle. */
const CUT_SHORT: ReadonlySet<string> = new Set(['ECONNRESET', 'EPIPE', 'ERR_STREAM_PREMATURE_CLOSE', 'Z_BUF_ERROR'])

/**
 * One GET with redirects, by npm-registry-fetch. Its retries and its cache are not used, and its redirects are followed here,
 * one guarded request each.
 *
 * @throws ExchangeError whenever no whole answer came back
 */
export async function fetchExchange(start: URL, options: ExchangeOptions): Promise<Exchange> {
  const ending = new AbortController()
  const timer = setTimeout(() => ending.abort(), Math.ceil(options.deadline))
  try {
    let url = start
    for (let hop = 0; hop <= MAX_REDIRECTS; hop += 1) {
      const guard = new GuardingAgent(url, {
        ...options,
        authorize: (target) => (target.origin === start.origin ? options.authorize(target) : null),
      })
      const exchange = await get(url, guard, options, ending.signal)
      if (exchange !== null) return exchange
      url = redirectTarget(guard.redirect?.location, url)
    }
    throw new ExchangeError('TOO_MANY_REDIRECTS')
  } finally {
    clearTimeout(timer)
    // Hangs up on whatever was not read to its end.
    ending.abort()
  }
}

/** Null for a redirect. */
async function get(
  url: URL,
  guard: GuardingAgent,
  { headers, deadline, maxBytes, take }: ExchangeOptions,
  signal: AbortSignal,
): Promise<Exchange | null> {
  try {
    const response = await fetchNpm(url.href, {
      agent: guard,
      headers: { ...headers, 'accept-encoding': take === undefined ? 'gzip, br' : 'identity' },
      retry: { retries: 0 },
      signal,
      // Never the first to fire: the deadline is kept above, for the body too.
      timeout: Math.ceil(deadline) * 2,
    })
    const { status, body } = response
    const bytes =
      status !== 200
        ? Buffer.alloc(0)
        : take === undefined
          ? await receive(body, guard.coding, maxBytes, signal)
          : await hand(body, guard.coding, take, signal)
    return { status, headers: headersOf(response.headers.raw()), body: bytes }
  } catch (error) {
    // A redirect without a target is an error to npm-registry-fetch, and so is every status from 400 up.
    if (guard.redirect !== null) return null
    if (isHttpError(error)) {
      return { status: error.statusCode, headers: headersOf(error.headers), body: Buffer.alloc(0) }
    }
    throw wordOf(error, signal)
  }
}

function redirectTarget(location: string | undefined, from: URL): URL {
  if (location === undefined || !URL.canParse(location, from.href)) throw new ExchangeError('REDIRECT_MALFORMED')
  const url = new URL(location, from)
  if (url.protocol !== 'https:' && url.protocol !== 'http:') throw new ExchangeError('REDIRECT_PROTOCOL')
  // Stripped of TLS on the way.
  if (from.protocol === 'https:' && url.protocol === 'http:') throw new ExchangeError('REDIRECT_DOWNGRADE')
  return url
}

/** Cannot grow beyond the limit: the guard hangs up before. */
async function receive(
  body: AsyncIterable<Buffer>,
  coding: string,
  maxBytes: number,
  signal: AbortSignal,
): Promise<Buffer> {
  const unpack = unpackerOf(coding)
  try {
    const chunks: Buffer[] = []
    for await (const chunk of body) chunks.push(chunk)
    const bytes = Buffer.concat(chunks)
    // Memory filled by a bomb: little on the wire, much when unpacked.
    return unpack === null ? bytes : await unpack(bytes, { maxOutputLength: maxBytes })
  } catch (error) {
    const { word } = wordOf(error, signal)
    if (word === 'ERR_BUFFER_TOO_LARGE') throw new ExchangeError('TOO_LARGE')
    throw new ExchangeError(CUT_SHORT.has(word) ? 'TRUNCATED' : word)
  }
}

// A coding that was not asked for would change the bytes that are hashed.
async function hand(
  body: AsyncIterable<Buffer>,
  coding: string,
  take: (chunk: Buffer) => Promise<void>,
  signal: AbortSignal,
): Promise<Buffer> {
  if (unpackerOf(coding) !== null) throw new ExchangeError('UNKNOWN_CODING')
  try {
    for await (const chunk of body) await take(chunk)
    return Buffer.alloc(0)
  } catch (error) {
    const { word } = wordOf(error, signal)
    throw new ExchangeError(CUT_SHORT.has(word) ? 'TRUNCATED' : word)
  }
}

const UNPACK = { gzip: promisify(gunzip), deflate: promisify(inflate), br: promisify(brotliDecompress) }

function unpackerOf(coding: string): ((bytes: Buffer, limits: ZlibLimits) => Promise<Buffer>) | null {
  switch (coding.trim().toLowerCase()) {
    case '':
    case 'identity':
      return null
    case 'gzip':
    case 'x-gzip':
      return UNPACK.gzip
    case 'deflate':
      return UNPACK.deflate
    case 'br':
      return UNPACK.br
    default:
      throw new ExchangeError('UNKNOWN_CODING')
  }
}

function headersOf(raw: RawHeaders): ReadonlyMap<string, string> {
  return new Map(Object.entries(raw).map(([name, values]) => [name, values.join(', ')]))
}

function isHttpError(error: unknown): error is { readonly statusCode: number; readonly headers: RawHeaders } {
  return error instanceof Error && 'statusCode' in error && typeof error.statusCode === 'number' && 'headers' in error
}

/** The code of whatever went wrong. Messages are left behind: they may carry URLs with credentials. */
function wordOf(error: unknown, signal: AbortSignal): ExchangeError {
  if (error instanceof ExchangeError) return error
  if (signal.aborted) return new ExchangeError('DEADLINE')
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  return new ExchangeError(typeof code === 'string' ? code : 'UNKNOWN')
}
