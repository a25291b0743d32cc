// SPDX-License-Identifier: Apache-2.0
import type { Group } from '@bonafide/lockfile'
import { releaseLine } from '@bonafide/policy'
import semver from 'semver'

/** A version of one lockfile and what stands in its place in another; null on the side that holds nothing there. */
export interface VersionPair {
  readonly name: string
  readonly from: Group | null
  readonly to: Group | null
  /** Versions of the package that both lockfiles hold. */
  readonly beside: readonly string[]
}

/**
 * Pairs the versions in which two lockfiles differ, by name, then version. A version takes the place of another of its package: the same
 * version with other bytes or from another URL, else the one that stood at the same place in the tree, else the one of its release line, else
 * the only one that is left. Versions that both hold are no difference, wherever they stand.
 */
export function pairVersions(before: readonly Group[], after: readonly Group[]): readonly VersionPair[] {
  const [olds, nows] = [before, after].map((groups) => Map.groupBy(groups, ({ name }) => name))
  const names = [...new Set([...before, ...after].map(({ name }) => name))].sort()
  return names.flatMap((name) => {
    const old = olds?.get(name) ?? []
    const now = nows?.get(name) ?? []
    const kept = new Set(old.map(identityOf).filter((key) => now.some((group) => identityOf(group) === key)))
    const isKept = (group: Group): boolean => kept.has(identityOf(group))
    const beside = now.filter(isKept).map(({ version }) => version)
    return pairChanged(
      old.filter((group) => !isKept(group)).sort(byVersion),
      now.filter((group) => !isKept(group)).sort(byVersion),
    ).map((pair) => ({ name, ...pair, beside }))
  })
}

type Pair = Pick<VersionPair, 'from' | 'to'>

// From the surest sign of belonging together to the weakest, so that a weak one takes nothing away from a sure one.
const SIGNS: readonly ((old: Group, now: Group) => boolean)[] = [
  (old, now) => old.version === now.version,
  (old, now) => old.places.some(({ path }) => now.places.some((place) => place.path === path)),
  (old, now) => releaseLine(old.version) === releaseLine(now.version),
]

function pairChanged(old: readonly Group[], now: readonly Group[]): readonly Pair[] {
  const partners = new Map<Group, Group>()
  const free = new Set(old)
  for (const isPartner of SIGNS) {
    for (const group of now) {
      const partner = partners.has(group) ? undefined : [...free].find((one) => isPartner(one, group))
      if (partner === undefined) continue
      partners.set(group, partner)
      free.delete(partner)
    }
  }
  const alone = now.filter((group) => !partners.has(group))
  const [only, ...others] = free
  const [last] = alone
  if (only !== undefined && others.length === 0 && last !== undefined && alone.length === 1) {
    partners.set(last, only)
    free.delete(only)
  }
  return [
    ...now.map((to) => ({ from: partners.get(to) ?? null, to })),
    ...[...free].map((from) => ({ from, to: null })),
  ]
}

// What a client would fetch, and how it would check it.
function identityOf({ version, integrity, places }: Group): string {
  const urls = [...new Set(places.map(({ resolved }) => resolved ?? ''))].sort()
  return JSON.stringify([version, integrity, urls])
}

function byVersion(left: Group, right: Group): number {
  return semver.valid(left.version) !== null && semver.valid(right.version) !== null
    ? semver.compare(left.version, right.version)
    : left.version < right.version
      ? -1
      : 1
}
