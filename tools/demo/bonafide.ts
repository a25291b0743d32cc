// SPDX-License-Identifier: Apache-2.0
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { pullRequestJob } from '@bonafide/verify'

/** What a run of the real command gave. */
export interface Run {
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
}

const BIN = fileURLToPath(new URL('../../packages/cli/bin/bonafide.js', import.meta.url))

/** An environment that is no pull request's job: a project made for the occasion has no base, whatever job tells its story. */
export function withoutPullRequest(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const job = pullRequestJob(env)
  if (job.kind === 'none') return env
  return withoutPullRequest(Object.fromEntries(Object.entries(env).filter(([name]) => name !== job.variable)))
}

/** Runs the built `bonafide` command as a process of its own, with a cache of its own. */
export function runBonafide(args: readonly string[], cwd: string, cacheDir: string): Promise<Run> {
  return new Promise((resolve, reject) => {
    // What npm adds to the environment of a script would count as the user's own configuration.
    const env = Object.fromEntries(
      Object.entries(process.env).filter(([name]) => !name.toLowerCase().startsWith('npm_')),
    )
    const child = spawn(process.execPath, [BIN, ...args], {
      cwd,
      env: { ...withoutPullRequest(env), XDG_CACHE_HOME: cacheDir, NO_COLOR: '1' },
    })
    let stdout = ''
    let stderr = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => void (stdout += text))
    child.stderr.setEncoding('utf8').on('data', (text: string) => void (stderr += text))
    child.on('error', reject)
    child.on('close', (status) => resolve({ status, stdout, stderr }))
  })
}
