// SPDX-License-Identifier: Apache-2.0
import { npmTokenShape } from '../npm-token.ts'

// What is put in the place of a value: expansions of shells, of CI systems and of templates, calls, and what redaction leaves.
const EXPANSION =
  /\$[\w{(]|\{\{|<[^>]*>?|%\w+%|@@|process\.env|Deno\.env|import\.meta|\.\w+\(|\($|\.\.\.|…|\*{3}|\bsecrets\./u

// Words that people write where a secret is to stand. Four letters at least: chance spells shorter ones.
const WORD =
  /your|dummy|fake|example|sample|placeholder|change[-_]?me|replace|insert|secret|todo|redacted|test|token|passw|xxxx|12345|abcdef|foobar|undefined|null|none|hidden|masked/iu

// What Nexus sets before its tokens says "token" and is none of these words.
const KNOWN_PREFIX = /^NpmToken\./u

/** Whether a text stands where a secret belongs and is none: a variable, an example, a dummy, what a redaction left. */
export function isPlaceholder(value: string): boolean {
  const text = value.trim()
  if (text.length < 8 || EXPANSION.test(text)) return true
  // An example in npm's form: its checksum is wrong.
  if (text.startsWith('npm_')) return npmTokenShape(text) !== 'valid'
  // A token of our own broker is none for anybody else.
  if (text.startsWith('bonafide_phantom_')) return true
  const bare = text.replace(KNOWN_PREFIX, '')
  // setup-node's dummy, and such as 000…0: too few different characters to be chance.
  const different = new Set(bare.replaceAll(/[^0-9A-Za-z]/gu, '')).size
  return different < 6 || WORD.test(bare)
}

/** Whether a text could have been made by chance, as tokens are: long enough, and of more than letters in words. */
export function looksRandom(value: string): boolean {
  return value.length >= 16 && /\d/u.test(value) && /[A-Za-z]/u.test(value) && new Set(value).size >= 8
}
