// SPDX-License-Identifier: Apache-2.0
import { parseIntegrity } from '@bonafide/core'
import { judge, outsideEntry, requiredStrength } from '@bonafide/policy'
import semver from 'semver'
import { gatherFacts } from './gather-facts.ts'
import { pastOf } from './past.ts'
import type { OwnFiles } from './own-files.ts'
import type { Sources } from './sources.ts'

// The newest that may pass; a package whose newest five do not has no quick way out to offer.
const TRIED = 5

/**
 * Looks for the newest version of a package that would pass in place of one that was refused: the way out that a refusal
 * offers. Versions are verified like any other, against the registry's own integrity; pre-releases are offered to none but pre-releases.
 *
 * @returns the version, or null where none was found
 */
export async function newestPassing(
  refused: { readonly name: string; readonly version: string },
  own: OwnFiles,
  sources: Sources,
): Promise<string | null> {
  const { name } = refused
  const { policy, pins, exemptions } = own
  // What the policy leaves out is asked of nobody.
  if (outsideEntry(policy, name) !== null) return null
  const answer = await sources.client.fetchPackument(name, 'abbreviated')
  if (answer.kind !== 'found') return null
  const takesPrerelease = semver.prerelease(refused.version) !== null
  // Where nothing better is recorded, a version without provenance may pass as what it is.
  const pin = pins.packages.get(name)
  const isNone = pin !== undefined && requiredStrength(pin, refused.version) === 'none'
  const candidates = [...answer.value.versions.values()]
    .filter(({ version, claimsAttestations }) => (isNone || claimsAttestations) && version !== refused.version)
    .filter(({ version }) => semver.valid(version) !== null && (takesPrerelease || semver.prerelease(version) === null))
    .sort((left, right) => semver.rcompare(left.version, right.version))
    .slice(0, TRIED)
  for (const { version, integrity } of candidates) {
    const locked = parseIntegrity(integrity)
    const candidate = { name, version, locked, resolved: [], entryFindings: [] }
    const { facts } = await gatherFacts(candidate, pastOf(own), sources)
    const { verdict } = judge(facts, policy, pins, exemptions)
    if (verdict.kind === 'trusted' || (isNone && verdict.kind === 'unattested')) return version
  }
  return null
}
