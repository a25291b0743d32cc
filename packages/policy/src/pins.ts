// SPDX-License-Identifier: Apache-2.0
import type { ProvenanceEvidence } from '@bonafide/attestation'
import { withoutRef } from '@bonafide/core'
import type { NonEmpty } from '@bonafide/core'
import { RELEASE_TAGS, releaseTags } from './publish-policy.ts'
import { releaseLine } from './release-line.ts'

/** The strongest evidence that was seen on a release line. */
export type Strength = 'provenance' | 'none'

/**
 * An identity that a package is known to show. Issuer, repository, ids, workflow and signer are compared by `identity-changed`, within
 * one trust domain; refs, triggers and runners each by a rule of their own.
 */
export interface PinnedIdentity {
  readonly trustDomain: string
  readonly issuer: string
  readonly repository: string
  /** Null where the certificate was of the first generation, which named no ids. */
  readonly repositoryId: string | null
  readonly ownerId: string | null
  /** Path of the workflow that was started (the caller). */
  readonly workflow: string
  /** URL of the workflow whose steps signed, without its ref; the caller's own in the plain case. */
  readonly signer: string
  /** `tag` for a tag that equals the version, `tags` for any tag, or whole refs such as `refs/heads/main`. */
  readonly refs: readonly string[]
  readonly triggers: readonly string[]
  readonly runners: readonly string[]
}

/** What one package must show: one of its identities, or `none`; and the strongest evidence of each release line. */
export interface Pin {
  readonly identities: NonEmpty<PinnedIdentity> | 'none'
  /** By release line, as {@link releaseLine} names it. */
  readonly lines: ReadonlyMap<string, Strength>
  /** What may run when the package is installed, by name, such as `postinstall`: what stood there when it was recorded. */
  readonly hooks: readonly string[]
}

/** The content of `bonafide.lock`: a pin for each package that somebody accepted. */
export interface Pins {
  readonly packages: ReadonlyMap<string, Pin>
  /** Dependencies of packages that come from beside the registries and are accepted, as `name@spec`: exactly these. */
  readonly exotic: readonly string[]
}

/** The pins of a project that has no `bonafide.lock`. */
export const NO_PINS: Pins = { packages: new Map(), exotic: [] }

/** The evidence that a version owes: that of its own line, and on a line that nobody recorded the strongest of the package. */
export function requiredStrength(pin: Pin, version: string): Strength {
  return strengthOfLine(pin, releaseLine(version))
}

/** The evidence that versions of a release line owe. */
export function strengthOfLine(pin: Pin, line: string): Strength {
  const recorded = pin.lines.get(line)
  if (recorded !== undefined) return recorded
  return pin.identities !== 'none' || [...pin.lines.values()].includes('provenance') ? 'provenance' : 'none'
}

/** The pin that a verified provenance makes for its own coordinate. */
export function pinIdentity(evidence: ProvenanceEvidence): PinnedIdentity {
  const { identity, coordinate, trustDomain } = evidence
  return {
    trustDomain,
    issuer: identity.issuer,
    repository: identity.repository,
    repositoryId: identity.repositoryId,
    ownerId: identity.ownerId,
    workflow: identity.workflow,
    signer: withoutRef(identity.signer, identity.ref),
    refs: pinnedRefs(identity.ref, coordinate.name, coordinate.version),
    triggers: identity.trigger === null ? [] : [identity.trigger],
    runners: identity.runner === null ? [] : [identity.runner],
  }
}

/**
 * Records what a version showed: its identity, or null for none. Returns the same pins where that is on record already. Records the
 * strongest evidence only: a version without provenance never lowers a line that had it. Throws a `RangeError` on evidence for
 * another version.
 */
