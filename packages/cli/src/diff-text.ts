// SPDX-License-Identifier: Apache-2.0
import type { ContentDiff, DiffReport, DiffSide, PackageReport, ValueDiff, VersionDiff } from '@bonafide/verify'

type Identity = NonNullable<DiffSide['identity']>

// What a diff says, in words that every form shares. All of it may hold foreign text: whoever prints it escapes it.

/** One thing that differs, or that stands beside it. */
export interface DiffLine {
  readonly label: string
  readonly text: string
}

const DAY = 24 * 60 * 60 * 1000

/** Name and versions: `paint 2.0.0 -> 2.0.1`. */
export function titleOf({ name, from, to, beside }: VersionDiff): string {
  const versions = [from?.version, to?.version].filter((version) => version !== undefined)
  const other = beside.length === 0 ? '' : ` (beside ${beside.join(', ')})`
  return `${name} ${versions.join(' -> ')}${other}`
}

/** The verdict on the new version, or null where there is none. */
export function verdictOf({ name, to }: VersionDiff, { packages }: DiffReport): PackageReport | null {
  if (to === null) return null
  return packages.find((item) => item.name === name && item.version === to.version) ?? null
}

/** Everything that a reviewer wants to see of a change, in order. */
export function linesOf(change: VersionDiff, now: string): readonly DiffLine[] {
  const { from, to, content } = change
  if (to === null) return []
  return [
    ...bytesLines(from, to),
    ...provenanceLines(change),
    ...ageLines(to, now),
    ...publisherLines(from, to),
    ...(content === null
      ? [{ label: 'contents', text: 'unknown: the registry does not tell' }]
      : contentLines(content)),
  ]
}

/** What became of the provenance, in a word or two. */
export const PROVENANCE: Readonly<Record<VersionDiff['provenance'], string>> = {
  shown: 'provenance',
  same: 'same builder',
  changed: 'another builder',
  gained: 'provenance gained',
  lost: 'provenance lost',
  none: 'no provenance',
  unknown: 'unknown',
}

/** How old a version is, by the latest of those who say when it came out. */
export function ageOf({ published }: DiffSide, now: string): string {
  const times = [
    ['the publish attestation', published.publish],
    ['the provenance', published.provenance],
    ["the registry's word", published.claimed],
  ] as const
  const known = times.flatMap(([by, at]) => (at === null ? [] : [{ by, at: new Date(at) }]))
  const [latest] = known.toSorted((left, right) => right.at.getTime() - left.at.getTime())
  if (latest === undefined) return 'unknown'
  const days = Math.floor((new Date(now).getTime() - latest.at.getTime()) / DAY)
  return `${days} ${days === 1 ? 'day' : 'days'} (${latest.at.toISOString().slice(0, 10)}, by ${latest.by})`
}

/** What a list of differences comes to, or `none`. */
export function changesIn(items: readonly ValueDiff[]): string {
  const counts = [
    ['+', items.filter(({ from }) => from === null)],
    ['-', items.filter(({ to }) => to === null)],
    ['~', items.filter(({ from, to }) => from !== null && to !== null)],
  ] as const
  const parts = counts.flatMap(([sign, some]) => (some.length === 0 ? [] : [`${sign}${some.length}`]))
  return parts.length === 0 ? 'none' : parts.join(' ')
}

function bytesLines(from: DiffSide | null, to: DiffSide): readonly DiffLine[] {
  // The same number for other bytes.
  if (from?.version !== to.version || from.integrity === to.integrity) return []
  return [{ label: 'bytes', text: `${from.integrity ?? 'none'} -> ${to.integrity ?? 'none'}` }]
}

function provenanceLines({ provenance, identity, from, to }: VersionDiff): readonly DiffLine[] {
  const [old, now] = [from?.identity ?? null, to?.identity ?? null]
  const builder = now ?? old
  const by =
    builder === null || provenance === 'changed' ? '' : `: ${provenance === 'lost' ? 'was ' : ''}${builderOf(builder)}`
  // Field by field where both sides have a builder; one alone is told as a whole.
  const fields = old === null || now === null ? [] : identity
  const sources = [old, now].map((one) => (one === null ? 'none' : `${one.ref} ${one.commit}`))
  const source = from === null ? (sources[1] ?? '') : sources.join(' -> ')
  return [
    { label: 'provenance', text: `${PROVENANCE[provenance]}${by}` },
    ...fields.map((field) => ({ label: `  ${field.name}`, text: arrowOf(field) })),
    ...(old === null && now === null ? [] : [{ label: 'source', text: source }]),
  ]
}

function builderOf({ repository, repositoryId, ownerId, workflow }: Identity): string {
  return `${repository} (${repositoryId ?? 'no id'}, owner ${ownerId ?? 'no id'}) ${workflow}`
}

function ageLines(to: DiffSide, now: string): readonly DiffLine[] {
  return [{ label: 'age', text: ageOf(to, now) }]
}

function publisherLines(from: DiffSide | null, to: DiffSide): readonly DiffLine[] {
  if (to.publisher === null && (from === null || from.publisher === null)) return []
  const text =
    from === null || from.publisher === to.publisher
      ? (to.publisher ?? 'unknown')
      : `${from.publisher ?? 'unknown'} -> ${to.publisher ?? 'unknown'}`
  return [{ label: 'publisher', text }]
}

function contentLines({ hooks, dependencies, exotic }: ContentDiff): readonly DiffLine[] {
  return [
    ...hooks.map((hook) => ({ label: 'script', text: signed(hook) })),
    ...dependencies.map((item) => {
      const fresh = item.firstPublished === null ? '' : `, first published ${item.firstPublished.slice(0, 10)}`
      return { label: 'dependency', text: `${signed(item)}${fresh}` }
    }),
    ...exotic.map(({ name, from }) => ({ label: 'beside registries', text: `${from === null ? '+' : '-'} ${name}` })),
  ]
}

function signed(item: ValueDiff): string {
  const sign = item.from === null ? '+' : item.to === null ? '-' : '~'
  return `${sign} ${item.name} ${item.from === null || item.to === null ? (item.to ?? item.from ?? '') : arrowOf(item)}`
}

function arrowOf({ from, to }: ValueDiff): string {
  return `${from ?? 'none'} -> ${to ?? 'none'}`
}
