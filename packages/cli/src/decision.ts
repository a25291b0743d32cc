// SPDX-License-Identifier: Apache-2.0
import { BonafideError } from '@bonafide/core'
import { printable } from './terminal.ts'
import type { Terminal } from './terminal.ts'

// What CI systems set: most of them `CI`, Jenkins, TeamCity and Azure Pipelines something of their own.
const CI_VARIABLES = [
  'CI',
  'CONTINUOUS_INTEGRATION',
  'BUILD_NUMBER',
  'GITHUB_ACTIONS',
  'GITLAB_CI',
  'TF_BUILD',
  'JENKINS_URL',
  'TEAMCITY_VERSION',
] as const

const UNSET: ReadonlySet<string | undefined> = new Set([undefined, '', 'false', '0'])

/** The variable by which a CI system says that it is one; null where none does. `CI=false` says that this is none, whatever else is set. */
export function ciVariable(env: Readonly<Record<string, string | undefined>>): string | null {
  if (env['CI'] === 'false') return null
  return CI_VARIABLES.find((name) => !UNSET.has(env[name])) ?? null
}

/**
 * Makes sure that a person can decide here, before anything is asked of a registry: not under CI, and either on a terminal or with the
 * word given beforehand.
 *
 * @param command - the whole command line that decides without a question
 * @throws BonafideError `BONAFIDE_UNDER_CI`, `BONAFIDE_NOT_A_TERMINAL`
 */
export function checkPersonDecides(
  env: Readonly<Record<string, string | undefined>>,
  terminal: Terminal,
  isYes: boolean,
  command: string,
): void {
  // A job that lets its own dependencies in: the judged judge.
  const variable = ciVariable(env)
  if (variable !== null)
    throw new BonafideError('BONAFIDE_UNDER_CI', 'decisions are made by people, not by CI', {
      found: `${variable}=${env[variable] ?? ''}`,
      wanted: 'a person who decides and commits what was written',
      hint: `${command}, on your own machine`,
    })
  if (!isYes && terminal.ask === undefined)
    throw new BonafideError('BONAFIDE_NOT_A_TERMINAL', 'there is nobody to be asked', {
      found: 'no terminal',
      wanted: 'a terminal, or --yes',
      hint: `${command} --yes`,
    })
}

/**
 * Has a person type each of the words; exactly, since that is what makes them read.
 *
 * @param done - what would have been done, for the error
 * @throws BonafideError `BONAFIDE_NOT_CONFIRMED`
 */
export async function confirm(
  terminal: Terminal,
  what: string,
  words: readonly string[],
  done: 'written' | 'revoked' = 'written',
): Promise<void> {
  for (const word of words) {
    const answer = await terminal.ask?.(`${what}: type ${printable(word)} to confirm: `)
    if (answer === undefined || answer?.trim() !== word)
      throw new BonafideError('BONAFIDE_NOT_CONFIRMED', `not confirmed, so nothing was ${done}`, {
        found: answer === undefined || answer === null || answer.trim() === '' ? 'no answer' : answer.trim(),
        wanted: word,
      })
  }
}
