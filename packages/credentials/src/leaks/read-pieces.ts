// SPDX-License-Identifier: Apache-2.0
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs'

/** A file that was opened for reading, and is none of another kind. */
export interface OpenFile {
  readonly descriptor: number
  /** Bytes, as they were when it was opened. */
  readonly size: number
}

// Absent on some systems.
const NO_LINK = constants.O_NOFOLLOW ?? 0
const NO_WAIT = constants.O_NONBLOCK ?? 0

/**
 * Opens a plain file and gives it to a function; closes it afterwards.
 *
 * A file that became a link or a pipe since its folder was listed: the first is not followed, and opening the second does not wait for a
 * writer that never comes.
 *
 * @throws Error of the system, and where it is no plain file
 */
export async function withFile<T>(path: Buffer, isNamed: boolean, use: (file: OpenFile) => Promise<T> | T): Promise<T> {
  const file = open(path, isNamed)
  try {
    return await use(file)
  } finally {
    closeSync(file.descriptor)
  }
}

/** The beginning of a file, as much as is read at once. @throws Error as {@link withFile} */
export function readHead(path: Buffer): Buffer {
  const file = open(path, false)
  try {
    const [head = Buffer.alloc(0)] = readPieces(file)
    return Buffer.from(head)
  } finally {
    closeSync(file.descriptor)
  }
}

function open(path: Buffer, isNamed: boolean): OpenFile {
  const descriptor = openSync(path, constants.O_RDONLY | NO_WAIT | (isNamed ? 0 : NO_LINK))
  const about = fstatSync(descriptor)
  if (about.isFile()) return { descriptor, size: about.size }
  closeSync(descriptor)
  throw new Error('no plain file')
}

const PIECE = 1024 * 1024
const shared = Buffer.allocUnsafeSlow(PIECE)

/**
 * A file from its beginning to its end, a piece at a time.
 *
 * @yields a piece that the next one overwrites
 */
export function* readPieces({ descriptor, size }: OpenFile): Generator<Buffer> {
  // A log that grows faster than it is read has no end.
  const end = Math.max(size, PIECE)
  for (let at = 0; at < end;) {
    const length = readSync(descriptor, shared, 0, PIECE, at)
    if (length === 0) return
    at += length
    yield shared.subarray(0, length)
  }
}

/**
 * The same for whoever keeps the pieces.
 *
 * @yields a piece that stays as it is
 */
export async function* readKeptPieces(file: OpenFile): AsyncGenerator<Buffer> {
  for (const piece of readPieces(file)) yield Buffer.from(piece)
}
