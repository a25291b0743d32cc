// SPDX-License-Identifier: Apache-2.0
import { hash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pruneStore } from './prune-store.ts'
import { writeWholeFile } from './whole-file.ts'

/** A raw document as it once came from a registry. */
export interface CachedDocument {
  readonly body: Buffer
  readonly etag: string | null
}

/**
 * Raw documents on disk, a file for each: every read is checked against the digest that was written with it, writes are whole or not
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

/** Opens (and on the first write makes) a cache in a folder; without a folder, one that forgets everything. */
export function openDocumentCache(folder: string | null, limit: number = DEFAULT_CACHE_LIMIT): DocumentCache {
  if (folder === null) return { get: async () => null, put: async () => {}, prune: async () => {} }
  const store = join(folder, 'documents')
  let written = 0
  return {
    get: (key) => read(pathOf(store, key), key),
    async put(key, { body, etag }) {
      written += body.length
      const head: Head = { key, etag, sha512: digestOf(body) }
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
}

// Two levels of folders, since some file systems are slow where many files lie side by side.
function pathOf(store: string, key: string): string {
  const name = hash('sha256', key)
  return join(store, name.slice(0, 2), name.slice(2))
}

function digestOf(body: Buffer): string {
  return hash('sha512', body, 'base64')
}

async function read(path: string, key: string): Promise<CachedDocument | null> {
  try {
    const bytes = await readFile(path)
    const end = bytes.indexOf('\n')
    const body = bytes.subarray(end + 1)
    const head = JSON.parse(bytes.toString('utf8', 0, Math.max(end, 0))) as Partial<Record<keyof Head, unknown>> | null
    // Cut or changed on disk, or another document's file.
    if (head?.key !== key || head.sha512 !== digestOf(body)) return null
    return { body, etag: typeof head.etag === 'string' ? head.etag : null }
  } catch {
    return null
  }
}
