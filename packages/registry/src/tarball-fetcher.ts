// SPDX-License-Identifier: Apache-2.0
import { isNonEmpty } from '@bonafide/core'
import type { NonEmpty, Sha512 } from '@bonafide/core'
import type { Answer } from './answer.ts'
import type { Outcome, Reading } from './attempts.ts'
import { createSlots } from './slots.ts'
import { openSpool } from './spool.ts'
import type { Spool, SpooledBytes } from './spool.ts'
import type { TarballCache } from './tarball-cache.ts'
import { tarballUrls } from './tarball-url.ts'

/** Which tarball is wanted. */
export interface WantedTarball {
  readonly name: string
  readonly version: string
  /** What it has to hash to; whether it does is for the caller to see. Null: nothing binds it, and it is neither kept nor taken from what is. */
  readonly integrity: Sha512 | null
  /** Where the metadata says that it is; followed only within the registry's own origin. */
  readonly claimed: string | null
}

/** A tarball whose bytes are known. */
export type BoundTarball = WantedTarball & { readonly integrity: Sha512 }

/** Asks for a tarball and hands it to `use`, which is done with it when its promise settles. */
export type FetchTarball = <T>(wanted: WantedTarball, use: (tarball: SpooledBytes) => Promise<T>) => Promise<Answer<T>>

/** Bytes of a tarball, as it comes over the wire. */
export const MAX_TARBALL: number = 200 * 1024 * 1024

// How many tarballs are held at once, in memory or on disk.
const AT_ONCE = 8

/** Asks for a file, with retries, each of which fills the spool from the start. */
export type AskForBytes = (
  url: URL,
  maxBytes: number,
  spool: Spool,
  read: () => Reading<null>,
) => Promise<Outcome<null>>

/** What fetching tarballs takes. */
export interface TarballFetcherParts {
  readonly registryOf: (name: string) => string | null
  readonly cache: TarballCache
  readonly ask: AskForBytes
  readonly offline: boolean
  readonly maxBytes: number
}

/**
 * Makes the fetching of tarballs: from the cache by what they hash to, else from the package's registry and no other host, with no
 * credentials but that registry's. Bytes that hash to what was wanted are kept for the next run.
 */
export function createTarballFetcher({ registryOf, cache, ask, offline, maxBytes }: TarballFetcherParts): FetchTarball {
  const slots = createSlots(AT_ONCE)

  const fromNetwork = async (
    [first, ...others]: NonEmpty<URL>,
    integrity: Sha512 | null,
    spool: Spool,
  ): Promise<Answer<SpooledBytes>> => {
    const answer = await one(first, integrity, spool)
    return answer.kind === 'absent' && isNonEmpty(others) ? fromNetwork(others, integrity, spool) : answer
  }

  const one = async (url: URL, integrity: Sha512 | null, spool: Spool): Promise<Answer<SpooledBytes>> => {
    // What does not hash right is asked for once more: connections are cut more often than tarballs are swapped.
    for (let again = true; ; again = false) {
      const outcome = await ask(url, maxBytes, spool, () => shapeOf(spool, integrity))
      if (outcome.kind === 'not-modified')
        return { kind: 'unreachable', reason: 'status', detail: 'HTTP 304', url: url.href }
      if (outcome.kind !== 'value') return outcome
      const bytes = spool.bytes()
      if (bytes.sha512 === integrity) await cache.put(bytes)
      if (bytes.sha512 === integrity || integrity === null || !again)
        return { kind: 'found', value: bytes, source: 'network', url: url.href }
    }
  }

  return (wanted, use) =>
    slots(async () => {
      const spool = openSpool()
      try {
        const registry = registryOf(wanted.name)
        if (registry === null) return { kind: 'private' }
        const urls = tarballUrls(registry, wanted.name, wanted.version, wanted.claimed)
        const [url] = urls
        if (wanted.integrity !== null && (await cache.get(wanted.integrity, spool)))
          return { kind: 'found', value: await use(spool.bytes()), source: 'cache', url: url.href }
        if (offline) return { kind: 'not-cached', url: url.href }
        const answer = await fromNetwork(urls, wanted.integrity, spool)
        return answer.kind === 'found' ? { ...answer, value: await use(answer.value) } : answer
      } finally {
        await spool.close()
      }
    })
}

// A sign-in page in place of a tarball says nothing about the tarball. RFC 1952, section 2.3.1: how a gzip file begins.
function shapeOf(spool: Spool, integrity: Sha512 | null): Reading<null> {
  return spool.bytes().sha512 === integrity || spool.isGzip()
    ? { value: null }
    : { nonsense: 'wrong-shape', detail: 'no gzip file' }
}
