// SPDX-License-Identifier: Apache-2.0
import { BonafideError } from '@bonafide/core'

/** One line of an outline with what stands below it: a value, or further items one step to the right. */
export interface Item {
  /** The line's names: several where one block answers for them all. */
  readonly keys: readonly string[]
  readonly value: string | readonly Item[]
  readonly line: number
}

/** What one line says: its names, and a value where it opens no block. */
export interface LineParts {
  readonly keys: readonly string[]
  readonly value: string | null
}

/** How one manager writes its lines. */
export interface LineForm {
  /** Null where it would never write this line. */
  readonly read: (text: string, depth: number) => LineParts | null
  /** Whether a key too long for one line stands behind `? `, and its colon on the next line (YAML 1.2, 8.2.2). */
  readonly hasLongKeys: boolean
}

/**
 * Reads an indented lockfile of Yarn's: two spaces a step, comments before the first item only, one spelling of each text.
 *
 * Both of Yarn's own readers take much more (anchors, flow style, folded lines, merge conflicts, the last of two keys). Whatever Yarn does
 * not write is refused here, or two readers would see two lockfiles.
 *
 * @throws BonafideError BONAFIDE_LOCKFILE_MALFORMED with line and column
 */
export function readOutline(text: string, file: string, form: LineForm): readonly Item[] {
  const lines = (text.startsWith('\uFEFF') ? text.slice(1) : text).split('\n')
  const root: Item[] = []
  // The lists that are open, outermost first.
  const open: Item[][] = [root]
  let isOpener = false
  for (let nth = 0; nth < lines.length; nth += 1) {
    let content = lineAt(lines, nth)
    const first = nth
    // Yarn begins a line behind it: a comment that ends in an entry which nobody else sees.
    if (content.includes('\r')) throw malformed(file, nth + 1, content.indexOf('\r') + 1, 'a carriage return', text)
    if (content === '' || (content.startsWith('#') && root.length === 0)) {
      if (isOpener) throw malformed(file, nth + 1, 1, 'nothing below a key', text)
      continue
    }
    const indent = content.length - content.trimStart().length
    const depth = indent / 2
    const fits = isOpener ? depth === open.length - 1 : depth <= open.length - 1
    if (!Number.isInteger(depth) || !content.startsWith(' '.repeat(indent)) || !fits)
      throw malformed(file, nth + 1, 1, 'an indentation that Yarn would not write', text)
    open.length = depth + 1
    content = content.slice(indent)
    if (form.hasLongKeys && content.startsWith('? ') && lineAt(lines, nth + 1) === `${' '.repeat(indent)}:`) {
      content = `${content.slice(2)}:`
      nth += 1
    }
    const parts = form.read(content, depth)
    if (parts === null) throw malformed(file, first + 1, indent + 1, 'a line that Yarn would not write', text)
    const below: Item[] = []
    open.at(-1)?.push({ keys: parts.keys, value: parts.value ?? below, line: first + 1 })
    isOpener = parts.value === null
    if (isOpener) open.push(below)
  }
  if (isOpener) throw malformed(file, lines.length, 1, 'nothing below the last key', text)
  return root
}

function lineAt(lines: readonly string[], nth: number): string {
  const line = lines[nth] ?? ''
  return line.endsWith('\r') ? line.slice(0, -1) : line
}

/** A text in quotes, spelt as JSON spells it; null where it is spelt otherwise. */
export function readQuoted(text: string): string | null {
  if (!text.startsWith('"')) return null
  try {
    const value: unknown = JSON.parse(text)
    // a second spelling: `"\u0061xios"`
    return typeof value === 'string' && JSON.stringify(value) === text ? value : null
  } catch {
    return null
  }
}

/** Where the quotes end that begin at `start`: the place behind them, or -1. */
export function quotesEnd(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at += 1) {
    if (text[at] === '\\') at += 1
    else if (text[at] === '"') return at + 1
  }
  return -1
}

/** The error for a text that no Yarn wrote. */
export function malformed(file: string, line: number, column: number, problem: string, text: string): BonafideError {
  const isConflict = /^(?:<{7}|={7}|>{7})/mu.test(text)
  return new BonafideError('BONAFIDE_LOCKFILE_MALFORMED', `${file} is no lockfile that Yarn writes: ${problem}`, {
    path: file,
    line,
    column,
    found: problem,
    wanted: 'a lockfile as Yarn writes it',
    hint: isConflict
      ? 'resolve the merge conflict, for instance with yarn install'
      : 'restore the file from version control, or let Yarn write it anew',
  })
}
