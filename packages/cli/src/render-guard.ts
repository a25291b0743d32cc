// SPDX-License-Identifier: Apache-2.0
import type { GuardReport } from '@bonafide/publish'
import { renderPublishFindings } from './render-publish-finding.ts'
import { paint, printable } from './terminal.ts'
import type { Terminal, Tone } from './terminal.ts'

/** What the guard came to, for people: a block for each reason, then what was looked at. */
export function renderGuard(report: GuardReport, terminal: Terminal): string {
  const { findings, now, simulated } = report
  const parts = [
    renderPublishFindings(findings, terminal),
    `${factsOf(report).join('\n')}\n`,
    [
      verdictOf(report, terminal),
      ...(simulated ? [`judged as of ${now.toISOString()} (simulated by --now)`] : []),
    ].join('\n'),
  ]
  return `${parts.filter((part) => part !== '').join('\n')}\n`
}

function verdictOf({ verdict, package: name, version }: GuardReport, terminal: Terminal): string {
  const release = printable(`${name}@${version}`)
  const [tone, words] = VERDICTS[verdict]
  return `${paint(terminal, tone, verdict)}: ${release} ${words}`
}

const VERDICTS: Readonly<Record<GuardReport['verdict'], readonly [tone: Tone, words: string]>> = {
  satisfied: ['good', 'may be published from here'],
  refused: ['bad', 'is not published from here'],
  undecided: ['doubt', 'is not published: nobody could tell'],
}

function factsOf({ registry, credentials, job, exchange, findings }: GuardReport): readonly string[] {
  const refused = findings.filter(({ step, level }) => step === 'credentials' && level !== 'warn').length
  const found = `${credentials} ${credentials === 1 ? 'credential' : 'credentials'} found`
  const rows: readonly (readonly [word: string, text: string])[] = [
    ['registry', registry],
    ['tokens', `${found}, ${refused === 0 ? 'none' : refused} that could publish for too long`],
    ['job', job === null ? 'none' : jobText(job)],
    ['exchange', exchangeText(exchange)],
  ]
  return rows.map(([word, text]) => `${word.padEnd(9)} ${printable(text)}`)
}

function jobText({ provider, trigger, ref, commit, workflow, repository }: NonNullable<GuardReport['job']>): string {
  const told = [trigger, ref, commit?.slice(0, 12) ?? null, workflow, repository].filter((one) => one !== null)
  return told.length === 0 ? `a job of which the CI system says nothing (${provider})` : told.join('  ')
}

function exchangeText(exchange: GuardReport['exchange']): string {
  if (exchange === null) return 'no token'
  const end = exchange.expires === null ? 'without an end' : `until ${exchange.expires.toISOString()}`
  return `a token ${end}, ${exchange.isRevoked ? 'revoked' : 'NOT revoked'}`
}
