// SPDX-License-Identifier: Apache-2.0
import { mkdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { BonafideError } from '@bonafide/core'
import { writeFile } from '@bonafide/verify'
import type { FileChange } from './plan-repair.ts'
import { filesBelow } from './repository-files.ts'

/**
 * Writes what was planned, once somebody has said so.
 *
 * @param top - the top of the repository
 * @returns the paths that were written
 * @throws BonafideError `BONAFIDE_WRITE_FAILED`, also where a file is no longer what the plan started from: then nothing is written
 */
export async function writeRepair(
  top: string,
  changes: readonly FileChange[],
  cwd: string,
): Promise<readonly string[]> {
  // An edit of somebody else, made while the question was open.
  const { read } = filesBelow(top)
  for (const { path, before } of changes)
    if (read(path) !== before)
      throw new BonafideError('BONAFIDE_WRITE_FAILED', 'the file changed while a question was open', {
        path,
        wanted: 'the file that the difference was shown of',
        hint: 'bonafide doctor --fix, once more',
      })
  for (const { path, after } of changes) {
    await mkdir(join(top, dirname(path)), { recursive: true }).catch(() => undefined)
    await writeFile(join(top, path), after, cwd)
  }
  return changes.map(({ path }) => path)
}
