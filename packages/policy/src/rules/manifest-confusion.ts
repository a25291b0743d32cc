// SPDX-License-Identifier: Apache-2.0
import { finding } from '@bonafide/core'
import type { Finding } from '@bonafide/core'
import { explain } from '../evidence.ts'
import type { Facts } from '../facts.ts'
import { manifestDifferences } from '../install-manifest.ts'

/**
 * `manifest-confusion`: the `package.json` in the tarball is the manifest that the registry tells, in everything that installing acts on;
 * and every client would find the same one. Needs the tarball.
 *
 * Stops manifest confusion: dependencies, scripts or commands that a reviewer of the registry's page, or a verifier of its metadata, never
 * sees, since the publisher sent one manifest and packed another. Stops packages carried in the tarball that no metadata declares, a
 * lockfile within it that nobody announced, and tarballs that unpack differently from client to client.
 *
 * Known false positives: packages that were packed by one tool and published by another which rewrote the manifest.
 */
export function checkManifestConfusion(facts: Facts): Finding[] {
  const { bytes } = facts
  if (bytes.state !== 'known') return []
  const fix = `${explain(facts)} --tarballs; bonafide exempt where you have read the tarball`
  const odd = bytes.oddities.map((found) =>
    finding('tarball-ambiguous', { found, wanted: 'a tarball that every client unpacks alike', fix }),
  )
  const { manifest, claimed } = bytes
  // A version that the registry does not list is another rule's.
  if (claimed === null) return odd
  const differences = [
    ...(manifest === null ? [] : manifestDifferences(manifest, claimed)),
    // Hidden code: extracted with the package, and found by its imports.
    ...(bytes.bundled.length > 0 && claimed.bundled.size === 0
      ? [{ field: 'bundled packages', tarball: bytes.bundled.join(', '), registry: 'none' }]
      : []),
    ...(bytes.hasShrinkwrap && !bytes.claimsShrinkwrap
      ? [{ field: 'npm-shrinkwrap.json', tarball: 'one', registry: 'none' }]
      : []),
  ]
  return [
    ...odd,
    ...differences.map(({ field, tarball, registry }) =>
      finding('manifest-confusion', {
        found: `in the tarball ${field}: ${tarball}`,
        wanted: `as the registry says, ${field}: ${registry}`,
        fix,
      }),
    ),
  ]
}
