// SPDX-License-Identifier: Apache-2.0
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
  /** Keeps what the bytes of an integrity hold, where it can be kept as it is. */
  put(integrity: Sha512, contents: TarballContents): Promise<void>
  /** Removes the oldest where the folder has outgrown its limit. */
  prune(): Promise<void>
}

// Bytes of the folder, and of what one tarball holds: a package.json is seldom a hundredth of that.
const FOLDER_LIMIT = 128 * 1024 * 1024
const MOST = 256 * 1024

/**
 * Opens (and on the first write makes) the folder of what was seen in tarballs.
 *
 * @param reader - what is kept by another reader does not count
 */
export function openKeptContents(folder: string, seal: CacheSeal, reader: number = READER): KeptContents {
  const cache = openDocumentCache(folder, FOLDER_LIMIT, seal)
  const keyOf = (integrity: Sha512): string => `contents|${reader}|${integrity}`
  return {
    async get(integrity) {
      const kept = await cache.get(keyOf(integrity))
      return kept?.isOurs === true ? readContents(kept.body.toString('utf8')) : null
    },
    async put(integrity, contents) {
      const text = textOf(contents)
      if (text !== null && text.length <= MOST)
        await cache.put(keyOf(integrity), { body: Buffer.from(text), etag: null })
    },
    prune: () => cache.prune(),
  }
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
