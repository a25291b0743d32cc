// SPDX-License-Identifier: Apache-2.0
import { quotesEnd, readQuoted } from './outline.ts'
import type { LineForm, LineParts } from './outline.ts'

// Yarn 1 quotes everything else: what begins with no letter, or as its own words do, and what holds a mark of its own.
const BARE = /^(?!true|false)[a-zA-Z][^\s\p{Cc}:",[\]\\]*$/u

/** The lines of Yarn 1: `key value`, `key:` or `key, key:`. */
export const CLASSIC_LINES: LineForm = { read: readClassicLine, hasLongKeys: false }

function readClassicLine(text: string, depth: number): LineParts | null {
  const keys: string[] = []
  for (let at = 0; ;) {
    const end = text[at] === '"' ? quotesEnd(text, at) : endOfBare(text, at)
    if (end === -1) return null
    const key = readText(text.slice(at, end))
    if (key === null) return null
    keys.push(key)
    const rest = text.slice(end)
    // a block answers for several keys at the top only, and a value for one
    if (rest === ':') return depth > 0 && keys.length > 1 ? null : { keys, value: null }
    if (!rest.startsWith(', ')) {
      // An entry that only points to another one: Yarn 1 follows such, and never writes it.
      if (depth === 0 || keys.length > 1 || !rest.startsWith(' ')) return null
      const value = readValue(rest.slice(1))
      return value === null ? null : { keys, value }
    }
    at = end + 2
  }
}

function endOfBare(text: string, start: number): number {
  const end = text.slice(start).search(/[\s:,]/u)
  return end <= 0 ? -1 : start + end
}

function readText(text: string): string | null {
  return BARE.test(text) ? text : readQuoted(text)
}

// Booleans and numbers stand without quotes.
function readValue(text: string): string | null {
  return text === 'true' || text === 'false' || /^\d+$/u.test(text) ? text : readText(text)
}
