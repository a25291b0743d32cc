// SPDX-License-Identifier: Apache-2.0
import type { Rule } from '@bonafide/core'
import { defaultPolicy } from './policy.ts'
import type { Mode, PackagePolicy, Policy, PrivateRoot } from './policy.ts'
import type { StatedPublishPolicy } from './publish-policy.ts'
import type { RuleLevel } from './rule-traits.ts'

/** What a policy file says and no more: null is what it leaves open. To judge with it, complete it. */
export interface StatedPolicy {
  readonly mode: Mode | null
  readonly rules: ReadonlyMap<Rule, RuleLevel>
  readonly cooldownHours: number | null
  readonly packages: readonly PackagePolicy[]
  readonly outside: readonly string[] | null
  readonly hideRefused: boolean | null
  readonly mirrors: readonly string[] | null
  readonly privateRoots: readonly PrivateRoot[] | null
  /** Its absent keys are left open. */
  readonly publish: StatedPublishPolicy
}

/** What a policy file comes to: the defaults stand where it says nothing. */
export function completePolicy(stated: StatedPolicy): Policy {
  const { mode, cooldownHours, outside, hideRefused, mirrors, privateRoots, publish } = defaultPolicy()
  return {
    mode: stated.mode ?? mode,
    rules: stated.rules,
    cooldownHours: stated.cooldownHours ?? cooldownHours,
    packages: stated.packages,
    outside: stated.outside ?? outside,
    hideRefused: stated.hideRefused ?? hideRefused,
    mirrors: stated.mirrors ?? mirrors,
    privateRoots: stated.privateRoots ?? privateRoots,
    publish: { ...publish, ...stated.publish },
  }
}
