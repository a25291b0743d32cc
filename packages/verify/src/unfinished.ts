// SPDX-License-Identifier: Apache-2.0
import { lstat } from 'node:fs/promises'
import { join } from 'node:path'

/** What stands in a project, by its path there, while `node_modules` is being changed; whoever installs writes it first and removes it last. */
export const UNFINISHED = 'node_modules/.bonafide-unfinished'

/**
 * Tells whether an installation was cut off in the middle: `node_modules` is then neither the old tree nor the new, whatever the lockfile
 * says. Anything of that name counts, a link that leads nowhere too, and a folder that cannot be looked into.
 */
export async function isUnfinished(dir: string): Promise<boolean> {
  return lstat(join(dir, ...UNFINISHED.split('/'))).then(
    () => true,
    ({ code }: NodeJS.ErrnoException) => code !== 'ENOENT' && code !== 'ENOTDIR',
  )
}
