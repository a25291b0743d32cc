// SPDX-License-Identifier: Apache-2.0
import { nameAtVersion } from '@bonafide/core'
import type { ExemptPlan, ExemptedVersion } from '@bonafide/verify'
import { renderFinding } from './render-report.ts'
import { paint, printable } from './terminal.ts'
import type { Terminal } from './terminal.ts'

/** What an exemption would let through: the way around it first, then what is waived and what is left. */
export function renderExemptPlan({ exempted, removed }: ExemptPlan, terminal: Terminal): string {
  const blocks = exempted.map((item) => renderExempted(item, terminal))
  const gone = removed.map(
    ({ name, version, rules }) =>
      `${paint(terminal, 'quiet', 'removed')}    ${printable(nameAtVersion(name, version))}, exempt from ${rules.join(', ')}: the lockfile no longer holds it`,
  )
  return `${[...blocks, gone.join('\n')].filter((block) => block !== '').join('\n\n')}\n`
}

function renderExempted(
  { name, version, rules, reason, passes, waived, left }: ExemptedVersion,
  terminal: Terminal,
): string {
  const instead =
    passes === null
      ? '  instead   none of the newest versions passes'
      : `  ${paint(terminal, 'good', 'instead')}   ${printable(nameAtVersion(name, passes))}, the newest version that passes`
  const rest = [...new Set(left.map(({ code }) => code))]
  return [
    paint(terminal, 'strong', printable(nameAtVersion(name, version))),
    instead,
    `  ${paint(terminal, 'doubt', 'waives')}    ${rules.join(', ')}`,
    ...waived.map((item) => renderFinding({ ...item, fix: '' }, terminal)),
    `  reason    ${printable(reason)}`,
    ...(rest.length === 0
      ? []
      : [`  ${paint(terminal, 'bad', 'leaves')}    ${rest.join(', ')}: still refused for that`]),
  ].join('\n')
}
