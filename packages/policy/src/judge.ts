// SPDX-License-Identifier: Apache-2.0
import { finding, isNonEmpty } from '@bonafide/core'
import type { Finding } from '@bonafide/core'
import { boundEvidence, boundIntegrity, isEvidenceUnclear, explain } from './evidence.ts'
import type { Facts } from './facts.ts'
import { exemptionFor, NO_EXEMPTIONS } from './exemption.ts'
import type { Exemption, Exemptions } from './exemption.ts'
import { matchIdentity } from './match.ts'
import { pinIdentity, requiredStrength } from './pins.ts'
import type { Pin, Pins } from './pins.ts'
import { outsideEntry, settingsFor } from './policy.ts'
import type { PackageSettings, Policy } from './policy.ts'
import { RULE_TRAITS, isLowerable } from './rule-traits.ts'
import { checkCooldown } from './rules/cooldown.ts'
import { checkExoticDependency } from './rules/exotic-dependency.ts'
import { checkFreshDependency } from './rules/fresh-dependency.ts'
import { checkIdentityChanged } from './rules/identity-changed.ts'
import { checkInstallScriptAdded } from './rules/install-script-added.ts'
import { checkLockMismatch } from './rules/lock-mismatch.ts'
import { checkManifestConfusion } from './rules/manifest-confusion.ts'
import { checkProvenanceRequired } from './rules/provenance-required.ts'
import { checkPublisherChanged } from './rules/publisher-changed.ts'
import { checkRefNotAllowed } from './rules/ref-not-allowed.ts'
import { checkRegistrySignature } from './rules/registry-signature.ts'
import type { Check } from './rules/rule.ts'
import { checkRunnerSelfHosted } from './rules/runner-self-hosted.ts'
import { checkStagedApproval } from './rules/staged-approval.ts'
import { checkTriggerNotAllowed } from './rules/trigger-not-allowed.ts'
import { checkTrustDomainChanged } from './rules/trust-domain-changed.ts'
import { checkVersionBackfill } from './rules/version-backfill.ts'
import { checkWithdrawn } from './rules/withdrawn.ts'
import { sameDomain } from './shown.ts'
import type { Judgement, PinState, Verdict } from './verdict.ts'

/** The rules that are run on every version, in the order of docs/algorithm.md (5.1 to 5.17). */
export const CHECKS: readonly Check[] = [
  checkProvenanceRequired,
  checkIdentityChanged,
  checkTrustDomainChanged,
  checkRefNotAllowed,
  checkTriggerNotAllowed,
  checkRunnerSelfHosted,
  checkRegistrySignature,
  checkLockMismatch,
  checkWithdrawn,
  checkExoticDependency,
  checkInstallScriptAdded,
  checkCooldown,
  checkFreshDependency,
  checkVersionBackfill,
  checkPublisherChanged,
  checkStagedApproval,
  checkManifestConfusion,
]

/**
 * Judges one version by its facts, the policy, the pins and the exemptions.
 *
 * One refusal refuses, whatever else is open; else one open question leaves it undecided; else `trusted` takes both attestations for
 * exactly this coordinate; else `unattested` takes a pin or a policy that says so. Everything else is refused. A lowered rule or an
 * exemption never makes a version trusted: what would have been refused comes out as `unattested` or `exempt`, and stands in `waived`.
 */
export function judge(facts: Facts, policy: Policy, pins: Pins, exemptions: Exemptions = NO_EXEMPTIONS): Judgement {
  return judgeBy(CHECKS, facts, policy, pins, exemptions)
}

/** The same by a list of checks: what shows that no rule is there for nothing. Not for anybody who wants a verdict. */
export function judgeBy(
  checks: readonly Check[],
  facts: Facts,
  policy: Policy,
  pins: Pins,
  exemptions: Exemptions,
): Judgement {
  const pin = pins.packages.get(facts.name)
  const pinned = pinState(facts, pin)
  const entry = outsideEntry(policy, facts.name)
  if (entry !== null) return judgeOutside(facts, entry, pinned)
  const settings = settingsFor(policy, facts.name)
  // Bytes, not a version number: what somebody accepted under this number may have been replaced since.
  const exemption = exemptionFor(exemptions, facts.name, facts.version, boundIntegrity(facts))
  const found = [...heard(facts), ...checks.flatMap((check) => check(facts, pin, { settings, pins }))]
  const { kept, waived, used } = hold(found, settings, exemption)
  const verdict = decide(facts, pin, settings, kept, waived, used)
  return { verdict, pin: pinned, findings: kept, waived, exemption: used }
}

// What others found before the rules: in the attestation document, and in what kept us from deciding.
function heard({ attestations, registry, bytes }: Facts): readonly Finding[] {
  const documents = attestations.state === 'verified' || attestations.state === 'unknown' ? attestations.findings : []
  const metadata = registry.state === 'unknown' ? registry.findings : []
  const tarball = bytes.state === 'unknown' ? bytes.findings : []
  // Metadata that could not be had is why a tarball was not looked at: the same finding, once.
  return [...new Set([...documents, ...metadata, ...tarball])]
}

interface Held {
  readonly kept: readonly Finding[]
  readonly waived: readonly Finding[]
  /** The exemption, where it waived something. */
  readonly used: Exemption | null
}

