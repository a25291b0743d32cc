// SPDX-License-Identifier: Apache-2.0
import { Agent } from 'node:http'
import type { ClientRequest, IncomingMessage, RequestOptions } from 'node:http'
import { urlToHttpOptions } from 'node:url'
import { ExchangeError } from './exchange-error.ts'

/** An agent of Node.js by the one method that is called here; the published types leave it out. */
export interface RequestTaker {
  addRequest(request: ClientRequest, options: RequestOptions): void
}

/** What one request may do. */
export interface Guard {
  /** The `authorization` header for a destination; null for none. */
  readonly authorize: (url: URL) => string | null
  readonly agentFor: (url: URL) => RequestTaker
  /** Bytes of a body of status 200 as they come over the wire. */
  readonly maxBytes: number
}

/** Bytes of any other body: npm-registry-fetch reads error pages, which lets their connection be used again. */
const MAX_PAGE = 65_536

/**
 * Stands between npm-registry-fetch and the network for one request, and connects through the agent for its destination.
 *
 * npm-registry-fetch follows redirects, keeps credentials when only the port or the scheme changes, forgives a compressed body that
 * ends early and holds error pages of any size in memory; no option turns that off. So the guard hands out credentials by the real
 * destination, takes the target away from a redirect and the coding away from a body, and hangs up on what is too large.
 */
export class GuardingAgent extends Agent {
  readonly protocol: string
  readonly defaultPort: number
  /** The answer was a redirect; its target, where it had one. */
  redirect: { readonly location: string | undefined } | null = null
  /** The content coding, not undone yet. */
  coding = ''
  readonly #guard: Guard

  constructor(url: URL, guard: Guard) {
    super({ keepAlive: true })
    this.protocol = url.protocol
    this.defaultPort = url.protocol === 'https:' ? 443 : 80
    this.#guard = guard
  }

  /** Called by Node.js for each request, with the destination that will be connected to. */
  addRequest(request: ClientRequest, options: RequestOptions): void {
    const url = new URL(`${options.protocol}//${options.host}:${options.port}${request.path}`)
    // Credentials planted in the target of a redirect.
    request.removeHeader('authorization')
    // Token sent to another host, port or scheme: nowhere else do credentials enter a request.
    const authorization = this.#guard.authorize(url)
    if (authorization !== null) request.setHeader('authorization', authorization)
    // Listens before npm-registry-fetch does, which gets its request back only after this.
    request.once('response', (response) => this.#receive(response))
    // Without the brackets of an IPv6 address, which npm-registry-fetch leaves on.
    const { hostname } = urlToHttpOptions(url)
    this.#guard.agentFor(url).addRequest(request, { ...options, host: hostname, hostname })
  }

  #receive(response: IncomingMessage): void {
    const { headers, statusCode } = response
    this.coding = headers['content-encoding'] ?? ''
    delete headers['content-encoding']
    if (isRedirect(statusCode)) {
      this.redirect = { location: headers.location }
      delete headers.location
    }
    const limit = statusCode === 200 ? this.#guard.maxBytes : MAX_PAGE
    const hangUp = (): void => void response.destroy(new ExchangeError('TOO_LARGE'))
    // The declared size alone condemns it: nothing need be downloaded.
    if (Number(headers['content-length'] ?? 0) > limit) return hangUp()
    let size = 0
    response.on('data', (chunk: Buffer) => {
      size += chunk.length
      // Memory filled by an endless answer: npm-registry-fetch reads without pause.
      if (size > limit) hangUp()
    })
  }
}

function isRedirect(status: number | undefined): boolean {
  return status === 301 || status === 302 || status === 303 || status === 307 || status === 308
}
