// SPDX-License-Identifier: Apache-2.0
// Real git repositories for tests, which nobody's own settings reach.
import { execFileSync } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { mkdir, symlink, writeFile } from 'node:fs/promises'
import { delimiter, dirname, join } from 'node:path'

/** The git of this machine, or undefined where there is none. */
export const gitProgram: string | undefined = (process.env['PATH'] ?? '')
  .split(delimiter)
  .map((folder) => join(folder, 'git'))
  .find((path) => {
    try {
      accessSync(path, constants.X_OK)
      return true
    } catch {
      return false
    }
  })

/** Runs git in a folder and returns what it prints; throws where it fails. */
export function git(folder: string, ...words: readonly string[]): string {
  const who = { NAME: 'Sam', EMAIL: 'sam@example.com', DATE: '2026-01-15T12:00:00Z' }
  const people = ['AUTHOR', 'COMMITTER'].flatMap((role) =>
    Object.entries(who).map(([key, value]) => [`GIT_${role}_${key}`, value] as const),
  )
  return execFileSync(gitProgram ?? 'git', [...words], {
    cwd: folder,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { HOME: folder, GIT_CONFIG_NOSYSTEM: '1', GIT_CONFIG_GLOBAL: '/dev/null', ...Object.fromEntries(people) },
  })
}

/** Makes a repository in a folder, with the branch `main`. */
export function makeRepository(folder: string): void {
  git(folder, 'init', '--quiet', '--initial-branch=main')
}

/** Commits everything in a folder and returns the commit's hash. */
export function commitAll(folder: string, message = 'change'): string {
  git(folder, 'add', '--all')
  git(folder, 'commit', '--quiet', '--allow-empty', '--message', message)
  return git(folder, 'rev-parse', 'HEAD').trim()
}

/** Writes files below a folder. */
export async function writeFiles(folder: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true })
    await writeFile(join(folder, name), text)
  }
}

/** A PATH on which there is git and nothing else of this machine. */
export async function pathWithGit(root: string): Promise<string> {
  const folder = join(root, 'bin')
  await mkdir(folder, { recursive: true })
  await symlink(gitProgram ?? '/nonexistent', join(folder, 'git')).catch((error: unknown) => {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
  })
  return folder
}
