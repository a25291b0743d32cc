// SPDX-License-Identifier: Apache-2.0
// What each code means, for forms of output that carry their own help: told once, in docs/codes.md, and taken from there.
import { readFile } from 'node:fs/promises'

/** What the page says of one code, as plain text. */
interface Row {
  readonly code: string
  readonly cells: readonly string[]
}

/** The module of meanings as it should be. */
export async function renderCodeMeanings(): Promise<string> {
  const page = await readFile(new URL('../../docs/codes.md', import.meta.url), 'utf8')
  const rows = [...page.matchAll(/^\| `([a-z][a-z-]*)` \| `[a-z-]+` \| (.*) \|$/gmu)].map(
    ([, code = '', rest = '']): Row => ({ code, cells: rest.split(' | ').map(plainText) }),
  )
  const entries = rows
    .toSorted((left, right) => (left.code < right.code ? -1 : 1))
    .map(({ code, cells: [meaning = '', cause = '', next = ''] }) => {
      const help = `Typical cause: ${cause}.${next === '' ? '' : ` Next: ${next}.`}`
      return `  '${code}': { meaning: ${quote(meaning)}, help: ${quote(help)} },`
    })
  return `// SPDX-License-Identifier: Apache-2.0
// Written by npm run docs from docs/codes.md.
import type { FindingCode, PublishCode } from '@bonafide/core'

/** What a code means; what tends to cause it, and where the page tells, what to do: for people. */
export interface CodeMeaning {
  readonly meaning: string
  readonly help: string
}

/** The meaning of every code that a report can carry. */
export const CODE_MEANINGS: Readonly<Record<FindingCode | PublishCode, CodeMeaning>> = {
${entries.join('\n')}
}
`
}

function quote(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
}

function plainText(cell: string): string {
  return cell.replaceAll(/\[([^\]]*)\]\([^)]*\)/gu, '$1').replaceAll('`', '')
}
