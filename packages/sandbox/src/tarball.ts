// SPDX-License-Identifier: Apache-2.0
import { gunzipSync, gzipSync } from 'node:zlib'
import { Header, Parser, Pax } from 'tar'

// The time that npm gives every file in a tarball.
const MTIME = new Date('1985-10-26T08:15:00.000Z')
const BLOCK = 512
const SHRINKWRAP = 'npm-shrinkwrap.json'
const MAX_UNPACKED = 256 * 1024 * 1024
const UNKNOWN_SYSTEM = 255 // RFC 1952, section 2.3.1: the same bytes wherever they were made

/** A packed package. */
export interface Tarball {
  readonly bytes: Buffer
  readonly fileCount: number
  readonly unpackedSize: number
  /** Whether it brings a lockfile for its own dependencies. */
  readonly hasShrinkwrap: boolean
}

/** Packs files as npm does: gzip around tar, everything under `package/`, `package.json` first. The same files give the same bytes. */
export function packTarball(files: ReadonlyMap<string, string | Uint8Array>): Tarball {
  const blocks: Buffer[] = []
  let unpackedSize = 0
  for (const [path, content] of files) {
    const body = Buffer.from(content)
    unpackedSize += body.length
    const fields = { path: `package/${path}`, size: body.length, mode: 0o644, mtime: MTIME, type: 'File' as const }
    const header = new Header(fields)
    // A path or number that does not fit needs a header of its own before it.
    if (header.encode()) blocks.push(new Pax({ path: fields.path, size: fields.size, mtime: MTIME }).encode())
    blocks.push(header.block ?? Buffer.alloc(BLOCK), body, Buffer.alloc((BLOCK - (body.length % BLOCK)) % BLOCK))
  }
  const bytes = gzipSync(Buffer.concat([...blocks, Buffer.alloc(2 * BLOCK)]), { level: 9 })
  bytes[9] = UNKNOWN_SYSTEM
  return { bytes, fileCount: files.size, unpackedSize, hasShrinkwrap: files.has(SHRINKWRAP) }
}

/** Looks through what somebody else packed. Throws where it is no tarball. */
export function readTarball(bytes: Buffer): Tarball {
  const files: { readonly path: string; readonly size: number }[] = []
  const parser = new Parser({
    strict: true,
    onReadEntry(entry) {
      // The folder's name is up to who packs.
      if (entry.type === 'File') files.push({ path: entry.path.slice(entry.path.indexOf('/') + 1), size: entry.size })
      entry.resume()
    },
  })
  const problems: unknown[] = []
  parser.on('error', (error) => problems.push(error))
  parser.end(gunzipSync(bytes, { maxOutputLength: MAX_UNPACKED }))
  if (problems.length > 0 || !files.some(({ path }) => path === 'package.json'))
    throw new TypeError('no tarball of a package')
  const unpackedSize = files.reduce((sum, { size }) => sum + size, 0)
  const hasShrinkwrap = files.some(({ path }) => path === SHRINKWRAP)
  return { bytes, fileCount: files.length, unpackedSize, hasShrinkwrap }
}
