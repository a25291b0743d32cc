// SPDX-License-Identifier: Apache-2.0
import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { isJsonObject, parseJson } from '@bonafide/core'
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
  const document = text === null ? null : parseJson(text)
  const packages =
    document === null || 'problem' in document || !isJsonObject(document.value) ? null : document.value['packages']
  if (!isJsonObject(packages)) return new Map()
  return new Map(
    Object.entries(packages).flatMap(([place, entry]) => {
      const name = place.startsWith('node_modules/') ? place.slice('node_modules/'.length) : ''
      const version = isJsonObject(entry) ? entry['version'] : undefined
      return name.includes('node_modules/') || name === '' || typeof version !== 'string' ? [] : [[name, version]]
    }),
  )
}
