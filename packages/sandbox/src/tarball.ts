// SPDX-License-Identifier: Apache-2.0
import { gzipSync } from 'node:zlib'
import { Header, Pax } from 'tar'

// The time that npm gives every file in a tarball.
const MTIME = new Date('1985-10-26T08:15:00.000Z')
const BLOCK = 512
const UNKNOWN_SYSTEM = 255 // RFC 1952, section 2.3.1: the same bytes wherever they were made

/** A packed package. */
export interface Tarball {
  readonly bytes: Buffer
  readonly fileCount: number
  readonly unpackedSize: number
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
  return { bytes, fileCount: files.size, unpackedSize }
}
