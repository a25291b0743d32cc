// SPDX-License-Identifier: Apache-2.0
// The rule to compare with, as pnpm documents it for `trustPolicy: no-downgrade`: the registry's word alone.
import type { Release } from './record.ts'

/**
 * Tells whether the peer's rule refuses a version: some version published before it, of any line, had more trust. Pre-releases do not
 * count where the version is none.
 *
 * @param releases - in the order in which they came out
 */
export function peerRefuses(release: Release, releases: readonly Release[]): boolean {
  const earlier = releases.filter(({ at, isStable }) => at < release.at && (isStable || !release.isStable))
  return earlier.some((one) => rankOf(one) > rankOf(release))
}

// Approved by a person, built by a trusted publisher with provenance, with provenance, without.
function rankOf({ manifest }: Release): number {
  if (manifest.approverClaimed) return 3
  if (!manifest.claimsAttestations) return 0
  return manifest.trustedPublisherClaimed ? 2 : 1
}
