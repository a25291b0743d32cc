// SPDX-License-Identifier: Apache-2.0
import { execFile } from 'node:child_process'
import { dirname } from 'node:path'

/** What git printed; or why it failed, in its own first line, which is empty where it said nothing. */
export type GitAnswer = { readonly ok: true; readonly text: string } | { readonly ok: false; readonly reason: string }

/** Runs git with some words. */
export type Git = (words: readonly string[]) => Promise<GitAnswer>

// What git needs to find its own settings and programs. None of its own variables: one of them names another repository.
const KEPT = [
  'HOME',
  'PATH',
  'Path',
  'XDG_CONFIG_HOME',
  'USERPROFILE',
  'APPDATA',
  'LOCALAPPDATA',
  'SYSTEMROOT',
  'TMPDIR',
]

// Settings of the repository that start programs, and what could reach the network for a missing object.
const SETTINGS = [
  'core.fsmonitor=false',
  'core.hooksPath=/dev/null',
  'protocol.allow=never',
  'safe.bareRepository=explicit',
]

const LONGEST = 60_000
const LARGEST = 256 * 1024 * 1024

/** Runs git at the top of a working tree, without a shell and without a terminal. */
export function runGit(
  program: string,
  top: string,
  words: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Promise<GitAnswer> {
  const kept = Object.fromEntries(KEPT.flatMap((key) => (env[key] === undefined ? [] : [[key, env[key]]])))
  const own = {
    LC_ALL: 'C',
    GIT_CEILING_DIRECTORIES: dirname(top),
    GIT_NO_LAZY_FETCH: '1',
    GIT_NO_REPLACE_OBJECTS: '1',
    GIT_OPTIONAL_LOCKS: '0',
    GIT_TERMINAL_PROMPT: '0',
  }
  const all = ['--no-pager', ...SETTINGS.flatMap((setting) => ['-c', setting]), ...words]
  const options = { cwd: top, env: { ...kept, ...own }, timeout: LONGEST, maxBuffer: LARGEST, windowsHide: true }
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
