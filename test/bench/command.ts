// SPDX-License-Identifier: Apache-2.0
// What a command costs: wall time, processor time and memory, by its own word at its end.
import { spawnSync } from 'node:child_process'
import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** One run of a command. */
export interface CommandCosts {
  /** From start to end, in milliseconds. */
  readonly wall: number
  /** Processor time, user and system, of all its threads, in milliseconds. */
  readonly processor: number
  /** The most memory that the process held, in megabytes. */
  readonly memory: number
}

/** A program for Node.js with its arguments. */
export interface Command {
  readonly program: string
  readonly words: readonly string[]
  readonly cwd: string
  readonly env: Readonly<Record<string, string>>
}

/** The `bonafide` command as it is built here. */
export const BONAFIDE: string = fileURLToPath(new URL('../../packages/cli/bin/bonafide.js', import.meta.url))

// Runs inside the command's process: only that knows what it has used.
const REPORTER = fileURLToPath(new URL('resource-reporter.mjs', import.meta.url))

/**
 * Runs a command to its end. Throws where it leaves with another code than 0, or prints something that `expects` does not accept: what
 * is fast because it does nothing is no result.
 */
export function measureCommand(
  { program, words, cwd, env }: Command,
  expects: (stdout: string) => boolean,
): CommandCosts {
  const usageFile = join(cwd, '..', 'usage.json')
  const started = performance.now()
  const ended = spawnSync(process.execPath, ['--import', REPORTER, program, ...words], {
    cwd,
    encoding: 'utf8',
    maxBuffer: 1024 * 1024 * 1024,
    env: { PATH: process.env['PATH'], BONAFIDE_BENCH_USAGE: usageFile, ...env },
  })
  const wall = performance.now() - started
  const what = `${program} ${words.join(' ')}`
  if (ended.status !== 0)
    throw new Error(`${what} left with ${String(ended.status)}: ${ended.stderr}${ended.stdout.slice(0, 2000)}`)
  if (!expects(ended.stdout)) throw new Error(`${what} printed something else: ${ended.stdout.slice(0, 2000)}`)
  const usage = JSON.parse(readFileSync(usageFile, 'utf8')) as NodeJS.ResourceUsage
  rmSync(usageFile)
  return {
    wall,
    processor: (usage.userCPUTime + usage.systemCPUTime) / 1000,
    memory: usage.maxRSS / 1024,
  }
}

/** The middle one of each number. */
export function medianOf(runs: readonly CommandCosts[]): CommandCosts {
  return {
    wall: middle(runs.map(({ wall }) => wall)),
    processor: middle(runs.map(({ processor }) => processor)),
    memory: middle(runs.map(({ memory }) => memory)),
  }
}

function middle(values: readonly number[]): number {
  const sorted = [...values].sort((left, right) => left - right)
  const [low, high] = [sorted[(sorted.length - 1) >> 1], sorted[sorted.length >> 1]]
  if (low === undefined || high === undefined) throw new Error('nothing was measured')
  return (low + high) / 2
}
