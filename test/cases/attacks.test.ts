// SPDX-License-Identifier: Apache-2.0
// Every attack of the catalogue, and the ways around single checks, with the exact codes of every version, cooldown off and on.
import type { FindingCode } from '@bonafide/core'
import type { PackageReport, Report } from '@bonafide/verify'
import t from 'tap'
import { FOLDERS, loadAttacks } from './attack-case.ts'
import type { Found, Look } from './attack-case.ts'
import { playStory } from './story.ts'
import type { Variant } from './story.ts'

const OFF: Variant = { name: 'cooldown off', rules: { cooldown: 'off' } }
const ON: Variant = { name: 'cooldown on', rules: {} }

for (const folder of FOLDERS) {
  for (const [file, attack] of await loadAttacks(folder)) {
    await t.test(`${folder}/${file}: ${attack.packages}`, async (check) => {
      const { looks, deeds } = await playStory(attack.story, { ...attack, variants: [OFF, ON] })
      for (const deed of deeds) check.equal(deed.status, 0, 'a team was green before', deed)
      check.equal(looks.length, attack.looks.length, 'as many looks as expectations')
      for (const [index, { at, reports }] of looks.entries()) {
        const look = attack.looks[index] ?? {}
        for (const { name } of [OFF, ON]) {
          const report = reports.get(name)
          check.strictSame(seen(report), wanted(look, name === ON.name), `${name}, ${at.toISOString()}`)
          for (const item of report?.packages ?? [])
            check.equal(item.verdict === 'refused', codesOf(item, 'refuse').length > 0, `${item.name}: ${item.verdict}`)
        }
      }
    })
  }
}

type Seen = Readonly<Record<string, Required<Omit<Found, 'cooldown'>>>>

function seen(report: Report | undefined): Seen {
  const items = (report?.packages ?? []).filter(({ findings }) => findings.length > 0)
  return Object.fromEntries(
    items.map((item) => [
      `${item.name}@${item.version}`,
      { refuse: codesOf(item, 'refuse'), warn: codesOf(item, 'warn'), undecided: codesOf(item, 'undecided') },
    ]),
  )
}

function wanted(look: Look, isCooldownOn: boolean): Seen {
  const all = Object.entries(look).map(([spec, { refuse, warn = [], undecided = [], cooldown }]) => {
    const young: readonly FindingCode[] = isCooldownOn && cooldown !== false ? ['cooldown'] : []
    return [spec, { refuse: [...refuse, ...young].sort(), warn: [...warn], undecided: [...undecided] }] as const
  })
  // A version that only the cooldown stops has nothing to show while it is off.
  const told = all.filter(([, found]) => Object.values(found).some((codes) => codes.length > 0))
  return Object.fromEntries(told.sort(([left], [right]) => (left < right ? -1 : 1)))
}

function codesOf(item: PackageReport, level: string): FindingCode[] {
  return [...new Set(item.findings.filter((one) => one.level === level).map(({ code }) => code))].sort()
}
