// SPDX-License-Identifier: Apache-2.0
import type { RunReport } from '@bonafide/gateway'
import type { Report } from '@bonafide/verify'
import { renderFinding, renderReport } from './render-report.ts'
import { paint, printable } from './terminal.ts'
import type { Terminal } from './terminal.ts'

/** One line before the command: what was verified, and where. */
export function renderVerified({ counts, lockfiles, verdict }: Report): string {
  if (lockfiles.length === 0) return ''
  const total = Object.values(counts).reduce((sum, count) => sum + count, 0)
  const word = verdict === 'satisfied' ? 'verified' : 'looked at'
  return `bonafide: ${word} ${total} ${total === 1 ? 'version' : 'versions'} in ${lockfiles.map(printable).join(', ')}\n`
}

/** What a run came to, after the command's own output: what stands against it in full, and one line of sums. */
export function renderRun(report: RunReport, terminal: Terminal): string {
  const { before, after, child, refused, undecided, waysOut, unaccounted, unmended } = report
  const reports = [child === null ? before : null, after].filter((one) => one !== null && one.verdict !== 'satisfied')
  // What a lockfile's report tells already is not told again.
  const told = new Set(reports.flatMap((one) => one?.packages ?? []).map(({ name, version }) => `${name}@${version}`))
  const isNew = ({ name, version }: { readonly name: string; readonly version: string | null }): boolean =>
    !told.has(`${name}@${version ?? ''}`)
  const blocks = [
    ...reports.map((one) => (one === null ? '' : renderReport(one, terminal).trimEnd())),
    ...refused
      .filter(isNew)
      .map(({ name, version, findings, passes }) =>
        [
          headOf('refused', `${name}@${version}`, terminal),
          ...findings.map((finding) => renderFinding(finding, terminal)),
          ...(passes === null ? [] : [`  instead   ${printable(`${name}@${passes}`)}, the newest version that passes`]),
        ].join('\n'),
      ),
    ...undecided
      .filter(isNew)
      .map(({ name, version, findings }) =>
        [
          headOf('undecided', version === null ? name : `${name}@${version}`, terminal),
          ...findings.map((finding) => renderFinding(finding, terminal)),
        ].join('\n'),
      ),
    ...unaccounted.map(({ name, version, locations: [place] }) =>
      blockOf(
        `${name}@${version}${place === undefined ? '' : `  ${place.file}:${place.line}`}`,
        'neither verified before nor asked for at the gateway',
        'a version that came through the gateway',
        'remove node_modules and what the lockfile got from there, and run it again',
        terminal,
      ),
    ),
    ...waysOut.map((host) =>
      blockOf(
        host,
        'asked for past the gateway, and turned away',
        'nothing that is fetched from elsewhere',
        'docs/coverage.md tells which settings of a project do that, and what a script may not fetch',
        terminal,
      ),
    ),
    ...unmended.map((file) =>
      blockOf(
        file,
        'the address of the gateway, which is gone',
        'a lockfile as it is without a gateway',
        'put it back as it was',
        terminal,
      ),
    ),
  ]
  return `${[...blocks, summaryOf(report)].filter((block) => block !== '').join('\n\n')}\n`
}

function headOf(verdict: 'refused' | 'undecided', what: string, terminal: Terminal): string {
  const head = paint(terminal, verdict === 'refused' ? 'bad' : 'doubt', verdict.padEnd(10))
  return `${head} ${paint(terminal, 'strong', printable(what))}`
}

function blockOf(what: string, found: string, wanted: string, next: string, terminal: Terminal): string {
  return [
    headOf('refused', what, terminal),
    `    found   ${found}`,
    `    wanted  ${wanted}`,
    `    next    ${next}`,
  ].join('\n')
}

// How many versions that were not shown are named.
const SHOWN = 5

function moreThan(count: number): string {
  return count > SHOWN ? ` and ${count - SHOWN} more` : ''
}

function summaryOf({ verdict, observing, before, after, child, served, refused, hidden, waysOut }: RunReport): string {
  const unseen = hidden.map(({ name, version, because }) => printable(`${name}@${version} (${because})`))
  const parts = [
    ...(before === null ? ['no lockfile before'] : []),
    ...(child === null ? ['the command was not started'] : [`${served} handed out by the gateway`]),
    ...(refused.length === 0 ? [] : [`${refused.length} refused there`]),
    ...(waysOut.length === 0 ? [] : [`${waysOut.length} turned away`]),
    ...(unseen.length === 0
      ? []
      : [`not shown to the client: ${unseen.slice(0, SHOWN).join(', ')}${moreThan(unseen.length)}`]),
    ...(after === null ? [] : [`the lockfiles were changed, and are ${after.verdict}`]),
    ...(child === null || child.code === 0 ? [] : [`the command ended with ${child.signal ?? child.code}`]),
  ]
  const looksOn = observing && verdict !== 'satisfied' ? ', and the policy only looks on' : ''
  return `bonafide: ${verdict}${looksOn}: ${parts.join('; ')}`
}
