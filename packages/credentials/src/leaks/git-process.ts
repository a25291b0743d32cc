// SPDX-License-Identifier: Apache-2.0
import { spawn } from 'node:child_process'
import type { Readable, Writable } from 'node:stream'
import { access, constants, realpath } from 'node:fs/promises'
import { devNull } from 'node:os'
import { delimiter, isAbsolute, join, relative, sep } from 'node:path'

/** A repository, and the git that reads it. */
export interface Repository {
  readonly program: string
  readonly cwd: string
  readonly env: Readonly<Record<string, string | undefined>>
}

/** A git that runs. */
export interface GitProcess {
  readonly stdin: Writable
  readonly stdout: Readable
  /** Null once it ended well; else why not, in its own first line. */
  readonly ended: Promise<string | null>
  /** Stops it, where nobody reads on. */
  stop(): void
}

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

// Settings of the repository that start programs, or reach the network for a missing object; and what may leave commits out.
const SETTINGS = [
  'core.fsmonitor=false',
  'core.hooksPath=/dev/null',
  'core.commitGraph=false',
  'core.quotePath=false',
  'protocol.allow=never',
  'safe.bareRepository=explicit',
]

/**
 * Starts one of git's plumbing commands on a repository that a stranger may have made: no hook, filter, text conversion, external
 * difference, pager, helper or network is run by those that are used here, and no variable turns git to another repository.
 */
export function startGit({ program, cwd, env }: Repository, words: readonly string[]): GitProcess {
  const kept = Object.fromEntries(KEPT.flatMap((key) => (env[key] === undefined ? [] : [[key, env[key]]])))
  const own = {
    LC_ALL: 'C',
    // Parents that somebody rewrote would hide what is behind them.
    GIT_GRAFT_FILE: devNull,
    GIT_NO_REPLACE_OBJECTS: '1',
    GIT_NO_LAZY_FETCH: '1',
    GIT_OPTIONAL_LOCKS: '0',
    GIT_TERMINAL_PROMPT: '0',
  }
  const all = ['--no-pager', ...SETTINGS.flatMap((setting) => ['-c', setting]), ...words]
  const child = spawn(program, all, { cwd, env: { ...kept, ...own }, stdio: 'pipe', windowsHide: true })
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    if (said.length < 1000) said += text
  })
  // It may end before it has read all that it is given; its exit code says whether that is a fault.
  child.stdin.on('error', () => {})
  const ended = new Promise<string | null>((resolve) => {
    child.on('error', (error) => {
      resolve(error.message)
    })
    child.on('close', (code, signal) => {
      const [first = ''] = said.trim().split('\n')
      resolve(code === 0 ? null : first || `git ended with ${code ?? signal}`)
    })
  })
  return { stdin: child.stdin, stdout: child.stdout, ended, stop: () => void child.kill() }
}

/**
 * The lines that a git prints.
 *
 * @yields each line, without its end
 */
export async function* linesOf(stdout: Readable): AsyncGenerator<string> {
  let rest = ''
  for await (const piece of stdout.setEncoding('utf8') as AsyncIterable<string>) {
    const lines = `${rest}${piece}`.split('\n')
    rest = lines.pop() ?? ''
    yield* lines
  }
  if (rest !== '') yield rest
}

/** The git of `PATH`. Never a program of the tree that is looked through, and none of a `node_modules` that npx has put there. */
export async function findGit(env: Repository['env'], tree: string): Promise<string | null> {
  const name = sep === '\\' ? 'git.exe' : 'git'
  for (const folder of (env['PATH'] ?? env['Path'] ?? '').split(delimiter)) {
    if (!isAbsolute(folder) || folder.includes('node_modules')) continue
    const program = await realpath(join(folder, name)).catch(() => null)
    if (program === null) continue
    const way = relative(tree, program)
    if (!way.startsWith('..') && !isAbsolute(way)) continue
    const isRunnable = await access(program, constants.X_OK).then(
      () => true,
      () => false,
    )
    if (isRunnable) return program
  }
  return null
}
