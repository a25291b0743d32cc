// SPDX-License-Identifier: Apache-2.0
import { isNonEmpty } from '@bonafide/core'
import type { Lockfile } from '@bonafide/lockfile'
import { takesMirrors } from '@bonafide/registry'
import type { RegistriesInPlay } from '@bonafide/registry'
import { findForeignUrl, lockedUrls } from './locked-urls.ts'
import type { GatheredProject } from './verify-project.ts'

/**
 * The one mirror that a project's lockfiles name, for its first policy to say so; null where they name none, two, or anything that is not
 * the registry's own bytes under their canonical path, bound by a sha512.
 *
 * All or nothing: a lockfile into which one stranger's URL was written is no lockfile of a mirror, and stays for a person to read.
 */
export function standingMirror(
  { versions }: Pick<GatheredProject, 'versions'>,
  lockfiles: readonly Lockfile[],
  registries: RegistriesInPlay,
): string | null {
  // An entry that cannot be read as a version may name any URL.
  if (lockfiles.some(({ entries }) => entries.some(({ kind }) => kind === 'invalid'))) return null
  const mirrors = new Set<string>()
  for (const { group, facts } of versions) {
    const { name, version, places } = group
    const tarball = facts.registry.state === 'known' ? facts.registry.tarball : null
    const foreign = lockedUrls(places)
      .map((url) => findForeignUrl({ name, version, resolved: [url] }, tarball, registries, []))
      .filter((one) => one !== null)
    if (!isNonEmpty(foreign)) continue
    if (!takesMirrors(name, registries) || !isAsRegistered(facts)) return null
    for (const { mirror } of foreign) {
      if (mirror === null) return null
      mirrors.add(mirror)
    }
  }
  const [mirror, ...more] = mirrors
  return mirror === undefined || more.length > 0 ? null : mirror
}

/** The facts as they are once the policy names a mirror that {@link standingMirror} found: it is all that was foreign. */
export function withMirror<T extends Pick<GatheredProject, 'versions'>>(gathered: T): T {
  const versions = gathered.versions.map((item) =>
    item.facts.mirror === null ? item : { ...item, facts: { ...item.facts, mirror: null, resolvedMatches: true } },
  )
  return { ...gathered, versions }
}

// Other bytes than the registry's: that is no mirror of it.
function isAsRegistered({ locked, registry }: GatheredProject['versions'][number]['facts']): boolean {
  return (
    locked.state === 'sha512' &&
    registry.state === 'known' &&
    registry.integrity.state === 'sha512' &&
    registry.integrity.sha512 === locked.sha512
  )
}
