// SPDX-License-Identifier: Apache-2.0
import type { Finding } from '@bonafide/core'
import type { Facts } from '../facts.ts'
import type { Pin, Pins } from '../pins.ts'
import type { PackageSettings } from '../policy.ts'

/** What a rule may look at beside the facts and the package's own pin. */
export interface RuleContext {
  readonly settings: PackageSettings
  readonly pins: Pins
}

/** A rule: a pure function. A finding's level is what it would do if the policy held the rule at `refuse`. */
export type Check = (facts: Facts, pin: Pin | undefined, context: RuleContext) => Finding[]
