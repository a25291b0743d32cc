// SPDX-License-Identifier: Apache-2.0
import type { Finding } from '@bonafide/core'
import type { PackageReport, PrivateRootReport, Report, TrustReport } from '@bonafide/verify'
import { renderNote } from './render-note.ts'
import { paint, printable } from './terminal.ts'
import type { Terminal, Tone } from './terminal.ts'

// Up to here every version gets a line; beyond, only those that somebody has to look at.
const LISTED = 40
// How many refused or undecided versions are shown in full, each with its own reasons.
const IN_FULL = 20
// From here on, versions that share all their reasons are told together.
const SHARED = 4
// How many names of such a group are listed.
const NAMED = 20
// And how many within a line.
const LISTED_IN_LINE = 3

const TONES: Readonly<Record<PackageReport['verdict'], Tone>> = {
  trusted: 'good',
  unattested: 'doubt',
  exempt: 'doubt',
  outside: 'quiet',
  refused: 'bad',
  undecided: 'doubt',
}

/**
 * A report as people read it: what stands against the project first, then the rest, then the sum.
 *
 * @param about - a report about one version says nothing of what the project has on record
 */
export function renderReport(report: Report, terminal: Terminal, about: 'project' | 'version' = 'project'): string {
  const { packages } = report
  const unrecorded = about === 'project' ? unrecordedOf(report) : []
  // A few say so in their own lines.
  const isInLine = unrecorded.length < SHARED && accepted(packages).length <= LISTED
  const sections = [
    ...renderBlocks(
      packages.filter(({ verdict }) => verdict === 'refused'),
      terminal,
    ),
    ...renderBlocks(
      packages.filter(({ verdict }) => verdict === 'undecided'),
      terminal,
    ),
    [
      renderLines(packages, isInLine ? unrecorded : [], terminal),
      renderWarnings(packages, terminal),
      isInLine ? '' : renderNew(unrecorded, terminal),
    ]
      .filter((part) => part !== '')
      .join('\n'),
    report.notes
      .map((note) => renderNote(note))
      .filter((note) => note !== '')
      .map((note) => `note: ${note}`)
      .join('\n'),
    renderSummary(report, terminal),
  ]
  return `${sections.filter((section) => section !== '').join('\n\n')}\n`
}

/** One finding as a block: what, found, wanted, where in the document, next. */
export function renderFinding({ code, level, found, wanted, fix, entry }: Finding, terminal: Terminal): string {
  const tone: Tone = level === 'refuse' ? 'bad' : 'doubt'
  const place = entry === undefined ? '' : ` in ${printable(entry)}`
  return [
    `  ${paint(terminal, tone, code)}${place}${level === 'warn' ? ' (warning)' : ''}`,
    `    found   ${printable(found)}`,
    `    wanted  ${printable(wanted)}`,
    ...(fix === '' ? [] : [`    next    ${printable(fix)}`]),
  ].join('\n')
}

// Many versions with one reason are one thing to say, not a thousand.
function renderBlocks(packages: readonly PackageReport[], terminal: Terminal): readonly string[] {
  const groups = Map.groupBy(packages, ({ findings }) =>
    JSON.stringify(findings.map(({ code, found, wanted }) => [code, found, wanted])),
  )
  const shared = [...groups.values()].filter((group) => group.length >= SHARED)
  const single = [...groups.values()].filter((group) => group.length < SHARED).flat()
  const rest = single.slice(IN_FULL)
  return [
    ...shared.map((group) => renderShared(group, terminal)),
    ...single.slice(0, IN_FULL).map((item) => renderBlock(item, terminal)),
    ...(rest.length === 0 ? [] : [`${rest.length} more, shown in full by --json:\n${renderNames(rest)}`]),
  ]
}

function renderShared(group: readonly PackageReport[], terminal: Terminal): string {
  const [first] = group
  if (first === undefined) return ''
  const head = `${paint(terminal, TONES[first.verdict], first.verdict.padEnd(10))} ${paint(terminal, 'strong', `${group.length} versions`)}`
  const findings = first.findings.map((finding) =>
    renderFinding({ ...finding, fix: finding.fix.replace(`${first.name}@${first.version}`, 'NAME@VERSION') }, terminal),
  )
  return [head, ...findings, renderNames(group)].join('\n')
}

