// SPDX-License-Identifier: Apache-2.0
import { hash } from 'node:crypto'
import { isJsonObject, parseJson } from '@bonafide/core'
import type { Json, Sha512 } from '@bonafide/core'
import { openDocumentCache } from '@bonafide/registry'
import type { CacheSeal } from '@bonafide/registry'
import { READER } from './tarball-contents.ts'
import type { CarriedPackage, TarballContents } from './tarball-contents.ts'

/**
 * What was seen in tarballs, kept by what they hash to and by the reader that saw it: facts, and no verdict over them. Ask it about bytes
 * that were hashed in this run.
 *
 * Facts that somebody else put there, to hide a script: nobody signs them, so they are believed only under this machine's own seal, as
 * metadata is.
 */
export interface KeptContents {
  /** Null where nothing is kept that this machine's own runs saw. */
  get(integrity: Sha512): Promise<TarballContents | null>
  /** Keeps what the bytes of an integrity hold, where it can be kept as it is; on disk only once closed. */
  put(integrity: Sha512, contents: TarballContents): Promise<void>
  /** Writes what was put, and removes the oldest where the folder has outgrown its limit. */
  close(): Promise<void>
}

// Bytes of the folder, of one file in it, and of what one tarball holds: a package.json is seldom a hundredth of that.
const FOLDER_LIMIT = 128 * 1024 * 1024
const FILE_LIMIT = 512 * 1024
const MOST = 256 * 1024

// The texts of one file by integrity, the oldest first.
interface Bucket {
  readonly texts: Map<Sha512, string>
  isChanged: boolean
}

/**
 * Opens (and on the first write makes) the folder of what was seen in tarballs. Many tarballs share a file, since a thousand small files
 * take longer to write than all that is in them; of two runs that end at once, one may forget what it saw.
 *
 * @param reader - what is kept by another reader does not count
 */
export function openKeptContents(folder: string, seal: CacheSeal, reader: number = READER): KeptContents {
  const cache = openDocumentCache(folder, FOLDER_LIMIT, seal)
  const buckets = new Map<string, Promise<Bucket>>()
  const read = async (key: string): Promise<Bucket> => {
    const kept = await cache.get(key)
    return { texts: kept?.isOurs === true ? readTexts(kept.body.toString('utf8')) : new Map(), isChanged: false }
  }
  const bucketOf = (integrity: Sha512): Promise<Bucket> => {
    // By the hash of the integrity, which spreads evenly whatever the integrities are: a file each for the 256 first bytes.
    const key = `contents|${reader}|${hash('sha256', integrity).slice(0, 2)}`
    const bucket = buckets.get(key) ?? read(key)
    buckets.set(key, bucket)
    return bucket
  }
  return {
    async get(integrity) {
      const text = (await bucketOf(integrity)).texts.get(integrity)
      return text === undefined ? null : readContents(text)
    },
    async put(integrity, contents) {
      const text = textOf(contents)
      if (text === null || text.length > MOST) return
      const bucket = await bucketOf(integrity)
      // Anew, since it is the newest now.
      bucket.texts.delete(integrity)
      bucket.texts.set(integrity, text)
      bucket.isChanged = true
    },
    async close() {
      await Promise.all(
        [...buckets].map(async ([key, opened]) => {
          const bucket = await opened
          if (bucket.isChanged) await cache.put(key, { body: Buffer.from(writeTexts(bucket.texts)), etag: null })
          bucket.isChanged = false
        }),
      )
      await cache.prune()
    },
  }
}

// A line for each, as much of the newest as fits: JSON has no line breaks of its own.
function writeTexts(texts: ReadonlyMap<Sha512, string>): string {
  const lines: string[] = []
  let size = 0
  for (const [integrity, text] of [...texts].toReversed()) {
    size += text.length
    if (size > FILE_LIMIT) break
    lines.push(`${integrity} ${text}`)
  }
  return lines.toReversed().join('\n')
}

function readTexts(body: string): Map<Sha512, string> {
  const texts = new Map<Sha512, string>()
  for (const line of body.split('\n')) {
    const gap = line.indexOf(' ')
    // Written by `writeTexts`, or the seal would not hold; a key that is no integrity is never asked for.
    if (gap > 0) texts.set(line.slice(0, gap) as Sha512, line.slice(gap + 1))
  }
  return texts
}

// Null where reading the text would not give the same again: a number too large for JSON's reader is written as null.
function textOf(contents: TarballContents): string | null {
  let isExact = true
  const text = JSON.stringify(contents, (_key, value: unknown) => {
    if (typeof value === 'number' && !Number.isFinite(value)) isExact = false
    return value
  })
  return isExact ? text : null
}

// By the same reader as a manifest in a tarball, so that it is the same value, prototypes included.
function readContents(text: string): TarballContents | null {
  const document = parseJson(text)
  if ('problem' in document || !isJsonObject(document.value)) return null
  const { root: first, bundled: others, hasShrinkwrap, oddities } = document.value
  const root = readCarried(first)
  const bundled = listOf(others, readCarried)
  const odd = listOf(oddities, (item) => (typeof item === 'string' ? item : null))
  if (root === null || bundled === null || odd === null || typeof hasShrinkwrap !== 'boolean') return null
  return { root, bundled, hasShrinkwrap, oddities: odd }
}

function readCarried(value: Json | undefined): CarriedPackage | null {
  if (!isJsonObject(value)) return null
  const { folder, manifest, hasBindingGyp } = value
  if (typeof folder !== 'string' || typeof hasBindingGyp !== 'boolean') return null
  return manifest === null || isJsonObject(manifest) ? { folder, manifest, hasBindingGyp } : null
}

function listOf<T>(value: Json | undefined, read: (item: Json) => T | null): readonly T[] | null {
  if (!Array.isArray(value)) return null
  const items = (value as readonly Json[]).map(read)
  return items.every((item) => item !== null) ? items : null
}
