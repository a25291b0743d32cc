// SPDX-License-Identifier: Apache-2.0
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { isAbsolute, relative } from 'node:path'
import { BonafideError } from '@bonafide/core'
import type { ErrorCode } from '@bonafide/core'

/** Reads the text at an absolute path, or undefined where there is no file: from the disk, or from elsewhere that is like it. */
export type ReadText = (path: string) => Promise<string | undefined>

/** {@link ReadText} from the disk. */
export async function readFromDisk(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (cause) {
    if (isMissing(cause)) return undefined
    throw cause
  }
}

/**
 * Reads a file that need not be there.
 *
 * @throws BonafideError with `code`, the path and the system's reason, where it is there and cannot be read
 */
export async function readIfThere(
  path: string,
  cwd: string,
  code: ErrorCode,
  read: ReadText = readFromDisk,
): Promise<string | undefined> {
  try {
    return await read(path)
  } catch (cause) {
    // Whoever reads from elsewhere than the disk says it better.
    if (cause instanceof BonafideError) throw cause
    throw unreadable(path, cwd, code, reasonOf(cause), cause)
  }
}

/**
 * Reads a file that the user named.
 *
 * @throws BonafideError with `code`, the path and the system's reason
 */
export async function readNamed(
  path: string,
  cwd: string,
  code: ErrorCode,
  read: ReadText = readFromDisk,
): Promise<string> {
  const text = await readIfThere(path, cwd, code, read)
  if (text === undefined) throw unreadable(path, cwd, code, NO_FILE)
  return text
}

function unreadable(path: string, cwd: string, code: ErrorCode, found: string, cause?: unknown): BonafideError {
  const detail = { path: show(path, cwd), found, wanted: 'a file that can be read', cause }
  return new BonafideError(code, 'the file cannot be read', detail)
}

/** The system's reason in words, or its code where there are none. */
export function reasonOf(cause: unknown): string {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unreadable'
  return REASONS.get(code) ?? code
}

const NO_FILE = 'no such file'

const REASONS: ReadonlyMap<string, string> = new Map([
  ['ENOENT', NO_FILE],
  ['ENOTDIR', 'a path that leads through a file'],
  ['EISDIR', 'a folder'],
  ['EACCES', 'a file that may not be read'],
  ['EPERM', 'a file that may not be read'],
])

// A missing file, or a missing folder: ENOTDIR is a path that leads through a file.
function isMissing(cause: unknown): boolean {
  return cause instanceof Error && 'code' in cause && (cause.code === 'ENOENT' || cause.code === 'ENOTDIR')
}

/** A path as the user would write it: relative where it lies below the current folder. */
export function show(path: string, cwd: string): string {
  const short = relative(cwd, path)
  return short === '' ? '.' : short.startsWith('..') || isAbsolute(short) ? path : short
}

/** What is wrong with the bytes of a file that is bound by its digest; null where nothing is. */
export function checkDigest(
  text: string,
  wanted: string,
  path: string,
  cwd: string,
): { readonly path: string; readonly found: string; readonly wanted: string } | null {
  const found = createHash('sha256').update(text).digest('hex')
  return found === wanted ? null : { path: show(path, cwd), found: `sha256 ${found}`, wanted: `sha256 ${wanted}` }
}