function renderNames(group: readonly PackageReport[]): string {
  const names = group.slice(0, NAMED).map((item) => `  ${nameOf(item)}  ${placeOf(item)}`)
  const more = group.length - names.length
  return [...names, ...(more > 0 ? [`  and ${more} more; --json lists them all`] : [])].join('\n')
}

function renderBlock(item: PackageReport, terminal: Terminal): string {
  const place = placeOf(item)
  const head = `${paint(terminal, TONES[item.verdict], item.verdict.padEnd(10))} ${paint(terminal, 'strong', nameOf(item))}${place === '' ? '' : `  ${place}`}`
  const passes =
    item.passes === null
      ? []
      : [
          `  ${paint(terminal, 'good', 'instead')}   ${printable(`${item.name}@${item.passes}`)}, the newest version that passes`,
        ]
  return [head, ...item.findings.map((finding) => renderFinding(finding, terminal)), ...passes].join('\n')
}

function accepted(packages: readonly PackageReport[]): readonly PackageReport[] {
  return packages.filter(({ verdict }) => verdict !== 'refused' && verdict !== 'undecided')
}

function renderLines(
  packages: readonly PackageReport[],
  unrecorded: readonly PackageReport[],
  terminal: Terminal,
): string {
  const rest = accepted(packages)
  if (rest.length <= LISTED)
    return rest
      .map((item) => `${renderLine(item, terminal)}${unrecorded.includes(item) ? ', not in bonafide.lock yet' : ''}`)
      .join('\n')
  // Even a long list shows what was accepted without proof, but the versions that share a reason share a line.
  const unproven = rest.filter(({ verdict }) => verdict !== 'trusted')
  return [...Map.groupBy(unproven, (item) => `${item.verdict} ${reasonOf(item)}`).values()]
    .flatMap((group) =>
      group.length < SHARED ? group.map((item) => renderLine(item, terminal)) : [renderGroup(group, terminal)],
    )
    .join('\n')
}

function renderLine(item: PackageReport, terminal: Terminal): string {
  return `${paint(terminal, TONES[item.verdict], item.verdict.padEnd(10))} ${nameOf(item)}  ${paint(terminal, 'quiet', reasonOf(item))}`
}

function renderGroup(group: readonly PackageReport[], terminal: Terminal): string {
  const [first] = group
  if (first === undefined) return ''
  const names = group.slice(0, 5).map(nameOf)
  const more = group.length - names.length
  const list = `${names.join(', ')}${more > 0 ? ` and ${more} more` : ''}`
  return `${paint(terminal, TONES[first.verdict], first.verdict.padEnd(10))} ${group.length} versions  ${paint(terminal, 'quiet', reasonOf(first))}: ${list}`
}

// What did not decide anything is said once, with the versions it is about; a code that says something else of each, in one line as well.
function renderWarnings(packages: readonly PackageReport[], terminal: Terminal): string {
  const warned = accepted(packages).flatMap((item) =>
    item.findings
      // Its own line says already what an exemption waives.
      .filter(({ rule }) => item.exemption?.rules.includes(rule) !== true)
      .map((finding) => ({ item, finding, text: `${finding.found}, wanted ${finding.wanted}` })),
  )
  return [...Map.groupBy(warned, ({ finding }) => finding.code)]
    .flatMap(([code, group]) => {
      const texts = Map.groupBy(group, ({ text }) => text)
      const named = (some: typeof group): string => listOf([...new Set(some.map(({ item }) => nameOf(item)))])
      return texts.size < SHARED
        ? [...texts].map(([text, some]) => `${printable(`${code}: ${text}`)} (${named(some)})`)
        : [`${code}: ${named(group)}; --json tells what was found of each`]
    })
    .map((line) => `${paint(terminal, 'doubt', 'warning'.padEnd(10))} ${line}`)
    .join('\n')
}

