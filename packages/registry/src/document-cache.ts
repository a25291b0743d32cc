// SPDX-License-Identifier: Apache-2.0
import { mkdir, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import * as cacache from 'cacache'

/** A raw document as it once came from a registry. */
export interface CachedDocument {
  readonly body: Buffer
  readonly etag: string | null
}

/**
 * Raw documents on disk, addressed by content: every read is checked against the digest in the index, writes are whole or not
 * there, and several processes may share the folder. It holds what registries said, never what was concluded from it.
 * A cache that cannot be read or written is an empty one; it never fails a run.
 */
export interface DocumentCache {
  get(key: string): Promise<CachedDocument | null>
  put(key: string, document: CachedDocument): Promise<void>
  /** Removes the oldest documents where the folder has outgrown its limit; looks at most once a day, or after much was written. */
  prune(): Promise<void>
}

/** What the cache holds on to by default, in bytes. */
export const DEFAULT_CACHE_LIMIT: number = 512 * 1024 * 1024

const DAY = 86_400_000

/** Opens (and on the first write makes) a cache in a folder; without a folder, one that forgets everything. */
export function openDocumentCache(folder: string | null, limit: number = DEFAULT_CACHE_LIMIT): DocumentCache {
  if (folder === null) return { get: async () => null, put: async () => {}, prune: async () => {} }
  const store = join(folder, 'documents')
  let written = 0
  return {
    get: (key) => read(store, key),
    async put(key, { body, etag }) {
      written += body.length
      // A full disk or a read-only folder costs the next run a download and nothing more.
      await cacache.put(store, key, body, { metadata: { etag } }).catch(() => {})
    },
    async prune() {
      await pruneStore(store, join(folder, 'pruned'), limit, written)
      written = 0
    },
  }
}

async function read(store: string, key: string): Promise<CachedDocument | null> {
  try {
    const { data, metadata } = await cacache.get(store, key, { memoize: false })
    const etag: unknown = metadata?.etag
    return { body: data, etag: typeof etag === 'string' ? etag : null }
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code === 'EINTEGRITY' || code === 'EBADSIZE') await discard(store, key).catch(() => {})
    return null
  }
}

/** Removes a copy that was cut or changed on disk, content first: cacache keeps content that is there, whole or not, when it is put again. */
async function discard(store: string, key: string): Promise<void> {
  const entry = await cacache.get.info(store, key)
  if (entry === null) return
  await cacache.rm.content(store, entry.integrity)
  await cacache.rm.entry(store, key)
}

/**
 * Removes the oldest entries of a store that has outgrown its limit; looks at most once a day, or after much was written.
 *
 * @param marker - the file whose time says when it was last looked at
 */
export async function pruneStore(store: string, marker: string, limit: number, written: number): Promise<void> {
  if (written === 0) return
  const last = await stat(marker).then(
    (found) => found.mtimeMs,
    () => 0,
  )
  const isDue = written > limit / 8 || Date.now() - last > DAY
  if (isDue) await shrink(store, marker, limit).catch(() => {})
}

async function shrink(store: string, marker: string, limit: number): Promise<void> {
  await mkdir(dirname(marker), { recursive: true })
  await writeFile(marker, '')
  const entries = Object.values(await cacache.ls(store)).sort((a, b) => a.time - b.time)
  let total = entries.reduce((sum, entry) => sum + entry.size, 0)
  if (total <= limit) return
  // Down to four fifths, so that the next run does not start all over again.
  for (const entry of entries) {
    if (total <= limit * 0.8) break
    await cacache.rm.entry(store, entry.key)
    await cacache.rm.content(store, entry.integrity)
    total -= entry.size
  }
}
