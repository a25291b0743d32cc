// SPDX-License-Identifier: Apache-2.0
import type { BonafideError } from '@bonafide/core'
import type { NewPinReport, Report } from '@bonafide/verify'
import { partsOf, placedFindings } from './placed-finding.ts'
import type { PlacedFinding } from './placed-finding.ts'
import { pinText } from './render-note.ts'
import { printable } from './terminal.ts'

// The form of an annotation, and its escapes, are those that the runner of GitHub Actions undoes: in data `%` and line ends, in properties
// the separators as well.
type Level = 'error' | 'warning' | 'notice'

/** One annotation; its texts are foreign. */
export interface Annotation {
  readonly level: Level
  readonly file: string | null
  readonly line: number | null
  readonly title: string
  readonly message: string
}

// How many annotations of one level GitHub shows of one step; the log has them all.
const SHOWN = 10

/**
 * A report as annotations of GitHub Actions: one line for each finding, at its line of the lockfile, what refuses first, then the sum for
 * the log. Where there are more of a level than are shown, a notice says so.
 */
export function renderGithub(report: Report): string {
  const findings = placedFindings(report).map(annotationOf)
  const [lockfile = ''] = report.lockfiles
  const pinsFile = `${lockfile.slice(0, lockfile.lastIndexOf('/') + 1)}bonafide.lock`
  const pins = report.notes.flatMap((note) =>
    note.code === 'new-pins' ? note.pins.map((pin) => newPinAnnotation(pin, pinsFile)) : [],
  )
  const counts = Object.entries(report.counts).filter(([, count]) => count > 0)
  const sum = `bonafide ${report.verdict}: ${counts.map(([kind, count]) => `${count} ${kind}`).join(', ')}`
  return [
    ...[...findings, ...cutNotice(findings, report.lockfiles[0] ?? null), ...pins].map(renderAnnotation),
    sum,
    '',
  ].join('\n')
}

/** An error as an annotation. */
export function renderErrorGithub({ code, message, detail }: BonafideError): string {
  const { path, line, found, wanted, hint } = detail
  const parts = [
    message,
    ...(found === undefined ? [] : [`found ${found}`]),
    ...(wanted === undefined ? [] : [`wanted ${wanted}`]),
    ...(hint === undefined ? [] : [`next ${hint}`]),
  ]
  const place = { file: path ?? null, line: line ?? null }
  return `${renderAnnotation({ level: 'error', ...place, title: code, message: parts.join('; ') })}\n`
}

function annotationOf(placed: PlacedFinding): Annotation {
  const { finding, effect, place } = placed
  return {
    level: effect === 'warns' ? 'warning' : 'error',
    file: place?.file ?? null,
    line: place?.line ?? null,
    title: finding.code,
    message: partsOf(placed).join('; '),
  }
}

/** What says that there are more than GitHub shows: a page that shows ten of forty refusals reads as if there were ten. */
export function cutNotice(findings: readonly Annotation[], file: string | null): readonly Annotation[] {
  const many = (['error', 'warning'] as const).flatMap((level) => {
    const count = findings.filter((one) => one.level === level).length
    return count > SHOWN ? [`${count} ${level}s`] : []
  })
  if (many.length === 0) return []
  const message = `${many.join(' and ')}, of which GitHub shows ${SHOWN} each; the log of this step has them all`
  return [{ level: 'notice', file, line: file === null ? null : 1, title: 'bonafide', message }]
}

// The pins stand beside the lockfile.
function newPinAnnotation(pin: NewPinReport, file: string): Annotation {
  return { level: 'notice', file, line: null, title: 'new-pins', message: pinText(pin) }
}

/** An annotation as the runner reads it. */
export function renderAnnotation({ level, file, line, title, message }: Annotation): string {
  const properties = [
    ...(file === null ? [] : [`file=${escapeProperty(file)}`]),
    // A number of ours needs no escape.
    ...(line === null ? [] : [`line=${line}`]),
    `title=${escapeProperty(title)}`,
  ]
  return `::${level} ${properties.join(',')}::${escapeData(message)}`
}

// A line end would begin another command; `%0A` is how the runner spells one.
function escapeData(text: string): string {
  return printable(text).replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A')
}

// A comma begins another property, and colons end them all.
function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(':', '%3A').replaceAll(',', '%2C')
}
