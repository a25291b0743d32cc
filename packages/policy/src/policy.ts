// SPDX-License-Identifier: Apache-2.0
import type { Rule } from '@bonafide/core'
import { DEFAULT_PUBLISH_POLICY } from './publish-policy.ts'
import type { PublishPolicy } from './publish-policy.ts'
import { RULE_TRAITS, isLowerable } from './rule-traits.ts'
import type { RuleLevel } from './rule-traits.ts'

/** What a policy says of one package or one scope. What it leaves out follows from the wider entries, and from the defaults. */
export interface PackagePolicy {
  /** An exact name, or a whole scope as `@scope/*`. */
  readonly pattern: string
  readonly rules: ReadonlyMap<Rule, RuleLevel>
  /** Whether a pin of `none` is not enough; null where the entry says nothing. */
  readonly strict: boolean | null
  readonly cooldownHours: number | null
}

/** A Sigstore trusted root of somebody's own, for named scopes. It never replaces the public one, and speaks for nothing else. */
export interface PrivateRoot {
  /** Relative to the policy file. */
  readonly file: string
  /** The file's digest, in lower-case hexadecimal. */
  readonly sha256: string
  /** Such as `@acme`. */
  readonly scopes: readonly string[]
}

/** Whether refusals stop anything: `observe` reports everything and is satisfied, until a day that the policy names. */
export type Mode =
  | { readonly kind: 'enforce' }
  | {
      readonly kind: 'observe'
      /** When it is over: the first moment after the last day, in UTC. */
      readonly until: Date
    }

/** The content of `bonafide.json`. */
export interface Policy {
  readonly mode: Mode
  /** The rules that the file names, with their levels; the others keep the levels of {@link RULE_TRAITS}. */
  readonly rules: ReadonlyMap<Rule, RuleLevel>
  /** How old a version has to be before it is installed. */
  readonly cooldownHours: number
  /** By package or scope, narrower than the above. */
  readonly packages: readonly PackagePolicy[]
  /** The packages that the policy leaves out: exact names, and whole scopes as `@scope/*`. */
  readonly outside: readonly string[]
  /** Whether clients are not shown versions that the registry's own word already speaks against, so that ranges resolve to older ones. */
  readonly hideRefused: boolean
  /** Registries whose canonical tarball URLs lockfiles may name beside those in play; none of them is asked for anything. */
  readonly mirrors: readonly string[]
  readonly privateRoots: readonly PrivateRoot[]
  /** What the project's own releases have to show. */
  readonly publish: PublishPolicy
}

/** What a policy comes to for one package. */
export interface PackageSettings {
  readonly level: (rule: Rule) => RuleLevel
  readonly strict: boolean
  readonly cooldownHours: number
}

/** How long a version has to have been out: nearly every known attack was taken down within three days. */
export const DEFAULT_COOLDOWN_HOURS = 72

/** The policy of a project that has no `bonafide.json`: every rule at its own level, nothing left out. */
export function defaultPolicy(): Policy {
  return {
    mode: { kind: 'enforce' },
    rules: new Map(),
    cooldownHours: DEFAULT_COOLDOWN_HOURS,
    packages: [],
    outside: [],
    hideRefused: false,
    mirrors: [],
    privateRoots: [],
    publish: DEFAULT_PUBLISH_POLICY,
  }
}

/** What a policy comes to for one package: what names the package outranks what names its scope, and that what holds for all. */
export function settingsFor(policy: Policy, name: string): PackageSettings {
  const entries = [
    ...policy.packages.filter(({ pattern }) => pattern === name),
    ...policy.packages.filter(({ pattern }) => pattern !== name && isWithin(name, pattern)),
  ]
  return {
    level(rule) {
      // Failed cryptography gives way to no entry, whatever its value says.
      if (!isLowerable(rule)) return 'refuse'
      const own = entries.map(({ rules }) => rules.get(rule)).find((level) => level !== undefined)
      return own ?? policy.rules.get(rule) ?? RULE_TRAITS[rule].level
    },
    strict: entries.map(({ strict }) => strict).find((strict) => strict !== null) ?? false,
    cooldownHours: entries.map((entry) => entry.cooldownHours).find((hours) => hours !== null) ?? policy.cooldownHours,
  }
}

/**
 * Whether refusals stop nothing at a time, because the policy only looks on. Never once its last day is over, and never at a time that is
 * none. It changes no verdict: who asks for the verdict gets what was decided.
 */
export function isObserving({ mode }: Policy, now: Date): boolean {
  return mode.kind === 'observe' && now.getTime() < mode.until.getTime()
}

/** The last day on which a policy looks on, such as `2027-01-31`, whether it is over or not; null where it enforces. */
export function lastObservedDay(mode: Mode): string | null {
  return mode.kind === 'observe' ? new Date(mode.until.getTime() - 1).toISOString().slice(0, 10) : null
}

/** The entry by which a policy leaves a package out, or null. Compares whole names and whole scopes, never parts of them. */
export function outsideEntry(policy: Policy, name: string): string | null {
  return policy.outside.find((entry) => entry === name || isWithin(name, entry)) ?? null
}

/** Tells whether a name lies in a whole scope: `@acme/*` covers `@acme/x` and not `@acme-evil/x`, for the slash belongs to the prefix. */
export function isWithin(name: string, entry: string): boolean {
  return entry.endsWith('/*') && name.startsWith(entry.slice(0, -1))
}
