// SPDX-License-Identifier: Apache-2.0
import { quotesEnd, readQuoted } from './outline.ts'
import type { LineForm, LineParts } from './outline.ts'

// What YAML reads as a plain text wherever it stands; Yarn quotes everything else.
const BARE = /^[^\s\-?:,\][{}#&*!|>'"%@`\p{Cc}][^,\][{}:#\p{Cc}]*$/u

/** The lines of Yarn 2 and later: YAML of the plainest kind, `key: value` or `key:`. */
export const BERRY_LINES: LineForm = { read: readBerryLine, hasLongKeys: true }

function readBerryLine(text: string): LineParts | null {
  const end = text.startsWith('"') ? quotesEnd(text, 0) : text.indexOf(':')
  if (end === -1) return null
  const key = readText(text.slice(0, end))
  const rest = text.slice(end)
  if (key === null || !rest.startsWith(':')) return null
  if (rest === ':') return { keys: [key], value: null }
  const value = rest.startsWith(': ') ? readText(rest.slice(2)) : null
  return value === null ? null : { keys: [key], value }
}

function readText(text: string): string | null {
  return BARE.test(text) && !text.endsWith(' ') ? text : readQuoted(text)
}
