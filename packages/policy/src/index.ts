// SPDX-License-Identifier: Apache-2.0
export type { AttestationFacts, AttestedHistory, Facts, RegistryFacts, SignatureFacts } from './facts.ts'
export { judge } from './judge.ts'
export { NO_PINS, addToPins, pinIdentity, releaseLine } from './pins.ts'
export type { Pin, PinnedIdentity, Pins, Strength } from './pins.ts'
export { LOWERABLE_RULES, defaultPolicy, outsideEntry } from './policy.ts'
export type { LowerableRule, Policy, RuleLevel } from './policy.ts'
export { reportVerdict } from './verdict.ts'
export type { Judgement, PinState, ReportVerdict, Verdict, VerdictCounts, VerdictKind } from './verdict.ts'
