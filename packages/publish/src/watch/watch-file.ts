// SPDX-License-Identifier: Apache-2.0
import { join, resolve } from 'node:path'
import { parseWatchRecord, renderWatchRecord } from '@bonafide/policy'
import type { WatchRecord } from '@bonafide/policy'
import { readIfThere, show, writeFile } from '@bonafide/verify'

/** The file in which a repository says what it knows of its packages. */
export const WATCH_FILE = 'bonafide.watch.json'

/**
 * Reads what was recorded in a folder; nothing where there is no such file.
 *
 * @throws BonafideError `BONAFIDE_WATCH_UNREADABLE`, `BONAFIDE_WATCH_MALFORMED`
 */
export async function readWatchRecord(cwd: string, dir: string): Promise<WatchRecord> {
  const path = join(resolve(cwd, dir), WATCH_FILE)
  const text = await readIfThere(path, cwd, 'BONAFIDE_WATCH_UNREADABLE')
  return text === undefined ? new Map() : parseWatchRecord(text, show(path, cwd))
}

/**
 * Writes what a person recorded, and returns the file as the user would name it.
 *
 * @throws BonafideError `BONAFIDE_WRITE_FAILED`
 */
export async function writeWatchRecord(recorded: WatchRecord, cwd: string, dir: string): Promise<string> {
  const path = join(resolve(cwd, dir), WATCH_FILE)
  await writeFile(path, renderWatchRecord(recorded), cwd)
  return show(path, cwd)
}
