// SPDX-License-Identifier: Apache-2.0
// What honest people do goes through with the defaults, or after one decision, and with no more noise than a line.
import t from 'tap'
import { loadBenign } from './benign-case.ts'
import { playStory } from './story.ts'

const DEFAULTS = { name: 'defaults', rules: {} }

for (const [folder, benign] of await loadBenign()) {
  await t.test(folder, async (check) => {
    const { looks, deeds } = await playStory(benign.story, { variants: [DEFAULTS] })
    for (const deed of deeds) check.equal(deed.status, 0, 'a team was green before', deed)
    check.equal(looks.length, benign.looks.length, 'as many looks as expectations')
    for (const [index, { reports, text, at }] of looks.entries()) {
      const items = reports.get(DEFAULTS.name)?.packages ?? []
      const expected = benign.looks[index] ?? {}
      check.strictSame(
        Object.fromEntries(
          items.map(({ name, version, verdict, findings }) => [
            `${name}@${version}`,
            { verdict, codes: [...new Set(findings.map(({ code }) => code))].sort() },
          ]),
        ),
        Object.fromEntries(
          Object.entries(expected)
            .map(([spec, { verdict, codes = [] }]) => [spec, { verdict, codes: [...codes] }] as const)
            .sort(([left], [right]) => (left < right ? -1 : 1)),
        ),
        at.toISOString(),
      )
      // What is refused has to be told at length; everything else in a line.
      if (items.every(({ verdict }) => verdict !== 'refused'))
        check.ok(noiseOf(text, items.length) <= 1, 'no more noise than a line', { text })
    }
    check.equal(benign.looks.at(-1)?.[benign.about]?.verdict, folder.slice(folder.lastIndexOf('_') + 1))
  })
}

// The lines beyond one for each version and the four of the sum: the verdict, the rules that were not run, the time, the trust root.
function noiseOf(text: string, versions: number): number {
  return text.split('\n').filter((line) => line !== '').length - versions - 4
}
