// SPDX-License-Identifier: Apache-2.0
import { Readable } from 'node:stream'
import { walkTarball } from '@bonafide/verify'
import type { ReadEntry } from 'tar'

/** What stands in a tarball. */
export interface TarballEntries {
  /** Paths of its files without the leading folder, in their order. */
  readonly files: readonly string[]
  /** What a package that anybody packs today has no use for, in words. */
  readonly oddities: readonly string[]
}

/** Is shown a file and its bytes. */
export type LookAtFile = (path: string, bytes: Buffer) => void

/**
 * Lists the entries of a tarball, more strictly than clients unpack them: plain files in one folder, each once. Clients forgive links, a second file
 * of the same path or a second folder at the top, each in a way of its own.
 *
 * Give it bytes that `readTarballContents` has looked through, which holds the limits.
 *
 * @throws Error where it is no gzip file
 */
export async function readTarballEntries(tarball: Buffer, look?: LookAtFile): Promise<TarballEntries> {
  const reading = new Reading(look)
  await walkTarball(Readable.from([tarball]), (entry) => reading.take(entry))
  return reading.entries()
}

class Reading {
  readonly #look: LookAtFile | undefined
  readonly #files = new Set<string>()
  readonly #spellings = new Map<string, string>()
  readonly #folders = new Set<string>()
  readonly #tops = new Set<string>()
  readonly #oddities = new Set<string>()

  constructor(look: LookAtFile | undefined) {
    this.#look = look
  }

  take(entry: ReadEntry): void {
    const path = this.#placeOf(entry)
    if (path === null || !this.#isFile(entry, path) || this.#look === undefined) {
      entry.resume()
      return
    }
    const chunks: Buffer[] = []
    entry.on('data', (chunk: Buffer) => void chunks.push(chunk))
    entry.on('end', () => this.#look?.(path, Buffer.concat(chunks)))
  }

  entries(): TarballEntries {
    // The content of a second folder lands in the first: whoever looks at one of them sees half.
    if (this.#tops.size > 1) this.#oddities.add(`folders at the top: ${[...this.#tops].slice(0, 3).join(', ')}`)
    for (const path of this.#files) if (this.#folders.has(path)) this.#oddities.add(`${path} is a file and a folder`)
    return { files: [...this.#files], oddities: [...this.#oddities] }
  }

  #placeOf({ path }: ReadEntry): string | null {
    const [top = '', ...parts] = path.split('/')
    this.#tops.add(top)
    const place = parts.filter((part) => part !== '' && part !== '.')
    if (CONTROL.test(path)) this.#oddities.add('a name with control characters')
    if (path.startsWith('/') || top === '..' || place.includes('..'))
      this.#oddities.add(`${path} leads out of the package`)
    place.slice(0, -1).forEach((_, index) => this.#folders.add(place.slice(0, index + 1).join('/')))
    return place.length === 0 || place.includes('..') ? null : place.join('/')
  }

  #isFile({ type }: ReadEntry, path: string): boolean {
    if (type === 'Directory') {
      this.#folders.add(path)
      return false
    }
    if (type !== 'File' && type !== 'OldFile') {
      this.#oddities.add(`${path} is a ${WORDS.get(type) ?? 'special file'}`)
      return false
    }
    // Of two files with one path the last stands in some clients, and the first in what others show.
    if (this.#files.has(path)) this.#oddities.add(`${path} is there twice`)
    this.#files.add(path)
    // `Index.js` beside `index.js`, or one letter in two forms: on some disks the second takes the place of the first.
    const folded = path.normalize('NFC').toLowerCase()
    const spelling = this.#spellings.get(folded) ?? path
    this.#spellings.set(folded, spelling)
    if (spelling !== path) this.#oddities.add(`${path} takes the place of ${spelling} on some systems`)
    return true
  }
}

// oxlint-disable-next-line no-control-regex -- those are what is looked for
const CONTROL = /[\u0000-\u001f\u007f]/u

const WORDS: ReadonlyMap<string, string> = new Map([
  ['SymbolicLink', 'link'],
  ['Link', 'hard link'],
])
