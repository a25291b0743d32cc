// SPDX-License-Identifier: Apache-2.0
import { access } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'

/** A folder and all above it, the nearest first. */
export function foldersUpwards(cwd: string): readonly string[] {
  const folder = resolve(cwd)
  const parent = dirname(folder)
  return parent === folder ? [folder] : [folder, ...foldersUpwards(parent)]
}

/** The first of some folders that has a file of a name; null where none has. */
export async function firstWith(folders: readonly string[], file: string): Promise<string | null> {
  for (const folder of folders) {
    const exists = await access(join(folder, file)).then(
      () => true,
      () => false,
    )
    if (exists) return folder
  }
  return null
}
