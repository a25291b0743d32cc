// SPDX-License-Identifier: Apache-2.0
import { parseIntegrity } from '@bonafide/core'
import { judge, outsideEntry } from '@bonafide/policy'
import semver from 'semver'
import { gatherFacts } from './gather-facts.ts'
import type { Sources } from './gather-facts.ts'
import type { Project } from './project.ts'

// The newest that claim attestations; a package whose newest three do not pass has no quick way out to offer.
const TRIED = 3

/**
 * Looks for the newest version of a package that would be trusted in place of one that was refused: the way out that a refusal
 * offers. Versions are verified like any other, against the registry's own integrity; pre-releases are offered to none but pre-releases.
 *
 * @returns the version, or null where none was found among those that claim attestations
 */
export async function newestPassing(
  refused: { readonly name: string; readonly version: string },
  { policy, pins }: Pick<Project, 'policy' | 'pins'>,
  sources: Sources,
): Promise<string | null> {
  const { name } = refused
  // What the policy leaves out is asked of nobody.
  if (outsideEntry(policy, name) !== null) return null
  const answer = await sources.client.fetchPackument(name, 'abbreviated')
  if (answer.kind !== 'found') return null
  const takesPrerelease = semver.prerelease(refused.version) !== null
  const candidates = [...answer.value.versions.values()]
    .filter(({ version, claimsAttestations }) => claimsAttestations && version !== refused.version)
    .filter(({ version }) => semver.valid(version) !== null && (takesPrerelease || semver.prerelease(version) === null))
    .sort((left, right) => semver.rcompare(left.version, right.version))
    .slice(0, TRIED)
  for (const { version, integrity } of candidates) {
    const locked = parseIntegrity(integrity)
    const { facts } = await gatherFacts({ name, version, locked, resolved: [], entryFindings: [] }, sources)
    if (judge(facts, policy, pins).verdict.kind === 'trusted') return version
  }
  return null
}
