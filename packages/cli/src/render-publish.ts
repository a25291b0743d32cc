// SPDX-License-Identifier: Apache-2.0
import { nameAtVersion } from '@bonafide/core'
import type { PublishReport, PublishStage } from '@bonafide/publish'
import { renderPublishFindings } from './render-publish-finding.ts'
import { paint, printable } from './terminal.ts'
import type { Terminal, Tone } from './terminal.ts'

const STAGES: Readonly<Record<PublishStage, string>> = {
  package: 'reading',
  credentials: 'what could publish from here to',
  context: 'the job of',
  exchange: 'exchanging the identity of the job at',
  look: 'looking what is there already at',
  sign: 'signing by',
  send: 'sending to',
  'read-back': 'reading back, as those who install, from',
  revoke: 'revoking the token at',
}

/** A step that begins, for whoever watches. */
export function renderStage(stage: PublishStage, detail: string): string {
  return `${stage.padEnd(11)}  ${STAGES[stage]} ${printable(detail)}\n`
}

/** What became of a release, for people: reasons first, the answer last. */
export function renderPublish(report: PublishReport, terminal: Terminal): string {
  const { findings } = report
  const rows = rowsOf(report).map(([head, text]) => `  ${head.padEnd(12)}  ${printable(text)}`)
  const parts = [renderPublishFindings(findings, terminal), `${[headline(report, terminal), ...rows].join('\n')}\n`]
  return parts.filter((part) => part !== '').join('\n')
}

const TONES: Readonly<Record<PublishReport['verdict'], Tone>> = {
  satisfied: 'good',
  refused: 'bad',
  undecided: 'doubt',
  unconfirmed: 'bad',
}

/** The answer in one line, without colours. */
export function answerOf(report: PublishReport): readonly [word: string, rest: string] {
  const { outcome, verdict, isDryRun } = report
  switch (outcome) {
    case 'published':
      return ['published', 'served as it was sent']
    case 'already-published':
      return [
        'published',
        isDryRun ? 'there before, with the same bytes' : 'there before, with the same bytes, and served as it was sent',
      ]
    case 'staged':
      return ['staged', 'waits for approval']
    case 'ready':
      return ['ready', 'nothing stands against it; a dry run signs and sends nothing']
    case 'not-published':
      return [verdict, 'nothing was published']
    case 'unconfirmed':
      return ['unconfirmed', 'it was sent, or perhaps sent, and was not seen as it was sent']
    default:
      throw new TypeError(`no such outcome: ${JSON.stringify(outcome satisfies never)}`)
  }
}

function headline(report: PublishReport, terminal: Terminal): string {
  const [word, rest] = answerOf(report)
  const { package: about } = report
  const subject = about === null ? '' : `  ${printable(nameAtVersion(about.name, about.version))}`
  return `${paint(terminal, TONES[report.verdict], word)}${subject}: ${rest}`
}

/** What is told beside the answer, a row each. */
export function rowsOf(report: PublishReport): readonly (readonly [head: string, text: string])[] {
  const { package: about, registry, provenance, consumer, exchange, stageId, links, verdict } = report
  const identity = provenance?.identity ?? consumer?.identity ?? null
  const rows: (readonly [string, string])[] = []
  if (registry !== null) rows.push(['registry', registry])
  if (about !== null) {
    const access = about.access === null ? '' : `, ${about.access}`
    if (about.integrity !== null) rows.push(['integrity', about.integrity])
    rows.push(['tag', `${about.tag}${access}`])
  }
  if (identity !== null)
    rows.push(['built by', `${identity.repository} ${identity.workflow} at ${identity.ref}, commit ${identity.commit}`])
  if (provenance !== null) rows.push(['logged', `entry ${provenance.log.index} of ${provenance.log.url}`])
  if (consumer !== null) rows.push(['seen as', consumer.verdict])
  if (exchange !== null)
    rows.push(['token', exchange.isRevoked ? 'revoked' : `not revoked; it ends ${exchange.expires ?? 'by itself'}`])
  for (const { what, url } of links) rows.push([what, url])
  if (stageId !== null) rows.push(['next', `npm stage approve ${stageId}`])
  if (verdict === 'unconfirmed') rows.push(['next', 'bonafide publish again: it looks before it sends, and is safe'])
  return rows
}
