// SPDX-License-Identifier: Apache-2.0

const PART_OF_A_WORD = /[\w-]/u

/** Tells whether a text holds a word that no letter, digit, hyphen or underscore precedes, nor follows unless `open`. */
export function holdsWord(text: string, word: string, end: 'closed' | 'open'): boolean {
  for (let at = text.indexOf(word); at !== -1; at = text.indexOf(word, at + 1)) {
    const after = text[at + word.length] ?? ' '
    if (!PART_OF_A_WORD.test(text[at - 1] ?? ' ') && (end === 'open' || !PART_OF_A_WORD.test(after))) return true
  }
  return false
}
