// SPDX-License-Identifier: Apache-2.0
import { TokenScanner } from './scan-text.ts'
import type { FoundToken } from './scan-text.ts'
import { findSettings, isSettingsFile } from './settings.ts'

// Settings are written by people. What is longer is looked through for npm tokens to its end all the same.
const LONGEST_SETTINGS = 1024 * 1024

/** Finds what one file gives away, while it comes piece by piece; a few hundred bytes of it are kept, and what is a file of settings. */
export class ContentScanner {
  readonly #path: string
  readonly #scanner = new TokenScanner()
  readonly #tokens: FoundToken[] = []
  readonly #settings: Buffer[] | null
  #size = 0

  /** @param path - with slashes; it only says what kind of file this is */
  constructor(path: string) {
    this.#path = path
    this.#settings = isSettingsFile(path) ? [] : null
  }

  /** Takes the next piece, whose bytes may be used again afterwards. */
  push(piece: Buffer): void {
    this.#tokens.push(...this.#scanner.push(piece))
    if (this.#settings !== null && this.#size < LONGEST_SETTINGS)
      this.#settings.push(Buffer.from(piece.subarray(0, LONGEST_SETTINGS - this.#size)))
    this.#size += piece.length
  }

  /** What was found, in the order of the file; each place once. */
  end(): readonly FoundToken[] {
    if (this.#settings === null) return this.#tokens
    const byLine = Map.groupBy(this.#tokens, ({ line }) => line)
    // The token itself, or one in the base64 of `_auth`.
    const isKnown = ({ line, column, token }: FoundToken): boolean => {
      const end = column + token.reveal().length
      return byLine.get(line)?.some((one) => one.column >= column && one.column < end) === true
    }
    const settings = findSettings(Buffer.concat(this.#settings), this.#path).filter((one) => !isKnown(one))
    return [...this.#tokens, ...settings].toSorted((one, other) => one.line - other.line || one.column - other.column)
  }
}
