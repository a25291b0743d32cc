// SPDX-License-Identifier: Apache-2.0
import type { Adoption, CooldownSetting, Recorded, ToDecide } from '@bonafide/verify'
import { renderReport } from './render-report.ts'
import { paint, printable } from './terminal.ts'
import type { Terminal } from './terminal.ts'

// How many names of a list are shown.
const NAMED = 5

/** What adopting a project led to, as people read it: the report, what was recorded, what is left to decide, and settings for other tools. */
export function renderAdoption(adoption: Adoption, terminal: Terminal): string {
  const { report, written, recorded, open, settings, isFirst } = adoption
  const wrote =
    written.length === 0
      ? 'nothing had to be written'
      : printable(`wrote ${written.join(' and ')}: review and commit ${written.length === 1 ? 'it' : 'them'}`)
  const sections = [
    renderReport(report, terminal).trimEnd(),
    renderRecorded(recorded, terminal),
    open.map((group) => renderToDecide(group, terminal)).join('\n'),
    // Said once: whoever runs it again has read it.
    isFirst ? renderSettings(settings, new Date(report.now), terminal) : '',
    wrote,
  ]
  return `${sections.filter((section) => section !== '').join('\n\n')}\n`
}

function renderRecorded({ identities, none, scripts, exotic, mirrors }: Recorded, terminal: Terminal): string {
  const rows: readonly (readonly [string, readonly string[]])[] = [
    [`${counted(identities.length, 'identity', 'identities')}, of those who build`, identities],
    [`${none.length} none, without provenance and accepted as such:`, none],
    [
      `${scripts.length} with install scripts, which have run for a month:`,
      scripts.map(({ name, hooks }) => `${name} (${hooks.join(', ')})`),
    ],
    [`${counted(exotic.length, 'dependency', 'dependencies')} from beside the registries, for a month:`, exotic],
    [
      `${counted(mirrors.length, 'mirror', 'mirrors')} in bonafide.json, which your lockfiles name: its operator can keep you from installing; take it out if you do not know who that is:`,
      mirrors,
    ],
  ]
  return rows
    .filter(([, names]) => names.length > 0)
    .map(([what, names]) => `${paint(terminal, 'good', 'recorded'.padEnd(10))} ${what} ${listOf(names)}`)
    .join('\n')
}

function renderToDecide({ codes, versions, commands }: ToDecide, terminal: Terminal): string {
  const head = `${paint(terminal, 'bad', 'to decide'.padEnd(10))} ${counted(versions.length, 'version', 'versions')} refused for ${codes.join(', ')}: ${listOf(versions.map(({ name, version }) => `${name}@${version}`))}`
  const passing = versions.flatMap(({ name, passes }) => (passes === null ? [] : [`${name}@${passes}`]))
  const ways = [...(passing.length === 0 ? [] : [`stay on ${listOf(passing)}`]), ...commands.map(printable)]
  if (ways.length === 0)
    return `${head}\n  no decision lets this in: ask another registry, or wait for a release that passes`
  return [head, ...ways.map((way, index) => `  ${index === 0 ? '      ' : 'or    '}${way}`)].join('\n')
}

const TOOLS = { renovate: 'Renovate', dependabot: 'Dependabot', npm: 'npm', pnpm: 'pnpm' } as const

const SPELT: Readonly<Record<CooldownSetting['tool'], (setting: CooldownSetting) => string>> = {
  renovate: ({ setting, value }) => `"${setting}": "${value}"`,
  dependabot: ({ value }) => `cooldown: { default-days: ${value} }`,
  npm: ({ setting, value }) => `${setting}=${value}`,
  pnpm: ({ setting, value }) => `${setting}: ${value}`,
}

function renderSettings(settings: readonly CooldownSetting[], now: Date, terminal: Terminal): string {
  const least = Math.min(...settings.map(({ hours }) => hours))
  if (!Number.isFinite(least)) return ''
  const opens = new Date(now.getTime() + least * 60 * 60 * 1000).toISOString().slice(0, 16)
  const rows = settings.map((setting) => {
    const spelt = SPELT[setting.tool](setting)
    const comesTo = `${setting.unit}: ${setting.hours} hours, in ${setting.file}`
    return `  ${TOOLS[setting.tool].padEnd(11)}${spelt.padEnd(32)}${paint(terminal, 'quiet', comesTo)}`
  })
  const head = `the cooldown is ${least} hours: what comes out now is let in from ${opens}Z. The same for other tools:`
  return [head, ...rows].join('\n')
}

function counted(count: number, one: string, many: string): string {
  return `${count} ${count === 1 ? one : many}`
}

function listOf(names: readonly string[]): string {
  const more = names.length - NAMED
  const shown = names.slice(0, more > 0 ? NAMED : names.length).map(printable)
  return `${shown.join(', ')}${more > 0 ? ` and ${more} more` : ''}`
}
