// SPDX-License-Identifier: Apache-2.0
import { spawn } from 'node:child_process'
import type { Readable, Writable } from 'node:stream'
import { access, constants, realpath } from 'node:fs/promises'
import { devNull } from 'node:os'
import { delimiter, isAbsolute, join, relative, sep } from 'node:path'
import { SAFE_GIT_SETTINGS, safeGitEnvironment } from '@bonafide/core'

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

// What may leave commits out, and names of files as they are.
const SETTINGS = [...SAFE_GIT_SETTINGS, 'core.commitGraph=false', 'core.quotePath=false']

/**
 * Starts one of git's plumbing commands on a repository that a stranger may have made: no hook, filter, text conversion, external
 * difference, pager, helper or network is run by those that are used here, and no variable turns git to another repository.
 */
export function startGit({ program, cwd, env }: Repository, words: readonly string[]): GitProcess {
  // Parents that somebody rewrote would hide what is behind them.
  const own = { ...safeGitEnvironment(env), GIT_GRAFT_FILE: devNull }
  const all = ['--no-pager', ...SETTINGS.flatMap((setting) => ['-c', setting]), ...words]
  const child = spawn(program, all, { cwd, env: own, stdio: 'pipe', windowsHide: true })
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
