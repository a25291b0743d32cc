// SPDX-License-Identifier: Apache-2.0
import { finding, isNonEmpty } from '@bonafide/core'
import type { Finding } from '@bonafide/core'
import { boundEvidence, boundIntegrity, isEvidenceUnclear, explain } from './evidence.ts'
import type { Facts } from './facts.ts'
import { matchIdentity } from './match.ts'
import { pinIdentity, requiredStrength } from './pins.ts'
import type { Pin, Pins } from './pins.ts'
import { isLowerable, outsideEntry, ruleLevel } from './policy.ts'
import type { Policy } from './policy.ts'
import { checkExoticDependency } from './rules/exotic-dependency.ts'
import { checkIdentityChanged } from './rules/identity-changed.ts'
import { checkLockMismatch } from './rules/lock-mismatch.ts'
import { checkProvenanceRequired } from './rules/provenance-required.ts'
import { checkRegistrySignature } from './rules/registry-signature.ts'
import { checkWithdrawn } from './rules/withdrawn.ts'
import type { Judgement, PinState, Verdict } from './verdict.ts'

// 5.1 to 5.6, in the order of docs/algorithm.md.
const CHECKS: readonly ((facts: Facts, pin: Pin | undefined) => Finding[])[] = [
  checkProvenanceRequired,
  checkIdentityChanged,
  checkRegistrySignature,
  checkLockMismatch,
  checkWithdrawn,
  checkExoticDependency,
]

/**
 * Judges one version by its facts, the policy and the pins.
 *
 * One refusal refuses, whatever else is open; else one open question leaves it undecided; else `trusted` takes both attestations for
 * exactly this coordinate; else `unattested` takes a pin or a policy that says so. Everything else is refused. A lowered rule never
 * makes a version trusted: what it would have refused comes out as `unattested` or `exempt`, and stands in `waived`.
 */
export function judge(facts: Facts, policy: Policy, pins: Pins): Judgement {
  const pin = pins.packages.get(facts.name)
  const pinned = pinState(facts, pin)
  const entry = outsideEntry(policy, facts.name)
  if (entry !== null) return judgeOutside(facts, entry, pinned)
  const { kept, waived } = hold([...heard(facts), ...CHECKS.flatMap((check) => check(facts, pin))], policy)
  return { verdict: decide(facts, pin, kept, waived), pin: pinned, findings: kept, waived }
}

// What others found before the rules: in the attestation document, and in what kept us from deciding.
function heard({ attestations, registry }: Facts): readonly Finding[] {
  const documents = attestations.state === 'verified' || attestations.state === 'unknown' ? attestations.findings : []
  return registry.state === 'unknown' ? [...documents, ...registry.findings] : documents
}

// A refusal by a lowered rule becomes a warning or falls silent, and is counted either way. Open questions are nobody's to waive.
function hold(findings: readonly Finding[], policy: Policy): { kept: readonly Finding[]; waived: readonly Finding[] } {
  const kept: Finding[] = []
  const waived: Finding[] = []
  for (const found of findings) {
    const level = ruleLevel(policy, found.rule)
    if (level === 'refuse' || found.level === 'undecided') {
      kept.push(found)
      continue
    }
    const lowered: Finding = { ...found, level: 'warn' }
    if (found.level === 'refuse') waived.push(lowered)
    if (level === 'warn') kept.push(lowered)
  }
  return { kept, waived }
}

// What findings alone decide; null where they stop nothing.
function openOrRefused(kept: readonly Finding[]): Verdict | null {
  // 6.1 One refusal refuses.
  const findings = kept.filter(({ level }) => level === 'refuse')
  if (isNonEmpty(findings)) return { kind: 'refused', findings }
  // 6.2 One open question leaves it open, whatever level its finding was given.
  const causes = kept.filter(({ level }) => level === 'undecided')
  return isNonEmpty(causes) ? { kind: 'undecided', causes } : null
}

function decide(facts: Facts, pin: Pin | undefined, kept: readonly Finding[], waived: readonly Finding[]): Verdict {
  const stopped = openOrRefused(kept)
  if (stopped !== null) return stopped
  if (facts.attestations.state === 'unknown') return { kind: 'undecided', causes: facts.attestations.findings }
  if (facts.registry.state === 'unknown') return { kind: 'undecided', causes: facts.registry.findings }
  // 6.3 Nothing is said of bytes that nothing binds, or that no registry key vouches for.
  const { provenance, publish } = boundEvidence(facts)
  const vouched = facts.signature.state === 'valid' || publish !== null
  if (boundIntegrity(facts) === null || !vouched) {
    const detail = {
      found: 'no signature',
      wanted: "the registry's signature or publish attestation",
      fix: explain(facts),
    }
    return { kind: 'refused', findings: [finding('registry-signature-missing', detail)] }
  }
  // 6.4 Both attestations; a refusal that was waived is never shown green.
  if (provenance !== null && publish !== null)
    return isNonEmpty(waived) ? { kind: 'exempt', waived } : { kind: 'trusted', evidence: [provenance, publish] }
  // 6.5 Without provenance, and somebody has said that this is accepted.
  if (waived.some(({ rule }) => rule === 'provenance-required')) return { kind: 'unattested', because: 'rule-lowered' }
  if (pin !== undefined && requiredStrength(pin, facts.version) === 'none')
    return { kind: 'unattested', because: 'pinned-none' }
  // 6.6 Everything else.
  const detail = { found: 'no provenance', wanted: 'verified provenance', fix: explain(facts) }
  return { kind: 'refused', findings: [finding('provenance-missing', detail)] }
}

/**
 * Judges what stands in a lockfile and is no version of a registry (git, a folder, a bundle), by what was found about it. The best that it
 * can be is `outside`, for the reason given; the policy's levels hold as they do for versions.
 */
export function judgeOther(
  { name, findings, reason }: { readonly name: string; readonly findings: readonly Finding[]; readonly reason: string },
  policy: Policy,
): Judgement {
  if (outsideEntry(policy, name) !== null) return leftOut(findings, reason, 'unrecorded')
  const { kept, waived } = hold(findings, policy)
  return { verdict: openOrRefused(kept) ?? { kind: 'outside', reason }, pin: 'unrecorded', findings: kept, waived }
}

function judgeOutside(facts: Facts, reason: string, pin: PinState): Judgement {
  const documents = facts.attestations.state === 'verified' ? facts.attestations.findings : []
  return leftOut([...documents, ...facts.entryFindings], reason, pin)
}

// A policy may leave a package out of its rules, and still never waives failed cryptography or a lockfile that says two things.
function leftOut(all: readonly Finding[], reason: string, pin: PinState): Judgement {
  const findings = all.filter(({ level, rule }) => level === 'refuse' && !isLowerable(rule))
  const verdict: Verdict = isNonEmpty(findings) ? { kind: 'refused', findings } : { kind: 'outside', reason }
  return { verdict, pin, findings, waived: [] }
}

function pinState(facts: Facts, pin: Pin | undefined): PinState {
  if (pin === undefined) return 'unrecorded'
  const { provenance } = boundEvidence(facts)
  if (provenance === null)
    return !isEvidenceUnclear(facts) && requiredStrength(pin, facts.version) === 'none' ? 'none' : 'unrecorded'
  if (pin.identities === 'none') return 'unrecorded'
  return matchIdentity(pinIdentity(provenance), pin.identities).kind === 'different' ? 'unrecorded' : 'matched'
}
