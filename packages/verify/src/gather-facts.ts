// SPDX-License-Identifier: Apache-2.0
import { verifyRegistrySignature } from '@bonafide/attestation'
import type { Evidence } from '@bonafide/attestation'
import { isNonEmpty, parseIntegrity } from '@bonafide/core'
import type { Finding, IntegrityField, Sha512 } from '@bonafide/core'
import { releaseLine } from '@bonafide/policy'
import type { AttestationFacts, AttestedHistory, Facts, RegistryFacts, SignatureFacts } from '@bonafide/policy'
import type { Answer, Packument, PackumentVersion } from '@bonafide/registry'
import semver from 'semver'
import { availabilityFinding } from './availability.ts'
import { NOTHING_CLAIMED, claimedContents, gatherBytes } from './gather-bytes.ts'
import type { ClaimedContents } from './gather-bytes.ts'
import { gatherHistory } from './gather-history.ts'
import { findForeignUrl } from './locked-urls.ts'
import type { LockedUrl } from './locked-urls.ts'
import type { Past } from './past.ts'
import type { Sources } from './sources.ts'

const { lt, rcompare, valid } = semver

/** What the lockfile holds of one version: the question that facts are gathered for. */
export interface LockedVersion {
  readonly name: string
  readonly version: string
  readonly locked: IntegrityField
  /** Every URL that the lockfile names for it. */
  readonly resolved: readonly LockedUrl[]
  readonly entryFindings: readonly Finding[]
}

/** The facts, with the evidence that was verified on the way. */
export interface GatheredFacts {
  readonly facts: Facts
  readonly evidence: readonly Evidence[]
  /** The integrity that the attestations and the signature were held against; null where there was none. */
  readonly integrity: Sha512 | null
  /**
   * Where the document came from. `none` where the registry had none for this version, and `kept-none` where kept metadata says so off
   * line: whether the registry serves any at all is known only once all were asked.
   */
  readonly document: 'network' | 'cache' | 'none' | 'kept-none' | 'unknown'
}

/**
 * Gathers what the rules look at, for one version: metadata, attestations, and the verification of both; where the run is to, the tarball.
 *
 * Never rejects because of what a registry did: every failure is a fact.
 */
export async function gatherFacts(version: LockedVersion, past: Past, sources: Sources): Promise<GatheredFacts> {
  // The metadata is let go before the tarball's turn comes: a thousand versions may be waiting for theirs.
  const { claimed, ...gathered } = await gatherMetadata(version, past, sources)
  const { name, version: number } = version
  const { integrity, facts } = gathered
  // 7. The bytes.
  const bytes = await gatherBytes({ name, version: number, integrity, registry: facts.registry, claimed }, sources)
  return { ...gathered, facts: { ...facts, bytes } }
}

type WithoutBytes = Omit<GatheredFacts, 'facts'> & {
  readonly facts: Omit<Facts, 'bytes'>
  readonly claimed: ClaimedContents
}

async function gatherMetadata(version: LockedVersion, past: Past, sources: Sources): Promise<WithoutBytes> {
  const { client, trust, now } = sources
  // 2.1 The metadata, and 2.2 the attestation document.
  const [abbreviated, document] = await Promise.all([
    client.fetchPackument(version.name, 'abbreviated'),
    client.fetchAttestations(version.name, version.version),
  ])
  let packument = abbreviated
  let manifest = versionOf(packument, version.version)
  // Withdrawn or never there: only the full form has the times of versions that are gone.
  if (packument.kind === 'found' && manifest === undefined && packument.value.form === 'abbreviated') {
    packument = await client.fetchPackument(version.name, 'full')
    manifest = versionOf(packument, version.version)
  }
  const registry = registryFacts(version, packument, manifest)
  const integrity = bindingIntegrity(version.locked, registry)
  const isNone = servesNone(document, manifest)
  const judged = (answer: typeof document): Promise<AttestationFacts> =>
    attestationFacts(version, answer, integrity, manifest, sources)
  let attestations: AttestationFacts = isNone ? { state: 'none' } : await judged(document)
  // A kept copy that does not convince is asked for again: a poisoned cache costs a request, and never the verdict.
  if (document.kind === 'found' && document.source === 'cache' && !convinces(attestations)) {
    const again = await client.fetchAttestations(version.name, version.version, { fresh: true })
    if (again.kind === 'found' && again.source === 'network') attestations = await judged(again)
  }
  const publish = attestations.state === 'verified' ? attestations.publish : null
  const provenance = attestations.state === 'verified' ? attestations.provenance : null

  // 3.8 The registry's signature.
  const check = (publishedAt: Date | null): SignatureFacts => {
    if (trust.registryKeys === null)
      return { state: 'not-checked', found: trust.findings[0]?.found ?? 'no keys to check it with' }
    if (registry.state !== 'known' || registry.integrity.state !== 'sha512')
      return { state: registry.state === 'known' ? 'missing' : 'not-checked', found: 'no metadata of the version' }
    const signed = { name: version.name, version: version.version, integrity: registry.integrity.sha512 }
    return verifyRegistrySignature(signed, manifest?.signatures ?? [], trust.registryKeys, publishedAt, now)
  }
  const published = publish?.time ?? null
  let signature = check(published ?? timeOf(packument, version.version))
  // Made by a key that has expired, or by one that is not valid yet if our clock is right; the abbreviated form does not say when, the
  // full one does.
  const isTimeMissing =
    signature.state === 'time-unknown' || (signature.state === 'outside-window' && published === null)
  if (isTimeMissing && packument.kind === 'found' && packument.value.form === 'abbreviated') {
    signature = check(timeOf(await client.fetchPackument(version.name, 'full'), version.version))
  }
  // 2.4 Its past, and its age.
  const known = { name: version.name, version: version.version, integrity, provenance, publish }
  const { open, ...history } = await gatherHistory(known, packument, past, sources)
  const foreign = findForeignUrl(version, manifest?.tarball ?? null, client.registries, past.mirrors)
  const facts: WithoutBytes['facts'] = {
    name: version.name,
    version: version.version,
    locked: version.locked,
    resolved: foreign?.url ?? version.resolved[0]?.url ?? null,
    resolvedMatches:
      version.resolved.length === 0 || (registry.state !== 'known' && foreign !== null) ? null : foreign === null,
    mirror: foreign?.mirror ?? null,
    registry: open === null ? registry : { state: 'unknown', findings: [availabilityFinding(open.answer, open.what)] },
    signature,
    attestations,
    history: attestedHistory(packument, version.version),
    now,
    ...history,
    // Without the registry's metadata the lockfile's reader saw it too; with it, the rule says it better.
    entryFindings:
      foreign === null || registry.state !== 'known'
        ? version.entryFindings
        : version.entryFindings.filter(({ code, found }) => code !== 'lock-resolved-mismatch' || found !== foreign.url),
  }
  return {
    facts,
    evidence: [publish, provenance].filter((item) => item !== null),
    integrity,
    document: isNone ? 'kept-none' : originOf(document),
    claimed: packument.kind === 'found' ? claimedContents(packument.value, version.version) : NOTHING_CLAIMED,
  }
}

