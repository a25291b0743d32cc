// SPDX-License-Identifier: Apache-2.0
import type { Identity, LogEntry, ProvenanceEvidence, PublishEvidence } from '@bonafide/attestation'
import { parseIntegrity, toSha512 } from '@bonafide/core'
import type { Finding, FindingCode, IntegrityField, Sha512 } from '@bonafide/core'
import { NO_HISTORY, NO_PINS, addToPins, completePolicy, defaultPolicy, judge, parsePolicyFile } from '@bonafide/policy'
import type { AttestationFacts, Facts, Judgement, Pins, Policy, RegistryFacts, VersionMetadata } from '@bonafide/policy'

/** The bytes of the version under test, and some that are not. */
export const BYTES: Sha512 = toSha512(Buffer.alloc(64, 1))
export const OTHER_BYTES: Sha512 = toSha512(Buffer.alloc(64, 2))

/** When facts are judged, and a time at which nothing was young any more. */
export const NOW = new Date('2026-06-01T12:00:00Z')
export const LONG_AGO = new Date('2026-01-01T12:00:00Z')

const TARBALL = 'https://registry.example/axios/-/axios-1.14.1.tgz'

/** A well-made identity; `change` replaces single fields. */
export function identity(change: Partial<Identity> = {}): Identity {
  const repository = change.repository ?? 'https://github.com/axios/axios'
  const workflow = change.workflow ?? '.github/workflows/publish.yml'
  const ref = change.ref ?? 'refs/tags/v1.14.1'
  return {
    issuer: 'https://token.actions.githubusercontent.com',
    repository,
    repositoryId: '23088740',
    owner: 'https://github.com/axios',
    ownerId: '32372333',
    workflow,
    signer: `${repository}/${workflow}@${ref}`,
    ref,
    commit: 'a'.repeat(40),
    trigger: 'push',
    runner: 'github-hosted',
    runUrl: null,
    ...change,
  }
}

const LOG: LogEntry = {
  kind: 'dsse/0.0.1',
  logId: 'wNI9',
  logIndex: '1',
  integratedTime: new Date(0),
  proofs: ['proof'],
}

interface Change {
  readonly name?: string
  readonly version?: string
  readonly integrity?: Sha512
  readonly trustDomain?: string
  readonly identity?: Partial<Identity>
}

function attestation(change: Change): object {
  return {
    coordinate: {
      name: change.name ?? 'axios',
      version: change.version ?? '1.14.1',
      integrity: change.integrity ?? BYTES,
    },
    predicateType: 'a predicate',
    mediaType: 'a bundle',
    entry: 'attestations[0]',
    log: [LOG],
    timestamps: [],
    time: new Date(0),
    trustDomain: change.trustDomain ?? `sha256:${'1'.repeat(64)}`,
  }
}

/** Provenance, as if it had been verified: the brand is the attestation package's to give, so the literal is cast, here alone. */
export function provenance(change: Change = {}): ProvenanceEvidence {
  const ref = `refs/tags/v${change.version ?? '1.14.1'}`
  return {
    ...attestation(change),
    kind: 'provenance',
    identity: identity({ ref, ...change.identity }),
  } as ProvenanceEvidence
}

/** A publish attestation, as if it had been verified. */
export function publish(change: Change = {}): PublishEvidence {
  return { ...attestation(change), kind: 'publish', keyId: 'SHA256:key' } as PublishEvidence
}

/** A verified document. */
export function verified(
  provenanceOrNull: ProvenanceEvidence | null = provenance(),
  publishOrNull: PublishEvidence | null = publish(),
  findings: readonly Finding[] = [],
): AttestationFacts {
  return { state: 'verified', provenance: provenanceOrNull, publish: publishOrNull, findings }
}

/** No attestations, and the registry claims none. */
export const NONE_CLAIMED: AttestationFacts = { state: 'none' }

/** What the registry says of a listed version. */
export function listed(integrity: IntegrityField = parseIntegrity(BYTES), claimsAttestations = false): RegistryFacts {
  return { state: 'known', integrity, tarball: TARBALL, claimsAttestations }
}

/** What the metadata says of axios 1.14.1: nothing unusual. */
export function metadata(change: Partial<VersionMetadata> = {}): VersionMetadata {
  return {
    version: '1.14.1',
    publishedAt: LONG_AGO,
    claimsAttestations: true,
    publisher: null,
    isApproved: false,
    hooks: new Map(),
    dependencies: new Map(),
    exotic: [],
    ...change,
  }
}

/** axios 1.14.1 with everything as it should be; each test breaks one thing. */
export function facts(change: Partial<Facts> = {}): Facts {
  return {
    name: 'axios',
    version: '1.14.1',
    locked: parseIntegrity(BYTES),
    resolved: TARBALL,
    resolvedMatches: true,
    mirror: null,
    registry: listed(),
    signature: { state: 'valid', keyId: 'SHA256:key', trustDomain: `sha256:${'2'.repeat(64)}` },
    attestations: verified(),
    history: { line: null, package: null },
    now: NOW,
    published: { provenance: LONG_AGO, publish: LONG_AGO, claimed: LONG_AGO, claimedBy: LONG_AGO },
    metadata: metadata(),
    accepted: NO_HISTORY,
    predecessors: [],
    freshDependencies: [],
    bytes: { state: 'not-looked-at' },
    entryFindings: [],
    ...change,
  }
}

/** Pins that hold the identity of `provenance()`, from an earlier version. */
export function pinned(change: Change = {}): Pins {
  const version = change.version ?? '1.14.0'
  return addToPins(NO_PINS, 'axios', version, provenance({ version, ...change }))
}

/** A policy by its rules alone. */
export function policy(rules: Readonly<Record<string, string>>, outside: readonly string[] = []): Policy {
  return completePolicy(parsePolicyFile(JSON.stringify({ version: 1, rules, outside }), 'bonafide.json').stated)
}

/** Judges, and says in one value what programs branch on. */
export function outcome(change: Partial<Facts>, pins: Pins = NO_PINS, by: Policy = defaultPolicy()): Outcome {
  const judgement = judge(facts(change), by, pins)
  const codes = judgement.findings.map(({ code, level }) =>
    level === 'refuse' ? code : (`${code}: ${level}` as const),
  )
  return { kind: judgement.verdict.kind, pin: judgement.pin, codes }
}

/** What {@link outcome} returns. */
export interface Outcome {
  readonly kind: Judgement['verdict']['kind']
  readonly pin: Judgement['pin']
  readonly codes: readonly (FindingCode | `${FindingCode}: ${string}`)[]
}

/** Judges, and returns the one finding there is. */
export function only(change: Partial<Facts>, pins: Pins = NO_PINS, by: Policy = defaultPolicy()): Partial<Finding> {
  const { findings } = judge(facts(change), by, pins)
  if (findings.length !== 1) throw new Error(`one finding expected, not ${findings.map(({ code }) => code).join(', ')}`)
  return { ...findings[0] }
}
