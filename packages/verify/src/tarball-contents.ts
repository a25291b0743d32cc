// SPDX-License-Identifier: Apache-2.0
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import { isJsonObject, parseJson } from '@bonafide/core'
import type { JsonObject } from '@bonafide/core'
import { Parser } from 'tar'
import type { ReadEntry } from 'tar'

/** A package that a tarball carries: its own at the root, those of its bundle below `node_modules`. */
export interface CarriedPackage {
  /** Empty for the root, else such as `node_modules/a/node_modules/b`. */
  readonly folder: string
  /** Its `package.json`; null where that is missing or cannot be read. */
  readonly manifest: JsonObject | null
  readonly hasBindingGyp: boolean
}

/** What a tarball holds, as far as installing acts on it. */
export interface TarballContents {
  readonly root: CarriedPackage
  readonly bundled: readonly CarriedPackage[]
  readonly hasShrinkwrap: boolean
  /** What clients would not all read the same way, or not read at all, in words; empty for an honest tarball. */
  readonly oddities: readonly string[]
}

/** How much of a tarball is looked at. */
export interface TarballLimits {
  readonly maxEntries: number
  /** Bytes after decompression. */
  readonly maxUnpacked: number
  /** Bytes of one `package.json`. */
  readonly maxManifest: number
}

/**
 * Which reader this is: what others saw in a tarball is not kept for it. Raise it with every change to what is seen, here, in the reader of JSON
 * or in npm's reader of archives; a test holds it against all three.
 */
export const READER = 1

const LIMITS: TarballLimits = {
  maxEntries: 250_000,
  maxUnpacked: 2 * 1024 * 1024 * 1024,
  maxManifest: 8 * 1024 * 1024,
}

/**
 * Looks through the bytes of a tarball with npm's own reader, as npm extracts it: the first folder of each path is taken off whatever its
 * name, links are left out, and of two files with one path the last stands. Where that leaves room for another reading, an oddity says so.
 *
 * Give it bytes that were hashed. Never writes, never follows a link, and stops at its limits.
 */
export async function readTarballContents(
  bytes: AsyncIterable<Buffer>,
  limits: TarballLimits = LIMITS,
): Promise<TarballContents> {
  const reading = new Reading(limits)
  const gunzip = createGunzip({ chunkSize: CHUNK })
  const feeding = pipeline(bytes, gunzip).catch(() => {})
  try {
    for await (const chunk of gunzip as AsyncIterable<Buffer>) if (!reading.take(chunk)) break
  } catch {
    reading.odd('no gzip file, or one that ends early')
  } finally {
    gunzip.destroy()
    await feeding
  }
  return reading.contents()
}

interface Carried {
  manifests: Buffer[]
  hasBindingGyp: boolean
}

class Reading {
  readonly #limits: TarballLimits
  readonly #parser: Parser
  readonly #carried = new Map<string, Carried>()
  readonly #oddities = new Set<string>()
  /** Paths that clients act on, by how they would read on a file system that does not tell cases apart. */
  readonly #spellings = new Map<string, string>()
  #hasShrinkwrap = false
  #isCut = false
  #hasEnded = false
  #isOver = false
  #head: Buffer = Buffer.alloc(0)
  #entry: ReadEntry | null = null
  #fed = 0
  #entries = 0
  #unpacked = 0

