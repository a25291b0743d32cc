// SPDX-License-Identifier: Apache-2.0
import { randomUUID } from 'node:crypto'
import { lstat, mkdir, open, readFile, readdir, realpath, rename, rm } from 'node:fs/promises'
import { hostname } from 'node:os'
import { isAbsolute, join, relative } from 'node:path'
import { BonafideError } from '@bonafide/core'
import { UNFINISHED } from '@bonafide/verify'

const [FOLDER = '', MARKER = ''] = UNFINISHED.split('/')

/** What stands in `node_modules` while one installation changes it. */
export interface Marker {
  /** Whether an earlier installation was cut off, or some other thing had the marker's name. */
  readonly isTakenOver: boolean
  /**
   * Puts the marker back where a script of the project has removed it.
   *
   * @throws BonafideError `BONAFIDE_INSTALL_FAILED` where another installation has put its own there
   */
  keep(): Promise<void>
}

// Of this process, which other markers cannot tell from one that had its number before.
const held = new Set<string>()

/**
 * Changes a project's `node_modules` while a marker there says so, and removes that when all is done. Killed at any moment before that, the
 * folder is known as unfinished; killed before the marker stands, nothing has changed.
 *
 * Two installations at once: the one would call finished what the other is in the middle of. A `node_modules` that is a link to another
 * folder: what is behind it is not ours to fill or to empty, so the link is removed, as npm does.
 *
 * @throws BonafideError `BONAFIDE_INSTALL_FAILED` where another installation that still runs has it
 */
export async function whileMarked<T>(project: string, work: (marker: Marker) => Promise<T>): Promise<T> {
  const folder = await ownFolder(project)
  await mkdir(folder, { recursive: true })
  const path = join(folder, MARKER)
  const mine = `${process.pid} ${randomUUID()} ${hostname()}`
  const found = await lstat(path).catch(() => null)
  if (found === null) await writeMarker(path, mine)
  else if (!found.isDirectory()) await takeOver(path, mine, found.isFile() ? await readFile(path, 'utf8') : '')
  const keep = async (): Promise<void> => {
    // A folder of that name says the same, and goes in the end.
    const told = found?.isDirectory() === true ? mine : await readFile(path, 'utf8').catch(() => null)
    if (told === null) {
      await mkdir(folder, { recursive: true })
      await writeMarker(path, mine)
    } else if (told !== mine) throw busy('another one has begun meanwhile')
  }
  held.add(mine)
  try {
    const done = await work({ isTakenOver: found !== null, keep })
    await keep()
    await rm(path, { force: true, recursive: true })
    return done
  } finally {
    held.delete(mine)
  }
}

async function writeMarker(path: string, text: string): Promise<void> {
  const file = await open(path, 'wx')
  await file.writeFile(text)
  await file.sync()
  await file.close()
}

// Replaced in one step: there is no moment without a marker. A link is not written through.
async function takeOver(marker: string, mine: string, theirs: string): Promise<void> {
  const [pid = '', , host] = theirs.split(' ')
  if (held.has(theirs) || (host === hostname() && Number(pid) !== process.pid && isRunning(Number(pid))))
    throw busy(`process ${Number(pid)} is at it`)
  const early = `${marker}-${randomUUID()}`
  await writeMarker(early, mine)
  await rename(early, marker)
}

function isRunning(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

function busy(found: string): BonafideError {
  return new BonafideError('BONAFIDE_INSTALL_FAILED', 'another installation is changing node_modules', {
    path: UNFINISHED,
    found,
    wanted: 'one installation at a time',
    hint: 'wait for it, then bonafide ci; where none is running, remove that file first',
  })
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
  const names = await readdir(folder).catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return []
    throw error
  })
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
