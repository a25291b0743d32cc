// SPDX-License-Identifier: Apache-2.0
import { request as requestHttp } from 'node:http'
import type { Agent, ClientRequest, IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { request as requestHttps } from 'node:https'
import { urlToHttpOptions } from 'node:url'
import { promisify } from 'node:util'
import { brotliDecompress, gunzip, inflate } from 'node:zlib'
import { ExchangeError } from './exchange-error.ts'

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
  readonly agentFor: (url: URL) => Agent
  /** Milliseconds from the first byte sent to the last byte received, redirects included. */
  readonly deadline: number
  /** Bytes of body, on the wire and after decompression. */
  readonly maxBytes: number
  /** Takes the body of a status 200 as it comes, uncoded, instead of having it held in memory. */
  readonly take?: (chunk: Buffer) => Promise<void>
}

interface ZlibLimits {
  readonly maxOutputLength: number
}

/** What is under way, and whether it was hung up on because of the deadline. */
interface Line {
  request: ClientRequest | null
  isLate: boolean
}

const MAX_REDIRECTS = 3

/** Bytes of an error page, or a page beside a redirect, that are read so that the connection can be used again. */
const MAX_PAGE = 65_536

/** What Node.js calls a body that ends before its declared length, or a compressed stream that ends in the middle. */
const CUT_SHORT: ReadonlySet<string> = new Set(['ECONNRESET', 'EPIPE', 'ERR_STREAM_PREMATURE_CLOSE', 'Z_BUF_ERROR'])

/**
 * One GET with redirects, over the agent that it is given. Nothing is retried here and nothing kept.
 *
 * @throws ExchangeError whenever no whole answer came back
 */
export async function fetchExchange(start: URL, options: ExchangeOptions): Promise<Exchange> {
  const line: Line = { request: null, isLate: false }
  const timer = setTimeout(() => {
    line.isLate = true
    line.request?.destroy(new ExchangeError('DEADLINE'))
  }, Math.ceil(options.deadline))
  try {
    let url = start
    for (let hop = 0; hop <= MAX_REDIRECTS; hop += 1) {
      const response = await send(url, start, options, line)
      const { headers, statusCode: status = 0 } = response
      if (status === 200) return { status, headers: headersOf(headers), body: await receive(response, options, line) }
      await discard(response)
      if (!isRedirect(status)) return { status, headers: headersOf(headers), body: Buffer.alloc(0) }
      url = redirectTarget(headers.location, url)
    }
    throw new ExchangeError('TOO_MANY_REDIRECTS')
  } finally {
    clearTimeout(timer)
  }
}

function send(url: URL, start: URL, options: ExchangeOptions, line: Line): Promise<IncomingMessage> {
  // Token sent to another host, port or scheme: credentials stay within the origin that was asked first.
  const authorization = url.origin === start.origin ? options.authorize(url) : null
  const { auth: _planted, ...target } = urlToHttpOptions(url)
  return new Promise((resolve, reject) => {
    if (line.isLate) throw new ExchangeError('DEADLINE')
    const request = (url.protocol === 'https:' ? requestHttps : requestHttp)({
      ...target,
      agent: options.agentFor(url),
      headers: {
        ...options.headers,
        'accept-encoding': options.take === undefined ? 'gzip, br' : 'identity',
        ...(authorization === null ? {} : { authorization }),
      },
    })
    line.request = request
    request.on('error', (error) => reject(wordOf(error, line)))
    request.once('response', resolve)
    request.end()
  })
}

function isRedirect(status: number): boolean {
  return status === 301 || status === 302 || status === 303 || status === 307 || status === 308
}

function redirectTarget(location: string | undefined, from: URL): URL {
  if (location === undefined || !URL.canParse(location, from.href)) throw new ExchangeError('REDIRECT_MALFORMED')
  const url = new URL(location, from)
  if (url.protocol !== 'https:' && url.protocol !== 'http:') throw new ExchangeError('REDIRECT_PROTOCOL')
  // Stripped of TLS on the way.
  if (from.protocol === 'https:' && url.protocol === 'http:') throw new ExchangeError('REDIRECT_DOWNGRADE')
  return url
}

async function receive(response: IncomingMessage, { maxBytes, take }: ExchangeOptions, line: Line): Promise<Buffer> {
  try {
    // The declared size alone condemns it: nothing need be downloaded.
    if (Number(response.headers['content-length'] ?? 0) > maxBytes) throw new ExchangeError('TOO_LARGE')
    const unpack = unpackerOf(response.headers['content-encoding'] ?? '')
    if (take === undefined) {
      const bytes = await readBody(response, maxBytes)
      // Memory filled by a bomb: little on the wire, much when unpacked.
      return unpack === null ? bytes : await unpack(bytes, { maxOutputLength: maxBytes })
    }
    // A coding that was not asked for would change the bytes that are hashed.
    if (unpack !== null) throw new ExchangeError('UNKNOWN_CODING')
    await handOver(response, maxBytes, take)
    return Buffer.alloc(0)
  } catch (error) {
    // Hangs up on whatever was not read to its end.
    response.destroy()
    const { word } = wordOf(error, line)
    if (word === 'ERR_BUFFER_TOO_LARGE') throw new ExchangeError('TOO_LARGE')
    throw new ExchangeError(CUT_SHORT.has(word) ? 'TRUNCATED' : word)
  }
}

function readBody(response: IncomingMessage, maxBytes: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let size = 0
    response.on('data', (chunk: Buffer) => {
      size += chunk.length
      // Memory filled by an endless answer.
      if (size > maxBytes) reject(new ExchangeError('TOO_LARGE'))
      else chunks.push(chunk)
    })
    response.on('error', reject)
    response.once('end', () => {
      if (response.complete) resolve(Buffer.concat(chunks, size))
      else reject(new ExchangeError('TRUNCATED'))
    })
  })
}

async function handOver(
  response: IncomingMessage,
  maxBytes: number,
  take: (chunk: Buffer) => Promise<void>,
): Promise<void> {
  let size = 0
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > maxBytes) throw new ExchangeError('TOO_LARGE')
    await take(chunk)
  }
  if (!response.complete) throw new ExchangeError('TRUNCATED')
}

// The status is known, which is all that was wanted: a page that is cut or late is none the less over.
async function discard(response: IncomingMessage): Promise<void> {
  await readBody(response, MAX_PAGE).catch(() => response.destroy())
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

function headersOf(headers: IncomingHttpHeaders): ReadonlyMap<string, string> {
  const texts = Object.entries(headers).filter((entry): entry is [string, string] => typeof entry[1] === 'string')
  return new Map(texts)
}

/** The code of whatever went wrong. Messages are left behind: they may carry URLs with credentials. */
function wordOf(error: unknown, { isLate }: Line): ExchangeError {
  if (isLate) return new ExchangeError('DEADLINE')
  if (error instanceof ExchangeError) return error
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  return new ExchangeError(typeof code === 'string' ? code : 'UNKNOWN')
}
