// SPDX-License-Identifier: Apache-2.0
import { createHash } from 'node:crypto'
import type { ReadEntry } from 'tar'
import type { FileListing, ListedFile } from './file-listing.ts'
import { walkTarball } from './walk-tarball.ts'

/**
 * Lists what a tarball holds, as clients unpack it: the first folder of each path is taken off, and of two files with one path the last
 * stands. Give it bytes that were hashed and that `readTarballContents` has looked through, which holds its limits.
 *
 * @throws Error where it is no gzip file
 */
export async function listTarballFiles(bytes: AsyncIterable<Buffer>): Promise<FileListing> {
  const files = new Map<string, ListedFile>()
  await walkTarball(bytes, (entry) => take(entry, files))
  return files
}

function take(entry: ReadEntry, files: Map<string, ListedFile>): void {
  const path = placeOf(entry.path)
  if (path === null || !KEPT.has(entry.type)) {
    entry.resume()
    return
  }
  if (entry.type === 'SymbolicLink') {
    files.set(path, { kind: 'link', target: entry.linkpath ?? '' })
    entry.resume()
    return
  }
  const hash = createHash('sha512')
  // one executable bit makes it executable for all
  const isExecutable = ((entry.mode ?? 0) & 0o111) !== 0
  entry.on('data', (chunk: Buffer) => void hash.update(chunk))
  entry.on('end', () => void files.set(path, { kind: 'file', sha512: hash.digest('hex'), isExecutable }))
}

const KEPT: ReadonlySet<string> = new Set(['File', 'OldFile', 'SymbolicLink'])

// Null where nothing is written: absolute paths, and such as climb.
function placeOf(path: string): string | null {
  const parts = path.split('/')
  if (path.startsWith('/') || parts.includes('..')) return null
  const place = parts.filter((part) => part !== '' && part !== '.').slice(1)
  return place.length === 0 ? null : place.join('/')
}
