// SPDX-License-Identifier: Apache-2.0
import { nameAtVersion } from '@bonafide/core'
import { countsOf } from '@bonafide/publish'
import type { MemberOutcome, MemberReport, WorkspaceReport } from '@bonafide/publish'
import { markdownText } from './markdown-text.ts'
import { renderPublishFindings } from './render-publish-finding.ts'
import { paint, printable } from './terminal.ts'
import type { Terminal, Tone } from './terminal.ts'

const OUTCOMES: Readonly<Record<MemberOutcome, readonly [word: string, tone: Tone]>> = {
  published: ['published', 'good'],
  'already-published': ['there before, the same bytes', 'good'],
  'released-before': ['released before, from another commit', 'quiet'],
  staged: ['staged, and waits for approval', 'good'],
  ready: ['ready', 'good'],
  'not-published': ['not published', 'bad'],
  unconfirmed: ['unconfirmed', 'bad'],
  'not-reached': ['not begun', 'quiet'],
}

const TONES: Readonly<Record<WorkspaceReport['verdict'], Tone>> = {
  satisfied: 'good',
  refused: 'bad',
  undecided: 'doubt',
  unconfirmed: 'bad',
}

/** A package that is looked at, or begins to be published, for whoever watches. */
export function renderMember(step: 'check' | 'publish', subject: string, place: number, of: number): string {
  const line = `${place}/${of}  ${printable(subject)}\n`
  return step === 'check' ? `check        ${line}` : `\npublish      ${line}`
}

/**
 * What became of a release of several packages, for people: reasons first, then each package, the answer last.
 *
 * @param resume - the command that goes on with it
 */
export function renderWorkspace(report: WorkspaceReport, resume: string, terminal: Terminal): string {
  const { packages, findings, skipped } = report
  const all = [...findings, ...packages.flatMap((one) => one.findings)]
  const rows = packages.map((one) => rowOf(one, packages, terminal))
  const parts = [
    renderPublishFindings(all, terminal),
    rows.length === 0 ? '' : `${rows.join('\n')}\n`,
    skipped.length === 0 ? '' : `private, left out: ${skipped.map((name) => printable(name)).join(', ')}\n`,
    `${[headline(report, terminal), ...nextOf(report, resume).map((step) => `  next  ${printable(step)}`)].join('\n')}\n`,
  ]
  return parts.filter((part) => part !== '').join('\n')
}

function rowOf(one: MemberReport, all: readonly MemberReport[], terminal: Terminal): string {
  const widest = Math.max(...all.map((other) => subjectOf(other).length))
  const [word, tone] = OUTCOMES[one.outcome]
  return `  ${subjectOf(one).padEnd(widest)}  ${paint(terminal, tone, word)}`
}

function subjectOf({ name, version }: MemberReport): string {
  return printable(nameAtVersion(name, version))
}

function headline(report: WorkspaceReport, terminal: Terminal): string {
  return `${paint(terminal, TONES[report.verdict], report.verdict)}  ${sentenceOf(report)}`
}

function sentenceOf(report: WorkspaceReport): string {
  const { packages, isDryRun } = report
  const { there, missing } = countsOf(report)
  if (isDryRun) return `${counted(packages.length)} looked at; a dry run signs and sends nothing`
  if (packages.length === 0) return 'nothing was published'
  return missing === 0 ? `${counted(there)} there, none missing` : `${counted(there)} there, ${missing} missing`
}

function counted(packages: number): string {
  return packages === 1 ? '1 package' : `${packages} packages`
}

// Half a release: what is missing, and that the same command goes on from there.
function nextOf(report: WorkspaceReport, resume: string): readonly string[] {
  const { missing } = countsOf(report)
  if (report.verdict === 'satisfied' || report.isDryRun || missing === 0) return []
  return [`${resume}: it goes on with the rest, and sends nothing twice`]
}

/** The same for the summary of a job. */
export function renderWorkspaceMarkdown(report: WorkspaceReport): string {
  const { packages, findings, verdict } = report
  const rows = packages.map(
    (one) => `| ${markdownText(nameAtVersion(one.name, one.version))} | ${OUTCOMES[one.outcome][0]} |`,
  )
  const blocks = [...findings, ...packages.flatMap((one) => one.findings)].map(
    ({ level, code, subject, found, fix }) =>
      `- **${level}** ${code}: ${markdownText(subject)}: ${markdownText(found)}; next: ${markdownText(fix[0])}`,
  )
  const table = rows.length === 0 ? [] : ['', '| package | |', '|---|---|', ...rows]
  return `### bonafide publish -r: ${verdict}\n\n${sentenceOf(report)}\n${[...table, '', ...blocks].join('\n')}\n\n`
}
