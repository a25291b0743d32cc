// SPDX-License-Identifier: Apache-2.0
import type { ProvenanceEvidence, PublishEvidence } from '@bonafide/attestation'
import type { Finding, NonEmpty } from '@bonafide/core'
import type { Exemption } from './exemption.ts'

/**
 * The answer for one version. `trusted` means that its origin is proven, not that it is safe, and cannot be built without both
 * attestations. Only `trusted` is ever shown green.
 */
export type Verdict =
  | { readonly kind: 'trusted'; readonly evidence: readonly [ProvenanceEvidence, PublishEvidence] }
  /** Without provenance, which is accepted because the pin says `none` or because the policy lowered the rule. */
  | { readonly kind: 'unattested'; readonly because: 'pinned-none' | 'rule-lowered' }
  /** A refusal was waived: by the policy although all evidence is there, or by an exemption for exactly these bytes. */
  | { readonly kind: 'exempt'; readonly waived: NonEmpty<Finding> }
  /** The policy leaves the package out; the reason is the policy's entry. */
  | { readonly kind: 'outside'; readonly reason: string }
  | { readonly kind: 'refused'; readonly findings: NonEmpty<Finding> }
  | { readonly kind: 'undecided'; readonly causes: NonEmpty<Finding> }

/** The name of a verdict, as reports count it. */
export type VerdictKind = Verdict['kind']

/**
 * How a version stands to the pins: `matched` shows a recorded identity, `none` is recorded as having none, and `unrecorded` shows
 * something (or lacks something) that is not on record.
 */
export type PinState = 'matched' | 'none' | 'unrecorded'

/** A verdict with everything that was said on the way, at the level at which it counted. */
export interface Judgement {
  readonly verdict: Verdict
  readonly pin: PinState
  readonly findings: readonly Finding[]
  /** What would have been refused, had the policy not lowered the rule; those of rules that are `off` stand here alone. */
  readonly waived: readonly Finding[]
  /** The exemption that waived some of them; null where none did. */
  readonly exemption: Exemption | null
}

/** What a whole report amounts to. */
export type ReportVerdict = 'satisfied' | 'refused' | 'undecided'

/** How many versions got which verdict. */
export type VerdictCounts = Readonly<Record<VerdictKind, number>>

/** Sums up a report: one refusal refuses, else one open question leaves it undecided. A count that is no number refuses. */
export function reportVerdict(counts: VerdictCounts): ReportVerdict {
  // Compared with 0, not "greater than": NaN and negative counts must not read as nothing.
  if (counts.refused !== 0) return 'refused'
  if (counts.undecided !== 0) return 'undecided'
  return 'satisfied'
}
