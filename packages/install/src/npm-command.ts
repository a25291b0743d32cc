// SPDX-License-Identifier: Apache-2.0
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { BonafideError } from '@bonafide/core'
import { findNpm } from '@bonafide/registry'

/** The user's own npm, as they have configured it. */
export interface NpmCommand {
  /**
   * Runs npm in a folder, silently. Rejects with what npm said where it fails.
   *
   * @throws BonafideError `BONAFIDE_NPM_FAILED`
   */
  run(words: readonly string[], folder: string): Promise<void>
}

// Enough to see what npm said, and not so much that it hides everything else.
const TOLD = 2000

/**
 * Finds the user's npm.
 *
 * @throws BonafideError `BONAFIDE_NPM_FAILED` where there is none on the PATH
 */
export async function findNpmCommand(env: Readonly<Record<string, string | undefined>>): Promise<NpmCommand> {
  const npm = await findNpm(env['PATH'], process.platform)
  if (npm === null) {
    const detail = { found: 'no npm on the PATH', wanted: 'npm', hint: 'install Node.js, which brings npm' }
    throw new BonafideError('BONAFIDE_NPM_FAILED', 'npm is needed and was not found', detail)
  }
  return {
    run: (words, folder) =>
      new Promise((resolve, reject) => {
        const child = spawn(npm.execPath, [join(npm.npmPath, 'bin', 'npm-cli.js'), ...words], {
          cwd: folder,
          env: { ...env },
          stdio: ['ignore', 'ignore', 'pipe'],
        })
        let told = ''
        child.stderr.setEncoding('utf8')
        child.stderr.on('data', (text: string) => {
          told = `${told}${text}`.slice(-TOLD)
        })
        const fail = (found: string): void => {
          const detail = { path: folder, found, wanted: 'a run without errors', hint: `npm ${words.join(' ')}` }
          reject(new BonafideError('BONAFIDE_NPM_FAILED', `npm ${words[0] ?? ''} failed`, detail))
        }
        child.on('error', ({ message }) => fail(message))
        child.on('close', (code) => (code === 0 ? resolve() : fail(told.trim() || `exit ${code}`)))
      }),
  }
}
