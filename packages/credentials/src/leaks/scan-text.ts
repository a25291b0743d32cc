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
  #line = 1
  // Bytes of the current line that are no longer at hand.
  #gone = 0

  /** Takes the next piece, which may be used again afterwards; the tokens that end in it. */
  push(piece: Buffer): readonly FoundToken[] {
    const known = this.#kept.length
    const bytes = known === 0 ? piece : Buffer.concat([this.#kept, piece])
    const hits = hitsIn(bytes).filter(({ end }) => end > known)
    const found = hits.map(({ at, text }) => ({
      ...this.#placeOf(bytes, at),
      token: new Secret(text),
      isCertain: true,
    }))
    const cut = Math.max(0, bytes.length - KEPT)
    this.#pass(bytes.subarray(0, cut))
    this.#kept = Buffer.from(bytes.subarray(cut))
    return found
  }

  #placeOf(bytes: Buffer, at: number): { readonly line: number; readonly column: number } {
    const before = bytes.subarray(0, at)
    const start = before.lastIndexOf(LINE_FEED) + 1
    const column = before.subarray(start).toString('utf8').length + 1 + (start === 0 ? this.#gone : 0)
    return { line: this.#line + countLines(before), column }
  }

  #pass(bytes: Buffer): void {
    const last = bytes.lastIndexOf(LINE_FEED)
    this.#line += countLines(bytes)
    this.#gone = last === -1 ? this.#gone + bytes.length : bytes.length - last - 1
  }
}

const LINE_FEED = 10

function countLines(bytes: Buffer): number {
  let [count, at] = [0, bytes.indexOf(LINE_FEED)]
  while (at !== -1) {
    count += 1
    at = bytes.indexOf(LINE_FEED, at + 1)
  }
  return count
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
