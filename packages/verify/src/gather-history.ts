// SPDX-License-Identifier: Apache-2.0
import type { ProvenanceEvidence, PublishEvidence } from '@bonafide/attestation'
import { parseIntegrity } from '@bonafide/core'
import type { Sha512 } from '@bonafide/core'
import { dependencyTarget } from '@bonafide/lockfile'
import { NO_HISTORY, acceptedHistory, addedDependencies, isFresh, ownerOf } from '@bonafide/policy'
import type { AcceptedHistory, Facts, FreshDependency, VersionMetadata } from '@bonafide/policy'
import type { Answer, Packument, PackumentVersion } from '@bonafide/registry'
import type { Past } from './past.ts'
import type { Sources } from './sources.ts'

/** The facts about a version's past. */
export interface HistoryFacts extends Pick<
  Facts,
  'published' | 'metadata' | 'accepted' | 'predecessors' | 'freshDependencies'
> {
  /** What kept us from knowing more; null where nothing did. */
  readonly open: OpenQuestion | null
}

interface OpenQuestion {
  readonly answer: OpenAnswer
  /** What was asked for. */
  readonly what: string
}

type OpenAnswer = Exclude<Answer<Packument>, { kind: 'found' | 'absent' }>

/** What is known already of the version whose past is asked for. */
export interface KnownVersion {
  readonly name: string
  readonly version: string
  readonly integrity: Sha512 | null
  readonly provenance: ProvenanceEvidence | null
  readonly publish: PublishEvidence | null
}

const HOUR = 60 * 60 * 1000
// A package in which nothing has changed for so long has no version that is young in the eyes of any rule but a longer cooldown.
const SETTLED_HOURS = 30 * 24

/**
 * Gathers what the rules about age and change look at. The full metadata is fetched where the abbreviated form leaves a question open:
 * a package that changed lately, a version that runs or asks for something unusual, or one whose builder nobody has recorded.
 *
 * Never rejects because of what a registry did.
 */
export async function gatherHistory(
  known: KnownVersion,
  packument: Answer<Packument>,
  past: Past,
  sources: Sources,
): Promise<HistoryFacts> {
  const { name, version, publish, provenance } = known
  const signed = { provenance: timeOf(provenance), publish: timeOf(publish) }
  const nothing = {
    published: { ...signed, claimed: null, claimedBy: null },
    metadata: null,
    accepted: NO_HISTORY,
    predecessors: [],
    freshDependencies: [],
    open: null,
  }
  if (packument.kind !== 'found' || !packument.value.versions.has(version)) return nothing
  const base = baseOf(known, past)
  const full = wantsFull(known, packument.value, past, base, sources.now)
    ? await sources.client.fetchPackument(name, 'full')
    : packument
  // An outage between two requests: what would have been compared is unknown, which is not that it is new.
  if (full.kind !== 'found' && full.kind !== 'absent') return { ...nothing, open: wholeMetadata(name, full) }
  // A version that was taken away meanwhile is in the abbreviated form alone; without times it is held against nothing.
  const whole = full.kind === 'found' && full.value.versions.has(version) ? full.value : packument.value
  const all = withSignedTime(metadataOf(whole), known)
  const metadata = all.find((one) => one.version === version) ?? null
  const claimed = whole.time?.get(version) ?? null
  const published = { ...signed, claimed, claimedBy: whole.modified }
  const accepted = acceptedHistory(version, all, sources.now, base)
  const [predecessors, dependencies] = await Promise.all([
    isPinned(name, past) || provenance === null || accepted.isHeld
      ? NO_PREDECESSORS
      : verifiedProvenance(name, accepted.attested, whole, sources),
    metadata === null || accepted.isHeld || whole.form === 'abbreviated'
      ? NO_EDGES
      : freshDependenciesOf(metadata, accepted, provenance, past, sources),
  ])
  const open = predecessors.open ?? dependencies.open
  return {
    published,
    metadata,
    accepted,
    predecessors: predecessors.evidence,
    freshDependencies: dependencies.fresh,
    open,
  }
}

