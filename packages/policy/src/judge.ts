// SPDX-License-Identifier: Apache-2.0
import { finding } from '@bonafide/core'
import type { Facts } from './facts.ts'
import type { Pins } from './pins.ts'
import type { Policy } from './policy.ts'
import type { Judgement } from './verdict.ts'

/** Judges one version. Placeholder while the rules are written: undecided, whatever it is given. */
export function judge(_facts: Facts, _policy: Policy, _pins: Pins): Judgement {
  const cause = finding('trust-root-unavailable', { found: 'no rules yet', wanted: 'rules', fix: 'wait' })
  return { verdict: { kind: 'undecided', causes: [cause] }, pin: 'unrecorded', findings: [cause] }
}
