// SPDX-License-Identifier: Apache-2.0
import type { ProvenanceEvidence, PublishEvidence, VerifiedAttestation } from '@bonafide/attestation'
import { nameAtVersion } from '@bonafide/core'
import type { Coordinate, Finding, Sha512 } from '@bonafide/core'
import type { Facts } from './facts.ts'

/** The evidence of a version, after a second look at what it is evidence of. */
export interface BoundEvidence {
  readonly provenance: ProvenanceEvidence | null
  readonly publish: PublishEvidence | null
}

/**
 * The integrity that binds a version's bytes: the lockfile's, or where it holds none that binds, the registry's signed one.
 * Null where neither does.
 */
export function boundIntegrity(facts: Facts): Sha512 | null {
  if (facts.locked.state === 'sha512') return facts.locked.sha512
  if (facts.registry.state !== 'known' || facts.registry.integrity.state !== 'sha512') return null
  return facts.signature.state === 'valid' ? facts.registry.integrity.sha512 : null
}

/** The evidence that speaks for exactly this name, version and integrity. Evidence for anything else is as good as none. */
export function boundEvidence(facts: Facts): BoundEvidence {
  const integrity = boundIntegrity(facts)
  if (integrity === null || facts.attestations.state !== 'verified') return { provenance: null, publish: null }
  const { provenance, publish } = facts.attestations
  const coordinate: Coordinate = { name: facts.name, version: facts.version, integrity }
  return {
    provenance: provenance !== null && speaksFor(provenance, coordinate) ? provenance : null,
    publish: publish !== null && speaksFor(publish, coordinate) ? publish : null,
  }
}

/**
 * Whether evidence may be missing for another reason than that there is none: an outage, a document that failed, or nothing to bind
 * evidence to. Other findings say which, and a rule must not call the evidence absent.
 */
export function isEvidenceUnclear(facts: Facts): boolean {
  switch (facts.attestations.state) {
    case 'none':
    case 'withheld':
      return false
    case 'verified':
      return boundIntegrity(facts) === null || facts.attestations.findings.some(stops)
    case 'unknown':
    default:
      return true
  }
}

/** The one command that every finding about a version can offer. */
export function explain(facts: Facts): string {
  return `bonafide explain ${nameAtVersion(facts.name, facts.version)}`
}

// Replay: one package's document served for another, or for other bytes.
function speaksFor({ coordinate }: VerifiedAttestation, wanted: Coordinate): boolean {
  return (
    coordinate.name === wanted.name &&
    coordinate.version === wanted.version &&
    coordinate.integrity === wanted.integrity
  )
}

function stops({ level }: Finding): boolean {
  return level !== 'warn'
}
