// SPDX-License-Identifier: Apache-2.0
// What the whole command costs, on a project beside a registry in another process.
import { spawnSync } from 'node:child_process'
import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { ServedRegistry } from './served-registry.ts'

/** One run of the command. */
export interface CommandCosts {
  /** From start to end, in milliseconds. */
  readonly wall: number
  /** Processor time, user and system, in milliseconds. */
  readonly processor: number
  /** The most memory that the process held, in megabytes. */
  readonly memory: number
}

const COMMAND = fileURLToPath(new URL('../../packages/cli/bin/bonafide.js', import.meta.url))
// Runs inside the command's process: only that knows what it has used.
const REPORTER = fileURLToPath(new URL('resource-reporter.mjs', import.meta.url))

/** Runs `bonafide verify --json` on the project: with an empty cache, then again with what that left. */
export function measureCommand(
  served: ServedRegistry,
  more: readonly string[] = [],
): { readonly cold: CommandCosts; readonly warm: CommandCosts } {
  rmSync(join(served.root, 'home'), { recursive: true, force: true })
  return { cold: run(served, more), warm: run(served, more) }
}

function run({ root, registryUrl, versions }: ServedRegistry, more: readonly string[]): CommandCosts {
  const usageFile = join(root, 'usage.json')
  const started = performance.now()
  const words = ['verify', join(root, 'project'), '--registry', registryUrl, '--json', ...more]
  const trust = ['--trusted-root', join(root, 'trusted_root.json'), '--registry-keys', join(root, 'keys.json')]
  const ended = spawnSync(process.execPath, ['--import', REPORTER, COMMAND, ...words, ...trust], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 256 * 1024 * 1024,
    env: { PATH: process.env['PATH'], HOME: join(root, 'home'), BONAFIDE_BENCH_USAGE: usageFile },
  })
  const wall = performance.now() - started
  if (ended.status !== 0) throw new Error(`bonafide verify left with ${String(ended.status)}: ${ended.stderr}`)
  const trusted = ended.stdout.match(/"trusted"/gu)?.length ?? 0
  if (trusted < versions.length) throw new Error(`only ${trusted} of ${versions.length} versions are trusted`)
  const usage = JSON.parse(readFileSync(usageFile, 'utf8')) as NodeJS.ResourceUsage
  return {
    wall,
    processor: (usage.userCPUTime + usage.systemCPUTime) / 1000,
    memory: usage.maxRSS / 1024,
  }
}
