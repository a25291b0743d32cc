// SPDX-License-Identifier: Apache-2.0
import { stat } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { BonafideError } from '@bonafide/core'
import { findGit, linesOf, startGit } from './git-process.ts'
import type { Repository } from './git-process.ts'
import { LeakCollection } from './leak-collection.ts'
import type { Leak } from './leak-collection.ts'
import { scanFiles } from './scan-files.ts'
import { scanHistory } from './scan-history.ts'
import type { WalkNotes } from './walk-files.ts'

/** Where leaks are looked for. */
export interface LeakSearch {
  /** Files and folders, as the user names them. */
  readonly paths: readonly string[]
  readonly cwd: string
  readonly env: Readonly<Record<string, string | undefined>>
  /** Whether the whole history of the repositories around the paths is looked through, too. */
  readonly history: boolean
  readonly onProgress?: (files: number, objects: number) => void
}

/** What was found, and what was looked through. */
export interface FoundLeaks {
  readonly leaks: readonly Leak[]
  readonly counts: {
    readonly files: number
    readonly bytes: number
    readonly tarballs: number
    /** Objects of git; null where the history was not asked for. */
    readonly objects: number | null
  }
  readonly skipped: {
    /** Folders of installed packages. */
    readonly nodeModules: number
    readonly links: number
    /** Devices, pipes, sockets. */
    readonly special: number
    /** Folders in which a repository begins whose history was not read. */
    readonly repositories: readonly string[]
  }
  /** What could not be read, so that nobody can say what stands there. */
  readonly unread: readonly { readonly path: string; readonly reason: string }[]
}

/**
 * Looks for npm tokens and other credentials of registries in files of every kind, in tarballs, and in the history of git. Asks nobody,
 * writes nothing, runs nothing but git's plumbing, and needs a few megabytes whatever the size of what it reads.
 *
 * @throws BonafideError `BONAFIDE_USAGE` for a path that is not there, and for a history where there is no repository or no git
 */
export async function findLeaks(search: LeakSearch): Promise<FoundLeaks> {
  const { paths, cwd, onProgress } = search
  const leaks = new LeakCollection()
  const notes: WalkNotes = { nodeModules: 0, links: 0, special: 0, repositories: [], unread: [] }
  const counts = { files: 0, bytes: 0, tarballs: 0 }
  const repositories = await openRepositories(search)
  for (const path of paths)
    await scanFiles({ path: resolve(cwd, path), shown: path }, leaks, notes, counts, (files) => onProgress?.(files, 0))
  let objects = 0
  const problems: { readonly path: string; readonly reason: string }[] = []
  for (const { repository, path } of repositories) {
    const before = objects
    const scanned = await scanHistory(repository, leaks, (done) => onProgress?.(counts.files, before + done))
    objects += scanned.objects
    problems.push(...scanned.problems.map((reason) => ({ path: `the history of ${path}`, reason })))
  }
  const { nodeModules, links, special } = notes
  const roots = new Set(search.history ? paths : [])
  return {
    leaks: leaks.leaks(),
    counts: { ...counts, objects: search.history ? objects : null },
    skipped: { nodeModules, links, special, repositories: notes.repositories.filter((folder) => !roots.has(folder)) },
    unread: [...notes.unread, ...problems],
  }
}

interface Opened {
  readonly repository: Repository
  readonly path: string
}

// Each repository once, however many of the paths lie in it.
async function openRepositories({ paths, cwd, env, history }: LeakSearch): Promise<readonly Opened[]> {
  const opened = new Map<string, Opened>()
  for (const path of paths) {
    const about = await stat(resolve(cwd, path)).catch((error: unknown) => {
      throw new BonafideError('BONAFIDE_USAGE', `there is no such file or folder: ${path}`, {
        path,
        wanted: 'files or folders to look through',
        cause: error,
      })
    })
    if (!history) continue
    const folder = about.isDirectory() ? resolve(cwd, path) : dirname(resolve(cwd, path))
    const program = await findGit(env, folder)
    if (program === null)
      throw new BonafideError('BONAFIDE_USAGE', '--history needs git', { found: 'no git in PATH', wanted: 'git' })
    const repository = { program, cwd: folder, env }
    opened.set(await gitFolder(repository, path), { repository, path })
  }
  return [...opened.values()]
}

async function gitFolder(repository: Repository, path: string): Promise<string> {
  const asked = startGit(repository, ['rev-parse', '--path-format=absolute', '--git-common-dir'])
  asked.stdin.end()
  const lines: string[] = []
  for await (const line of linesOf(asked.stdout)) lines.push(line)
  const problem = await asked.ended
  if (problem !== null)
    throw new BonafideError('BONAFIDE_USAGE', `--history: there is no repository that git reads around ${path}`, {
      path,
      found: problem,
      wanted: 'a path in a working tree of git',
    })
  return lines.join('\n')
}
