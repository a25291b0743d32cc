// SPDX-License-Identifier: Apache-2.0
import { isNonEmpty } from '@bonafide/core'
import type { NonEmpty } from '@bonafide/core'
import { boundEvidence } from './evidence.ts'
import type { Facts } from './facts.ts'
import { matchIdentity } from './match.ts'
import { pinIdentity } from './pins.ts'
import type { Pin, PinnedIdentity } from './pins.ts'

/** The one kind of runner that outlives a job, and so carries from one job into the next. */
export const SELF_HOSTED = 'self-hosted'

/**
 * Whom a version is held against. `pin`: what the project has recorded. `history`: who built the accepted versions before it, where
 * nothing is recorded. Null: nobody knows anybody.
 */
export interface Expected {
  readonly source: 'pin' | 'history'
  readonly identities: NonEmpty<PinnedIdentity>
  /** Where they come from, for `wanted`: the version that showed them, or nothing more to say. */
  readonly as: string
}

/** The identity that a version shows, or null where it shows none. */
export function shownIdentity(facts: Facts): PinnedIdentity | null {
  const { provenance } = boundEvidence(facts)
  return provenance === null ? null : pinIdentity(provenance)
}

/** Whom a version is held against, or null. */
export function expectedIdentities(facts: Facts, pin: Pin | undefined): Expected | null {
  if (pin !== undefined && pin.identities !== 'none') return { source: 'pin', identities: pin.identities, as: '' }
  // Whoever decided about the version before decided about its identity as well.
  if (facts.accepted.isHeld) return null
  return continuity(facts)
}

/**
 * The expected identities that are those of the shown one: the ones whose refs, triggers and runners count. Empty where the identity is
 * another, which is a finding of its own.
 */
export function matchingIdentities(shown: PinnedIdentity, expected: Expected): readonly PinnedIdentity[] {
  return sameDomain(shown, expected.identities).filter((one) => matchIdentity(shown, [one]).kind !== 'different')
}

/** The identities that somebody vouches for under the same authority. */
export function sameDomain(shown: PinnedIdentity, identities: readonly PinnedIdentity[]): readonly PinnedIdentity[] {
  return identities.filter(({ trustDomain }) => trustDomain === shown.trustDomain)
}

// From the oldest link on: one that is foreign to what was accepted before it, or that came from a ref or a runner which those would not
// allow, is skipped, and so launders nothing that follows it.
function continuity({ predecessors }: Facts): Expected | null {
  let accepted: { readonly identity: PinnedIdentity; readonly version: string } | null = null
  const same: PinnedIdentity[] = []
  for (const evidence of predecessors.toReversed()) {
    const identity = pinIdentity(evidence)
    if (accepted !== null && !isContinued(identity, accepted.identity, same)) continue
    accepted = { identity, version: evidence.coordinate.version }
    same.push(identity)
  }
  // The newest first: that is the one which a refusal names.
  const identities = same.toReversed()
  if (accepted === null || !isNonEmpty(identities)) return null
  return { source: 'history', identities, as: `, as ${accepted.version} shows` }
}

function isContinued(identity: PinnedIdentity, before: PinnedIdentity, all: readonly PinnedIdentity[]): boolean {
  if (identity.trustDomain !== before.trustDomain || matchIdentity(identity, [before]).kind === 'different')
    return false
  const isKnown = (field: 'refs' | 'runners', value: string): boolean => all.some((one) => one[field].includes(value))
  return (
    identity.refs.every((ref) => ref === 'tag' || isKnown('refs', ref)) &&
    identity.runners.every((runner) => runner !== SELF_HOSTED || isKnown('runners', runner))
  )
}
