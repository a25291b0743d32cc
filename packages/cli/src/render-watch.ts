// SPDX-License-Identifier: Apache-2.0
import type { WatchReport, WatchedPackageReport, WebhookOutcome } from '@bonafide/publish'
import { renderPublishFindings } from './render-publish-finding.ts'
import { paint, printable } from './terminal.ts'
import type { Terminal, Tone } from './terminal.ts'

const TONES: Readonly<Record<WatchReport['verdict'], Tone>> = { satisfied: 'good', refused: 'bad', undecided: 'doubt' }

/** What a look came to, for people. */
export function renderWatch(report: WatchReport, webhook: WebhookOutcome | null, terminal: Terminal): string {
  const { findings, packages, verdict } = report
  const alarms = findings.filter(({ level }) => level === 'refuse').length
  const words = {
    satisfied: `${paint(terminal, TONES.satisfied, 'satisfied')}: nothing unknown`,
    refused: `${paint(terminal, TONES.refused, 'alarm')}: ${alarms} ${alarms === 1 ? 'finding' : 'findings'} that this repository does not explain`,
    undecided: `${paint(terminal, TONES.undecided, 'undecided')}: not everything could be looked at`,
  }
  const parts = [
    renderPublishFindings(findings, terminal),
    `${packages.map(renderPackage).join('\n')}\n`,
    [
      words[verdict],
      ...(webhook === null ? [] : [renderWebhook(webhook)]),
      'not looked at: entries of the log that the registry does not show, and settings that only a maintainer may read',
    ].join('\n'),
  ]
  return `${parts.filter((part) => part !== '').join('\n')}\n`
}

function renderPackage({ name, registry, versions, verified, earlier, since, latest }: WatchedPackageReport): string {
  const head = printable(name)
  if (versions === null)
    return `${head}  not on the registry, or not to be seen${registry === null ? '' : `: ${printable(registry)}`}`
  const older =
    earlier === 0 || since === null ? '' : `, ${earlier} from before ${since.toISOString().slice(0, 10)} not judged`
  return `${head}  ${versions} ${versions === 1 ? 'version' : 'versions'}, ${verified} with provenance of this repository${older}, latest ${printable(latest ?? 'none')}`
}

function renderWebhook(outcome: WebhookOutcome): string {
  const { origin } = outcome
  return outcome.state === 'delivered'
    ? `the alarm was sent to ${printable(origin)}`
    : `the alarm could NOT be sent to ${printable(origin)}: ${printable(outcome.detail)}`
}