function versionOf(packument: Answer<Packument>, version: string): PackumentVersion | undefined {
  return packument.kind === 'found' ? packument.value.versions.get(version) : undefined
}

function timeOf(packument: Answer<Packument>, version: string): Date | null {
  return packument.kind === 'found' ? (packument.value.time?.get(version) ?? null) : null
}

function registryFacts(
  { name, version }: LockedVersion,
  packument: Answer<Packument>,
  manifest: PackumentVersion | undefined,
): RegistryFacts {
  if (packument.kind === 'absent') return { state: 'package-unknown' }
  if (packument.kind !== 'found')
    return { state: 'unknown', findings: [availabilityFinding(packument, `the metadata of ${name}`)] }
  if (manifest === undefined)
    return { state: packument.value.time?.has(version) === true ? 'version-withdrawn' : 'version-unknown' }
  return {
    state: 'known',
    integrity: parseIntegrity(manifest.integrity),
    tarball: manifest.tarball,
    claimsAttestations: manifest.claimsAttestations,
  }
}

// The lockfile's sha512 where it has one. Where it has none that binds, the registry's stands in, so that the report can say what there
// is; whether that is good enough is for the rule `lock-mismatch` to say, which refuses two hashes and malformed ones whatever is shown.
function bindingIntegrity(locked: IntegrityField, registry: RegistryFacts): Sha512 | null {
  if (locked.state === 'sha512') return locked.sha512
  return registry.state === 'known' && registry.integrity.state === 'sha512' ? registry.integrity.sha512 : null
}

// Off line nobody says "not found". The registry's kept metadata, which claims no attestations, says the same and is as little signed.
function servesNone(document: Answer<unknown>, manifest: PackumentVersion | undefined): boolean {
  return document.kind === 'not-cached' && manifest?.claimsAttestations === false
}

function originOf(document: Answer<unknown>): GatheredFacts['document'] {
  if (document.kind === 'found') return document.source
  return document.kind === 'absent' ? 'none' : 'unknown'
}

function convinces(attestations: AttestationFacts): boolean {
  if (attestations.state !== 'verified') return true
  const { provenance, publish, findings } = attestations
  return provenance !== null && publish !== null && findings.every(({ level }) => level !== 'refuse')
}

async function attestationFacts(
  { name, version }: LockedVersion,
  document: Answer<{ readonly text: string }>,
  integrity: Sha512 | null,
  manifest: PackumentVersion | undefined,
  { trust, verifyDocument, now }: Sources,
): Promise<AttestationFacts> {
  // The registry advertises what it does not serve: withheld, which is not the same as "has none".
  if (document.kind === 'absent') return { state: manifest?.claimsAttestations === true ? 'withheld' : 'none' }
  if (document.kind !== 'found')
    return { state: 'unknown', findings: [availabilityFinding(document, `the attestations of ${name}@${version}`)] }
  if (verifyDocument === null) {
    return isNonEmpty(trust.findings) ? { state: 'unknown', findings: trust.findings } : { state: 'none' }
  }
  // Nothing binds the bytes: the lockfile's rule refuses, and nothing can be verified against nothing. Served it was, all the same.
  if (integrity === null) return { state: 'verified', provenance: null, publish: null, findings: [] }
  return {
    state: 'verified',
    ...(await verifyDocument({ name, version, integrity }, document.value.text, now)),
  }
}

// Lower versions that claim attestations, by the registry's word; they make "none" suspicious. A new line inherits the package's.
function attestedHistory(packument: Answer<Packument>, version: string): AttestedHistory {
  if (packument.kind !== 'found') return { line: null, package: null }
  const lower = [...packument.value.versions.values()].filter(
    (other) => valid(other.version) !== null && lt(other.version, version),
  )
  const line = lower.filter((other) => releaseLine(other.version) === releaseLine(version))
  return { line: newestAttested(line), package: line.length === 0 ? newestAttested(lower) : null }
}

function newestAttested(versions: readonly PackumentVersion[]): string | null {
  const [newest] = versions
    .filter((version) => version.claimsAttestations)
    .map((version) => version.version)
    .sort(rcompare)
  return newest ?? null
}