// A registry's claim that makes a version older than what was signed over it would put it before those that it is held against.
function withSignedTime(
  all: readonly VersionMetadata[],
  { version, provenance, publish }: KnownVersion,
): readonly VersionMetadata[] {
  const claimed = all.find((one) => one.version === version)?.publishedAt ?? null
  const signed = Math.max(...[provenance, publish].flatMap((one) => one?.time.getTime() ?? []))
  if (claimed === null || !(signed > claimed.getTime())) return all
  return all.map((one) => (one.version === version ? { ...one, publishedAt: new Date(signed) } : one))
}

// A version is held by the base only as the bytes that the base's lockfile binds.
function baseOf({ name, version, integrity }: KnownVersion, { base }: Past): ReadonlySet<string> {
  const versions = base.get(name)
  if (versions === undefined) return new Set()
  return new Set([...versions].flatMap(([held, bytes]) => (held === version && bytes !== integrity ? [] : [held])))
}

function wantsFull(
  { name, version, provenance, publish }: KnownVersion,
  packument: Packument,
  past: Past,
  base: ReadonlySet<string>,
  now: Date,
): boolean {
  if (packument.form === 'full') return false
  const settled = Math.max(SETTLED_HOURS, past.cooldownHours) * HOUR
  if (!(packument.modified !== null && now.getTime() - packument.modified.getTime() >= settled)) return true
  // The claim that nothing is young, beside a signature that is.
  if ([provenance, publish].some((one) => one !== null && now.getTime() - one.time.getTime() < settled)) return true
  // Nothing is young here, and the version has been decided about.
  if (base.has(version)) return false
  const own = packument.versions.get(version)
  if (past.wantsFull(name)) return true
  const isUnusual = own?.hasInstallScript === true || (own !== undefined && exoticOf(own).length > 0)
  return isUnusual || (provenance !== null && !isPinned(name, past))
}

function isPinned(name: string, { pins }: Past): boolean {
  const pin = pins.packages.get(name)
  return pin !== undefined && pin.identities !== 'none'
}

// The same document answers for every version of a package that a lockfile holds.
const known = new WeakMap<Packument, readonly VersionMetadata[]>()

/** What the metadata says of each version of a package. */
export function metadataOf(packument: Packument): readonly VersionMetadata[] {
  const kept = known.get(packument)
  if (kept !== undefined) return kept
  const all = [...packument.versions.values()].map((one) => ({
    version: one.version,
    publishedAt: packument.time?.get(one.version) ?? null,
    claimsAttestations: one.claimsAttestations,
    publisher: one.publisher,
    isApproved: one.approverClaimed,
    hooks: one.hooks,
    dependencies: dependenciesOf(one),
    exotic: exoticOf(one),
  }))
  known.set(packument, all)
  return all
}

function edgesOf(version: PackumentVersion): readonly (readonly [name: string, spec: string])[] {
  return [...version.dependencies, ...version.optionalDependencies, ...version.peerDependencies]
}

function dependenciesOf(version: PackumentVersion): ReadonlyMap<string, string> {
  return new Map(
    edgesOf(version).flatMap(([name, spec]) => {
      const target = dependencyTarget(name, spec)
      return target.kind === 'registry' ? [[target.name, spec] as const] : []
    }),
  )
}

function exoticOf(version: PackumentVersion): readonly string[] {
  const exotic = edgesOf(version).filter(([name, spec]) => dependencyTarget(name, spec).kind === 'exotic')
  return [...new Set(exotic.map(([name, spec]) => `${name}@${spec}`))]
}

interface Predecessors {
  readonly evidence: readonly ProvenanceEvidence[]
  readonly open: OpenQuestion | null
}

const NO_PREDECESSORS: Predecessors = { evidence: [], open: null }

// One that nobody could be asked about leaves the comparison open: an outage in the right place would make any builder a first sight.
async function verifiedProvenance(
  name: string,
  versions: readonly string[],
  packument: Packument,
  sources: Sources,
): Promise<Predecessors> {
  const all = await Promise.all(
    versions.map(async (version) => ({ version, shown: await provenanceOf(name, version, packument, sources) })),
  )
  const [open = null] = all.flatMap(({ version, shown }) =>
    shown === null || shown.kind === 'provenance'
      ? []
      : [{ answer: shown, what: `the attestations of ${name}@${version}` }],
  )
  return { evidence: all.flatMap(({ shown }) => (shown?.kind === 'provenance' ? [shown] : [])), open }
}

