// SPDX-License-Identifier: Apache-2.0
// The tables of docs/false-positives.md.
import type { FindingCode } from '@bonafide/core'
import type { Followed } from './follow.ts'
import { REAL_PACE, sum } from './measure.ts'
import type { Measured, Yearly } from './measure.ts'
import { PACKAGES, quantile } from './month.ts'
import type { Month } from './month.ts'

/** Every table by the name of its place on the page. */
export function renderTables(measured: Measured): ReadonlyMap<string, string> {
  return new Map([
    ['versions', renderVersions(measured)],
    ['packages', renderPackages(measured)],
    ['cooldown', renderCooldown(measured)],
    ['months', renderMonths(measured)],
    ['rules', renderRules(measured)],
  ])
}

/** Puts the tables into a page, between their markers. */
export function fillPage(page: string, tables: ReadonlyMap<string, string>): string {
  let filled = page
  for (const [name, content] of tables) {
    const [begin, end] = [`<!-- ${name}: npm run noise -- --write -->\n`, `\n<!-- end of ${name} -->`]
    const [from, to] = [filled.indexOf(begin), filled.indexOf(end)]
    if (from === -1 || to < from) throw new Error(`the page has no place for ${name}`)
    filled = `${filled.slice(0, from + begin.length)}\n${content}\n${filled.slice(to)}`
  }
  return filled
}

function renderVersions({ met, followed: { pin, exempt } }: Measured): string {
  const columns = [pin, exempt, met]
  const counted = (is: (one: Followed) => boolean): readonly string[] =>
    columns.map((all) => String(all.filter(is).length))
  const codes = (key: 'refusals' | 'warnings'): readonly FindingCode[] =>
    [...new Set(columns.flat().flatMap((one) => one[key]))].sort()
  const withCode = (key: 'refusals' | 'warnings') => (code: FindingCode) => [
    `${key === 'warnings' ? 'warned: ' : ''}\`${code}\``,
    ...counted((one) => one[key].includes(code)),
  ]
  return table(
    ['', 'pinned, a person pins', 'pinned, a person exempts', 'first sight'],
    [
      ['versions', ...counted(() => true)],
      ...codes('refusals').map(withCode('refusals')),
      ['**refused**', ...counted(isRefused)],
      ['**refused by the peer’s rule**', ...counted(({ isPeerRefused }) => isPeerRefused)],
      ['by both', ...counted((one) => isRefused(one) && one.isPeerRefused)],
      ...codes('warnings').map(withCode('warnings')),
      ['a new dependency of unknown age', ...counted(({ isOpen }) => isOpen)],
    ],
  )
}

function renderPackages({ met, followed: { pin, exempt } }: Measured): string {
  const names = [...new Set([...pin, ...exempt].filter(isNoisy).map(({ name }) => name))].sort()
  return table(
    ['package', 'versions', 'peer', 'pinned, a person pins', 'pinned, a person exempts', 'lost, at first sight'],
    names.map((name) => {
      const of = (all: readonly Followed[], is: (one: Followed) => boolean): string =>
        String(all.filter((one) => one.name === name && is(one)).length)
      const refused = pin.filter((one) => one.name === name && one.refusals.length > 0)
      const versions = refused.map(({ release, refusals }) => `${release.version} ${kindOf(refusals)}`)
      return [
        name,
        of(pin, () => true),
        of(pin, ({ isPeerRefused }) => isPeerRefused),
        versions.length === 0 ? '0' : `${versions.length}: ${versions.join(', ')}`,
        of(exempt, ({ refusals }) => refusals.length > 0),
        of(met, ({ refusals }) => refusals.includes('regression-unpinned')),
      ]
    }),
  )
}

function isRefused({ refusals }: Followed): boolean {
  return refusals.length > 0
}

function isNoisy({ refusals, isPeerRefused }: Followed): boolean {
  return refusals.length > 0 || isPeerRefused
}

