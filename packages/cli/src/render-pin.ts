// SPDX-License-Identifier: Apache-2.0
import type { FieldChange, PinChange, PinPlan } from '@bonafide/verify'
import { renderFinding } from './render-report.ts'
import { paint, printable } from './terminal.ts'
import type { Terminal, Tone } from './terminal.ts'

/** What pinning anew would change, field by field, with what stands against the versions now. */
export function renderPinPlan({ changes, scripts, before }: PinPlan, terminal: Terminal): string {
  const blocks = changes.map((change) => {
    const own = before.filter(({ name }) => name === change.name)
    const passes = [...new Set(own.flatMap((item) => (item.passes === null ? [] : [`${item.name}@${item.passes}`])))]
    const against = own.flatMap(({ name, version, verdict, findings }) => {
      const codes = [...new Set(findings.filter(({ level }) => level !== 'warn').map(({ code }) => code))]
      return codes.length === 0
        ? []
        : [`  now       ${printable(`${name}@${version}`)} is ${verdict}: ${codes.join(', ')}`]
    })
    return [
      paint(terminal, 'strong', printable(change.name)),
      ...against,
      ...passes.map((spec) => `  instead   ${printable(spec)}, the newest version that passes`),
      ...renderChange(change, terminal),
      ...scripts
        .filter(({ name }) => name === change.name)
        .map(({ version, hook, command }) => `  runs      ${printable(`${hook} of ${version}: ${command}`)}`),
    ].join('\n')
  })
  return blocks.length === 0 ? '' : `${blocks.join('\n\n')}\n`
}

/** Why versions cannot be recorded, a block each. */
export function renderUnpinnable({ unpinnable }: PinPlan, terminal: Terminal): string {
  return unpinnable
    .map(({ name, version, findings }) =>
      [
        `${paint(terminal, 'bad', 'unpinnable')} ${paint(terminal, 'strong', printable(`${name}@${version}`))}`,
        ...findings.map((finding) => renderFinding(finding, terminal)),
      ].join('\n'),
    )
    .join('\n\n')
}

const IDENTITY_HEADS = {
  same: 'identity, as recorded',
  widened: 'identity, as recorded and more',
  replaced: 'identity, another one than recorded',
  added: 'identity, not on record before',
  removed: 'identity, no longer on record',
} as const

function renderChange({ identities, fields }: PinChange, terminal: Terminal): readonly string[] {
  return [
    ...identities.flatMap(({ effect, fields: rows }) => [
      `  ${IDENTITY_HEADS[effect]}`,
      ...rows.flatMap((row) => renderField(row, terminal, effect === 'added' || effect === 'removed')),
    ]),
    ...(fields.length === 0 ? [] : ['  package']),
    ...fields.flatMap((row) => renderField(row, terminal, false)),
  ]
}

const TONES: Readonly<Record<FieldChange['effect'], Tone>> = {
  same: 'quiet',
  changed: 'doubt',
  added: 'doubt',
  removed: 'doubt',
  lowered: 'bad',
  raised: 'good',
}

function renderField({ field, before, after, effect }: FieldChange, terminal: Terminal, isWhole: boolean): string[] {
  const label = `    ${printable(field).padEnd(18)}`
  const word = isWhole ? '' : ` (${effect})`
  const [old, now] = [printable(before ?? 'not recorded'), printable(after ?? 'not recorded')]
  if (effect === 'same') return [`${label}${paint(terminal, 'quiet', now)}`]
  if (isWhole) return [`${label}${paint(terminal, TONES[effect], before === null ? now : old)}`]
  const change = `${old} -> ${now}`
  if (change.length <= 80) return [`${label}${paint(terminal, TONES[effect], `${change}${word}`)}`]
  return [`${label}${old}`, `${' '.repeat(22)}${paint(terminal, TONES[effect], `-> ${now}${word}`)}`]
}
