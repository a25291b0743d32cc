// SPDX-License-Identifier: Apache-2.0
// Archives as nobody's packer makes them: every entry as it is told, in the form of POSIX.1-1988 (ustar).
import { createHash } from 'node:crypto'
import { gzipSync } from 'node:zlib'

/** One entry of an archive. */
export interface ArchiveEntry {
  readonly path: string
  readonly body?: string | Buffer
  /** The type's character: a file where it is left out, `1` a hard link, `2` a symbolic link, `5` a folder, `6` a pipe. */
  readonly type?: string
  readonly target?: string
}

const BLOCK = 512

/** The blocks of some entries, without the end of an archive. */
export function entriesOf(entries: readonly ArchiveEntry[]): Buffer {
  return Buffer.concat(
    entries.flatMap(({ path, body = '', type = '0', target = '' }) => {
      const content = Buffer.from(body)
      const header = Buffer.alloc(BLOCK)
      header.write(path, 0, 100)
      header.write('0000644\0', 100)
      header.write(`${content.length.toString(8).padStart(11, '0')}\0`, 124)
      header.write('00000000000\0', 136)
      header.write(type, 156)
      header.write(target, 157, 100)
      header.write('ustar\u000000', 257)
      header.write('        ', 148)
      const sum = header.reduce((total, byte) => total + byte, 0)
      header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148)
      return [header, content, Buffer.alloc((BLOCK - (content.length % BLOCK)) % BLOCK)]
    }),
  )
}

/** The end of an archive. */
export const END: Buffer = Buffer.alloc(2 * BLOCK)

/** A compressed archive. */
export function archive(entries: readonly ArchiveEntry[]): Buffer {
  return gzipSync(Buffer.concat([entriesOf(entries), END]))
}

/** The integrity of bytes. */
export function integrityOf(bytes: Buffer): string {
  return `sha512-${createHash('sha512').update(bytes).digest('base64')}`
}
