// SPDX-License-Identifier: Apache-2.0
import { ContentScanner } from './content-scanner.ts'
import type { LeakCollection } from './leak-collection.ts'
import { readKeptPieces, readPieces, withFile } from './read-pieces.ts'
import { isTarball, scanTarball } from './scan-tarball.ts'
import { reasonOf, walkFiles } from './walk-files.ts'
import type { WalkNotes, WalkedFile } from './walk-files.ts'

/** What was looked through. */
export interface ScannedFiles {
  files: number
  bytes: number
  tarballs: number
}

/** Looks through every file below a path, tarballs to their inside. What cannot be read is noted. */
export async function scanFiles(
  { path, shown }: { readonly path: string; readonly shown: string },
  leaks: LeakCollection,
  notes: WalkNotes,
  counts: ScannedFiles,
  onProgress: (files: number) => void,
): Promise<void> {
  for (const file of walkFiles(path, shown, notes)) {
    try {
      // The path that was named may be a link.
      await withFile(file.path, file.path.equals(Buffer.from(path)), (open) =>
        scanFile(file, open, leaks, notes, counts),
      )
    } catch (error) {
      notes.unread.push({ path: file.shown, reason: reasonOf(error) })
    }
    onProgress(counts.files)
  }
}

async function scanFile(
  { shown }: WalkedFile,
  open: { readonly descriptor: number; readonly size: number },
  leaks: LeakCollection,
  notes: WalkNotes,
  counts: ScannedFiles,
): Promise<void> {
  counts.files += 1
  counts.bytes += open.size
  const scanner = new ContentScanner(shown)
  for (const piece of readPieces(open)) scanner.push(piece)
  for (const found of scanner.end()) leaks.addFile(found, shown, null)
  if (!isTarball(shown)) return
  counts.tarballs += 1
  const { tokens, problem } = await scanTarball(readKeptPieces(open))
  for (const { inner, found } of tokens) leaks.addFile(found, shown, inner)
  if (problem !== null) notes.unread.push({ path: shown, reason: problem })
}
