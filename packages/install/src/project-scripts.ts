// SPDX-License-Identifier: Apache-2.0
import { BonafideError } from '@bonafide/core'

/** What a project's own scripts are run with. */
export interface ScriptRun {
  readonly project: string
  readonly events: readonly string[]
  readonly scriptShell: string | undefined
  readonly env: Readonly<Record<string, string | undefined>>
}

/** The project's script that npm runs before it unpacks. */
export const BEFORE = ['preinstall'] as const

/** Those that it runs at the end, in this order. */
export const AFTER = ['install', 'postinstall', 'prepublish', 'preprepare', 'prepare', 'postprepare'] as const

/**
 * Runs a project's own scripts, as far as it has them. What they print goes to stderr: stdout carries the result alone.
 *
 * @throws BonafideError `BONAFIDE_INSTALL_FAILED` where one fails
 */
export async function runProjectScripts({ project, events, scriptShell, env }: ScriptRun): Promise<void> {
  const { default: runScript } = await import('@npmcli/run-script')
  for (const event of events) {
    try {
      await runScript({ path: project, event, args: [], stdio: ['inherit', 2, 2], scriptShell, env })
    } catch (cause) {
      throw new BonafideError('BONAFIDE_INSTALL_FAILED', `the project's own script ${event} failed`, {
        path: 'package.json',
        found: cause instanceof Error ? cause.message : String(cause),
        wanted: 'a script that ends with 0',
        hint: 'mend the script, then bonafide ci; --ignore-scripts runs none',
        cause,
      })
    }
  }
}
