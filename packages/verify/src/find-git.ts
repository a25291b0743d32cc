// SPDX-License-Identifier: Apache-2.0
import { access, constants, realpath, stat } from 'node:fs/promises'
import { delimiter, dirname, isAbsolute, join, relative, sep } from 'node:path'

/**
 * The nearest folder upwards that holds a `.git`; null where there is none.
 *
 * A folder of the judged tree that is laid out like a bare repository would be taken for one, with refs that its author chose. A `.git`
 * cannot be committed, so git starts where one is.
 */
export async function findTop(from: string): Promise<string | null> {
  if (await stat(join(from, '.git')).catch(() => null)) return from
  const above = dirname(from)
  return above === from ? null : findTop(above)
}

/** The git of `PATH`. Never a program of the tree that is judged: npx and npm put its node_modules/.bin in front of PATH. */
export async function findGit(env: Readonly<Record<string, string | undefined>>, top: string): Promise<string | null> {
  const names = sep === '\\' ? ['git.exe'] : ['git']
  for (const folder of (env['PATH'] ?? env['Path'] ?? '').split(delimiter)) {
    if (!isAbsolute(folder)) continue
    for (const name of names) {
      const program = await realpath(join(folder, name)).catch(() => null)
      if (program === null || isWithin(program, top) || folder.includes('node_modules')) continue
      const isRunnable = await access(program, constants.X_OK).then(
        () => true,
        () => false,
      )
      if (isRunnable) return program
    }
  }
  return null
}

/** Whether a path lies in a folder, or is it. */
export function isWithin(path: string, folder: string): boolean {
  const way = relative(folder, path)
  return !way.startsWith('..') && !isAbsolute(way)
}
