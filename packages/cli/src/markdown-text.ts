// SPDX-License-Identifier: Apache-2.0
import { printable } from './terminal.ts'

// Letters, digits and marks that begin nothing in Markdown or HTML. Everything else is written by its number, and a number forms no link,
// table, heading, mention, emoji, formula, reference or tag in any renderer.
const PLAIN = /[^\p{L}\p{M}\p{N} ./,=+()'-]|(?<=www)\./giu

// A comment holds some 65,000 characters, and one hook may fill them.
const LONGEST = 200

/** Foreign text for Markdown, set as code: it stays one piece of text wherever it is put, also in the cell of a table. */
export function markdownText(text: string): string {
  const all = printable(text)
  const cut = all.length <= LONGEST ? all : all.slice(0, LONGEST)
  const rest = all.length - cut.length
  const plain = cut.replaceAll(PLAIN, (character) => `&#${character.codePointAt(0) ?? 0};`)
  return `<code>${plain}</code>${rest === 0 ? '' : ` (and ${rest} characters more)`}`
}
