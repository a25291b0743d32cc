// SPDX-License-Identifier: Apache-2.0
import { readFile, stat } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'

/** The files in which clients lock what they install. */
export const LOCKFILE_NAMES = [
  'npm-shrinkwrap.json',
  'package-lock.json',
  'pnpm-lock.yaml',
  'yarn.lock',
  'bun.lock',
  'bun.lockb',
] as const

/** A project's lockfiles as they stand on disk: text by file name. */
export type LockTexts = ReadonlyMap<string, string>

/** Reads the lockfiles of a folder; those that are not there are left out. */
export async function readLockTexts(dir: string): Promise<LockTexts> {
  const found = await Promise.all(
    LOCKFILE_NAMES.map(async (name) => {
      const text = await readFile(join(dir, name), 'utf8').catch(unlessThere)
      return text === null ? [] : [[name, text] as const]
    }),
  )
  return new Map(found.flat())
}

/** The names of lockfiles that differ, in either direction. */
export function changedLocks(before: LockTexts, after: LockTexts): readonly string[] {
  return LOCKFILE_NAMES.filter((name) => before.get(name) !== after.get(name))
}

/**
 * The folder whose lockfile a client that is started in `cwd` would use: the nearest one upwards that has any, else `cwd` itself.
 * In a workspace's folder that is the workspace's root.
 */
export async function findLockFolder(cwd: string): Promise<string> {
  for (let folder = resolve(cwd); ; folder = dirname(folder)) {
    const isThere = await Promise.all(
      LOCKFILE_NAMES.map((name) =>
        stat(join(folder, name)).then(
          (found) => found.isFile(),
          () => false,
        ),
      ),
    )
    if (isThere.includes(true)) return folder
    if (folder === dirname(folder)) return resolve(cwd)
  }
}

function unlessThere(error: unknown): null {
  if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'EISDIR')) return null
  throw error
}
