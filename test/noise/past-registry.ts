// SPDX-License-Identifier: Apache-2.0
// A registry as it was at some time: what came out later is not there yet. And what stands in for evidence, in one place.
import type { Identity, ProvenanceEvidence, PublishEvidence, VerifiedAttestation } from '@bonafide/attestation'
import { parseIntegrity } from '@bonafide/core'
import type { Coordinate } from '@bonafide/core'
import { dependencyTarget } from '@bonafide/lockfile'
import { parsePackument, publicRegistry } from '@bonafide/registry'
import type { Answer, Packument, RegistryClient } from '@bonafide/registry'
import type * as gatherModule from '../../packages/verify/src/gather-facts.ts'
import { corpusText } from '../support/corpus.ts'
import type { PackageRecord, Release } from './record.ts'
import type * as trustModule from '../../packages/verify/src/trust.ts'

// Not exported by the package.
const { prepareTrust } = (await import(
  new URL('../../packages/verify/src/trust.ts', import.meta.url).href
)) as typeof trustModule

/** What gathering facts needs. */
export type Sources = Parameters<typeof gatherModule.gatherFacts>[2]

/** The past of all recorded packages. */
export interface PastRegistry {
  /** What gathering facts needs, as of a time. */
  sourcesAt(now: Date): Sources
  /** Names that were asked for, and of which nobody knows how old they are, since the last call. */
  takeUnknown(): readonly string[]
}

const URL_OF_NOTHING = 'https://registry.example/'

/** Opens the past of these packages. */
export function openPast(records: readonly PackageRecord[]): PastRegistry {
  const byName = new Map(records.map((record) => [record.name, record]))
  const mentions = firstMentions(records)
  // The registry's real keys; no authority, since no document is verified.
  const text = corpusText('trust', 'npm-keys.endpoint.json')
  const registryKeys = { text, source: 'file', digest: '' } as const
  const trust = prepareTrust({ kind: 'unavailable', reason: 'offline', registryKeys })
  const unknown = new Set<string>()
  const views = new Map<string, Packument>()

  const view = ({ name, releases, packument }: PackageRecord, now: Date): Packument | null => {
    const count = countUntil(releases, now)
    if (count === 0) return null
    const key = `${name} ${count}`
    const made = views.get(key) ?? { ...packument, ...until(releases.slice(0, count)) }
    views.set(key, made)
    return made
  }

  const packumentAt = (name: string, now: Date): Answer<Packument> => {
    const absent: Answer<Packument> = { kind: 'absent', url: URL_OF_NOTHING }
    const record = byName.get(name)
    if (record !== undefined) {
      const value = view(record, now)
      return value === null ? absent : { kind: 'found', value, source: 'network', url: URL_OF_NOTHING }
    }
    // A package that nobody recorded: it was there when a recorded version first asked for it, and may be older.
    const mention = mentions.get(name)
    if (mention === undefined || now.getTime() - mention.getTime() < KNOWN_AGE) {
      unknown.add(name)
      return absent
    }
    return { kind: 'found', value: emptyPackument(name, mention), source: 'network', url: URL_OF_NOTHING }
  }

  const attested = (name: string, version: string): Release | null => {
    const release = byName.get(name)?.releases.find((one) => one.version === version)
    return release?.manifest.claimsAttestations === true ? release : null
  }

  const clientAt = (now: Date): RegistryClient => ({
    registries: {
      downloads: publicRegistry(),
      public: publicRegistry(),
      configured: publicRegistry(),
      evidence: publicRegistry(),
      scopes: new Map(),
      privateScopes: new Set(),
    },
    fetchPackument: async (name) => packumentAt(name, now),
    fetchServedPackument: async () => ({ kind: 'absent', url: URL_OF_NOTHING }),
    fetchAttestations: async (name, version) =>
      attested(name, version) === null
        ? { kind: 'absent', url: URL_OF_NOTHING }
        : { kind: 'found', value: { text: '' }, source: 'network', url: URL_OF_NOTHING },
    fetchTarball: async () => ({ kind: 'absent', url: URL_OF_NOTHING }),
    placeTarball: async () => ({ kind: 'absent', url: URL_OF_NOTHING }),
    fetchServesAttestations: async () => ({ kind: 'found', value: true, source: 'network', url: URL_OF_NOTHING }),
    metadataRegistryOf: publicRegistry,
    evidenceRegistryOf: publicRegistry,
    downloadRegistryOf: publicRegistry,
    close: async () => {},
  })

  return {
    sourcesAt: (now) => ({
      client: clientAt(now),
      trust,
      verifyDocument: async (coordinate) => {
        const release = attested(coordinate.name, coordinate.version)
        if (release === null) throw new Error(`${coordinate.name}@${coordinate.version} claims no attestations`)
        return { ...standIn(coordinate, release.at), findings: [] }
      },
      now,
      readsTarballs: false,
    }),
    takeUnknown() {
      const names = [...unknown]
      unknown.clear()
      return names
    },
  }
}

