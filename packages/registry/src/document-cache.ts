// SPDX-License-Identifier: Apache-2.0
import { hash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { CacheSeal } from './cache-seal.ts'
import { pruneStore } from './prune-store.ts'
import { writeWholeFile } from './whole-file.ts'

/** A raw document as it once came from a registry. */
export interface CachedDocument {
  readonly body: Buffer
  readonly etag: string | null
}

/** A document that was found in the cache. */
export interface KeptDocument extends CachedDocument {
  /** Whether a run of this machine wrote it. What is verified by signatures may come from anywhere, nothing else. */
  readonly isOurs: boolean
}

/**
 * Raw documents on disk, a file for each: every read is checked against the digest that was written with it, writes are whole or not
 * there, and several processes may share the folder. It holds what registries said, never what was concluded from it.
 * A cache that cannot be read or written is an empty one; it never fails a run.
 */
export interface DocumentCache {
  get(key: string): Promise<KeptDocument | null>
  put(key: string, document: CachedDocument): Promise<void>
  /** Removes the oldest documents where the folder has outgrown its limit; looks at most once a day, or after much was written. */
  prune(): Promise<void>
}

/** What the cache holds on to by default, in bytes. */
export const DEFAULT_CACHE_LIMIT: number = 512 * 1024 * 1024

/**
 * Opens (and on the first write makes) a cache in a folder; without a folder, one that forgets everything.
 *
 * @param seal - tells what this machine wrote; without one, all of the folder counts as that
 */
export function openDocumentCache(
  folder: string | null,
  limit: number = DEFAULT_CACHE_LIMIT,
  seal: CacheSeal | null = null,
): DocumentCache {
  if (folder === null) return { get: async () => null, put: async () => {}, prune: async () => {} }
  const store = join(folder, 'documents')
  let written = 0
  return {
    get: (key) => read(pathOf(store, key), key, seal),
    async put(key, { body, etag }) {
      written += body.length
      const said = { key, etag, sha512: digestOf(body) }
      const head: Head = { ...said, seal: seal === null ? null : await seal.make(partsOf(said)) }
      const bytes = Buffer.concat([Buffer.from(`${JSON.stringify(head)}\n`), body])
      // A full disk or a read-only folder costs the next run a download and nothing more.
      await writeWholeFile(pathOf(store, key), bytes).catch(() => {})
    },
    async prune() {
      await pruneStore(store, join(folder, 'pruned'), limit, written)
      written = 0
    },
  }
}

// The first line of a file; the rest is the document.
interface Head {
  readonly key: string
  readonly etag: string | null
  readonly sha512: string
  readonly seal: string | null
}

function partsOf({ key, etag, sha512 }: Omit<Head, 'seal'>): readonly (string | null)[] {
  return [key, etag, sha512]
}

// Two levels of folders, since some file systems are slow where many files lie side by side.
function pathOf(store: string, key: string): string {
  const name = hash('sha256', key)
  return join(store, name.slice(0, 2), name.slice(2))
}

function digestOf(body: Buffer): string {
  return hash('sha512', body, 'base64')
}

async function read(path: string, key: string, seal: CacheSeal | null): Promise<KeptDocument | null> {
  try {
    const bytes = await readFile(path)
    const end = bytes.indexOf('\n')
    const body = bytes.subarray(end + 1)
    const head = JSON.parse(bytes.toString('utf8', 0, Math.max(end, 0))) as Partial<Record<keyof Head, unknown>> | null
    // Cut or changed on disk, or another document's file.
    const sha512 = digestOf(body)
    if (head?.key !== key || head.sha512 !== sha512) return null
    const etag = typeof head.etag === 'string' ? head.etag : null
    // Put there by somebody else, with all that a document says of itself made to fit.
    const isOurs = seal === null || (await seal.holds(partsOf({ key, etag, sha512 }), head.seal))
    return { body, etag, isOurs }
  } catch {
    return null
  }
}
