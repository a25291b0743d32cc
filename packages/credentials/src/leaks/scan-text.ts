// SPDX-License-Identifier: Apache-2.0
import { Secret } from '@bonafide/core'
import { isNpmToken } from '../npm-token.ts'

/** A credential that stands in a text or a binary. */
export interface FoundToken {
  /** Counted from 1, by line feeds. */
  readonly line: number
  /** Counted from 1, in UTF-16 units; where a line is longer than what was read at once, in bytes for its beginning. */
  readonly column: number
  readonly token: Secret
  /** Whether its own checksum says that it is one; else the setting that it is the value of says so. */
  readonly isCertain: boolean
  /** The key of that setting, such as `_authToken`; null where it was found by its checksum. */
  readonly setting: string | null
}

/**
 * Finds npm tokens in bytes of any kind: plain, in UTF-16 (as PowerShell writes files), and in base64 (`_auth`, Docker's and Kubernetes'
 * secrets). Whatever surrounds them, the checksum decides: what only looks like a token is none.
 *
 * For text that a person wrote as settings there is `findSecrets`, which also knows credentials of other shapes.
 */
export function findNpmTokens(bytes: Buffer): readonly FoundToken[] {
  return new TokenScanner().push(bytes)
}

// More than the longest spelling of a token: 40 characters in UTF-16, or 42 bytes in base64 with a line end in it.
const KEPT = 96

/** Finds npm tokens in bytes that come piece by piece, wherever they are cut. */
export class TokenScanner {
  #kept: Buffer = Buffer.alloc(0)
  // Of the first byte that is kept.
  #position = new Position()

  /** Takes the next piece, which may be used again afterwards; the tokens that end in it. */
  push(piece: Buffer): readonly FoundToken[] {
    const kept = this.#kept
    const known = kept.length
    // What begins in the piece before, and then what does not: a piece is never copied as a whole.
    const joint = known === 0 ? kept : Buffer.concat([kept, piece.subarray(0, KEPT)])
    const hits = [
      ...hitsIn(joint).filter(({ at, end }) => at < known && end > known),
      ...hitsIn(piece).map(({ at, end, text }) => ({ at: at + known, end: end + known, text })),
    ]
    const position = this.#position.copy()
    let cursor = 0
    const found = hits.map(({ at, text }): FoundToken => {
      for (const part of partsOf(kept, piece, cursor, at)) position.pass(part, true)
      cursor = at
      const { line, column } = position
      return { line, column, token: new Secret(text), isCertain: true, setting: null }
    })
    const cut = Math.max(0, known + piece.length - KEPT)
    for (const part of partsOf(kept, piece, 0, cut)) this.#position.pass(part, hits.length > 0)
    this.#kept = Buffer.concat(partsOf(kept, piece, cut, known + piece.length))
    return found
  }
}

// A stretch of two buffers that stand one behind the other.
function partsOf(first: Buffer, second: Buffer, from: number, to: number): readonly Buffer[] {
  const { length } = first
  return [first.subarray(from, to), second.subarray(Math.max(0, from - length), Math.max(0, to - length))]
}

const LINE_FEED = 10

class Position {
  line = 1
  column = 1

  copy(): Position {
    const copy = new Position()
    copy.line = this.line
    copy.column = this.column
    return copy
  }

  // Counting characters costs more than counting bytes, and is of use only where a token stands behind them.
  pass(bytes: Buffer, exactly: boolean): void {
    let end = -1
    for (let at = bytes.indexOf(LINE_FEED); at !== -1; at = bytes.indexOf(LINE_FEED, at + 1)) {
      this.line += 1
      end = at
    }
    const rest = bytes.subarray(end + 1)
    const width = exactly ? rest.toString('utf8').length : rest.length
    this.column = (end === -1 ? this.column : 1) + width
  }
}

interface Hit {
  readonly at: number
  readonly end: number
  readonly text: string
}

const PREFIX = 'npm_'
const LENGTH = 40

function hitsIn(bytes: Buffer): readonly Hit[] {
  const hits = SPELLINGS.flatMap(({ mark, read }) => {
    const own: Hit[] = []
    for (let at = bytes.indexOf(mark); at !== -1; at = bytes.indexOf(mark, at + 1)) {
      const one = read(bytes, at)
      if (one !== null && isNpmToken(one.text)) own.push(one)
    }
    return own
  })
  return hits.toSorted((one, other) => one.at - other.at)
}

interface Spelling {
  readonly mark: Buffer
  readonly read: (bytes: Buffer, at: number) => Hit | null
}

const SPELLINGS: readonly Spelling[] = [
  { mark: Buffer.from(PREFIX), read: (bytes, at) => plainHit(bytes, at, LENGTH, 'latin1') },
  { mark: Buffer.from(PREFIX, 'utf16le'), read: (bytes, at) => plainHit(bytes, at, LENGTH * 2, 'utf16le') },
  // The prefix in base64, by how many bytes of its group of three stand before it.
  { mark: Buffer.from('bnBtX'), read: (bytes, at) => fromBase64(bytes, at, 0) },
  { mark: Buffer.from('5wbV'), read: (bytes, at) => fromBase64(bytes, at - 2, 1) },
  { mark: Buffer.from('ucG1f'), read: (bytes, at) => fromBase64(bytes, at - 3, 2) },
]

function plainHit(bytes: Buffer, at: number, length: number, encoding: 'latin1' | 'utf16le'): Hit {
  const end = at + length
  return { at, end, text: bytes.subarray(at, end).toString(encoding) }
}

// 42 bytes are 56 characters; a line end may stand among them.
const BASE64 = 58

function fromBase64(bytes: Buffer, at: number, before: number): Hit | null {
  if (at < 0) return null
  const coded = bytes.subarray(at, at + BASE64).toString('latin1')
  const text = Buffer.from(coded, 'base64').toString('latin1', before, before + LENGTH)
  // The last of these characters lies within the last four of them.
  const end = at + Math.ceil(((before + LENGTH) * 4) / 3)
  return { at, end, text }
}
