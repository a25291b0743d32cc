// SPDX-License-Identifier: Apache-2.0
import { createHash } from 'node:crypto'
import { mkdir, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import writeFileAtomic from 'write-file-atomic'
import type { TufFiles } from './tuf-fetcher.ts'
import type { TufRepository } from './tuf-session.ts'

/** What is kept of a TUF repository between runs: one file, replaced as a whole, so that processes never see half of it. */
export interface TufRecord {
  readonly files: TufFiles
  /** When the files were last confirmed by the mirror, by our own clock. */
  readonly refreshed: Date
}

/** Reads the record; null where there is none, or none that can be read. What it says still has to be verified. */
export async function readTufRecord(cacheDir: string | null, repository: TufRepository): Promise<TufRecord | null> {
  if (cacheDir === null) return null
  try {
    const record: unknown = JSON.parse(await readFile(recordPath(cacheDir, repository), 'utf8'))
    if (typeof record !== 'object' || record === null || !('files' in record) || !('refreshed' in record)) return null
    const refreshed = new Date(String(record.refreshed))
    if (Number.isNaN(refreshed.getTime()) || typeof record.files !== 'object' || record.files === null) return null
    const files: TufFiles = new Map()
    for (const [path, body] of Object.entries(record.files)) files.set(path, Buffer.from(String(body), 'base64'))
    return { files, refreshed }
  } catch {
    return null
  }
}

/** Replaces the record. A folder that cannot be written costs the next run a refresh and nothing more. */
export async function writeTufRecord(
  cacheDir: string | null,
  repository: TufRepository,
  record: TufRecord,
): Promise<void> {
  if (cacheDir === null) return
  const path = recordPath(cacheDir, repository)
  const files = Object.fromEntries([...record.files].map(([name, body]) => [name, body.toString('base64')]))
  try {
    await mkdir(dirname(path), { recursive: true })
    await writeFileAtomic(path, `${JSON.stringify({ refreshed: record.refreshed.toISOString(), files })}\n`)
  } catch {
    // See above.
  }
}

/** Another mirror, or another root to start from, is another record. */
function recordPath(cacheDir: string, repository: TufRepository): string {
  const id = createHash('sha256').update(repository.mirror).update('\0').update(repository.root).digest('hex')
  return join(cacheDir, 'tuf', `${id.slice(0, 32)}.json`)
}
