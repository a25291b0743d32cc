// SPDX-License-Identifier: Apache-2.0
import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { parseLockfile } from '@bonafide/lockfile'
import type { Lockfile } from '@bonafide/lockfile'
import type { Plan } from './plan.ts'

/** The lockfile that a plan would be written to, before it is: what is judged is what will stand there. */
export function plannedLockfile({ tree }: Plan, path: string | null): Lockfile {
  // Its own entry for the project says what the project will ask for.
  return parseLockfile(tree.meta.toString(), path === null ? 'package-lock.json' : basename(path))
}

/** The versions that a lockfile holds for the project itself, by name: none is replaced by a lower one. */
export async function lockedVersions(path: string | null): Promise<ReadonlyMap<string, string>> {
  const text = path === null ? null : await readFile(path, 'utf8').catch(() => null)
  if (path === null || text === null) return new Map()
  return new Map(
    parseLockfile(text, basename(path)).entries.flatMap(({ path: place, name, alias, version }) =>
      version === null || place !== `node_modules/${alias ?? name}` ? [] : [[alias ?? name, version]],
    ),
  )
}
