// SPDX-License-Identifier: Apache-2.0
import { nameAtVersion } from '@bonafide/core'
import type { JsonObject, Sha512 } from '@bonafide/core'
import { acceptedHistory, parseInstallManifest } from '@bonafide/policy'
import type { Facts } from '@bonafide/policy'
import { parsePackument } from '@bonafide/registry'
import type { Packument } from '@bonafide/registry'
import { hooksOf } from './gather-bytes.ts'
import { metadataOf } from './gather-history.ts'
import type { TarballContents } from './tarball-contents.ts'

/** A version that nobody has published yet. */
export interface PlannedRelease {
  readonly name: string
  readonly version: string
  readonly integrity: Sha512
  /** What the registry would be told. */
  readonly manifest: JsonObject
  readonly contents: TarballContents
  /** What the registry lists of the package; null where it knows none. */
  readonly before: Packument | null
  readonly now: Date
}

/**
 * The facts about a version as consumers would find them after its release, as far as they can be known before: its bytes, its manifest,
 * and what came before it. Every version that the registry lists counts as accepted: whoever publishes has seen them.
 *
 * Nothing is known of evidence: only rules that look at other things may be asked.
 */
export function releaseFacts({ name, version, integrity, manifest, contents, before, now }: PlannedRelease): Facts {
  const planned = parsePackument(name, { name, versions: { [version]: manifest } })
  if ('problem' in planned) throw new TypeError(`no manifest of ${nameAtVersion(name, version)}: ${planned.problem}`)
  const [metadata = null] = metadataOf(planned)
  const others = before === null ? [] : metadataOf(before).filter((one) => one.version !== version)
  const { root, bundled, hasShrinkwrap, oddities } = contents
  return {
    name,
    version,
    locked: { state: 'sha512', sha512: integrity },
    resolved: null,
    resolvedMatches: null,
    mirror: null,
    registry: { state: before === null ? 'package-unknown' : 'version-unknown' },
    signature: { state: 'not-checked', found: 'not published yet' },
    attestations: { state: 'none' },
    history: { line: null, package: null },
    now,
    published: { provenance: null, publish: null, claimed: null, claimedBy: null },
    metadata,
    accepted: acceptedHistory(
      version,
      metadata === null ? others : [...others, metadata],
      now,
      new Set(others.map((one) => one.version)),
    ),
    predecessors: [],
    freshDependencies: [],
    bytes: {
      state: 'known',
      manifest: parseInstallManifest(root.manifest),
      claimed: parseInstallManifest(manifest),
      hooks: new Map([root, ...bundled].flatMap(hooksOf)),
      bundled: bundled.map(({ folder }) => folder),
      hasShrinkwrap,
      // The registry finds it by itself.
      claimsShrinkwrap: hasShrinkwrap,
      oddities,
    },
    entryFindings: [],
  }
}
