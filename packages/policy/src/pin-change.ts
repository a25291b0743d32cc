// SPDX-License-Identifier: Apache-2.0
import type { Pin, PinnedIdentity, Pins } from './pins.ts'
import { isSameIdentity } from './pins.ts'
import { compareLines } from './release-line.ts'

/** One thing that a pin says, before and after; null where it says nothing. */
export interface FieldChange {
  readonly field: string
  readonly before: string | null
  readonly after: string | null
  /** `lowered`: less is owed than before. */
  readonly effect: 'same' | 'changed' | 'added' | 'removed' | 'lowered' | 'raised'
}

/** An identity of a pin, before and after. `replaced`: somebody else builds the package now. */
export interface IdentityChange {
  readonly effect: 'same' | 'widened' | 'replaced' | 'added' | 'removed'
  readonly fields: readonly FieldChange[]
  /** The repository that is recorded now, as people write it; null where none is. */
  readonly repository: string | null
}

/** What changes in the pin of one package. */
export interface PinChange {
  readonly name: string
  /** Empty where the package is, and was, recorded as having none. */
  readonly identities: readonly IdentityChange[]
  /** Release lines, what runs on installation, and dependencies from beside the registries. */
  readonly fields: readonly FieldChange[]
}

/** Compares the pin of one package before and after. */
export function comparePin(name: string, before: Pins, after: Pins): PinChange {
  const [old, now] = [before.packages.get(name), after.packages.get(name)]
  return {
    name,
    identities: compareIdentities(identitiesOf(old), identitiesOf(now)),
    fields: [
      ...compareStrengths(old, now),
      ...compareLists('on installation', old?.hooks ?? [], now?.hooks ?? []),
      ...compareLists('beside registries', before.exotic, after.exotic).filter(({ effect }) => effect !== 'same'),
    ],
  }
}

/** Tells whether anything changes. */
export function isChanged({ identities, fields }: PinChange): boolean {
  return [...identities, ...fields].some(({ effect }) => effect !== 'same')
}

/**
 * What a person types to confirm a change: each repository that is recorded anew, and the package's name where none is. Whoever types a
 * repository has read it, letter by letter.
 */
export function confirmationOf({ name, identities }: PinChange): readonly string[] {
  const repositories = identities
    .filter(({ effect }) => effect === 'added' || effect === 'replaced')
    .flatMap(({ repository }) => repository ?? [])
  return repositories.length === 0 ? [name] : [...new Set(repositories)]
}

function identitiesOf(pin: Pin | undefined): readonly PinnedIdentity[] {
  return pin === undefined || pin.identities === 'none' ? [] : pin.identities
}

function compareIdentities(
  before: readonly PinnedIdentity[],
  after: readonly PinnedIdentity[],
): readonly IdentityChange[] {
  const gone = before.filter((one) => !after.some((other) => isSameIdentity(one, other)))
  const changes = after.map((one): IdentityChange => {
    const same = before.find((other) => isSameIdentity(one, other))
    const old = same ?? takeNearest(one, gone)
    const fields = compareFields(old, one)
    const isSame = fields.every(({ effect }) => effect === 'same')
    const effect = old === undefined ? 'added' : same === undefined ? 'replaced' : isSame ? 'same' : 'widened'
    return { effect, fields, repository: repositoryName(one.repository) }
  })
  const removed = gone.map((one): IdentityChange => ({
    effect: 'removed',
    fields: compareFields(one),
    repository: null,
  }))
  return [...changes, ...removed]
}

// The one that it differs from least, which is then spoken for.
function takeNearest(one: PinnedIdentity, gone: PinnedIdentity[]): PinnedIdentity | undefined {
  const differing = (other: PinnedIdentity): number =>
    compareFields(other, one).filter(({ effect }) => effect !== 'same').length
  const [nearest] = gone.toSorted((left, right) => differing(left) - differing(right))
  if (nearest !== undefined) gone.splice(gone.indexOf(nearest), 1)
  return nearest
}

const FIELDS: readonly (readonly [string, (identity: PinnedIdentity) => string | null])[] = [
  ['trust domain', ({ trustDomain }) => trustDomain],
  ['issuer', ({ issuer }) => issuer],
  ['repository', ({ repository }) => repository],
  ['repository id', ({ repositoryId }) => repositoryId],
  ['owner id', ({ ownerId }) => ownerId],
  ['workflow', ({ workflow }) => workflow],
  ['signer', ({ signer }) => signer],
  ['refs', ({ refs }) => listOf(refs)],
  ['triggers', ({ triggers }) => listOf(triggers)],
  ['runners', ({ runners }) => listOf(runners)],
]

function compareFields(before: PinnedIdentity | undefined, after?: PinnedIdentity): readonly FieldChange[] {
  return FIELDS.map(([field, read]) =>
    change(field, before === undefined ? null : read(before), after === undefined ? null : read(after)),
  )
}

function compareStrengths(before: Pin | undefined, after: Pin | undefined): readonly FieldChange[] {
  const lines = [...new Set([...(before?.lines.keys() ?? []), ...(after?.lines.keys() ?? [])])].sort(compareLines)
  return lines.map((line) => {
    const [old, now] = [before?.lines.get(line) ?? null, after?.lines.get(line) ?? null]
    const plain = change(`line ${line}`, old, now)
    // A line that nobody recorded owed what the package owes.
    const owed = old ?? (before !== undefined && before.identities !== 'none' ? 'provenance' : null)
    if (plain.effect === 'same' || owed === null) return plain
    if (owed === 'provenance' && now === 'none') return { ...plain, effect: 'lowered' }
    return owed === 'none' && now === 'provenance' ? { ...plain, effect: 'raised' } : plain
  })
}

function compareLists(field: string, before: readonly string[], after: readonly string[]): readonly FieldChange[] {
  return [...new Set([...before, ...after])].map((text) =>
    change(field, before.includes(text) ? text : null, after.includes(text) ? text : null),
  )
}

function change(field: string, before: string | null, after: string | null): FieldChange {
  const effect = before === after ? 'same' : before === null ? 'added' : after === null ? 'removed' : 'changed'
  return { field, before, after, effect }
}

// Nothing listed allows nothing, which is not the same as unknown.
function listOf(texts: readonly string[]): string {
  return texts.length === 0 ? 'none' : texts.join(', ')
}

// `owner/name`, or the whole path where a forge nests its groups.
function repositoryName(url: string): string {
  return URL.canParse(url) ? new URL(url).pathname.replaceAll(/^\/+|\/+$/gu, '') || url : url
}
