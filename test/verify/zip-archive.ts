// SPDX-License-Identifier: Apache-2.0
// Zip files by hand: honest ones, as Yarn writes them, and such as two readers read in two ways.
import { crc32, deflateRawSync } from 'node:zlib'

/** One file of an archive. */
export interface ZipPart {
  readonly name: string
  readonly content: Buffer
  readonly mode?: number
  readonly isDeflated?: boolean
  /** The stored bytes, where they are not those of the content. */
  readonly raw?: Buffer
  /** The name in the local header, where it is another one. */
  readonly localName?: string
  readonly extra?: Buffer
  /** Bytes in front of it that belong to nothing. */
  readonly gap?: number
}

/** An archive of these files, in this order. */
export function zipOf(parts: readonly ZipPart[], comment = ''): Buffer {
  const locals: Buffer[] = []
  const directory: Buffer[] = []
  let at = 0
  for (const part of parts) {
    const {
      name,
      content,
      mode = 0o100644,
      isDeflated = false,
      localName = name,
      extra = Buffer.alloc(0),
      gap = 0,
    } = part
    const data = part.raw ?? (isDeflated ? deflateRawSync(content) : content)
    const head = Buffer.alloc(26)
    head.writeUInt16LE(20, 0)
    head.writeUInt16LE(isDeflated ? 8 : 0, 4)
    head.writeUInt32LE(crc32(content), 10)
    head.writeUInt32LE(data.length, 14)
    head.writeUInt32LE(content.length, 18)
    head.writeUInt16LE(extra.length, 24)
    const local = Buffer.from(head)
    local.writeUInt16LE(Buffer.byteLength(localName), 22)
    head.writeUInt16LE(Buffer.byteLength(name), 22)
    const tail = Buffer.alloc(14)
    tail.writeUInt32LE((mode * 0x10000) >>> 0, 6)
    tail.writeUInt32LE(at + gap, 10)
    const block = Buffer.concat([
      Buffer.alloc(gap),
      Buffer.from('PK\u0003\u0004'),
      local,
      Buffer.from(localName),
      extra,
      data,
    ])
    locals.push(block)
    directory.push(Buffer.from('PK\u0001\u0002'), Buffer.from([20, 3]), head, tail, Buffer.from(name), extra)
    at += block.length
  }
  const entries = Buffer.concat(directory)
  const end = Buffer.alloc(18)
  end.writeUInt16LE(parts.length, 4)
  end.writeUInt16LE(parts.length, 6)
  end.writeUInt32LE(entries.length, 8)
  end.writeUInt32LE(at, 12)
  end.writeUInt16LE(Buffer.byteLength(comment), 16)
  return Buffer.concat([...locals, entries, Buffer.from('PK\u0005\u0006'), end, Buffer.from(comment)])
}
