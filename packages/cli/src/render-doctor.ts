// SPDX-License-Identifier: Apache-2.0
import type { DoctorFinding, DoctorReport, Reach } from '@bonafide/publish'
import { renderPublishFindings } from './render-publish-finding.ts'
import { paint, printable } from './terminal.ts'
import type { Terminal } from './terminal.ts'

const WHO: Readonly<Record<Reach, string>> = {
  anyone: 'a stranger with an account',
  supplier: 'whoever gets code into what the release runs',
  thief: 'whoever reads one secret',
  writer: 'whoever can push a branch',
  mistake: 'nobody: a slip is enough',
  unknown: 'nobody looked',
}

/** What a repository's releases are open to, as people read it: the most dangerous first, each with the attack. */
export function renderDoctor(report: DoctorReport, terminal: Terminal): string {
  const { findings, releases, settings } = report
  const blocks = renderPublishFindings(findings, terminal, attackLine)
  const parts = [
    ...(blocks === '' ? [] : [blocks]),
    ...(settings.length === 0 ? [] : [settingsText(report)]),
    `${sumLine(report, terminal)}\n${releases.map(({ file, line, job, command }) => `release    ${printable(`${file}:${line}, job ${job}: ${command}`)}\n`).join('')}`,
  ]
  return parts.join('\n')
}

function attackLine({ attack, reach }: DoctorFinding): readonly string[] {
  return [`  who     ${WHO[reach]}`, `  attack  ${attack}`]
}

// What no hook stops: a token that publishes past it.
function settingsText({ settings }: DoctorReport): string {
  const shown = settings.slice(0, 5).map(({ command }) => `  next    ${printable(command)}\n`)
  const more = settings.length - shown.length
  return [
    'not readable from here: whether the registry still takes tokens. While it does, no hook stops whoever has one.\n',
    ...shown,
    ...(more > 0 ? [`          and so for ${more} more packages\n`] : []),
  ].join('')
}

function sumLine({ verdict, findings, packages }: DoctorReport, terminal: Terminal): string {
  const tone = { satisfied: 'good', refused: 'bad', undecided: 'doubt' } as const
  const counts = (['refuse', 'undecided', 'warn'] as const).flatMap((level) => {
    const count = findings.filter((finding) => finding.level === level).length
    const word = { refuse: 'refused', undecided: 'undecided', warn: count === 1 ? 'warning' : 'warnings' }[level]
    return count === 0 ? [] : [`${count} ${word}`]
  })
  const what = packages.length === 1 ? '1 package' : `${packages.length} packages`
  const sum = `${what} to publish${counts.length === 0 ? '' : `: ${counts.join(', ')}`}`
  return `${paint(terminal, tone[verdict], verdict)}: ${sum}`
}
