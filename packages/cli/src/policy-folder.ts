// SPDX-License-Identifier: Apache-2.0
import { stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { FILES } from '@bonafide/verify'

/**
 * Where the policy of a release lies: in the folder, or in the nearest one above it, up to `top`; the folder itself where there is none.
 *
 * A package of a workspace would be released by the default limits otherwise, whatever its repository asks for.
 */
export async function policyFolder(dir: string, top: string): Promise<string> {
  for (let folder = dir; ; folder = dirname(folder)) {
    if (await isThere(join(folder, FILES.policy))) return folder
    if (folder === top || dirname(folder) === folder) return dir
  }
}

async function isThere(path: string): Promise<boolean> {
  return (await stat(path).catch(() => null)) !== null
}
