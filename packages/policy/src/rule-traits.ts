// SPDX-License-Identifier: Apache-2.0
import { RULES } from '@bonafide/core'
import type { Rule } from '@bonafide/core'

/** What a policy may say of a rule: keep it, say it without refusing, or leave it out. */
export type RuleLevel = 'refuse' | 'warn' | 'off'

/** What it takes to run a rule: what is known of a version without its tarball, or the tarball itself. A rule may run in both. */
export type Phase = 'lock' | 'bytes'

/** What can be done about a rule, and what it takes to run it. */
export interface RuleTraits {
  /** The level where no policy says anything. */
  readonly level: RuleLevel
  /**
   * Whether a policy may set another level, and an exemption waive the rule for one version. The others stand for cryptography, the
   * lockfile's integrity, the judges themselves and open questions: they never give way.
   */
  readonly isLowerable: boolean
  readonly phases: readonly Phase[]
}

const LOCK: readonly Phase[] = ['lock']

const FIXED: RuleTraits = { level: 'refuse', isLowerable: false, phases: LOCK }
const REFUSES: RuleTraits = { level: 'refuse', isLowerable: true, phases: LOCK }
const WARNS: RuleTraits = { level: 'warn', isLowerable: true, phases: LOCK }
const OFF: RuleTraits = { level: 'off', isLowerable: true, phases: LOCK }

/** The traits of every rule. */
export const RULE_TRAITS: Readonly<Record<Rule, RuleTraits>> = {
  'attestation-invalid': FIXED,
  availability: FIXED,
  cooldown: REFUSES,
  'exotic-dependency': REFUSES,
  'fresh-dependency': REFUSES,
  'identity-changed': REFUSES,
  'install-script-added': { ...REFUSES, phases: ['lock', 'bytes'] },
  'installer-changed': REFUSES,
  'lock-mismatch': FIXED,
  'manifest-confusion': { ...REFUSES, phases: ['bytes'] },
  'policy-loosened': FIXED,
  'predicate-mismatch': FIXED,
  'provenance-required': REFUSES,
  'publisher-changed': WARNS,
  'ref-not-allowed': REFUSES,
  'registry-signature': FIXED,
  'runner-self-hosted': REFUSES,
  'staged-approval': OFF,
  'trigger-not-allowed': REFUSES,
  'trust-domain-changed': FIXED,
  'version-backfill': WARNS,
  withdrawn: REFUSES,
}

/** The rules whose level a policy may set, and that an exemption may name. */
export const LOWERABLE_RULES: readonly Rule[] = RULES.filter(isLowerable)

/** Tells whether a policy may set a rule's level. */
export function isLowerable(rule: Rule): boolean {
  return RULE_TRAITS[rule].isLowerable
}
