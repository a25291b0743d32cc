// SPDX-License-Identifier: Apache-2.0
import { constants, linkSync } from 'node:fs'
import { copyFile, open } from 'node:fs/promises'
import { join } from 'node:path'
import type { Sha512 } from '@bonafide/core'
import { pruneStore } from './prune-store.ts'
import { readFile } from './spool.ts'
import type { Spool, SpooledBytes } from './spool.ts'
import { writeWholeFile } from './whole-file.ts'

/**
 * Raw tarballs on disk, addressed by what they hash to. Whose tarball it is stands nowhere: the bytes answer for themselves, and are
 * hashed again by whoever takes them out. A cache that cannot be read or written is an empty one; it never fails a run.
 */
export interface TarballCache {
  /** Copies the bytes of an integrity into a spool; false where they are not there, or are no longer what they were. */
  get(integrity: Sha512, spool: Spool): Promise<boolean>
  put(bytes: SpooledBytes): Promise<void>
  /**
   * Gives a file that this run has hashed a second name, or copies it; false for others: what somebody put into the folder is hashed by
   * {@link TarballCache.get} before it is handed on. Whoever reads it hashes it again.
   */
  place(integrity: Sha512, file: string): Promise<boolean>
  /** Removes the oldest where the folder has outgrown its limit. */
  prune(): Promise<void>
}

/** What the cache of tarballs holds on to by default, in bytes. */
export const DEFAULT_TARBALL_LIMIT: number = 1024 * 1024 * 1024

/** Opens (and on the first write makes) a cache of tarballs in a folder; without a folder, one that forgets everything. */
export function openTarballCache(folder: string | null, limit: number = DEFAULT_TARBALL_LIMIT): TarballCache {
  if (folder === null)
    return { get: async () => false, put: async () => {}, place: async () => false, prune: async () => {} }
  const store = join(folder, 'tarballs')
  const sound = new Set<Sha512>()
  let written = 0
  return {
    async get(integrity, spool) {
      // Not there, or not readable.
      const isThere = await fill(spool, join(store, contentPath(integrity))).then(
        () => true,
        () => false,
      )
      const isSound = isThere && spool.bytes().sha512 === integrity
      if (isSound) sound.add(integrity)
      return isSound
    },
    async put(bytes) {
      written += bytes.size
      // A full disk or a read-only folder costs the next run a download and nothing more.
      await writeWholeFile(join(store, contentPath(bytes.sha512)), bytes.read()).then(
        () => sound.add(bytes.sha512),
        () => {},
      )
    },
    async place(integrity, file) {
      if (!sound.has(integrity)) return false
      const path = join(store, contentPath(integrity))
      try {
        // A hard link costs less than a turn of the thread pool.
        linkSync(path, file)
        return true
      } catch {
        // Other file systems take a copy.
        return copyFile(path, file, constants.COPYFILE_EXCL).then(
          () => true,
          () => false,
        )
      }
    },
    async prune() {
      await pruneStore(store, join(folder, 'tarballs-pruned'), limit, written)
      written = 0
    },
  }
}

/** Where a folder of cacache's form keeps the bytes of an integrity. */
export function contentPath(integrity: Sha512): string {
  const hex = Buffer.from(integrity.slice('sha512-'.length), 'base64').toString('hex')
  return join('content-v2', 'sha512', hex.slice(0, 2), hex.slice(2, 4), hex.slice(4))
}

async function fill(spool: Spool, path: string): Promise<void> {
  const handle = await open(path)
  try {
    const { size } = await handle.stat()
    for await (const chunk of readFile(handle, size)) await spool.write(chunk)
  } finally {
    await handle.close()
  }
}
