// SPDX-License-Identifier: Apache-2.0
import { publishVerdict } from '@bonafide/core'
import { checkLeaks } from '@bonafide/credentials'
import type { FoundLeaks } from '@bonafide/credentials'
import { renderPublishFindings } from './render-publish-finding.ts'
import { paint, printable } from './terminal.ts'
import type { Terminal, Tone } from './terminal.ts'

const TONES: Readonly<Record<ReturnType<typeof publishVerdict>, Tone>> = {
  satisfied: 'good',
  refused: 'bad',
  undecided: 'doubt',
}

/** What was looked through and what was found, as people read it: a block for each leak, then the sum, and what was left out. */
export function renderLeaks(found: FoundLeaks, terminal: Terminal): string {
  const findings = checkLeaks(found)
  const verdict = publishVerdict(findings)
  const { leaks, counts, skipped } = found
  const { files, tarballs, objects } = counts
  const what = leaks.length === 0 ? 'no leak' : countOf(leaks.length, 'leak')
  const places = [
    countOf(files, 'file'),
    ...(tarballs === 0 ? [] : [`of which ${countOf(tarballs, 'tarball')}`]),
    ...(objects === null ? [] : [`and ${countOf(objects, 'object')} of the history`]),
  ]
  const left = leftOut(skipped, objects !== null)
  const lines = [
    `${paint(terminal, TONES[verdict], verdict)}: ${what} in ${places.join(', ')}`,
    ...(left.length === 0 ? [] : [`not looked into: ${left.join('; ')}`]),
  ]
  return [renderPublishFindings(findings, terminal), `${lines.join('\n')}\n`].filter((part) => part !== '').join('\n')
}

function leftOut(
  { nodeModules, links, special, repositories }: FoundLeaks['skipped'],
  history: boolean,
): readonly string[] {
  const [first] = repositories
  const more = repositories.length - 1
  return [
    ...(nodeModules === 0
      ? []
      : [`${countOf(nodeModules, 'node_modules folder')} (name one to have it looked through)`]),
    ...(links === 0 ? [] : [countOf(links, 'link')]),
    ...(special === 0 ? [] : [countOf(special, 'device, pipe or socket', 'devices, pipes or sockets')]),
    ...(first === undefined
      ? []
      : [
          history
            ? `the history of the repository at ${printable(first)}${more > 0 ? ` and of ${more} more` : ''} (name it, with --history)`
            : 'the history (--history)',
        ]),
  ]
}

function countOf(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`
}
