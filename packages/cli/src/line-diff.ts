// SPDX-License-Identifier: Apache-2.0
import { paint, printable } from './terminal.ts'
import type { Terminal } from './terminal.ts'

// Lines that stay, on either side of what changes.
const CONTEXT = 3

/**
 * The difference between two texts of one file, as people know it from git: the lines between the first and the last that differ. Enough for an
 * edit in one place; two far from each other show all that lies between.
 *
 * @param before - null where the file is new
 */
export function renderLineDiff(path: string, before: string | null, after: string, terminal: Terminal): string {
  const [old, now] = [before === null ? [] : linesOf(before), linesOf(after)]
  const shared = Math.min(old.length, now.length)
  let head = 0
  while (head < shared && old[head] === now[head]) head += 1
  let tail = 0
  while (tail < shared - head && old.at(-1 - tail) === now.at(-1 - tail)) tail += 1
  const from = Math.max(0, head - CONTEXT)
  const rows = [
    ...old.slice(from, head).map((line) => ` ${printable(line)}`),
    ...old.slice(head, old.length - tail).map((line) => paint(terminal, 'bad', `-${printable(line)}`)),
    ...now.slice(head, now.length - tail).map((line) => paint(terminal, 'good', `+${printable(line)}`)),
    ...now.slice(now.length - tail, now.length - tail + CONTEXT).map((line) => ` ${printable(line)}`),
  ]
  const title = `${printable(path)}${before === null ? ' (new)' : `, from line ${from + 1}`}`
  return `${paint(terminal, 'strong', title)}\n${rows.join('\n')}\n`
}

function linesOf(text: string): readonly string[] {
  const lines = text.split(/\r?\n/u)
  return lines.at(-1) === '' ? lines.slice(0, -1) : lines
}
