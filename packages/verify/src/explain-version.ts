// SPDX-License-Identifier: Apache-2.0
import type { Evidence } from '@bonafide/attestation'
import { parseIntegrity } from '@bonafide/core'
import type { IntegrityField } from '@bonafide/core'
import { groupEntries } from '@bonafide/lockfile'
import type { Group } from '@bonafide/lockfile'
import { judge } from '@bonafide/policy'
import type { Facts, Judgement } from '@bonafide/policy'
import { gatherFacts } from './gather-facts.ts'
import { observingNotes } from './notes.ts'
import type { OpenSources } from './open-sources.ts'
import { pastOf } from './past.ts'
import type { OwnFiles } from './own-files.ts'
import type { Project } from './project.ts'
import { buildReport } from './report.ts'
import type { Report } from './report.ts'
import { gatherGroup, offerPassing, reportVersion, settleAbsence } from './verify-project.ts'

/** One step of the chain of evidence: `shown` holds, `missing` is not there, `failed` speaks against the version, `unknown` could not be told. */
export interface Step {
  readonly step: 'bytes' | 'metadata' | 'registry signature' | 'publish attestation' | 'provenance' | 'pin'
  readonly outcome: 'shown' | 'missing' | 'failed' | 'unknown'
  readonly facts: readonly (readonly [label: string, value: string])[]
}

/** Everything known about one version: the report over it alone, and the steps that led there. */
export interface Explanation extends Report {
  readonly steps: readonly Step[]
}

/**
 * Explains one version. Takes the lockfile's entry where the project holds the version, and the registry's word for the bytes where not.
 */
export async function explainVersion(
  name: string,
  version: string,
  project: Project | null,
  sources: OpenSources,
  own: OwnFiles,
  simulated: boolean,
): Promise<Explanation> {
  const groups = project === null ? [] : groupEntries(project.lockfiles)
  const locked = groups.find((group) => group.name === name && group.version === version)
  const group = locked ?? (await unlocked(name, version, sources))
  const past = pastOf(own)
  const asked =
    locked === undefined
      ? await gatherFacts({ ...group, locked: group.integrity, resolved: [], entryFindings: [] }, past, sources)
      : await gatherGroup(locked, past, sources)
  const [gathered] = await settleAbsence([asked], sources)
  // Cannot happen: one in, one out.
  if (gathered === undefined) throw new TypeError('no facts were gathered')
  const judged = judge(gathered.facts, own.policy, own.pins, own.exemptions)
  // Where no lockfile holds the version, none can be wrong about it; the verdict stays what it is.
  const elsewhere = judged.findings.filter(({ rule }) => rule !== 'lock-mismatch')
  const judgement = locked === undefined && elsewhere.length > 0 ? { ...judged, findings: elsewhere } : judged
  const report = buildReport({
    packages: await offerPassing([reportVersion({ ...gathered, group, judgement })], own, sources),
    hasRegistryVersions: true,
    trust: sources.trust.report,
    now: sources.now,
    simulated,
    lockfiles: locked === undefined ? [] : (project?.lockfiles.map(({ file }) => file) ?? []),
    evidenceRegistry: sources.client.registries.evidence,
    notes: observingNotes(own.policy, sources.now),
    readsTarballs: sources.readsTarballs,
  })
  const { facts } = gathered
  const steps: readonly Step[] = [
    bytesStep(facts, locked === undefined ? 'the registry' : 'the lockfile'),
    metadataStep(facts),
    signatureStep(facts),
    attestationStep(
      'publish attestation',
      facts,
      gathered.evidence.find(({ kind }) => kind === 'publish'),
    ),
    attestationStep(
      'provenance',
      facts,
      gathered.evidence.find(({ kind }) => kind === 'provenance'),
    ),
    pinStep(judgement),
  ]
  return { ...report, steps }
}

type Unlocked = Pick<Group, 'name' | 'version' | 'integrity'> & { readonly places: readonly [] }

async function unlocked(name: string, version: string, { client }: OpenSources): Promise<Unlocked> {
  const answer = await client.fetchPackument(name, 'abbreviated')
  const integrity: IntegrityField = parseIntegrity(
    answer.kind === 'found' ? answer.value.versions.get(version)?.integrity : undefined,
  )
  return { name, version, integrity, places: [] }
}

function bytesStep({ locked, registry, bytes }: Facts, source: string): Step {
  const text = locked.state === 'sha512' ? locked.sha512 : locked.state === 'missing' ? 'none' : locked.found
  const theirs = registry.state === 'known' && registry.integrity.state === 'sha512' ? registry.integrity.sha512 : null
  const agrees =
    theirs === null || locked.state !== 'sha512' ? 'unknown' : theirs === locked.sha512 ? 'shown' : 'failed'
  return {
    step: 'bytes',
    outcome: locked.state === 'several' || locked.state === 'malformed' || isOther(bytes) ? 'failed' : agrees,
    facts: [
      ['integrity', `${text} (from ${source})`],
      ...(theirs !== null && agrees === 'failed' ? [['the registry has', theirs] as const] : []),
      ...tarballFacts(bytes),
    ],
  }
}

