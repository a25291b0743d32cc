// SPDX-License-Identifier: Apache-2.0
import { BonafideError, RULES } from '@bonafide/core'
import type { Rule } from '@bonafide/core'
import { statedBeyond, statedSettings, stricterLevel } from './loosening.ts'
import type { PackagePolicy } from './policy.ts'
import type { PolicyFile } from './policy-file.ts'
import type { RuleLevel } from './rule-traits.ts'
import type { StatedPolicy } from './stated-policy.ts'

/**
 * What a policy comes to above the floor that it extends. Where both speak of the same packages the stricter holds, and what the floor
 * leaves open is the file's own.
 *
 * @throws BonafideError `BONAFIDE_POLICY_LOOSER` where the file is looser than the floor, with the place in the file
 */
export function applyFloor(floor: StatedPolicy, own: PolicyFile): StatedPolicy {
  const { stated, file, extends: reference } = own
  // A repository that steps out of what its organisation asks, in a file that looks as if it obeyed.
  const [loosest] = statedBeyond(floor, stated)
  if (loosest !== undefined) {
    const { what, path, found, wanted } = loosest
    const name = reference?.file ?? 'the floor'
    throw new BonafideError('BONAFIDE_POLICY_LOOSER', `${file} is looser than what it extends at ${what}`, {
      path: file,
      ...own.locate(path),
      found,
      wanted: `${wanted}, as in ${name}`,
      hint: `take it out here, or have it changed in ${name}`,
    })
  }
  return {
    mode: stated.mode ?? floor.mode,
    rules: rulesOf(floor, stated, null),
    cooldownHours: larger(floor.cooldownHours, stated.cooldownHours),
    packages: [...new Set([...floor.packages, ...stated.packages].map(({ pattern }) => pattern))].map((pattern) =>
      mergePackage(floor, stated, pattern),
    ),
    outside: stated.outside ?? floor.outside,
    // Lets nothing pass either way.
    hideRefused: stated.hideRefused ?? floor.hideRefused,
    mirrors: stated.mirrors ?? floor.mirrors,
    privateRoots: stated.privateRoots ?? floor.privateRoots,
    publish: { ...floor.publish, ...stated.publish },
  }
}

// An entry outranks wider ones, so it has to hold the stricter of what both come to there, and not only of what both write there.
function mergePackage(floor: StatedPolicy, own: StatedPolicy, pattern: string): PackagePolicy {
  const [theirs, ours] = [statedSettings(floor, pattern), statedSettings(own, pattern)]
  const strict = [theirs.strict, ours.strict].filter((one) => one !== null)
  return {
    pattern,
    rules: rulesOf(floor, own, pattern),
    strict: strict.length === 0 ? null : strict.includes(true),
    cooldownHours: larger(theirs.cooldownHours, ours.cooldownHours),
  }
}

function rulesOf(floor: StatedPolicy, own: StatedPolicy, pattern: string | null): ReadonlyMap<Rule, RuleLevel> {
  const [theirs, ours] = [statedSettings(floor, pattern), statedSettings(own, pattern)]
  return new Map(
    RULES.flatMap((rule) => {
      const level = stricterLevel(theirs.level(rule), ours.level(rule))
      return level === null ? [] : [[rule, level] as const]
    }),
  )
}

function larger(left: number | null, right: number | null): number | null {
  if (left === null || right === null) return left ?? right
  return Math.max(left, right)
}
