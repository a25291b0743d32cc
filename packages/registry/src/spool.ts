// SPDX-License-Identifier: Apache-2.0
import { createHash } from 'node:crypto'
import { mkdtemp, open, rm } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { toSha512 } from '@bonafide/core'
import type { Sha512 } from '@bonafide/core'

/** Bytes that were hashed on their way in, and are read again from where nobody else writes. */
export interface SpooledBytes {
  readonly sha512: Sha512
  readonly size: number
  /** The very bytes that were hashed, from the start; may be asked for again. */
  read(): AsyncIterable<Buffer>
}

/** Takes bytes in. Whoever opens one closes it, whatever happens. */
export interface Spool {
  write(chunk: Buffer): Promise<void>
  /** What came in so far. */
  bytes(): SpooledBytes
  /** Whether what came in begins like a gzip file (RFC 1952, section 2.3.1). */
  isGzip(): boolean
  /** Forgets what came in. */
  reset(): Promise<void>
  /** Gives back what it holds, on disk and in memory. */
  close(): Promise<void>
}

/** Up to here bytes stay in memory; most tarballs do. */
const IN_MEMORY = 4 * 1024 * 1024
const CHUNK = 256 * 1024

/**
 * Opens a spool: few bytes stay in memory, many go to a file without a name.
 *
 * Verified bytes that are not the ones used (B25): what was hashed is what is read, since no other process finds the file.
 */
export function openSpool(inMemory: number = IN_MEMORY): Spool {
  let hash = createHash('sha512')
  let chunks: Buffer[] = []
  let size = 0
  let head: Buffer = Buffer.alloc(0)
  let file: ScratchFile | null = null
  const release = async (): Promise<void> => {
    chunks = []
    await file?.close()
    file = null
  }
  return {
    async write(chunk) {
      hash.update(chunk)
      size += chunk.length
      if (head.length < 2) head = Buffer.concat([head, chunk.subarray(0, 2)])
      if (file === null && size <= inMemory) {
        chunks.push(chunk)
        return
      }
      if (file === null) {
        file = await openScratchFile()
        for (const early of chunks) await writeAll(file.handle, early)
        chunks = []
      }
      await writeAll(file.handle, chunk)
    },
    bytes() {
      const sha512 = toSha512(hash.copy().digest())
      const [kept, handle, end] = [chunks, file?.handle, size]
      return { sha512, size, read: () => (handle === undefined ? readMemory(kept) : readFile(handle, end)) }
    },
    isGzip: () => head[0] === 0x1f && head[1] === 0x8b,
    async reset() {
      await release()
      hash = createHash('sha512')
      size = 0
      head = Buffer.alloc(0)
    },
    close: release,
  }
}

async function* readMemory(chunks: readonly Buffer[]): AsyncIterable<Buffer> {
  yield* chunks
}

/**
 * The first `size` bytes of a file.
 *
 * @yields piece by piece
 */
export async function* readFile(handle: FileHandle, size: number): AsyncIterable<Buffer> {
  for (let position = 0; position < size;) {
    const length = Math.min(CHUNK, size - position)
    const { bytesRead, buffer } = await handle.read(Buffer.allocUnsafe(length), 0, length, position)
    if (bytesRead === 0) throw new RangeError('a spooled file ends early')
    position += bytesRead
    yield buffer.subarray(0, bytesRead)
  }
}

async function writeAll(handle: FileHandle, chunk: Buffer): Promise<void> {
  for (let written = 0; written < chunk.length;) {
    written += (await handle.write(chunk, written)).bytesWritten
  }
}

interface ScratchFile {
  readonly handle: FileHandle
  close(): Promise<void>
}

// In a folder that only this user may enter, and gone from there at once where the system lets an open file lose its name.
async function openScratchFile(): Promise<ScratchFile> {
  const folder = await mkdtemp(join(tmpdir(), 'bonafide-tarball-'))
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true }).catch(() => {})
  try {
    const handle = await open(join(folder, 'tarball'), 'wx+', 0o600)
    await remove()
    return {
      handle,
      async close() {
        await handle.close()
        await remove()
      },
    }
  } catch (error) {
    await remove()
    throw error
  }
}
