// SPDX-License-Identifier: Apache-2.0
// A tarball as npm packs it: everything under `package/`, with one time and one owner, so that the same files give the same bytes.
import { gzipSync } from 'node:zlib'

const BLOCK = 512
// The time that npm gives every file in a tarball.
const MTIME = Date.parse('1985-10-26T08:15:00.000Z') / 1000
const UNKNOWN_SYSTEM = 255 // RFC 1952, section 2.3.1: the same bytes wherever they were made

/** Packs files into a gzipped ustar archive (POSIX.1-1988), in the order given. Throws where a path is too long for its form. */
export function packTarball(files: ReadonlyMap<string, Buffer | undefined>): Buffer {
  const blocks: Buffer[] = []
  for (const [path, content = Buffer.alloc(0)] of files)
    blocks.push(header(`package/${path}`, content.length), content, Buffer.alloc(-content.length & (BLOCK - 1)))
  const bytes = gzipSync(Buffer.concat([...blocks, Buffer.alloc(2 * BLOCK)]), { level: 9 })
  bytes[9] = UNKNOWN_SYSTEM
  return bytes
}

function header(path: string, size: number): Buffer {
  const block = Buffer.alloc(BLOCK)
  const [prefix, name] = split(path)
  block.write(name, 0)
  block.write(octal(0o644, 8), 100)
  block.write(octal(0, 8), 108)
  block.write(octal(0, 8), 116)
  block.write(octal(size, 12), 124)
  block.write(octal(MTIME, 12), 136)
  block.write(' '.repeat(8), 148)
  block.write('0', 156)
  block.write('ustar\u000000', 257)
  block.write(prefix, 345)
  const sum = block.reduce((left, right) => left + right, 0)
  block.write(`${sum.toString(8).padStart(6, '0')}\u0000 `, 148)
  return block
}

function octal(value: number, width: number): string {
  return `${value.toString(8).padStart(width - 1, '0')}\u0000`
}

// 100 bytes for the end of a path, 155 for what stands before.
function split(path: string): readonly [prefix: string, name: string] {
  if (Buffer.byteLength(path) <= 100) return ['', path]
  const at = path.indexOf('/', path.length - 101)
  const [prefix, name] = [path.slice(0, at), path.slice(at + 1)]
  if (at === -1 || Buffer.byteLength(path) !== path.length || prefix.length > 155) throw new Error(`too long: ${path}`)
  return [prefix, name]
}