  constructor(limits: TarballLimits) {
    this.#limits = limits
    this.#parser = new Parser({
      onReadEntry: (entry) => this.#take(entry),
      onwarn: (_code, message) => this.odd(`a damaged archive: ${message}`),
    })
    this.#parser.on('ignoredEntry', () => this.odd('an entry of a kind that not every client knows'))
    // One empty block is the end to some, and two to npm; some read on behind those.
    this.#parser.on('nullBlock', () => (this.#hasEnded = true))
    this.#parser.on('eof', () => (this.#isOver = true))
  }

  odd(text: string): void {
    this.#oddities.add(text)
  }

  /** False where there is no more to be looked at. */
  take(chunk: Buffer): boolean {
    // A tarball within a tarball, which some would open.
    if (this.#head.length < 4) this.#head = Buffer.concat([this.#head, chunk.subarray(0, 4)])
    if (isCompressed(this.#head)) return this.#cut('what is unpacked is compressed once more')
    this.#unpacked += chunk.length
    // Decompression bomb: little on the wire, and the disk is full.
    if (this.#unpacked > this.#limits.maxUnpacked)
      return this.#cut(`unpacks to more than ${this.#limits.maxUnpacked} bytes`)
    for (let at = 0; at < chunk.length && !this.#isCut;) {
      if (this.#isOver) {
        if (chunk.subarray(at).some((byte) => byte !== 0)) this.odd('something behind the end of the archive')
        break
      }
      // Headers one by one, or what stands behind the last one would go unnoticed; bodies as they come.
      const body = this.#entry?.blockRemain ?? 0
      // The reader may hold part of a block back, so the last block of a body is fed like a header. Never less than one byte.
      const step = body > 2 * BLOCK ? body - BLOCK : BLOCK - (this.#fed % BLOCK)
      const part = chunk.subarray(at, at + step)
      // Every entry is read on at once, so that nothing piles up.
      this.#parser.write(part)
      this.#fed += part.length
      at += part.length
    }
    return !this.#isCut
  }

  contents(): TarballContents {
    if (!this.#isCut) this.#parser.end()
    const { root, bundled } = this.#packages()
    if (root.manifest === null && this.#oddities.size === 0) this.odd('no package.json')
    return { root, bundled, hasShrinkwrap: this.#hasShrinkwrap, oddities: [...this.#oddities] }
  }

  #cut(reason: string): false {
    this.odd(reason)
    this.#isCut = true
    return false
  }

  #take(entry: ReadEntry): void {
    this.#entry = entry
    this.#entries += 1
    if (this.#entries > this.#limits.maxEntries) this.#cut(`more than ${this.#limits.maxEntries} files`)
    if (this.#hasEnded) this.odd('something behind the end of the archive')
    const path = this.#placeOf(entry)
    const carried = path === null || this.#isCut ? null : this.#look(entry, path)
    if (carried !== null) {
      const chunks: Buffer[] = []
      entry.on('data', (chunk: Buffer) => void chunks.push(chunk))
      entry.on('end', () => void carried.manifests.push(Buffer.concat(chunks)))
    } else entry.resume()
  }

  // The package whose manifest this is; null for everything else.
  #look(entry: ReadEntry, path: string): Carried | null {
    if (entry.type === 'Directory' || entry.type === 'GNUDumpDir') {
      // A folder in the manifest's place, beside which some loaders look for another file.
      if (WATCHED.test(fold(path))) this.odd(`${path} is a folder`)
      return null
    }
    if (FILES.has(entry.type)) return this.#file(entry, path)
    this.#special(entry, path)
    return null
  }

  // Links: npm leaves them out, others make them.
  #special({ type, linkpath = '' }: ReadEntry, path: string): void {
    const isSymbolic = type === 'SymbolicLink'
    if (!isSymbolic && type !== 'Link') this.odd(`${path} is neither file nor link`)
    else if (WATCHED.test(fold(path))) this.odd(`${path} is a link`)
    else if (isAbsolute(linkpath) || climbs(isSymbolic ? `${path}/../${linkpath}` : linkpath))
      this.odd(`${path} is a link out of the package`)
  }

  #file(entry: ReadEntry, path: string): Carried | null {
    const folded = fold(path)
    if (!WATCHED.test(folded)) return null
    // `Package.json` beside `package.json`: which of them counts is up to the disk.
    const spelling = this.#spellings.get(folded) ?? path
    this.#spellings.set(folded, spelling)
    if (spelling !== path || !WATCHED.test(path)) this.odd(`${path} is ${folded} on some systems`)
    const slash = path.lastIndexOf('/')
    const [folder, file] = [path.slice(0, Math.max(slash, 0)), path.slice(slash + 1)]
    if (file === 'npm-shrinkwrap.json') {
      this.#hasShrinkwrap = true
      return null
    }
    const carried = this.#carried.get(folder) ?? { manifests: [], hasBindingGyp: false }
    this.#carried.set(folder, carried)
    if (file === 'binding.gyp') carried.hasBindingGyp = true
    if (file !== 'package.json') return null
    if (entry.size <= this.#limits.maxManifest) return carried
    this.odd(`${path} has more than ${this.#limits.maxManifest} bytes`)
    return null
  }

  // The path below the package's folder; null where npm would write nothing.
  #placeOf({ path, globalExtended }: ReadEntry): string | null {
    if (globalExtended?.path !== undefined) this.odd('one path for all files, which only some clients obey')
    if (path.includes('\\')) this.odd(`${path} is another path on some systems`)
    const [, ...parts] = path.split('/')
    // Out of the package, and over somebody else's files.
    if (parts.includes('..') || path.startsWith('/')) {
      this.odd(`${path} leads out of the package`)
      return null
    }
    const place = parts.filter((part) => part !== '' && part !== '.').join('/')
    return place === '' ? null : place
  }

  #packages(): { readonly root: CarriedPackage; readonly bundled: readonly CarriedPackage[] } {
    const all = [...this.#carried].map(([folder, { manifests, hasBindingGyp }]): CarriedPackage => {
      return { folder, manifest: this.#manifest(folder, manifests), hasBindingGyp }
    })
    const root = all.find(({ folder }) => folder === '') ?? { folder: '', manifest: null, hasBindingGyp: false }
    return { root, bundled: all.filter((carried) => carried !== root && carried.manifest !== null) }
  }

  #manifest(folder: string, manifests: readonly Buffer[]): JsonObject | null {
    const last = manifests.at(-1)
    if (last === undefined) return null
    const path = folder === '' ? 'package.json' : `${folder}/package.json`
    // The last one stands where npm unpacks, the first where others look it up.
    if (manifests.some((other) => !other.equals(last))) this.odd(`${path} is there twice`)
    const document = parseJson(last.toString('utf8'))
    if ('problem' in document || !isJsonObject(document.value)) {
      if (folder === '') this.odd(`${path} is no JSON object`)
      return null
    }
    // Of two values for one key each reader has its favourite.
    const twice = document.duplicates.map((duplicate) => duplicate.path[0]).filter((key) => ACTED_ON.has(String(key)))
    if (folder === '' && twice.length > 0) this.odd(`${path} says ${[...new Set(twice)].join(', ')} twice`)
    return document.value
  }
}

const BLOCK = 512

// What is unpacked at once: with Node.js' 16 kB a tenth more processor time goes into handing pieces over.
const CHUNK = 64 * 1024

const FILES: ReadonlySet<string> = new Set(['File', 'OldFile', 'ContiguousFile'])

// The files that installing acts on: at the root, and at the root of every package of a bundle.
const WATCHED = /^(?:(?:node_modules\/(?:@[^/]+\/)?[^/@]+\/)*(?:package\.json|binding\.gyp)|npm-shrinkwrap\.json)$/u

const ACTED_ON: ReadonlySet<string> = new Set([
  'name',
  'version',
  'dependencies',
  'optionalDependencies',
  'peerDependencies',
  'peerDependenciesMeta',
  'bundleDependencies',
  'bundledDependencies',
  'scripts',
  'gypfile',
  'bin',
  'directories',
  'os',
  'cpu',
  'libc',
])

// As a file system reads a path that tells neither cases nor ways of composing a letter apart.
function fold(path: string): string {
  return path.normalize('NFKC').toLowerCase()
}

function isAbsolute(target: string): boolean {
  return /^(?:\/|[a-z]:)|\\/iu.test(target)
}

function climbs(target: string): boolean {
  let depth = 0
  for (const part of target.split('/')) {
    if (part === '..') depth -= 1
    else if (part !== '' && part !== '.') depth += 1
    if (depth < 0) return true
  }
  return false
}

// RFC 1952, section 2.3.1, and RFC 8878, section 3.1.1: gzip and Zstandard.
function isCompressed(head: Buffer): boolean {
  return (head[0] === 0x1f && head[1] === 0x8b) || (head.length >= 4 && head.readUInt32LE(0) === 0xfd2fb528)
}
