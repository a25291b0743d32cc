// SPDX-License-Identifier: Apache-2.0
import type { BonafideError, Finding } from '@bonafide/core'
import type { PackageReport, Report } from '@bonafide/verify'
import { markdownText } from './markdown-text.ts'
import { renderNote } from './render-note.ts'

// As many rows as a person reads, and a comment holds.
const ROWS = 100

/** A report in Markdown, for a comment or a job's summary: what stands against the project, what was accepted without proof, the notes. */
export function renderMarkdown(report: Report): string {
  const { packages } = report
  const stops = packages.filter(({ verdict }) => verdict === 'refused' || verdict === 'undecided')
  const rest = packages.filter(
    (item) => !stops.includes(item) && (item.verdict !== 'trusted' || item.findings.length > 0),
  )
  return joinSections([
    `## bonafide: ${report.verdict}`,
    sumOf(report),
    tableOf(stops),
    rest.length === 0 ? '' : detailsOf(`${rest.length} accepted without full proof, or with a warning`, tableOf(rest)),
    renderNotes(report),
  ])
}

/** An error in Markdown. */
export function renderErrorMarkdown({ code, message, detail }: BonafideError): string {
  const rows = (['path', 'found', 'wanted', 'hint'] as const).flatMap((key) => {
    const text = detail[key]
    return text === undefined ? [] : [`- ${key === 'hint' ? 'next' : key} ${markdownText(text)}`]
  })
  return joinSections([`## bonafide: ${code}`, markdownText(message), rows.join('\n')])
}

/** Sections with an empty line between them; empty ones are left out. */
export function joinSections(sections: readonly string[]): string {
  return `${sections.filter((section) => section !== '').join('\n\n')}\n`
}

/** A part that is unfolded by a click. */
export function detailsOf(summary: string, content: string): string {
  return `<details><summary>${summary}</summary>\n\n${content}\n\n</details>`
}

/** A report's notes as a list. */
export function renderNotes({ notes }: Pick<Report, 'notes'>): string {
  return notes
    .map((note) => renderNote(note, markdownText))
    .filter((text) => text !== '')
    .map((text) => `- ${text.replaceAll('\n  ', '\n  - ')}`)
    .join('\n')
}

/** How many versions have which verdict. */
export function sumOf({ counts, now, simulated }: Pick<Report, 'counts' | 'now' | 'simulated'>): string {
  const parts = Object.entries(counts).flatMap(([kind, count]) => (count === 0 ? [] : [`${count} ${kind}`]))
  const sum = parts.length === 0 ? 'no versions' : parts.join(', ')
  return simulated === true ? `${sum}; judged as of ${now}` : sum
}

/** One finding in the cell of a table. */
export function findingCell({ code, level, found, wanted, fix }: Finding): string {
  const next = fix === '' ? '' : `<br>next ${markdownText(fix)}`
  const kind = level === 'warn' ? ' (warning)' : ''
  return `**${code}**${kind}<br>found ${markdownText(found)}<br>wanted ${markdownText(wanted)}${next}`
}

/** A name with its version, as text for Markdown. */
export function nameText({ name, version }: Pick<PackageReport, 'name' | 'version'>): string {
  return markdownText(version === '' ? name : `${name}@${version}`)
}

function tableOf(packages: readonly PackageReport[]): string {
  if (packages.length === 0) return ''
  const rows = packages
    .slice(0, ROWS)
    .map((item) => `| ${item.verdict} | ${nameText(item)} | ${placeOf(item)} | ${whyOf(item)} |`)
  const more = packages.length - rows.length
  const table = ['| verdict | version | where | why |', '|---|---|---|---|', ...rows].join('\n')
  return more > 0 ? `${table}\n\n${more} more, in full by --json` : table
}

function placeOf({ locations }: PackageReport): string {
  const [first, ...rest] = locations
  if (first === undefined) return ''
  return `${markdownText(`${first.file}:${first.line}`)}${rest.length === 0 ? '' : ` and ${rest.length} more`}`
}

function whyOf({ findings, because, name, passes }: PackageReport): string {
  return [
    ...(because === null ? [] : [markdownText(because)]),
    ...findings.map(findingCell),
    ...(passes === null ? [] : [`instead ${nameText({ name, version: passes })}`]),
  ].join('<br>')
}
