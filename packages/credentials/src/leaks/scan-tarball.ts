// SPDX-License-Identifier: Apache-2.0
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import { Parser } from 'tar'
import { ContentScanner } from './content-scanner.ts'
import type { FoundToken } from './scan-text.ts'

/** A credential in a file of a tarball. */
export interface PackedToken {
  /** The file's path within the tarball. */
  readonly inner: string
  readonly found: FoundToken
}

/** What a tarball gives away, and why it could not be read to its end; null where it was. */
export interface ScannedTarball {
  readonly tokens: readonly PackedToken[]
  readonly problem: string | null
}

/** How much of a tarball is looked at. */
export interface TarballLimits {
  readonly maxEntries: number
  /** Bytes after decompression. */
  readonly maxUnpacked: number
}

const LIMITS: TarballLimits = { maxEntries: 100_000, maxUnpacked: 2 * 1024 * 1024 * 1024 }

/** Whether a path is that of a tarball, as packages are packed. */
export function isTarball(path: string): boolean {
  return /\.(?:tgz|tar\.gz|tar)$/iu.test(path)
}

/** Looks through every file of a tarball, packed or not. Writes nothing, follows no link, and stops at its limits. */
export async function scanTarball(
  bytes: AsyncIterable<Buffer>,
  limits: TarballLimits = LIMITS,
): Promise<ScannedTarball> {
  const tokens: PackedToken[] = []
  let [entries, unpacked, broken] = [0, 0, '']
  const parser = new Parser({
    onwarn: (code, message) => {
      if (/^TAR_(?:BAD_ARCHIVE|ENTRY_INVALID|ABORT)/u.test(code)) broken = message
    },
    onReadEntry(entry) {
      entries += 1
      const scanner = new ContentScanner(entry.path)
      entry.on('data', (piece: Buffer) => {
        scanner.push(piece)
      })
      entry.on('end', () => void tokens.push(...scanner.end().map((found) => ({ inner: entry.path, found }))))
    },
  })
  try {
    for await (const piece of unpack(bytes)) {
      unpacked += piece.length
      // decompression bomb
      if (unpacked > limits.maxUnpacked) throw new Error(`it unpacks to more than ${limits.maxUnpacked} bytes`)
      if (entries > limits.maxEntries) throw new Error(`it holds more than ${limits.maxEntries} files`)
      parser.write(piece)
    }
    await new Promise<void>((resolve, reject) => {
      parser.on('end', resolve)
      parser.on('error', reject)
      parser.end()
    })
  } catch (error) {
    broken = error instanceof Error ? error.message : 'it cannot be read'
  }
  if (broken === '' && entries === 0) broken = 'it holds no file'
  return { tokens, problem: broken === '' ? null : broken }
}

async function* unpack(bytes: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const pieces = bytes[Symbol.asyncIterator]()
  const first = await pieces.next()
  if (first.done === true) return
  const all = { [Symbol.asyncIterator]: () => withFirst(first.value, pieces) }
  // RFC 1952, 2.3.1: two bytes tell whether it is packed.
  if (first.value[0] !== 0x1f || first.value[1] !== 0x8b) {
    yield* all
    return
  }
  const gunzip = createGunzip()
  const feeding = pipeline(all, gunzip)
  // What went wrong is thrown by the loop; where nobody reads on, it is of no interest.
  feeding.catch(() => {})
  yield* gunzip as AsyncIterable<Buffer>
  await feeding
}

async function* withFirst(first: Buffer, rest: AsyncIterator<Buffer>): AsyncGenerator<Buffer> {
  yield first
  for (let next = await rest.next(); next.done !== true; next = await rest.next()) yield next.value
}
