// SPDX-License-Identifier: Apache-2.0
import { createHash } from 'node:crypto'
import type { Readable } from 'node:stream'
import { fromBuffer } from 'yauzl'
import type { Entry, ZipFile } from 'yauzl'
import type { FileListing, ListedFile } from './file-listing.ts'

/** How much of an archive is looked at. */
export interface ArchiveLimits {
  readonly maxEntries: number
  /** Bytes after decompression. */
  readonly maxUnpacked: number
}

const LIMITS: ArchiveLimits = { maxEntries: 60_000, maxUnpacked: 2 * 1024 * 1024 * 1024 }

/** What an archive holds, or why it is none that Yarn makes. */
export type ArchiveListing =
  | { readonly state: 'listed'; readonly files: FileListing }
  | { readonly state: 'odd'; readonly problem: string }

/**
 * Lists what an archive of Yarn's cache holds below `node_modules/NAME`.
 *
 * Every byte has to belong to a file or to the directory that names it, in the one order in which Yarn writes: two readers of one zip
 * file (by its directory, by its local headers, from its front, by an end that stands in a comment) would else see two packages. Never
 * writes, never follows a link, and stops at its limits.
 */
export async function listArchiveFiles(
  bytes: Buffer,
  name: string,
  limits: ArchiveLimits = LIMITS,
): Promise<ArchiveListing> {
  try {
    return { state: 'listed', files: await list(bytes, name, limits) }
  } catch (error) {
    return { state: 'odd', problem: error instanceof Error ? error.message : 'it cannot be read' }
  }
}

class OddArchive extends Error {}

async function list(bytes: Buffer, name: string, limits: ArchiveLimits): Promise<FileListing> {
  const zip = await open(bytes)
  const entries = await entriesOf(zip, limits)
  checkLayout(bytes, entries)
  const files = new Map<string, ListedFile>()
  const seen = new Set<string>()
  const prefix = `node_modules/${name}/`
  let left = limits.maxUnpacked
  for (const entry of entries) {
    const path = entry.fileName
    // of two files with one name each reader has its favourite
    if (seen.has(path)) throw new OddArchive(`${path} stands twice`)
    seen.add(path)
    // a folder is made for whatever stands in it
    if (path.endsWith('/')) {
      if (!path.startsWith(prefix) && !prefix.startsWith(path)) throw new OddArchive(`${path} is outside of ${prefix}`)
      continue
    }
    // a file of another package, or above all of them
    const place = path.startsWith(prefix) ? path.slice(prefix.length) : ''
    if (place === '' || place.split('/').some((part) => part === '' || part === '.' || part === '..'))
      throw new OddArchive(`${path} is outside of ${prefix}`)
    left -= entry.uncompressedSize
    // decompression bomb
    if (left < 0) throw new OddArchive(`it unpacks to more than ${limits.maxUnpacked} bytes`)
    files.set(place, await listed(zip, entry))
  }
  return files
}

function open(bytes: Buffer): Promise<ZipFile> {
  return new Promise((resolve, reject) => {
    const options = { lazyEntries: true, strictFileNames: true, validateEntrySizes: true }
    fromBuffer(bytes, options, (error, zip) => (error === null ? resolve(zip) : reject(error)))
  })
}

function entriesOf(zip: ZipFile, { maxEntries }: ArchiveLimits): Promise<readonly Entry[]> {
  return new Promise((resolve, reject) => {
    const entries: Entry[] = []
    if (zip.entryCount > maxEntries) {
      reject(new OddArchive(`it holds more than ${maxEntries} files`))
      return
    }
    zip.on('entry', (entry: Entry) => {
      entries.push(entry)
      zip.readEntry()
    })
    zip.on('error', reject)
    zip.on('end', () => resolve(entries))
    zip.readEntry()
  })
}

// APPNOTE 6.3.10, 4.3.7, 4.3.12 and 4.3.16: sizes of a local header, an entry of the directory and the end of it.
const LOCAL = 30
const ENTRY = 46
const END = 22

// A second directory, or a file that only some readers see: nothing lies between the files, and nothing before, behind or beside them.
function checkLayout(bytes: Buffer, entries: readonly Entry[]): void {
  let at = 0
  let directory = 0
  for (const entry of entries) {
    const nameAt = at + LOCAL
    const isHere =
      entry.relativeOffsetOfLocalHeader === at &&
      bytes.length >= nameAt &&
      bytes.readUInt16LE(at + 26) === entry.fileNameLength &&
      bytes.readUInt16LE(at + 28) === 0 &&
      bytes.subarray(nameAt, nameAt + entry.fileNameLength).equals(entry.fileNameRaw)
    if (!isHere) throw new OddArchive(`${entry.fileName} does not stand where it should`)
    const isPlain =
      entry.extraFieldLength === 0 &&
      entry.fileCommentLength === 0 &&
      // neither encrypted, nor with its sizes behind it; its name may be in UTF-8
      (entry.generalPurposeBitFlag & ~0x0806) === 0 &&
      bytes.readUInt16LE(at + 8) === entry.compressionMethod &&
      bytes.readUInt32LE(at + 18) === entry.compressedSize &&
      bytes.readUInt32LE(at + 22) === entry.uncompressedSize
    if (!isPlain) throw new OddArchive(`${entry.fileName} is not stored as Yarn stores files`)
    const dataAt = nameAt + entry.fileNameLength
    at = dataAt + entry.compressedSize
    directory += ENTRY + entry.fileNameLength
    // What is compressed can be made to hold any bytes, such as the end of another directory; what is not is compared as it is.
    if (entry.compressionMethod !== 0 && bytes.subarray(dataAt, at).includes(END_MARK))
      throw new OddArchive(`${entry.fileName} hides the end of an archive`)
  }
  const end = at + directory
  const isWhole =
    bytes.length === end + END && bytes.readUInt32LE(end + 16) === at && bytes.readUInt32LE(end + 12) === directory
  if (!isWhole) throw new OddArchive('it holds more than its files')
}

const END_MARK = Buffer.from('PK\u0005\u0006', 'latin1')

async function listed(zip: ZipFile, entry: Entry): Promise<ListedFile> {
  const mode = entry.externalFileAttributes >>> 16
  const kind = mode & 0o170000
  const hash = createHash('sha512')
  const chunks: Buffer[] = []
  for await (const chunk of (await openEntry(zip, entry)) as AsyncIterable<Buffer>) {
    hash.update(chunk)
    if (kind === 0o120000) chunks.push(chunk)
  }
  if (kind === 0o120000) return { kind: 'link', target: Buffer.concat(chunks).toString() }
  // a device, a pipe, or a file that runs as its owner
  if (kind !== 0o100000 || (mode & 0o7000) !== 0) throw new OddArchive(`${entry.fileName} is neither file nor link`)
  return { kind: 'file', sha512: hash.digest('hex'), isExecutable: (mode & 0o111) !== 0 }
}

function openEntry(zip: ZipFile, entry: Entry): Promise<Readable> {
  return new Promise((resolve, reject) => {
    zip.openReadStream(entry, (error, stream) => (error === null ? resolve(stream) : reject(error)))
  })
}
