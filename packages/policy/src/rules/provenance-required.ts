// SPDX-License-Identifier: Apache-2.0
import { finding } from '@bonafide/core'
import type { Finding } from '@bonafide/core'
import { boundEvidence, isEvidenceUnclear, explain } from '../evidence.ts'
import type { BoundEvidence } from '../evidence.ts'
import type { Facts } from '../facts.ts'
import { requiredStrength } from '../pins.ts'
import type { Pin } from '../pins.ts'
import { releaseLine } from '../release-line.ts'
import type { RuleContext } from './rule.ts'

/**
 * `provenance-required`: a version shows verified provenance and the registry's publish attestation, unless its pin says `none` and the
 * policy is not strict about the package.
 *
 * Stops what a stolen token publishes from outside the build: axios 1.14.1, nx, Mastra. A line that once had provenance keeps owing
 * it, and a new line inherits the debt of the package.
 *
 * Known false positives: most packages have no provenance until somebody records `none`; packages attested now and then, and honest
 * backports on an old major by hand (undici-types 6.21.0, vite 6.4.1, axios 1.13.3).
 */
export function checkProvenanceRequired(facts: Facts, pin: Pin | undefined, { settings }: RuleContext): Finding[] {
  // 1. A proxy strips what proves the origin: advertised, yet not served.
  if (isWithheld(facts)) {
    const wanted = 'the attestations that the registry advertises for this version'
    const fix = 'ask a registry that serves them, then bonafide verify'
    return [finding('attestations-withheld', { found: 'none served', wanted, fix })]
  }
  // 2. An outage or a broken document is not "no provenance": its own findings say what it is.
  if (isEvidenceUnclear(facts)) return []
  const evidence = boundEvidence(facts)
  if (evidence.provenance !== null && evidence.publish !== null) return []
  const line = releaseLine(facts.version)
  // 3. A version that fell from provenance to none, by the pins.
  if (pin !== undefined && requiredStrength(pin, facts.version) === 'provenance')
    return [missing('provenance-missing', facts, evidence, recorded(pin, line))]
  // 4. A version that fell from provenance to none, by the registry's own word, on a line that nobody recorded.
  // A number below the first attested one, published after it, is a regression too.
  const { heldAttested, lineAttested, isHeld } = facts.accepted
  const attested = facts.history.line ?? facts.history.package ?? (isHeld ? null : lineAttested)
  if (attested !== null && pin?.lines.has(line) !== true)
    return [missing('regression-unpinned', facts, evidence, `verified provenance, as ${attested} claims`)]
  // ... or of which the base has seen more than its pin says: a record of `none` is tightened by the first provenance that was taken in.
  if (pin?.identities === 'none' && heldAttested !== null && !isHeld)
    return [missing('regression-unpinned', facts, evidence, `verified provenance, as ${heldAttested} claims`)]
  // 5. Recorded as having none, which is not enough where the policy is strict.
  if (pin !== undefined) return settings.strict ? [missing('provenance-missing', facts, evidence, STRICT)] : []
  // 6. First sight.
  return [
    missing(
      'provenance-missing',
      facts,
      evidence,
      'verified provenance',
      `${explain(facts)}; bonafide init records that it has none`,
    ),
  ]
}

const STRICT = 'verified provenance, as the policy is strict about this package'

function isWithheld({ attestations, registry }: Facts): boolean {
  if (attestations.state === 'withheld') return true
  return attestations.state === 'none' && registry.state === 'known' && registry.claimsAttestations
}

function missing(
  code: 'provenance-missing' | 'regression-unpinned',
  facts: Facts,
  evidence: BoundEvidence,
  wanted: string,
  fix: string = explain(facts),
): Finding {
  if (evidence.provenance === null) return finding(code, { found: shown(facts, evidence), wanted, fix })
  // Half of the proof: the job says that it built this, and the registry does not say that it took it.
  const detail = { found: 'provenance only', wanted: "the registry's publish attestation", fix: explain(facts) }
  return finding('publish-attestation-missing', detail)
}

function shown({ attestations }: Facts, { publish }: BoundEvidence): string {
  if (publish !== null) return 'a publish attestation only'
  return attestations.state === 'none' ? 'no attestations' : 'no attestation of this version'
}

function recorded(pin: Pin, line: string): string {
  if (pin.identities === 'none')
    return `provenance, as recorded for ${pin.lines.has(line) ? `line ${line}` : 'another line'}`
  return pin.identities.map(({ repository, workflow }) => `provenance of ${repository}, ${workflow}`).join(' or ')
}