export function addToPins(pins: Pins, name: string, version: string, evidence: ProvenanceEvidence | null): Pins {
  if (evidence !== null && (evidence.coordinate.name !== name || evidence.coordinate.version !== version))
    throw new RangeError(`evidence for ${evidence.coordinate.name}@${evidence.coordinate.version} pins nothing else`)
  const old = pins.packages.get(name)
  const line = releaseLine(version)
  const strength = evidence === null ? (old?.lines.get(line) ?? 'none') : 'provenance'
  const identities =
    evidence === null ? (old?.identities ?? 'none') : addIdentity(old?.identities, pinIdentity(evidence))
  if (old !== undefined && old.identities === identities && old.lines.get(line) === strength) return pins
  const pin: Pin = { identities, lines: new Map(old?.lines).set(line, strength), hooks: old?.hooks ?? [] }
  return { ...pins, packages: new Map(pins.packages).set(name, pin) }
}

/**
 * Records what already runs when a package is installed. Returns the same pins where that is on record already. Throws a `RangeError`
 * where the package has no pin: scripts alone say nothing of its origin.
 */
export function addHooksToPins(pins: Pins, name: string, hooks: readonly string[]): Pins {
  const old = pins.packages.get(name)
  if (old === undefined) throw new RangeError(`${name} has no pin`)
  const all = union(old.hooks, hooks)
  return all === old.hooks ? pins : { ...pins, packages: new Map(pins.packages).set(name, { ...old, hooks: all }) }
}

/** Records dependencies from beside the registries, as `name@spec`. Returns the same pins where they are on record already. */
export function addExoticToPins(pins: Pins, edges: readonly string[]): Pins {
  const exotic = union(pins.exotic, edges)
  return exotic === pins.exotic ? pins : { ...pins, exotic }
}

/** Tells whether two pinned identities are the same in everything that is compared. */
export function isSameIdentity(left: PinnedIdentity, right: PinnedIdentity): boolean {
  return (
    left.trustDomain === right.trustDomain &&
    left.issuer === right.issuer &&
    left.repository === right.repository &&
    left.repositoryId === right.repositoryId &&
    left.ownerId === right.ownerId &&
    left.workflow === right.workflow &&
    left.signer === right.signer
  )
}

// Common shapes of a release tag; one that merely contains the version is none of them.
function pinnedRefs(ref: string, name: string, version: string): readonly string[] {
  if (releaseTags(RELEASE_TAGS, name, version).some((tag) => ref === `refs/tags/${tag}`)) return ['tag']
  // Tags named by date or after another package: recorded as they are, each release would be refused for the name of its tag.
  if (ref.startsWith('refs/tags/')) return ['tags']
  // A ref that calls itself `tag` must not become a word of the above: what is no full ref is not recorded.
  return ref.startsWith('refs/') ? [ref] : []
}

/** The identities of a pin with one more; the same list where it is on record already, with its ref, trigger and runner. */
export function addIdentity(old: Pin['identities'] | undefined, shown: PinnedIdentity): NonEmpty<PinnedIdentity> {
  if (old === undefined || old === 'none') return [shown]
  const [first, ...rest] = old
  const widened: NonEmpty<PinnedIdentity> = [widen(first, shown), ...rest.map((pinned) => widen(pinned, shown))]
  if (!old.some((pinned) => isSameIdentity(pinned, shown))) return [...old, shown]
  return widened.some((pinned, index) => pinned !== old[index]) ? widened : old
}

// The same identity from another ref, by another trigger or on another runner: recorded beside what it had.
function widen(pinned: PinnedIdentity, shown: PinnedIdentity): PinnedIdentity {
  if (!isSameIdentity(pinned, shown)) return pinned
  const refs = union(pinned.refs, shown.refs)
  const triggers = union(pinned.triggers, shown.triggers)
  const runners = union(pinned.runners, shown.runners)
  const same = refs === pinned.refs && triggers === pinned.triggers && runners === pinned.runners
  return same ? pinned : { ...pinned, refs, triggers, runners }
}

function union(old: readonly string[], shown: readonly string[]): readonly string[] {
  const added = shown.filter((text) => !old.includes(text))
  return added.length === 0 ? old : [...old, ...added].sort()
}
