// SPDX-License-Identifier: Apache-2.0
import { isEnginePin, planRepair, writeRepair } from '@bonafide/publish'
import type { Examination, Repair } from '@bonafide/publish'
import type { CommandInput } from './commands/command.ts'
import { checkPersonDecides, confirm } from './decision.ts'
import { renderLineDiff } from './line-diff.ts'
import { printable } from './terminal.ts'
import { usage } from './words.ts'
import type { Words } from './words.ts'

/** What was mended, and what is left for a person. */
export interface Repaired {
  readonly written: readonly string[]
  readonly next: readonly string[]
}

/**
 * Makes sure, before anybody is asked anything, that there may be something to mend here at all.
 *
 * @throws BonafideError `BONAFIDE_USAGE`, `BONAFIDE_UNDER_CI`
 */
export function checkRepair(words: Words, { env, terminal }: CommandInput): void {
  const pin = [words.text('engine'), words.text('engine-sha512')]
  if (!words.has('fix')) {
    for (const name of ['yes', 'engine', 'engine-sha512'] as const)
      if (words.has(name)) throw usage(`--${name} without --fix`, { wanted: 'something to write' })
    return
  }
  if (pin.filter((one) => one !== undefined).length === 1)
    throw usage('--engine and --engine-sha512 go together', { wanted: 'an address and the digest of what lies there' })
  const [url, sha512] = pin
  if (url !== undefined && sha512 !== undefined && !isEnginePin({ url, sha512 }))
    throw usage('this is no engine that a job could check', {
      found: `${url}, ${sha512}`,
      wanted: 'an https URL without odd characters, and 128 digits of lower-case hexadecimal',
    })
  // Whoever may change the jobs in a job changes them for whoever took it over.
  checkPersonDecides(env, terminal, true, lineOf(words))
}

/**
 * Shows on stderr what would be written, asks, and writes. Nothing is written without a yes.
 *
 * @throws BonafideError `BONAFIDE_NOT_A_TERMINAL`, `BONAFIDE_NOT_CONFIRMED`, `BONAFIDE_WRITE_FAILED`
 */
export async function repairRepository(examination: Examination, words: Words, input: CommandInput): Promise<Repaired> {
  const { terminal, env, cwd } = input
  const [url, sha512] = [words.text('engine'), words.text('engine-sha512')]
  const repair = planRepair(examination, url === undefined || sha512 === undefined ? null : { url, sha512 })
  terminal.err(renderRepair(repair, input))
  if (repair.changes.length === 0) return { written: [], next: repair.next }
  checkPersonDecides(env, terminal, words.has('yes'), lineOf(words))
  if (!words.has('yes')) await confirm(terminal, 'write these files', ['yes'])
  return { written: await writeRepair(examination.top, repair.changes, cwd), next: repair.next }
}

function renderRepair({ changes, gitlab }: Repair, { terminal }: CommandInput): string {
  const files = changes.map(({ path, before, after }) => `${renderLineDiff(path, before, after, terminal)}\n`).join('')
  const jobs = gitlab === null ? '' : `for .gitlab-ci.yml, by hand (HOST is the registry's):\n\n${gitlab}\n`
  return changes.length === 0 && gitlab === null ? 'there is nothing that a file could mend\n' : `${files}${jobs}`
}

/** What was written and what is left, as people read it. */
export function renderRepaired({ written, next }: Repaired): string {
  const wrote = written.length === 0 ? '' : `wrote ${written.map(printable).join(' and ')}: review and commit\n`
  return `${wrote}${next.map((step, at) => `${at === 0 ? '  then  ' : '  and   '}  ${printable(step)}\n`).join('')}`
}

function lineOf(words: Words): string {
  return ['bonafide doctor', ...words.operands, '--fix'].join(' ')
}