// In a word: what the table above spells out.
function kindOf(refusals: readonly FindingCode[]): string {
  if (refusals.includes('provenance-missing')) return '(provenance)'
  if (refusals.includes('install-script-added')) return '(script)'
  return refusals.includes('exotic-dependency') ? '(git)' : '(signature)'
}

function renderCooldown({ followed: { pin } }: Measured): string {
  const others = pin.filter(({ refusals, atOnce }) => atOnce.join() !== refusals.join())
  return table(
    ['of all versions', ''],
    [
      ['held back an hour after they came out', String(pin.length)],
      [
        'overtaken by another of their line within 72 hours',
        String(pin.filter(({ isOvertaken }) => isOvertaken).length),
      ],
      ['refused for something else at once, and not at the end', String(others.length)],
    ],
  )
}

function renderMonths({ yearly: { pin, exempt } }: Measured): string {
  return table(
    ['for 1,000 packages', 'updates a month', 'decisions: median', '90th', 'mean', 'for updates', 'for new names'],
    [
      ...monthRows('a person pins', pin),
      ...monthRows('a person exempts', exempt),
      ['the peer’s rule, at the corpus’ pace', pin.pace.toFixed(0), ...peerSpread(pin.months)],
      ['the peer’s rule, at the pace of real lockfiles', String(REAL_PACE), ...peerSpread(pin.slower)],
    ],
  )
}

function monthRows(label: string, { pace, months, slower }: Yearly): readonly (readonly string[])[] {
  return [
    [`${label}, at the corpus’ pace`, pace.toFixed(0), ...summary(months)],
    [`${label}, at the pace of real lockfiles`, String(REAL_PACE), ...summary(slower)],
  ]
}

// Updates and new names in one: the peer's rule tells them not apart.
function peerSpread(months: readonly Month[]): readonly string[] {
  return [...spread(months.map(({ peer }) => peer)), '', '']
}

function summary(months: readonly Month[]): readonly string[] {
  return [
    ...spread(months.map(({ updates, entrances }) => updates + entrances)),
    mean(months.map(({ updates }) => updates)),
    mean(months.map(({ entrances }) => entrances)),
  ]
}

function spread(values: readonly number[]): readonly string[] {
  return [String(quantile(values, 0.5)), String(quantile(values, 0.9)), mean(values)]
}

function mean(values: readonly number[]): string {
  return (sum(values) / values.length).toFixed(1)
}

function renderRules({ yearly: { pin } }: Measured): string {
  const { years } = pin
  const entryMonths = sum(years.map(({ entries }) => entries * 12))
  const updates = years.flatMap((year) => year.updates)
  const entrances = years.flatMap((year) => year.entrances)
  const rate = (count: number): string => ((count / entryMonths) * PACKAGES).toFixed(1)
  const left = sum(years.map((year) => year.left)) / sum(years.map(({ entries }) => entries))
  const share = (count: number): string => `${((count / entrances.length) * 100).toFixed(0)} %`
  const row = (label: string, is: (event: (typeof updates)[number]) => boolean): readonly string[] => [
    label,
    rate(updates.filter(is).length),
    share(entrances.filter(is).length),
  ]
  const codes = (key: 'refusals' | 'warnings'): readonly FindingCode[] =>
    [...new Set([...updates, ...entrances].flatMap((event) => event[key]))].sort()
  return table(
    ['', 'updates a month, of 1,000 packages', 'of new names'],
    [
      ...codes('refusals').map((code) => row(`\`${code}\``, ({ refusals }) => refusals.includes(code))),
      ...codes('warnings').map((code) => row(`warned: \`${code}\``, ({ warnings }) => warnings.includes(code))),
      row('a new dependency of unknown age, not refused', ({ isOpen, refusals }) => isOpen && refusals.length === 0),
      ['left to decide by the first `init`, of 1,000 locked versions', (left * PACKAGES).toFixed(0), ''],
    ],
  )
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const [first, ...rest] = [head, ...rows].map((cells) => `| ${cells.join(' | ')} |`)
  return [first, `|${'---|'.repeat(head.length)}`, ...rest].join('\n')
}
