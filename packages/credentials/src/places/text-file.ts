// SPDX-License-Identifier: Apache-2.0
import { readFile, stat } from 'node:fs/promises'
import { BonafideError } from '@bonafide/core'

// More than anybody writes by hand, and little enough to be held.
const LARGEST = 16 * 1024 * 1024

/**
 * Reads a file in which credentials may stand, without a byte order mark; null where there is none.
 *
 * @throws BonafideError `BONAFIDE_CREDENTIALS_UNREADABLE` where something is there and cannot be read: it is never "no credentials"
 */
export async function readTextFile(path: string): Promise<string | null> {
  let cause: unknown = null
  try {
    const { size } = await statOfFile(path)
    if (size <= LARGEST) return (await readFile(path, 'utf8')).replace(/^\uFEFF/u, '')
  } catch (error) {
    if (isMissing(error)) return null
    cause = error
  }
  throw new BonafideError('BONAFIDE_CREDENTIALS_UNREADABLE', 'a file in which credentials may stand cannot be read', {
    path,
    ...(cause === null ? { found: 'too large' } : { cause }),
  })
}

/** Whether a folder is where a file could be. */
export async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  )
}

/** The error for a file that is not in the form that it should have. It has the place alone: a parser's own words may hold the secret. */
export function malformed(path: string, line: number | null, wanted: string): BonafideError {
  return new BonafideError(
    'BONAFIDE_CREDENTIALS_MALFORMED',
    'a file in which credentials may stand cannot be understood',
    {
      path,
      ...(line === null ? {} : { line }),
      wanted,
    },
  )
}

// A pipe would keep the reader waiting for ever.
async function statOfFile(path: string): Promise<{ readonly size: number }> {
  const found = await stat(path)
  if (!found.isFile()) throw new Error('not a file')
  return found
}

function isMissing(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : null
  return code === 'ENOENT' || code === 'ENOTDIR'
}
