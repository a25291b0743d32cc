// SPDX-License-Identifier: Apache-2.0
import { lstat, mkdir, open, readdir, realpath, rm } from 'node:fs/promises'
import { isAbsolute, join, relative } from 'node:path'
import { UNFINISHED } from '@bonafide/verify'

const [FOLDER = '', MARKER = ''] = UNFINISHED.split('/')

/**
 * Says in a project's `node_modules` that it is being changed. Killed at any moment after this, the folder is known as unfinished; killed
 * before, nothing has changed.
 *
 * A `node_modules` that is a link to another folder: what is behind it is not ours to fill or to empty, so the link is removed, as npm does.
 */
export async function raiseMarker(project: string): Promise<void> {
  const folder = await ownFolder(project)
  await mkdir(folder, { recursive: true })
  const marker = join(folder, MARKER)
  // Whatever else has that name says the same, and a link there must not be written through.
  if ((await lstat(marker).catch(() => null)) !== null) return
  const file = await open(marker, 'wx')
  await file.sync()
  await file.close()
}

/** Says that all is done. */
export async function lowerMarker(project: string): Promise<void> {
  await rm(join(project, FOLDER, MARKER), { force: true, recursive: true })
}

/**
 * Empties the `node_modules` of a project and of its workspaces, but for the marker.
 *
 * A workspace that is a link out of the project: what is behind it is not emptied.
 */
export async function emptyModules(project: string, workspaces: Iterable<string>): Promise<void> {
  const root = await realpath(project)
  const inside = async (folder: string): Promise<boolean> => {
    const path = relative(root, await realpath(folder).catch(() => root))
    return path !== '' && !path.startsWith('..') && !isAbsolute(path)
  }
  const own = await Promise.all([...workspaces].map(async (folder) => ((await inside(folder)) ? [folder] : [])))
  await Promise.all([project, ...own.flat()].map(emptyOne))
}

async function emptyOne(project: string): Promise<void> {
  const folder = await ownFolder(project)
  const names = await readdir(folder).catch(() => [])
  await Promise.all(
    names.filter((name) => name !== MARKER).map((name) => rm(join(folder, name), { recursive: true, force: true })),
  )
}

async function ownFolder(project: string): Promise<string> {
  const folder = join(project, FOLDER)
  const found = await lstat(folder).catch(() => null)
  if (found !== null && !found.isDirectory()) await rm(folder)
  return folder
}
