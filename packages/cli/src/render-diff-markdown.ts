// SPDX-License-Identifier: Apache-2.0
import type { DiffReport, PackageReport, VersionDiff } from '@bonafide/verify'
import { PROVENANCE, ageOf, changesIn, linesOf, titleOf, verdictOf } from './diff-text.ts'
import { markdownText } from './markdown-text.ts'
import { detailsOf, findingCell, joinSections, renderNotes, sumOf } from './render-markdown.ts'

// A comment holds some 65,000 characters: the table first, details as long as there is room.
const ROWS = 100
const ROOM = 55_000
// One package may depend on a thousand.
const LINES = 40

/** A diff in Markdown, for a comment on a pull request: a table of all changes, then the details of each. */
export function renderDiffMarkdown(report: DiffReport): string {
  const { changes, packages } = report
  const told = new Set(changes.map((change) => verdictOf(change, report)))
  const rest = packages.filter((item) => !told.has(item))
  const head = [
    `## bonafide: ${report.verdict}`,
    changes.length === 0 ? 'No version differs from those of the base.' : sumOf(report),
    tableOf(report),
    ...(rest.length === 0 ? [] : [otherFindings(rest)]),
    renderNotes(report),
  ]
  let room = ROOM - joinSections(head).length
  // What stands against the change first: a package must not crowd out the details of another.
  const urgent = changes.toSorted((left, right) => rankOf(left, report) - rankOf(right, report))
  const details = urgent.flatMap((change) => {
    const text = detailOf(change, report)
    room -= text.length
    return room < 0 || text === '' ? [] : [text]
  })
  const all = changes.filter(({ to }) => to !== null).length
  const cut = details.length < all ? [`Details of ${all - details.length} more: bonafide diff`] : []
  return joinSections([...head, ...details, ...cut])
}

function tableOf(report: DiffReport): string {
  const { changes, now } = report
  if (changes.length === 0) return ''
  const rows = changes.slice(0, ROWS).map((change) => {
    const { kind, to, provenance, content } = change
    const cells = [
      `${kind} ${markdownText(titleOf(change))}`,
      verdictOf(change, report)?.verdict ?? '',
      to === null ? '' : PROVENANCE[provenance],
      to === null ? '' : ageOf(to, now),
      content === null ? '' : changesIn(content.hooks),
      content === null ? '' : changesIn([...content.dependencies, ...content.exotic]),
    ]
    return `| ${cells.join(' | ')} |`
  })
  const more = changes.length - rows.length
  const head = ['| change | verdict | provenance | age | scripts | dependencies |', '|---|---|---|---|---|---|']
  return [...head, ...rows, ...(more > 0 ? ['', `${more} more, in full by --json`] : [])].join('\n')
}

function detailOf(change: VersionDiff, report: DiffReport): string {
  if (change.to === null) return ''
  const item = verdictOf(change, report)
  const findings = (item?.findings ?? []).map((finding) => `- ${findingCell(finding)}`)
  const instead =
    item === null || item.passes === null ? [] : [`- instead ${markdownText(`${item.name}@${item.passes}`)}`]
  const all = linesOf(change, report.now)
  const lines = all.slice(0, LINES).map(({ label, text }) => `- ${label.trim()} ${markdownText(text)}`)
  const more = all.length - lines.length
  const cut = more > 0 ? [`- and ${more} more: bonafide diff`] : []
  return detailsOf(markdownText(titleOf(change)), [...findings, ...instead, ...lines, ...cut].join('\n'))
}

function rankOf(change: VersionDiff, report: DiffReport): number {
  const verdict = verdictOf(change, report)?.verdict
  return verdict === 'refused' ? 0 : verdict === 'undecided' ? 1 : verdict === 'trusted' ? 3 : 2
}

function otherFindings(packages: readonly PackageReport[]): string {
  return packages
    .map((item) => {
      const name = markdownText(item.version === '' ? item.name : `${item.name}@${item.version}`)
      const why = [...(item.because === null ? [] : [markdownText(item.because)]), ...item.findings.map(findingCell)]
      return `- ${item.verdict} ${name}: ${why.join('<br>')}`
    })
    .join('\n')
}
