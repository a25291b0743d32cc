// SPDX-License-Identifier: Apache-2.0
import type { DiffReport, VersionDiff } from '@bonafide/verify'
import { linesOf, titleOf, verdictOf } from './diff-text.ts'
import { renderFinding, renderReport } from './render-report.ts'
import { paint, printable } from './terminal.ts'
import type { Terminal, Tone } from './terminal.ts'

/** A diff as people read it: each change with all that differs, then what is reported beside versions, and the sum. */
export function renderDiff(report: DiffReport, terminal: Terminal): string {
  const { changes, packages } = report
  const told = new Set(changes.map((change) => verdictOf(change, report)))
  const rest = { ...report, packages: packages.filter((item) => !told.has(item)) }
  const blocks = changes.map((change) => renderChange(change, report, terminal))
  const nothing = changes.length === 0 ? ['no version differs from those of the base'] : []
  return `${[...blocks, ...nothing].join('\n\n')}\n\n${renderReport(rest, terminal)}`
}

function renderChange(change: VersionDiff, report: DiffReport, terminal: Terminal): string {
  const item = verdictOf(change, report)
  const tone: Tone = item?.verdict === 'trusted' ? 'good' : item?.verdict === 'refused' ? 'bad' : 'doubt'
  const verdict = item === null ? '' : `  ${paint(terminal, tone, item.verdict)}`
  const lines = linesOf(change, report.now)
  const width = Math.max(0, ...lines.map(({ label }) => label.length))
  return [
    `${change.kind.padEnd(8)} ${paint(terminal, 'strong', printable(titleOf(change)))}${verdict}`,
    ...lines.map(({ label, text }) => `  ${label.padEnd(width)}  ${printable(text)}`),
    ...(item === null ? [] : item.findings.map((finding) => renderFinding(finding, terminal))),
    ...(item === null || item.passes === null
      ? []
      : [
          `  ${paint(terminal, 'good', 'instead')}   ${printable(`${item.name}@${item.passes}`)}, the newest version that passes`,
        ]),
  ].join('\n')
}
