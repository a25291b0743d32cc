// SPDX-License-Identifier: Apache-2.0

/** Why nothing usable came back from a registry, in closed words that programs branch on. */
export type UnreachableReason =
  | 'timeout'
  | 'dns'
  | 'refused'
  | 'reset'
  | 'tls'
  | 'proxy'
  | 'redirect'
  | 'status'
  | 'network'

/** Why an answer that did arrive says nothing. */
export type NonsenseReason = 'not-json' | 'wrong-shape' | 'too-large' | 'truncated'

/**
 * What a registry answered, as data: one package's failure never stops the others.
 * "This version has none" (`absent`) and "nobody could tell" (all the others) are never the same value.
 * No URL in an answer carries credentials.
 */
export type Answer<T> =
  | Found<T>
  /** 404 or 410: the registry says that there is none. */
  | { readonly kind: 'absent'; readonly url: string }
  /** 401 or 403. */
  | { readonly kind: 'needs-login'; readonly status: number; readonly url: string }
  /** After all retries. `detail` is an error code or `HTTP 503`. */
  | { readonly kind: 'unreachable'; readonly reason: UnreachableReason; readonly detail: string; readonly url: string }
  | { readonly kind: 'nonsense'; readonly reason: NonsenseReason; readonly detail: string; readonly url: string }
  /** Off line, and the cache has no intact copy. */
  | { readonly kind: 'not-cached'; readonly url: string }
  /** The evidence file that answers in place of registries holds nothing on this; or it is too old, or from the future, to be believed. */
  | { readonly kind: 'not-held'; readonly url: string; readonly exported: Date; readonly isStale: boolean }
  /** Nobody was asked: the name belongs to a private scope and no registry may be told about it. */
  | { readonly kind: 'private' }

/** The one answer that carries something. */
export interface Found<T> {
  readonly kind: 'found'
  readonly value: T
  readonly source: 'network' | 'cache'
  readonly url: string
}
