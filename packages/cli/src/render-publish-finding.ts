// SPDX-License-Identifier: Apache-2.0
import type { Place, PublishFinding } from '@bonafide/core'
import { paint, printable } from './terminal.ts'
import type { Terminal, Tone } from './terminal.ts'

const WORDS = { refuse: 'refused', undecided: 'undecided', warn: 'warning' } as const
const TONES: Readonly<Record<PublishFinding['level'], Tone>> = { refuse: 'bad', undecided: 'doubt', warn: 'doubt' }

/**
 * Findings about a release as people read them: a block for each, what refuses first. Empty where there are none.
 *
 * @param more - further lines of a finding, between where it stands and what to do
 */
export function renderPublishFindings<F extends PublishFinding>(
  findings: readonly F[],
  terminal: Terminal,
  more: (finding: F) => readonly string[] = () => [],
): string {
  const order = ['refuse', 'undecided', 'warn'] as const
  return order
    .flatMap((level) => findings.filter((finding) => finding.level === level))
    .map((finding) => `${renderBlock(finding, terminal, more(finding))}\n`)
    .join('\n')
}

function renderBlock(
  { code, level, subject, found, wanted, where, fix }: PublishFinding,
  terminal: Terminal,
  more: readonly string[],
): string {
  const lines = [
    `${paint(terminal, TONES[level], WORDS[level])}  ${printable(subject)}  ${paint(terminal, 'quiet', code)}`,
  ]
  lines.push(`  found   ${printable(found)}`, `  wanted  ${printable(wanted)}`)
  if (where !== null) lines.push(`  where   ${printable(placeText(where))}`)
  lines.push(...more)
  fix.forEach((step, index) => lines.push(`  ${index === 0 ? 'next  ' : 'or    '}  ${printable(step)}`))
  return lines.join('\n')
}

/** A place in words: `.npmrc:3`, `the variable NPM_TOKEN`. */
export function placeText(place: Place): string {
  switch (place.kind) {
    case 'file':
      return place.line === null ? place.path : `${place.path}:${place.line}`
    case 'commit': {
      const inside = place.line === null ? (place.path ?? '') : `${place.path ?? ''}:${place.line}`
      return place.path === null ? `the message of ${place.commit}` : `${inside} in ${place.commit}`
    }
    case 'variable':
      return `the variable ${place.name}`
    case 'option':
      return `the option ${place.name}`
    case 'url':
      return place.url
    default:
      return unknownPlace(place)
  }
}

function unknownPlace(place: never): never {
  throw new TypeError(`no such place: ${JSON.stringify(place)}`)
}
