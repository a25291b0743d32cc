// SPDX-License-Identifier: Apache-2.0
import type { Identity } from '@bonafide/attestation'
import { withoutRef } from '@bonafide/core'
import { boundEvidence } from '@bonafide/policy'
import type { VersionMetadata } from '@bonafide/policy'
import type { GatheredFacts } from './gather-facts.ts'

/** One side of a difference: a version as far as anybody could tell. */
export interface DiffSide {
  readonly version: string
  readonly integrity: string | null
  /** From the certificate of its verified provenance; null where it has none. */
  readonly identity: Identity | null
  /** When it came out, by each of those who say so, ISO 8601. Only the last is unsigned. */
  readonly published: {
    readonly publish: string | null
    readonly provenance: string | null
    readonly claimed: string | null
  }
  /** Who published it, by the registry's word. */
  readonly publisher: string | null
}

/** A dependency that a version adds, takes away, or asks for in another range. */
export interface DependencyDiff {
  readonly name: string
  readonly from: string | null
  readonly to: string | null
  /** When the first version of an added package came out, as the registry claims; null where that is no news, or nobody could tell. */
  readonly firstPublished: string | null
}

/** One thing that has a value on both sides, or on one. */
export interface ValueDiff {
  readonly name: string
  readonly from: string | null
  readonly to: string | null
}

/** What installing one version does and installing the other does not, by the registry's word. */
export interface ContentDiff {
  /** What runs on installation, by name, with its command. */
  readonly hooks: readonly ValueDiff[]
  readonly dependencies: readonly DependencyDiff[]
  /** Dependencies from beside the registries, as `name@spec`. */
  readonly exotic: readonly ValueDiff[]
}

/** How a version differs from the one whose place it takes. */
export interface VersionDiff {
  readonly kind: 'added' | 'changed' | 'removed'
  readonly name: string
  readonly from: DiffSide | null
  readonly to: DiffSide | null
  /** Other versions of the package, which both lockfiles hold. */
  readonly beside: readonly string[]
  /** What became of the provenance: `shown` by an added version; `unknown` where nobody could tell. */
  readonly provenance: 'shown' | 'same' | 'changed' | 'gained' | 'lost' | 'none' | 'unknown'
  /** The fields in which the identities differ; ref, commit and run differ between any two releases, and stand on the sides. */
  readonly identity: readonly ValueDiff[]
  /** Null where the registry could not tell of both sides. */
  readonly content: ContentDiff | null
}

/** A version with everything that was gathered about it. */
export interface GatheredSide {
  readonly version: string
  readonly integrity: string | null
  /** Null where nobody was asked. */
  readonly gathered: GatheredFacts | null
  readonly metadata: VersionMetadata | null
}

/** What a side shows. */
export function sideOf({ version, integrity, gathered, metadata }: GatheredSide): DiffSide {
  const times = gathered?.facts.published
  return {
    version,
    integrity,
    identity: gathered === null ? null : (boundEvidence(gathered.facts).provenance?.identity ?? null),
    published: {
      publish: times?.publish?.toISOString() ?? null,
      provenance: times?.provenance?.toISOString() ?? null,
      claimed: (times?.claimed ?? metadata?.publishedAt)?.toISOString() ?? null,
    },
    publisher: metadata?.publisher ?? null,
  }
}

/** What became of the provenance between two sides. */
export function provenanceDiff(
  from: GatheredSide | null,
  to: GatheredSide,
): Pick<VersionDiff, 'provenance' | 'identity'> {
  const [old, now] = [from === null ? null : shown(from), shown(to)]
  if (old === 'unknown' || now === 'unknown') return { provenance: 'unknown', identity: [] }
  if (now === null) return { provenance: old === null ? 'none' : 'lost', identity: fieldsBetween(old, null) }
  if (old === null) return { provenance: from === null ? 'shown' : 'gained', identity: fieldsBetween(null, now) }
  const identity = fieldsBetween(old, now)
  return { provenance: identity.length === 0 ? 'same' : 'changed', identity }
}

/** What differs in what the registry tells of two sides; dates of added dependencies are the caller's to fill in. */
export function contentDiff(from: VersionMetadata | null, to: VersionMetadata): ContentDiff {
  return {
    hooks: valuesBetween(from?.hooks ?? new Map(), to.hooks),
    dependencies: valuesBetween(from?.dependencies ?? new Map(), to.dependencies).map((item) => ({
      ...item,
      firstPublished: null,
    })),
    exotic: valuesBetween(byItself(from?.exotic ?? []), byItself(to.exotic)),
  }
}

function shown({ gathered }: GatheredSide): Identity | 'unknown' | null {
  if (gathered === null || gathered.facts.attestations.state === 'unknown') return 'unknown'
  return boundEvidence(gathered.facts).provenance?.identity ?? null
}

const FIELDS = [
  'issuer',
  'repository',
  'repositoryId',
  'owner',
  'ownerId',
  'workflow',
  'signer',
  'trigger',
  'runner',
] as const

function fieldsBetween(from: Identity | null, to: Identity | null): readonly ValueDiff[] {
  return FIELDS.map((name) => ({ name, from: fieldOf(from, name), to: fieldOf(to, name) })).filter(
    (item) => item.from !== item.to,
  )
}

function fieldOf(identity: Identity | null, name: (typeof FIELDS)[number]): string | null {
  if (identity === null) return null
  return name === 'signer' ? withoutRef(identity.signer, identity.ref) : identity[name]
}

function byItself(edges: readonly string[]): ReadonlyMap<string, string> {
  return new Map(edges.map((edge) => [edge, edge]))
}

function valuesBetween(from: ReadonlyMap<string, string>, to: ReadonlyMap<string, string>): readonly ValueDiff[] {
  const names = [...new Set([...from.keys(), ...to.keys()])].sort()
  return names
    .map((name) => ({ name, from: from.get(name) ?? null, to: to.get(name) ?? null }))
    .filter((item) => item.from !== item.to)
}
