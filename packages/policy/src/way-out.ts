// SPDX-License-Identifier: Apache-2.0
import type { Finding, FindingCode, Rule } from '@bonafide/core'
import { isLowerable } from './rule-traits.ts'

/** What a person can do about a version that was refused. */
export interface WayOut {
  /** Whether recording what the version shows settles all of it, some of it, or nothing. */
  readonly pin: 'all' | 'some' | 'none'
  /** The rules that an exemption has to waive where nothing is recorded anew; null where one of them never gives way. */
  readonly exempt: readonly Rule[] | null
  /** The rules that an exemption has to waive beside a pin; null where one of them never gives way. */
  readonly beside: readonly Rule[] | null
}

// What a pin says: who builds the package, from where, on what; what it runs on installation, and what it asks for beside registries.
const SETTLED: ReadonlySet<Rule> = new Set<Rule>([
  'exotic-dependency',
  'identity-changed',
  'install-script-added',
  'provenance-required',
  'ref-not-allowed',
  'runner-self-hosted',
  'trigger-not-allowed',
  'trust-domain-changed',
])

// Of provenance that is there and was not handed over nobody can say whose it is.
const UNSETTLED: ReadonlySet<FindingCode> = new Set<FindingCode>([
  'attestations-withheld',
  'publish-attestation-missing',
])

/** Tells whether recording what a version shows settles a finding against it. */
export function isSettledByPin({ code, rule }: Finding): boolean {
  return SETTLED.has(rule) && !UNSETTLED.has(code)
}

/** What can be done about the findings that stop a version. */
export function wayOut(findings: readonly Finding[]): WayOut {
  const stops = findings.filter(({ level }) => level !== 'warn')
  const rest = stops.filter((item) => !isSettledByPin(item))
  return {
    pin: rest.length === stops.length ? 'none' : rest.length === 0 ? 'all' : 'some',
    exempt: waived(stops),
    beside: waived(rest),
  }
}

function waived(findings: readonly Finding[]): readonly Rule[] | null {
  const rules = [...new Set(findings.map(({ rule }) => rule))].sort()
  return rules.every(isLowerable) ? rules : null
}