// Longer than any rule asks a dependency to have been there.
const KNOWN_AGE = 15 * 24 * 60 * 60 * 1000

/**
 * Stands in for verified attestations where the metadata claims some: documents are recorded for a handful of versions only. One
 * identity a package, always from the tag of the version: what identities would have done is not measured here.
 */
function standIn(
  coordinate: Coordinate,
  at: Date,
): { readonly provenance: ProvenanceEvidence; readonly publish: PublishEvidence } {
  const repository = `https://github.com/owner/${coordinate.name}`
  const workflow = '.github/workflows/release.yml'
  const ref = `refs/tags/v${coordinate.version}`
  const attestation: Unbranded<VerifiedAttestation> = {
    coordinate,
    predicateType: '',
    mediaType: '',
    entry: '',
    log: [{ kind: 'dsse/0.0.1', logId: '', logIndex: '0', integratedTime: at, proofs: ['proof'] }],
    timestamps: [],
    time: at,
    trustDomain: `sha256:${'0'.repeat(64)}`,
  }
  const identity: Identity = {
    issuer: 'https://token.actions.githubusercontent.com',
    repository,
    repositoryId: '1',
    owner: 'https://github.com/owner',
    ownerId: `owner of ${coordinate.name}`,
    workflow,
    signer: `${repository}/${workflow}@${ref}`,
    ref,
    commit: '0'.repeat(40),
    trigger: 'push',
    runner: 'github-hosted',
    runUrl: null,
  }
  // The brand is the attestation package's to give, so the literals are cast, here alone.
  const provenance: Unbranded<ProvenanceEvidence> = { ...attestation, kind: 'provenance', identity }
  const publish: Unbranded<PublishEvidence> = { ...attestation, kind: 'publish', keyId: '' }
  return { provenance: provenance as ProvenanceEvidence, publish: publish as PublishEvidence }
}

type Unbranded<T> = { readonly [Key in keyof T as Key extends symbol ? never : Key]: T[Key] }

function until(releases: readonly Release[]): Pick<Packument, 'versions' | 'time' | 'modified' | 'tags'> {
  const last = releases.at(-1)
  const latest = releases.findLast(({ isStable }) => isStable) ?? last
  return {
    versions: new Map(releases.map(({ version, manifest }) => [version, manifest])),
    time: new Map(releases.map(({ version, at }) => [version, at])),
    modified: last?.at ?? null,
    tags: new Map(latest === undefined ? [] : [['latest', latest.version]]),
  }
}

function emptyPackument(name: string, at: Date): Packument {
  const time = { created: at.toISOString(), modified: at.toISOString() }
  const packument = parsePackument(name, { name, versions: {}, time })
  if ('problem' in packument) throw new Error(packument.problem)
  return packument
}

function countUntil(releases: readonly Release[], now: Date): number {
  const later = releases.findIndex(({ at }) => at.getTime() > now.getTime())
  return later === -1 ? releases.length : later
}

function firstMentions(records: readonly PackageRecord[]): ReadonlyMap<string, Date> {
  const first = new Map<string, Date>()
  for (const { at, manifest } of records.flatMap(({ releases }) => releases)) {
    const edges = [...manifest.dependencies, ...manifest.optionalDependencies, ...manifest.peerDependencies]
    for (const [name, spec] of edges) {
      const target = dependencyTarget(name, spec)
      if (target.kind !== 'registry') continue
      const known = first.get(target.name)
      if (known === undefined || at.getTime() < known.getTime()) first.set(target.name, at)
    }
  }
  return first
}

/** The integrity that a lockfile would hold. */
export function integrityOf({ manifest }: Release): ReturnType<typeof parseIntegrity> {
  return parseIntegrity(manifest.integrity)
}
