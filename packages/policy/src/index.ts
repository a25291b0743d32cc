// SPDX-License-Identifier: Apache-2.0
export { boundEvidence } from './evidence.ts'
export { NO_EXEMPTIONS, exemptionFor } from './exemption.ts'
export type { Exemption, Exemptions } from './exemption.ts'
export { exemptionsKeys, exemptionsSchema, parseExemptions, renderExemptions } from './exemptions-file.ts'
export { ownerOf } from './facts.ts'
export type {
  AttestationFacts,
  AttestedHistory,
  Facts,
  FreshDependency,
  Owner,
  PublishedTimes,
  RegistryFacts,
  SignatureFacts,
} from './facts.ts'
export { applyFloor } from './floor.ts'
export { NO_HISTORY, acceptedHistory, addedDependencies } from './history.ts'
export type { AcceptedHistory, VersionMetadata } from './history.ts'
export { judge, judgeOther } from './judge.ts'
export type { OtherEntry } from './judge.ts'
export { compareExemptions, comparePolicies } from './loosening.ts'
export type { Loosening, StatedLoosening } from './loosening.ts'
export { NO_PINS, addExoticToPins, addHooksToPins, addToPins, pinIdentity, requiredStrength } from './pins.ts'
export type { Pin, PinnedIdentity, Pins, Strength } from './pins.ts'
export { compareNewPins, comparePins, pinsForChange } from './pins-loosening.ts'
export { parsePins, renderPins } from './pins-file.ts'
export { defaultPolicy, outsideEntry, settingsFor } from './policy.ts'
export type { Mode, PackagePolicy, PackageSettings, Policy, PrivateRoot } from './policy.ts'
export { parsePolicyFile, policyKeys, policySchema } from './policy-file.ts'
export type { FloorReference, PolicyFile } from './policy-file.ts'
export { releaseLine } from './release-line.ts'
export { LOWERABLE_RULES, RULE_TRAITS } from './rule-traits.ts'
export type { RuleLevel, RuleTraits } from './rule-traits.ts'
export { isFresh } from './rules/fresh-dependency.ts'
export type { KeyRow } from './schema.ts'
export { completePolicy } from './stated-policy.ts'
export type { StatedPolicy } from './stated-policy.ts'
export { reportVerdict } from './verdict.ts'
export type { Judgement, PinState, ReportVerdict, Verdict, VerdictCounts, VerdictKind } from './verdict.ts'
