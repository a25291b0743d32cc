// SPDX-License-Identifier: Apache-2.0
import type { Placed } from '@bonafide/lockfile'
import { isCanonicalTarball, mirrorOf, registriesInPlayOf, takesMirrors } from '@bonafide/registry'
import type { RegistriesInPlay } from '@bonafide/registry'

/** A URL that a lockfile names for a version. */
export interface LockedUrl {
  readonly url: string
  /** Whether a sha512 beside it, in the lockfile, binds what comes from there. */
  readonly isBound: boolean
}

/** The URLs that a lockfile names for a version. */
export interface LockedUrls {
  readonly name: string
  readonly version: string
  readonly resolved: readonly LockedUrl[]
}

/** The first of the URLs that is not the registry's, nor that of a mirror which the policy names; null where all are. */
export interface ForeignUrl {
  readonly url: string
  /** The mirror that it would belong to, if the policy named it; null where it could belong to none. */
  readonly mirror: string | null
}

/**
 * Holds the URLs of a version against the registries in play and the mirrors of the policy.
 *
 * What a mirror serves a client checks against the sha512 in the lockfile, and against nothing else: where there is none, the mirror would
 * decide what is installed, and it is as foreign as any other host.
 *
 * @param tarball - what the registry's metadata says of the tarball's place
 */
export function findForeignUrl(
  { name, version, resolved }: LockedUrls,
  tarball: string | null,
  registries: RegistriesInPlay,
  mirrors: readonly string[],
): ForeignUrl | null {
  const own = registriesInPlayOf(name, registries)
  const isMirrored = takesMirrors(name, registries)
  const foreign = resolved.find(({ url, isBound }) => {
    const allowed = isBound && isMirrored ? [...own, ...mirrors] : own
    return !isCanonicalTarball(url, name, version, tarball, allowed)
  })
  if (foreign === undefined) return null
  const { url, isBound } = foreign
  return { url, mirror: isBound && isMirrored ? mirrorOf(url, name, version) : null }
}

/** The URLs of a version's places, each once: bound where every place that names it has a sha512. */
export function lockedUrls(places: readonly Pick<Placed, 'resolved' | 'integrity'>[]): readonly LockedUrl[] {
  const urls = new Map<string, boolean>()
  for (const { resolved, integrity } of places)
    if (resolved !== null) urls.set(resolved, integrity.state === 'sha512' && urls.get(resolved) !== false)
  return [...urls].map(([url, isBound]) => ({ url, isBound }))
}
