// SPDX-License-Identifier: Apache-2.0
import { BaseFetcher } from 'tuf-js'
import { DownloadHTTPError } from 'tuf-js/dist/error.js'
import { agentTo } from './agent.ts'
import type { UnreachableReason } from './answer.ts'
import { reasonOf } from './attempts.ts'
import { ExchangeError } from './exchange-error.ts'
import { fetchExchange } from './exchange.ts'
import type { Connection } from './npm-settings.ts'

/** The files of a TUF repository by their path below its base URL. */
export type TufFiles = Map<string, Buffer>

/** Answers from files that were kept, and from nowhere else. Notes which ones were asked for. */
export class ReplayFetcher extends BaseFetcher {
  readonly used: TufFiles = new Map()
  readonly #files: TufFiles
  readonly #base: string

  constructor(base: string, files: TufFiles) {
    super()
    this.#base = base
    this.#files = files
  }

  override async fetch(url: string): Promise<ReadableStream<Uint8Array<ArrayBuffer>>> {
    const path = url.slice(this.#base.length + 1)
    const file = this.#files.get(path)
    if (file === undefined) throw new DownloadHTTPError('not kept', 404)
    this.used.set(path, file)
    return streamOf(file)
  }
}

/** How the network is reached for TUF. */
export interface TufConnection {
  readonly connectionTo: (url: URL) => Connection
  readonly userAgent: string
  /** Milliseconds for one file. */
  readonly attemptDeadline: number
  /** Milliseconds for the whole refresh. */
  readonly totalDeadline: number
}

const MAX_BYTES = 5_000_000

/**
 * Fetches a TUF repository's files through the user's proxy and certificates, which tuf-js' own fetcher does not know.
 * Keeps every file, and what went wrong: tuf-js folds causes into sentences.
 */
export class NetworkFetcher extends BaseFetcher {
  readonly files: TufFiles = new Map()
  failure: { readonly reason: UnreachableReason; readonly detail: string } | null = null
  readonly #base: string
  readonly #connection: TufConnection
  readonly #end: number

  constructor(base: string, connection: TufConnection) {
    super()
    this.#base = base
    this.#connection = connection
    this.#end = performance.now() + connection.totalDeadline
  }

  override async fetch(url: string): Promise<ReadableStream<Uint8Array<ArrayBuffer>>> {
    const body = await this.#get(url, 1)
    this.files.set(url.slice(this.#base.length + 1), body)
    return streamOf(body)
  }

  async #get(url: string, retries: number): Promise<Buffer> {
    const { connectionTo, userAgent, attemptDeadline } = this.#connection
    const deadline = Math.min(attemptDeadline, this.#end - performance.now())
    if (deadline <= 0) throw this.#fail('timeout', 'DEADLINE')
    try {
      const { status, body } = await fetchExchange(new URL(url), {
        headers: { 'user-agent': userAgent },
        authorize: () => null,
        agentFor: (target) => agentTo(target, connectionTo(target), 4),
        deadline,
        maxBytes: MAX_BYTES,
      })
      if (status === 200) return body
      if (status >= 500 && retries > 0) return await this.#get(url, retries - 1)
      // 403 and 404 are how a repository says that there is no newer root.
      if (status !== 403 && status !== 404) throw this.#fail('status', `HTTP ${status}`)
      throw new DownloadHTTPError('no such file', status)
    } catch (error) {
      if (!(error instanceof ExchangeError)) throw error
      const reason = reasonOf(error.word)
      if (reason === 'reset' && retries > 0) return await this.#get(url, retries - 1)
      throw this.#fail(reason, error.word)
    }
  }

  #fail(reason: UnreachableReason, detail: string): Error {
    this.failure = { reason, detail }
    return new Error(detail)
  }
}

function streamOf(bytes: Buffer): ReadableStream<Uint8Array<ArrayBuffer>> {
  return new ReadableStream({
    start(controller) {
      controller.enqueue(new Uint8Array(bytes))
      controller.close()
    },
  })
}
