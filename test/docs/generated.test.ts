// SPDX-License-Identifier: Apache-2.0
// What the documentation tells of files is what the program reads: nothing generated is stale, and every example is read without complaint.
import { readFileSync } from 'node:fs'
import { parseExemptions, parsePolicyFile } from '@bonafide/policy'
import t from 'tap'
import { GENERATED, withSection } from '../../tools/docs/generated.ts'

const read = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')

await t.test('nothing that is generated is stale', async (check) => {
  for (const { path, render } of GENERATED) {
    const current = read(path)
    check.equal(await render(current), current, `${path}: run npm run docs`)
    // Edited by hand: in a section, or anywhere in a file that is generated as a whole.
    const edited = current.replace(/\| `version` \||"const": 1|^# Attacks|is not a list of entries/u, 'x')
    check.not(edited, current, `${path} holds something to edit`)
    check.not(await render(edited), edited, `${path}: an edit is seen`)
  }
  check.throws(() => withSection('a page', 'bonafide.json', ''), 'a page that lost its section')
})

await t.test('every example of the page on policies is read', async (check) => {
  const examples = [...read('docs/policy.md').matchAll(/^```json\n(.*?)^```$/gmsu)].map(([, text = '']) => text)
  check.ok(examples.length >= 5)
  for (const example of examples) {
    const parse = example.includes('"exemptions"') ? parseExemptions : parsePolicyFile
    check.doesNotThrow(() => void parse(example, 'the example'), example)
  }
})
