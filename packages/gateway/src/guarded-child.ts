// SPDX-License-Identifier: Apache-2.0
import { spawn } from 'node:child_process'
import { constants } from 'node:os'
import { BonafideError } from '@bonafide/core'
import type { NonEmpty } from '@bonafide/core'

/** How a child came to its end. */
export interface ChildEnd {
  /** Its exit code; 128 and the signal's number where a signal ended it. */
  readonly code: number
  readonly signal: NodeJS.Signals | null
}

/** What is started, and where. */
export interface ChildStart {
  readonly command: NonEmpty<string>
  readonly cwd: string
  readonly env: Readonly<Record<string, string>>
}

const BY_SIGNAL = 128

/**
 * Runs a command with the streams of this process, to its end.
 *
 * @throws BonafideError `BONAFIDE_USAGE` where there is no such command
 */
export async function runChild({ command: [file, ...args], cwd, env }: ChildStart): Promise<ChildEnd> {
  const child = spawn(file, args, { cwd, env, stdio: 'inherit' })
  const forward = (signal: NodeJS.Signals): void => void child.kill(signal)
  // A terminal sends its interrupt to both; whoever sends one to this process alone means the child.
  const interrupt = (signal: NodeJS.Signals): void => void (process.stdin.isTTY ? undefined : child.kill(signal))
  process.on('SIGTERM', forward).on('SIGHUP', forward).on('SIGINT', interrupt)
  try {
    return await new Promise((resolve, reject) => {
      child.on('error', (cause) => {
        const detail = { found: file, wanted: 'a command on the PATH', hint: 'bonafide run --help', cause }
        reject(new BonafideError('BONAFIDE_USAGE', 'the command cannot be started', detail))
      })
      child.on('close', (code, signal) => {
        resolve({ code: code ?? BY_SIGNAL + (signal === null ? 0 : constants.signals[signal]), signal })
      })
    })
  } finally {
    process.off('SIGTERM', forward).off('SIGHUP', forward).off('SIGINT', interrupt)
  }
}
