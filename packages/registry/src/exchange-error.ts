// SPDX-License-Identifier: Apache-2.0
/** The exchange came to nothing. `word` is an error code of Node.js or one of ours; never a sentence, never a URL. */
export class ExchangeError extends Error {
  readonly word: string

  constructor(word: string) {
    super(word)
    this.name = 'ExchangeError'
    this.word = word
  }
}