function isOther(bytes: Facts['bytes']): boolean {
  return bytes.state === 'unknown' && bytes.findings.some(({ code }) => code === 'tarball-mismatch')
}

// What the tarball itself told, where it was looked at.
function tarballFacts(bytes: Facts['bytes']): readonly (readonly [string, string])[] {
  if (bytes.state === 'not-looked-at') return []
  if (bytes.state === 'unknown') return bytes.findings.map(({ code, found }) => [code, found] as const)
  const { hooks, bundled, oddities } = bytes
  return [
    ['tarball', 'read, and hashes to this integrity'],
    ['runs', hooks.size === 0 ? 'nothing' : [...hooks].map(([name, command]) => `${name}: ${command}`).join(', ')],
    ...(bundled.length === 0 ? [] : [['carries', bundled.join(', ')] as const]),
    ...oddities.map((oddity) => ['oddity', oddity] as const),
  ]
}

function metadataStep({ registry }: Facts): Step {
  switch (registry.state) {
    case 'known':
      return {
        step: 'metadata',
        outcome: 'shown',
        facts: [
          ['tarball', registry.tarball ?? 'none'],
          ['claims attestations', registry.claimsAttestations ? 'yes' : 'no'],
        ],
      }
    case 'unknown':
      return {
        step: 'metadata',
        outcome: 'unknown',
        facts: registry.findings.map(({ code, found }) => [code, found] as const),
      }
    case 'package-unknown':
    case 'version-unknown':
    case 'version-withdrawn':
    default:
      return { step: 'metadata', outcome: 'failed', facts: [['registry', registry.state.replace('-', ' ')]] }
  }
}

function signatureStep({ signature }: Facts): Step {
  const step = 'registry signature'
  switch (signature.state) {
    case 'valid':
      return {
        step,
        outcome: 'shown',
        facts: [
          ['key', signature.keyId],
          ['trust domain', signature.trustDomain],
        ],
      }
    case 'missing':
      return { step, outcome: 'missing', facts: [] }
    case 'not-checked':
    case 'time-unknown':
      return { step, outcome: 'unknown', facts: [[signature.state, signature.found]] }
    case 'invalid':
    case 'unknown-key':
    case 'outside-window':
    default:
      return { step, outcome: 'failed', facts: [[signature.state, signature.found]] }
  }
}

function attestationStep(
  step: 'publish attestation' | 'provenance',
  { attestations }: Facts,
  evidence: Evidence | undefined,
): Step {
  if (evidence !== undefined) return { step, outcome: 'shown', facts: describeEvidence(evidence) }
  switch (attestations.state) {
    case 'verified': {
      const refusals = attestations.findings.filter(({ level }) => level !== 'warn')
      return {
        step,
        outcome: refusals.length === 0 ? 'missing' : 'failed',
        facts: refusals.map(
          ({ code, found, entry }) => [code, `${found}${entry === undefined ? '' : ` (${entry})`}`] as const,
        ),
      }
    }
    case 'none':
      return { step, outcome: 'missing', facts: [] }
    case 'withheld':
      return {
        step,
        outcome: 'failed',
        facts: [['withheld', 'the metadata advertises attestations, and none are served']],
      }
    case 'unknown':
    default:
      return { step, outcome: 'unknown', facts: attestations.findings.map(({ code, found }) => [code, found] as const) }
  }
}

function pinStep({ pin, findings }: Judgement): Step {
  const changed = findings.find(({ code, level }) => code === 'identity-changed' && level === 'refuse')
  return {
    step: 'pin',
    outcome: changed !== undefined ? 'failed' : pin === 'unrecorded' ? 'missing' : 'shown',
    facts: [
      ['state', pin],
      ...(changed === undefined
        ? []
        : ([
            ['shows', changed.found],
            ['recorded', changed.wanted],
          ] as const)),
    ],
  }
}

function describeEvidence(evidence: Evidence): readonly (readonly [string, string])[] {
  const [entry] = evidence.log
  const common = [
    ['statement', evidence.predicateType],
    ['bundle', evidence.mediaType],
    ['log', `${entry.kind}, index ${entry.logIndex}, ${entry.proofs.join(' and ')} verified`],
    // A log of Rekor v2 signs no time.
    ...(entry.integratedTime === null ? [] : [['logged at', entry.integratedTime.toISOString()] as const]),
    ...evidence.timestamps.map(
      ({ time, authority }) => ['stamped at', `${time.toISOString()}, by ${authority}`] as const,
    ),
    ['trust domain', evidence.trustDomain],
  ] as const
  if (evidence.kind === 'publish') return [...common, ['registry key', evidence.keyId]]
  const { identity } = evidence
  return [
    ...common,
    ...Object.entries(identity)
      .filter((pair): pair is [string, string] => pair[1] !== null)
      .map(([label, value]) => [label, value] as const),
  ]
}
