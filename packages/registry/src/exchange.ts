// SPDX-License-Identifier: Apache-2.0
import { request as requestHttp } from 'node:http'
import type { Agent, IncomingMessage, RequestOptions } from 'node:http'
import { request as requestHttps } from 'node:https'
import { pipeline } from 'node:stream/promises'
import { Writable } from 'node:stream'
import type { Readable } from 'node:stream'
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib'

/** What came back over the wire, redirects followed and the content coding undone. */
export interface Exchange {
  readonly status: number
  readonly headers: ReadonlyMap<string, string>
  /** Empty where the status is not 200: nobody reads an error page. */
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
  /** Bytes of body, counted after decompression. */
  readonly maxBytes: number
}

/** The exchange came to nothing. `word` is an error code of Node.js or one of ours; never a sentence, never a URL. */
export class ExchangeError extends Error {
  readonly word: string

  constructor(word: string) {
    super(word)
    this.name = 'ExchangeError'
    this.word = word
  }
}

const MAX_REDIRECTS = 3

/** What Node.js calls a body that ends before its declared length, or a compressed stream that ends in the middle. */
const CUT_SHORT: ReadonlySet<string> = new Set(['ECONNRESET', 'EPIPE', 'ERR_STREAM_PREMATURE_CLOSE', 'Z_BUF_ERROR'])

/**
 * One GET with redirects.
 *
 * Redirects are followed here because the clients below npm keep credentials when only the port or the scheme changes.
 *
 * @throws ExchangeError whenever no whole answer came back
 */
export async function fetchExchange(start: URL, options: ExchangeOptions): Promise<Exchange> {
  const signal = AbortSignal.timeout(Math.ceil(options.deadline))
  let url = start
  for (let hop = 0; hop <= MAX_REDIRECTS; hop += 1) {
    const response = await get(url, start, options, signal)
    const location = response.headers.location
    if (!isRedirect(response.statusCode) || location === undefined) return receive(response, options.maxBytes, signal)
    response.destroy()
    url = redirectTarget(location, url)
  }
  throw new ExchangeError('TOO_MANY_REDIRECTS')
}

function isRedirect(status: number | undefined): boolean {
  return status === 301 || status === 302 || status === 303 || status === 307 || status === 308
}

function redirectTarget(location: string, from: URL): URL {
  if (!URL.canParse(location, from.href)) throw new ExchangeError('REDIRECT_MALFORMED')
  const url = new URL(location, from)
  if (url.protocol !== 'https:' && url.protocol !== 'http:') throw new ExchangeError('REDIRECT_PROTOCOL')
  // Stripped of TLS on the way.
  if (from.protocol === 'https:' && url.protocol === 'http:') throw new ExchangeError('REDIRECT_DOWNGRADE')
  // Credentials planted by whoever redirects.
  url.username = ''
  url.password = ''
  return url
}

function get(url: URL, start: URL, options: ExchangeOptions, signal: AbortSignal): Promise<IncomingMessage> {
  // Token sent on to another host, port or scheme: credentials stay within the origin that was asked first.
  const authorization = url.origin === start.origin ? options.authorize(url) : null
  return new Promise((resolve, reject) => {
    const settings: RequestOptions = {
      agent: options.agentFor(url),
      signal,
      headers: {
        ...options.headers,
        'accept-encoding': 'gzip, br',
        ...(authorization === null ? {} : { authorization }),
      },
    }
    const request = url.protocol === 'https:' ? requestHttps(url, settings) : requestHttp(url, settings)
    request.on('error', (error) => reject(wordOf(error, signal)))
    request.on('response', resolve)
    request.end()
  })
}

async function receive(response: IncomingMessage, maxBytes: number, signal: AbortSignal): Promise<Exchange> {
  const headers = new Map<string, string>()
  for (const [name, value] of Object.entries(response.headers)) {
    if (typeof value === 'string') headers.set(name, value)
  }
  const status = response.statusCode ?? 0
  if (status !== 200) {
    await discard(response, signal)
    return { status, headers, body: Buffer.alloc(0) }
  }
  const chunks: Buffer[] = []
  let size = 0
  const sink = new Writable({
    write(chunk: Buffer, _encoding, done) {
      size += chunk.length
      // Memory filled by an endless or bomb-like answer.
      if (size > maxBytes) return done(new ExchangeError('TOO_LARGE'))
      chunks.push(chunk)
      done()
    },
  })
  const declared = Number(headers.get('content-length') ?? 0)
  try {
    // The declared size alone condemns it: nothing need be downloaded.
    if (declared > maxBytes) throw new ExchangeError('TOO_LARGE')
    const decoder = decoderOf(headers.get('content-encoding'))
    await (decoder === null ? pipeline(response, sink) : pipeline(response, decoder, sink))
  } catch (error) {
    response.destroy()
    const { word } = wordOf(error, signal)
    throw new ExchangeError(CUT_SHORT.has(word) ? 'TRUNCATED' : word)
  }
  return { status, headers, body: Buffer.concat(chunks) }
}

/** Reads the small rest of an error page so that the connection can be used again; hangs up on a large or slow one. */
async function discard(response: IncomingMessage, signal: AbortSignal): Promise<void> {
  let size = 0
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      size += chunk.length
      if (size > 65_536 || signal.aborted) break
    }
  } catch {
    // The status is known, which is all that was wanted.
  }
}

function decoderOf(coding: string | undefined): (Readable & NodeJS.WritableStream) | null {
  switch (coding?.trim().toLowerCase() ?? '') {
    case '':
    case 'identity':
      return null
    case 'gzip':
    case 'x-gzip':
      return createGunzip()
    case 'deflate':
      return createInflate()
    case 'br':
      return createBrotliDecompress()
    default:
      throw new ExchangeError('UNKNOWN_CODING')
  }
}

/** The code of whatever went wrong. Messages are left behind: they may carry URLs with credentials. */
function wordOf(error: unknown, signal: AbortSignal): ExchangeError {
  if (error instanceof ExchangeError) return error
  if (signal.aborted) return new ExchangeError('DEADLINE')
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  return new ExchangeError(typeof code === 'string' ? code : 'UNKNOWN')
}
