// SPDX-License-Identifier: Apache-2.0
import * as npmFetch from 'npm-registry-fetch'
import { isLoopback } from './loopback.ts'
import type { Authorize } from './npm-settings.ts'

/** The parts of npm-registry-fetch's answer that are used; its published types lack the function. */
interface NpmAuth {
  readonly token: string | null
  readonly auth: string | null
  readonly cert: string | null
  readonly key: string | null
}

const getAuth = (npmFetch as unknown as { getAuth: (uri: string, options: object) => NpmAuth }).getAuth

/** The credentials of npm's configuration, by its own `//host/path/:name` keys. */
export interface Credentials {
  readonly authorize: Authorize
  /** The client certificate for a URL, read from the files that the configuration names. */
  readonly certificateFor: (url: URL) => { readonly cert: string; readonly key: string } | null
}

/**
 * Wraps credentials so that they can be asked for by URL and never be printed.
 *
 * npm's keys name no scheme, so npm sends a token over plain http as readily as over TLS. A repository could downgrade
 * `registry` to http; here plain http gets a credential only on loopback, or where the user's own configuration names that very origin.
 */
export function wrapCredentials(
  entries: ReadonlyMap<string, string>,
  plainHttpOrigins: ReadonlySet<string>,
): Credentials {
  const options = Object.fromEntries(entries)
  const mayCarry = (url: URL): boolean =>
    url.protocol === 'https:' || isLoopback(url.hostname) || plainHttpOrigins.has(url.origin)
  const lookUp = (url: URL): NpmAuth | null => (mayCarry(url) ? getAuth(url.href, options) : null)
  return {
    authorize: (url) => {
      const found = lookUp(url)
      if (found?.token) return `Bearer ${found.token}`
      return found?.auth ? `Basic ${found.auth}` : null
    },
    certificateFor: (url) => {
      const found = lookUp(url)
      return found?.cert && found.key ? { cert: found.cert, key: found.key } : null
    },
  }
}
