// SPDX-License-Identifier: Apache-2.0
import type { Rule } from '@bonafide/core'

/** What a policy may say of a rule: keep it, say it without refusing, or leave it out. */
export type RuleLevel = 'refuse' | 'warn' | 'off'

/** The rules that a policy may lower. The others stand for cryptography, the lockfile's integrity and availability, and never give way. */
export const LOWERABLE_RULES = ['exotic-dependency', 'identity-changed', 'provenance-required', 'withdrawn'] as const

// Each is a rule of core: this line does not compile otherwise.
LOWERABLE_RULES satisfies readonly Rule[]

/** A rule of {@link LOWERABLE_RULES}. */
export type LowerableRule = (typeof LOWERABLE_RULES)[number]

/** The content of `bonafide.json`. */
export interface Policy {
  /** The rules that the file names, with their levels; a rule that it does not name refuses. */
  readonly rules: ReadonlyMap<Rule, RuleLevel>
  /** The packages that the policy leaves out: exact names, and whole scopes as `@scope/*`. */
  readonly outside: readonly string[]
}

/** The policy of a project that has no `bonafide.json`: every rule refuses, nothing is left out. */
export function defaultPolicy(): Policy {
  return { rules: new Map(), outside: [] }
}

/** Tells whether a policy may lower a rule. */
export function isLowerable(rule: Rule): rule is LowerableRule {
  return (LOWERABLE_RULES as readonly Rule[]).includes(rule)
}

/** The level at which a policy holds a rule. A rule that may not be lowered refuses, whatever the policy's value says. */
export function ruleLevel(policy: Policy, rule: Rule): RuleLevel {
  return isLowerable(rule) ? (policy.rules.get(rule) ?? 'refuse') : 'refuse'
}

/** The entry by which a policy leaves a package out, or null. Compares whole names and whole scopes, never parts of them. */
export function outsideEntry(policy: Policy, name: string): string | null {
  return policy.outside.find((entry) => entry === name || isWithin(name, entry)) ?? null
}

// `@acme/*` covers `@acme/x` and not `@acme-evil/x`: the slash belongs to the prefix.
function isWithin(name: string, entry: string): boolean {
  return entry.endsWith('/*') && name.startsWith(entry.slice(0, -1))
}
