// SPDX-License-Identifier: Apache-2.0
import { parseEnv } from 'node:util'
import { isFolder, readTextFile } from './text-file.ts'

/** One variable of a `.env` file. */
export interface DotEnvEntry {
  readonly key: string
  readonly value: string
  readonly path: string
  readonly line: number
}

/**
 * Reads a `.env` file; nothing where there is none, or where a folder has that name, as Python's environments do.
 *
 * @throws BonafideError `BONAFIDE_CREDENTIALS_UNREADABLE`
 */
export async function readDotEnv(path: string): Promise<readonly DotEnvEntry[]> {
  const text = (await isFolder(path)) ? null : await readTextFile(path)
  if (text === null) return []
  const lines = text.split(/\r\n|\r|\n/u)
  return Object.entries(parseEnv(text)).map(([key, value]) => {
    const index = lines.findLastIndex(
      (line) =>
        line
          .trim()
          .replace(/^export\s+/u, '')
          .split('=')[0]
          ?.trim() === key,
    )
    return { key, value: value ?? '', path, line: index + 1 }
  })
}
