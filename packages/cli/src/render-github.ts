// SPDX-License-Identifier: Apache-2.0
import type { BonafideError, Finding } from '@bonafide/core'
import type { NewPinReport, PackageReport, Report } from '@bonafide/verify'
import { pinText } from './render-note.ts'
import { printable } from './terminal.ts'

// The form of an annotation, and its escapes, are those that the runner of GitHub Actions undoes: in data `%` and line ends, in properties
// the separators as well.
type Level = 'error' | 'warning' | 'notice'

interface Annotation {
  readonly level: Level
  readonly file: string | null
  readonly line: number | null
  readonly title: string
  readonly message: string
}

/** A report as annotations of GitHub Actions: one line for each finding, at its line of the lockfile, then the sum for the log. */
export function renderGithub(report: Report): string {
  const lines = [
    ...report.packages.flatMap(annotationsOf),
    ...report.notes.flatMap((note) => (note.code === 'new-pins' ? note.pins.map(newPinAnnotation) : [])),
  ]
  const counts = Object.entries(report.counts).filter(([, count]) => count > 0)
  const sum = `bonafide ${report.verdict}: ${counts.map(([kind, count]) => `${count} ${kind}`).join(', ')}`
  return [...lines.map(renderAnnotation), sum, ''].join('\n')
}

/** An error as an annotation. */
export function renderErrorGithub({ code, message, detail }: BonafideError): string {
  const { path, line, found, wanted, hint } = detail
  const message_ = [message, ...partsOf({ found, wanted, fix: hint })].join('; ')
  const annotation = { level: 'error', file: path ?? null, line: line ?? null, title: code, message: message_ } as const
  return `${renderAnnotation(annotation)}\n`
}

function annotationsOf({ name, version, verdict, findings, locations, passes }: PackageReport): readonly Annotation[] {
  const [place] = locations
  const subject = version === '' ? name : `${name}@${version}`
  const instead = passes === null ? [] : [`instead ${name}@${passes}`]
  return findings.map((finding) => ({
    level: levelOf(finding, verdict),
    file: place?.file ?? null,
    line: place?.line ?? null,
    title: finding.code,
    message: [subject, ...partsOf(finding), ...instead].join('; '),
  }))
}

// What was only said stops nothing: not even where something else does.
function levelOf({ level }: Finding, verdict: PackageReport['verdict']): Level {
  return level !== 'warn' && (verdict === 'refused' || verdict === 'undecided') ? 'error' : 'warning'
}

function newPinAnnotation(pin: NewPinReport): Annotation {
  return { level: 'notice', file: 'bonafide.lock', line: null, title: 'new-pins', message: pinText(pin) }
}

function partsOf({
  found,
  wanted,
  fix,
}: {
  readonly found?: string | undefined
  readonly wanted?: string | undefined
  readonly fix?: string | undefined
}): readonly string[] {
  return [
    ...(found === undefined ? [] : [`found ${found}`]),
    ...(wanted === undefined ? [] : [`wanted ${wanted}`]),
    ...(fix === undefined || fix === '' ? [] : [`next ${fix}`]),
  ]
}

function renderAnnotation({ level, file, line, title, message }: Annotation): string {
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