// A refusal by a lowered rule, or one that an exemption names, becomes a warning or falls silent, and is counted either way. Open
// questions are nobody's to waive, except where the very rule that asks them is not held.
function hold(findings: readonly Finding[], settings: PackageSettings, exemption: Exemption | null): Held {
  const kept: Finding[] = []
  const waived: Finding[] = []
  let used: Exemption | null = null
  for (const found of findings) {
    const level = settings.level(found.rule)
    const stops = found.level === 'refuse' || found.code === 'cooldown-time-missing'
    if (!stops) {
      if (found.level === 'undecided' || level !== 'off') kept.push(found)
      continue
    }
    const isExempt = level === 'refuse' && isLowerable(found.rule) && exemption?.rules.includes(found.rule) === true
    if (level === 'refuse' && !isExempt) {
      kept.push(found)
      continue
    }
    const lowered: Finding = { ...found, level: 'warn' }
    if (isExempt) used = exemption
    // A rule that warns by itself waives nothing by warning.
    if (isExempt || RULE_TRAITS[found.rule].level === 'refuse') waived.push(lowered)
    if (isExempt || level === 'warn') kept.push(lowered)
  }
  return { kept, waived, used }
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

function decide(
  facts: Facts,
  pin: Pin | undefined,
  settings: PackageSettings,
  kept: readonly Finding[],
  waived: readonly Finding[],
  exemption: Exemption | null,
): Verdict {
  const stopped = openOrRefused(kept)
  if (stopped !== null) return stopped
  if (facts.attestations.state === 'unknown') return { kind: 'undecided', causes: facts.attestations.findings }
  if (facts.registry.state === 'unknown') return { kind: 'undecided', causes: facts.registry.findings }
  if (facts.bytes.state === 'unknown') return { kind: 'undecided', causes: facts.bytes.findings }
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
  // 6.5 Without provenance, and somebody has said that this is accepted: for these bytes, for all packages, or for this one.
  if (exemption !== null && isNonEmpty(waived)) return { kind: 'exempt', waived }
  if (waived.some(({ rule }) => rule === 'provenance-required')) return { kind: 'unattested', because: 'rule-lowered' }
  if (!settings.strict && pin !== undefined && requiredStrength(pin, facts.version) === 'none')
    return { kind: 'unattested', because: 'pinned-none' }
  // 6.6 Everything else.
  const detail = { found: 'no provenance', wanted: 'verified provenance', fix: explain(facts) }
  return { kind: 'refused', findings: [finding('provenance-missing', detail)] }
}

/** What stands in a lockfile and is no version of a registry, with what was found about it. */
export interface OtherEntry {
  readonly name: string
  readonly findings: readonly Finding[]
  readonly reason: string
  /** The dependencies that led to it, as `name@spec`. */
  readonly edges: readonly string[]
}

/**
 * Judges what stands in a lockfile and is no version of a registry (git, a folder, a bundle), by what was found about it. The best that it
 * can be is `outside`, for the reason given; the policy's levels hold as they do for versions.
 *
 * @param accepted - dependencies from beside the registries that somebody has accepted, as `name@spec`
 */
export function judgeOther(entry: OtherEntry, policy: Policy, accepted: ReadonlySet<string>): Judgement {
  const { name, reason, edges } = entry
  if (outsideEntry(policy, name) !== null) return leftOut(entry.findings, reason, 'unrecorded')
  const isAccepted = edges.length > 0 && edges.every((edge) => accepted.has(edge))
  const findings = isAccepted ? entry.findings.filter(({ rule }) => rule !== 'exotic-dependency') : entry.findings
  const { kept, waived } = hold(findings, settingsFor(policy, name), null)
  const verdict = openOrRefused(kept) ?? { kind: 'outside' as const, reason }
  return { verdict, pin: 'unrecorded', findings: kept, waived, exemption: null }
}

function judgeOutside(facts: Facts, reason: string, pin: PinState): Judgement {
  const documents = facts.attestations.state === 'verified' ? facts.attestations.findings : []
  return leftOut([...documents, ...facts.entryFindings], reason, pin)
}

// A policy may leave a package out of its rules, and still never waives failed cryptography or a lockfile that says two things.
function leftOut(all: readonly Finding[], reason: string, pin: PinState): Judgement {
  const findings = all.filter(({ level, rule }) => level === 'refuse' && !isLowerable(rule))
  const verdict: Verdict = isNonEmpty(findings) ? { kind: 'refused', findings } : { kind: 'outside', reason }
  return { verdict, pin, findings, waived: [], exemption: null }
}

function pinState(facts: Facts, pin: Pin | undefined): PinState {
  if (pin === undefined) return 'unrecorded'
  const { provenance } = boundEvidence(facts)
  if (provenance === null)
    return !isEvidenceUnclear(facts) && requiredStrength(pin, facts.version) === 'none' ? 'none' : 'unrecorded'
  if (pin.identities === 'none') return 'unrecorded'
  const shown = pinIdentity(provenance)
  const known = sameDomain(shown, pin.identities)
  return isNonEmpty(known) && matchIdentity(shown, known).kind !== 'different' ? 'matched' : 'unrecorded'
}
