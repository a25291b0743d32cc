// SPDX-License-Identifier: Apache-2.0
// What is written from the code and not by hand: files, and sections of pages. `npm run docs` writes them, a test holds them against the code.
import { exemptionsKeys, exemptionsSchema, policyKeys, policySchema, watchKeys, watchSchema } from '@bonafide/policy'
import type { KeyRow } from '@bonafide/policy'
import { renderAttacksPage } from './attacks-page.ts'
import { renderCodeMeanings } from './code-meanings.ts'

/** A file that the code determines, wholly or in sections. */
export interface Generated {
  /** From the project's root. */
  readonly path: string
  /** The file as it should be, given what it is now. */
  readonly render: (current: string) => string | Promise<string>
}

/** Everything that is generated. */
export const GENERATED: readonly Generated[] = [
  { path: 'docs/attacks.md', render: renderAttacksPage },
  { path: 'packages/cli/src/code-meanings.ts', render: renderCodeMeanings },
  { path: 'packages/policy/schema/bonafide.schema.json', render: () => renderJson(policySchema()) },
  { path: 'packages/policy/schema/bonafide.exemptions.schema.json', render: () => renderJson(exemptionsSchema()) },
  { path: 'packages/policy/schema/bonafide.watch.schema.json', render: () => renderJson(watchSchema()) },
  {
    path: 'docs/publishing/watch.md',
    render: (current) => withSection(current, 'bonafide.watch.json', renderKeys(watchKeys())),
  },
  {
    path: 'docs/policy.md',
    render: (current) =>
      withSection(
        withSection(current, 'bonafide.json', renderKeys(policyKeys())),
        'bonafide.exemptions.json',
        renderKeys(exemptionsKeys()),
      ),
  },
]

/** Replaces what stands between `<!-- generated: NAME -->` and the next `<!-- end -->`. Throws where a page has no such section. */
export function withSection(page: string, name: string, content: string): string {
  const start = `<!-- generated: ${name} -->\n`
  const end = '<!-- end -->'
  const from = page.indexOf(start)
  const to = page.indexOf(end, from)
  if (from === -1 || to === -1) throw new Error(`the page has no section ${name}`)
  return `${page.slice(0, from)}${start}\n${content}\n${page.slice(to)}`
}

function renderJson(value: object): string {
  return `${JSON.stringify(value, null, 2)}\n`
}

function renderKeys(rows: readonly KeyRow[]): string {
  const lines = rows.map(
    ({ key, says, isRequired, about }) =>
      `| \`${key}\` | ${says}${isRequired ? '' : ', or left out'} | ${about.replaceAll('|', String.raw`\|`)} |`,
  )
  return ['| key | value | meaning |', '|---|---|---|', ...lines, ''].join('\n')
}
