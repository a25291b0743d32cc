// SPDX-License-Identifier: Apache-2.0
import { finding } from '@bonafide/core'
import type { Finding } from '@bonafide/core'
import { boundEvidence } from '../evidence.ts'
import { ownerOf } from '../facts.ts'
import type { Facts, FreshDependency, Owner } from '../facts.ts'

/** How long a package has to have existed before another may begin to depend on it. */
export const FRESH_DAYS = 14

const DAY = 24 * 60 * 60 * 1000

/**
 * `fresh-dependency`: a version that begins to depend on a package depends on one that has been there for 14 days.
 *
 * Stops the payload that comes as a dependency made for the purpose: plain-crypto-js (axios, both lines), easy-day-js (Mastra), a clean
 * bait published the day before.
 *
 * Known false positives: a package split in two, or a new platform's binary: where both show provenance of the same owner it is a warning.
 */
export function checkFreshDependency(facts: Facts): Finding[] {
  if (facts.accepted.isHeld) return []
  const { provenance } = boundEvidence(facts)
  const owner = provenance === null ? null : ownerOf(provenance)
  return facts.freshDependencies.filter((edge) => isFresh(edge, facts.now)).map((edge) => describe(edge, owner))
}

/** Tells whether a package is too young to be depended on. One of unknown age is. */
export function isFresh({ firstPublished }: Pick<FreshDependency, 'firstPublished'>, now: Date): boolean {
  return !(firstPublished !== null && now.getTime() - firstPublished.getTime() >= FRESH_DAYS * DAY)
}

function describe({ name, spec, firstPublished, owner: theirs }: FreshDependency, owner: Owner | null): Finding {
  const isOwn = owner !== null && theirs !== null && isSameOwner(owner, theirs)
  const age =
    firstPublished === null ? 'of unknown age' : `first published ${firstPublished.toISOString().slice(0, 10)}`
  return finding('fresh-dependency', {
    found: `a new dependency on ${name} ${spec}, ${age}${isOwn ? ', of the same owner' : ''}`,
    wanted: `packages that are ${FRESH_DAYS} days old, or show the same owner`,
    fix: `look at ${name}, or stay on the version before`,
    ...(isOwn ? { level: 'warn' as const } : {}),
  })
}

// Numbers are given out anew by each issuer: the same number at another one is somebody else.
function isSameOwner(left: Owner, right: Owner): boolean {
  return left.trustDomain === right.trustDomain && left.issuer === right.issuer && left.id === right.id
}
