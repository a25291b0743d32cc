// SPDX-License-Identifier: Apache-2.0
// The page docs/attacks.md, from the cases of test/cases, whose expectations the tests hold against the program.
import { FINDING_CODES } from '@bonafide/core'
import type { FindingCode, Rule } from '@bonafide/core'
import { loadAttacks } from '../../test/cases/attack-case.ts'
import type { AttackCase, Found } from '../../test/cases/attack-case.ts'

const HEAD = `# Attacks, re-enacted

Every attack on npm packages that the catalogue of this project lists, told again from what anybody could see of it, and judged by the
default policy: by a project that had adopted bonafide before, a few minutes to an hour after the release. Each is a story in
\`test/cases/attacks\` that a test plays to a sandbox, twice: with the cooldown switched off, and with the defaults. This page is written
from those stories (\`npm run docs\`), and the test holds them against the program.

How to read it: *refused* by the rules named; *by the cooldown alone*: for 72 hours, which is longer than nearly all of them lasted;
*not refused*: nothing stops it. A warning never refuses, and a policy may raise it.
`

const NOWHERE = `| ongoing to 2026-09-20 | PolinRider | developers' machines: it spreads through repositories and npm's own files | – | not visible | – | – | – |
`

const FURTHER = `## Further attacks

For the rules that no row above shows alone. B numbers are those of [bypasses.md](bypasses.md).
`

const LAUNDERING = `## Laundering

A bad release, then harmless ones that look the same: what was refused is nobody's predecessor, and so the later ones are refused too.
`

/** The page as it should be. */
export async function renderAttacksPage(): Promise<string> {
  const [attacks, further, laundering] = await Promise.all([
    loadAttacks('attacks'),
    loadAttacks('further'),
    loadAttacks('laundering'),
  ])
  const cases = [...attacks.values()]
  return [
    HEAD,
    `${renderTable('day', cases)}${NOWHERE}`,
    `## Where no default rule refuses, or the cooldown alone\n\n${renderWhys(cases)}`,
    FURTHER,
    renderTable('', [...further.values()]),
    LAUNDERING,
    renderTable('rule', [...laundering.values()]),
  ].join('\n')
}

interface Line {
  readonly versions: string[]
  readonly found: Found
}

function renderTable(first: string, cases: readonly AttackCase[]): string {
  const head = [
    `| ${first} | attack | the attacker had | version | verdict | refused without the cooldown | with it | warned |`,
    '|---|---|---|---|---|---|---|---|',
  ]
  return `${[...head, ...cases.flatMap(renderRows)].join('\n')}\n`
}

// One line for the versions of an attack that the same is found in; the attack itself is named in the first of them.
function renderRows({ row, packages, had, looks }: AttackCase): readonly string[] {
  const lines = new Map<string, Line>()
  for (const [spec, found] of looks.flatMap((look) => Object.entries(look))) {
    const key = JSON.stringify([found.refuse, found.warn ?? [], found.undecided ?? [], found.cooldown ?? true])
    const line = lines.get(key) ?? { versions: [], found }
    if (!line.versions.includes(spec)) line.versions.push(spec)
    lines.set(key, line)
  }
  return [...lines.values()].map(({ versions, found }, index) => {
    const about = index === 0 ? [row, packages, had] : ['', '', '']
    const on: readonly FindingCode[] = found.cooldown === false ? found.refuse : [...found.refuse, 'cooldown']
    const cells = [
      ...about.map(escape),
      versions.map((version) => `\`${version}\``).join(', '),
      verdictOf(found),
      rulesOf([...found.refuse, ...(found.undecided ?? [])]),
      rulesOf([...on, ...(found.undecided ?? [])]),
      rulesOf(found.warn ?? []),
    ]
    return `| ${cells.join(' | ')} |`
  })
}

function verdictOf({ refuse, undecided = [], cooldown }: Found): string {
  if (refuse.length > 0) return 'refused'
  if (undecided.length > 0) return 'undecided'
  return cooldown === false ? '**not refused**' : 'refused by the cooldown alone'
}

function rulesOf(codes: readonly FindingCode[]): string {
  const rules: ReadonlySet<Rule> = new Set(codes.map((code) => FINDING_CODES[code]))
  return rules.size === 0 ? '–' : [...rules].map((rule) => `\`${rule}\``).join(', ')
}

function renderWhys(cases: readonly AttackCase[]): string {
  const lines = cases.flatMap(({ row, packages, why }) => (why === undefined ? [] : [`- ${row}, ${packages}: ${why}.`]))
  const nowhere =
    '- ongoing, PolinRider: it spreads over the machines of developers. What a victim then publishes looks like any other release of theirs.'
  return `${[...lines, nowhere].join('\n')}\n`
}

function escape(text: string): string {
  return text
    .replaceAll('|', String.raw`\|`)
    .replaceAll('<', '&lt;')
    .replaceAll('*', String.raw`\*`)
}
