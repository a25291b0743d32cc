// SPDX-License-Identifier: Apache-2.0
import { execFile } from 'node:child_process'
import { dirname } from 'node:path'
import { SAFE_GIT_SETTINGS, safeGitEnvironment } from '@bonafide/core'

/** What git printed; or why it failed, in its own first line, which is empty where it said nothing. */
export type GitAnswer = { readonly ok: true; readonly text: string } | { readonly ok: false; readonly reason: string }

/** Runs git with some words. */
export type Git = (words: readonly string[]) => Promise<GitAnswer>

const LONGEST = 60_000
const LARGEST = 256 * 1024 * 1024

/** Runs git at the top of a working tree, without a shell and without a terminal. */
export function runGit(
  program: string,
  top: string,
  words: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Promise<GitAnswer> {
  const own = { ...safeGitEnvironment(env), GIT_CEILING_DIRECTORIES: dirname(top) }
  const all = ['--no-pager', ...SAFE_GIT_SETTINGS.flatMap((setting) => ['-c', setting]), ...words]
  const options = { cwd: top, env: own, timeout: LONGEST, maxBuffer: LARGEST, windowsHide: true }
  return new Promise((resolve) => {
    execFile(program, all, { ...options, encoding: 'utf8' }, (error, stdout, stderr) => {
      if (error === null) resolve({ ok: true, text: stdout })
      else resolve({ ok: false, reason: reasonOf(error, stderr) })
    })
  })
}

function reasonOf(error: { readonly code?: unknown; readonly killed?: boolean }, stderr: string): string {
  const [first = ''] = stderr.split('\n').map((line) => line.trim())
  if (first !== '') return first
  if (error.killed === true) return `git took longer than ${LONGEST / 1000} seconds`
  // A number is git's own exit code, and it has said all that it had to say.
  return typeof error.code === 'number' ? '' : `git: ${String(error.code)}`
}