// What does not verify proves nothing about who built the package; it is not this version that is judged.
async function provenanceOf(
  name: string,
  version: string,
  packument: Packument,
  { client, verifyDocument, now }: Sources,
): Promise<ProvenanceEvidence | OpenAnswer | null> {
  const integrity = parseIntegrity(packument.versions.get(version)?.integrity)
  if (verifyDocument === null || integrity.state !== 'sha512') return null
  const document = await client.fetchAttestations(name, version)
  // Advertised and not served, by a registry that serves others: what is held back is not what never was.
  if (document.kind === 'absent')
    return packument.versions.get(version)?.claimsAttestations === true
      ? { kind: 'nonsense', reason: 'wrong-shape', detail: 'advertised and not served', url: document.url }
      : null
  if (document.kind !== 'found') return document
  const outcome = await verifyDocument({ name, version, integrity: integrity.sha512 }, document.value.text, now)
  // Anybody can have anything signed; that the registry took it as this version, only the registry says.
  const isWhole = outcome.publish !== null && outcome.findings.every(({ level }) => level !== 'refuse')
  return isWhole ? outcome.provenance : null
}

async function freshDependenciesOf(
  metadata: VersionMetadata,
  accepted: AcceptedHistory,
  provenance: ProvenanceEvidence | null,
  past: Past,
  sources: Sources,
): Promise<{ readonly fresh: readonly FreshDependency[]; readonly open: OpenQuestion | null }> {
  const added = addedDependencies(metadata, accepted.newest).filter((name) => !past.isOutside(name))
  const all = await Promise.all(
    added.map((name) => freshDependency(name, metadata.dependencies.get(name) ?? '', provenance, sources)),
  )
  return {
    fresh: all.flatMap((edge) => (edge === null || 'answer' in edge ? [] : [edge])),
    open: all.find((edge) => edge !== null && 'answer' in edge) ?? null,
  }
}

const NO_EDGES = { fresh: [], open: null }

/**
 * The dependency on a package, where that is fresh; null where it is not, or where no registry tells of the package at all. An outage
 * between two questions is an open question, and no word about the package's age or owner.
 *
 * @param provenance - of the version that adds it; without one, nobody looks for the owner
 */
export async function freshDependency(
  name: string,
  spec: string,
  provenance: ProvenanceEvidence | null,
  sources: Sources,
): Promise<FreshDependency | OpenQuestion | null> {
  const { client, now } = sources
  const abbreviated = await client.fetchPackument(name, 'abbreviated')
  // A package that nobody can tell anything about is judged by its own entry in the lockfile.
  if (abbreviated.kind !== 'found') return null
  const { modified } = abbreviated.value
  // Nothing in it is younger than its last change.
  if (modified !== null && !isFresh({ firstPublished: modified }, now)) return null
  const full = await client.fetchPackument(name, 'full')
  if (full.kind !== 'found' && full.kind !== 'absent') return wholeMetadata(name, full)
  const packument = full.kind === 'found' ? full.value : abbreviated.value
  const firstPublished = firstTime(packument)
  if (!isFresh({ firstPublished }, now)) return null
  // Who owns it matters only where this version shows an owner of its own.
  const latest = packument.tags.get('latest')
  if (provenance === null || latest === undefined) return { name, spec, firstPublished, owner: null }
  const shown = await provenanceOf(name, latest, packument, sources)
  if (shown !== null && shown.kind !== 'provenance')
    return { answer: shown, what: `the attestations of ${name}@${latest}` }
  return { name, spec, firstPublished, owner: shown === null ? null : ownerOf(shown) }
}

function wholeMetadata(name: string, answer: OpenAnswer): OpenQuestion {
  return { answer, what: `the whole metadata of ${name}` }
}

// Of the versions that are there: a name whose versions were all taken down is free for anybody, and its age says nothing (resurrection).
function firstTime({ time, versions }: Packument): Date | null {
  const times = [...versions.keys()].flatMap((version) => time?.get(version)?.getTime() ?? [])
  return times.length === 0 ? null : new Date(Math.min(...times))
}

function timeOf(evidence: ProvenanceEvidence | PublishEvidence | null): Date | null {
  return evidence?.time ?? null
}