// Accepted for what they show, and held to it by nobody yet.
function unrecordedOf({ packages, notes }: Report): readonly PackageReport[] {
  if (notes.some(({ code }) => code === 'no-pins' || code === 'base-without-bonafide')) return []
  // Those that are on record as having none have a note of their own.
  const told = new Set(notes.flatMap((note) => (note.code === 'provenance-unrecorded' ? note.packages : [])))
  return packages.filter(({ name, verdict, pin }) => verdict === 'trusted' && pin === 'unrecorded' && !told.has(name))
}

function renderNew(unknown: readonly PackageReport[], terminal: Terminal): string {
  if (unknown.length === 0) return ''
  const head = paint(terminal, 'doubt', 'new'.padEnd(10))
  return `${head} ${listOf(unknown.map(nameOf))}: not in bonafide.lock yet (bonafide init records who builds ${unknown.length === 1 ? 'it' : 'them'})`
}

function listOf(names: readonly string[]): string {
  const more = names.length - LISTED_IN_LINE
  return `${names.slice(0, LISTED_IN_LINE).join(', ')}${more > 0 ? ` and ${more} more` : ''}`
}

function reasonOf({ verdict, identity, because, pin }: PackageReport): string {
  if (because !== null && verdict !== 'exempt') return printable(REASONS.get(because) ?? because)
  const from = identity === null ? [] : [`${identity.repository} ${identity.workflow} ${identity.ref}`]
  const after = because !== null ? [because] : pin === 'matched' ? ['as pinned'] : []
  return printable([...from, ...after].join(', '))
}

const REASONS: ReadonlyMap<string, string> = new Map([
  ['pinned-none', 'without provenance, as recorded'],
  ['rule-lowered', 'without provenance, which the policy accepts'],
])

// What has no version is a folder, or a file as a whole.
function nameOf({ name, version }: PackageReport): string {
  return printable(version === '' ? name : `${name}@${version}`)
}

function placeOf({ locations }: PackageReport): string {
  const [first, ...rest] = locations
  if (first === undefined) return ''
  return `${printable(`${first.file}:${first.line}`)}${rest.length === 0 ? '' : ` and ${rest.length} more`}`
}

function renderSummary(
  { verdict, counts, lockfiles, now, simulated, trust, rulesNotRun }: Report,
  terminal: Terminal,
): string {
  const total = Object.values(counts).reduce((sum, count) => sum + count, 0)
  const parts = Object.entries(counts)
    .filter(([, count]) => count > 0)
    .map(([kind, count]) => `${count} ${kind}`)
  const tone: Tone = verdict === 'satisfied' ? 'good' : verdict === 'refused' ? 'bad' : 'doubt'
  const where = lockfiles.length === 0 ? '' : ` in ${lockfiles.join(', ')}`
  const sum = `${total} ${total === 1 ? 'version' : 'versions'}${where}${parts.length === 0 ? '' : `: ${parts.join(', ')}`}`
  const lines = [`${paint(terminal, tone, verdict)}: ${printable(sum)}`]
  // Said once, and by what one can do about it.
  if (rulesNotRun.length > 0) lines.push(`not run without --tarballs: ${rulesNotRun.join(', ')}`)
  if (simulated === true) lines.push(`judged as of ${now} (simulated by --now)`)
  if (trust.source === 'file' || trust.registryKeys.source === 'file') {
    lines.push(`trust root: ${sourceOf(trust)}, registry keys: ${sourceOf(trust.registryKeys)}`)
  }
  lines.push(...trust.privateRoots.map(renderPrivateRoot))
  return lines.join('\n')
}

function renderPrivateRoot({ file, digest, scopes }: PrivateRootReport): string {
  return `private root: ${printable(file)} ${shorten(digest)}, for ${scopes.map(printable).join(', ')} alone`
}

// Enough of the digest to recognise it; `--json` has the whole.
function sourceOf({ source, digest }: TrustReport): string {
  return digest === null ? source : `${source} ${shorten(digest)}`
}

function shorten(digest: string): string {
  return digest.slice(0, 'sha256:'.length + 12)
}
