// SPDX-License-Identifier: Apache-2.0
import type { Rule, Sha512 } from '@bonafide/core'
import { outsideEntry, settingsFor } from '@bonafide/policy'
import type { Pins, Policy } from '@bonafide/policy'

/** The versions that a lockfile of the base holds: by name and version, the integrity that binds them. */
export type BaseVersions = ReadonlyMap<string, ReadonlyMap<string, Sha512>>

/** What was decided before this run: whom the project has recorded, and what the base's lockfile holds. */
export interface Past {
  readonly pins: Pins
  readonly base: BaseVersions
  /** The longest cooldown that the policy asks of any package. */
  readonly cooldownHours: number
  /** Whether the policy refuses a package's versions for something that only the full metadata tells. */
  readonly wantsFull: (name: string) => boolean
  /** The mirrors that lockfiles may name. */
  readonly mirrors: readonly string[]
  /** Whether the policy leaves a package out: its name may be private, and is told to nobody. */
  readonly isOutside: (name: string) => boolean
}

// Who published and who approved is in the full form alone, and warnings about it are made where that is at hand.
const TOLD_IN_FULL: readonly Rule[] = ['publisher-changed', 'staged-approval', 'version-backfill']

/** What was decided before a run over a project. */
export function pastOf({
  pins,
  base,
  policy,
}: {
  readonly pins: Pins
  readonly base: BaseVersions
  readonly policy: Policy
}): Past {
  const hours = policy.packages.flatMap(({ cooldownHours }) => cooldownHours ?? [])
  return {
    pins,
    base,
    cooldownHours: Math.max(policy.cooldownHours, ...hours),
    wantsFull(name) {
      const { level } = settingsFor(policy, name)
      return TOLD_IN_FULL.some((rule) => level(rule) === 'refuse')
    },
    mirrors: policy.mirrors,
    isOutside: (name) => outsideEntry(policy, name) !== null,
  }
}
