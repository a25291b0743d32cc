// SPDX-License-Identifier: Apache-2.0
import { RULES, nameAtVersion } from '@bonafide/core'
import type { JsonPath, Rule } from '@bonafide/core'
import type { Exemption, Exemptions } from './exemption.ts'
import { isWithin, settingsFor } from './policy.ts'
import type { Mode, Policy, PrivateRoot } from './policy.ts'
import { publishBeyond } from './publish-loosening.ts'
import type { RuleLevel } from './rule-traits.ts'
import type { StatedPolicy } from './stated-policy.ts'

/** One thing that a policy or a list of exemptions allows and another does not. */
export interface Loosening {
  /** What it is about: a key of the file with dots, or the version that an exemption names. */
  readonly what: string
  readonly found: string
  readonly wanted: string
}

/** A loosening with the place of the key that brings it. */
export interface StatedLoosening extends Loosening {
  readonly path: JsonPath
}

/**
 * What `head` allows and `base` does not. Empty where `head` is as strict for every package that there could be: what a policy comes to
 * for a package follows from the finitely many names and scopes in it.
 */
export function comparePolicies(base: Policy, head: Policy): readonly StatedLoosening[] {
  const seen = new Set<string>()
  const settings = patternsOf(base, head).flatMap((pattern) =>
    settingsBeyond(settingsFor(base, pattern ?? ''), settingsFor(head, pattern ?? ''), pattern).filter((one) => {
      const about = (name: string): string => JSON.stringify([name, one.path.at(-1), one.found, one.wanted])
      seen.add(about(pattern ?? ''))
      // A package that only shares what is loosened for its scope, or for all, is not worth a line of its own.
      return (
        pattern === null || !(seen.has(about('')) || (!pattern.endsWith('/*') && seen.has(about(scopeOf(pattern)))))
      )
    }),
  )
  return [...wholeBeyond(base, head), ...settings, ...rootsBeyond(base.privateRoots, head.privateRoots)]
}

/** What `head` exempts and `base` does not: new exemptions, and old ones that waive more. */
export function compareExemptions(base: Exemptions, head: Exemptions): readonly StatedLoosening[] {
  return head.flatMap((exemption, index) => {
    const rules: readonly Rule[] = base.find((other) => isSameVersion(other, exemption))?.rules ?? []
    const added = exemption.rules.filter((rule) => !rules.includes(rule))
    if (added.length === 0) return []
    const wanted = rules.length === 0 ? 'no exemption' : `exempt from ${rules.join(', ')} alone`
    return [
      {
        what: nameAtVersion(exemption.name, exemption.version),
        found: `exempt from ${added.join(', ')}: ${exemption.reason}`,
        wanted,
        path: ['exemptions', index],
      },
    ]
  })
}

/**
 * What a policy file says that is looser than what it extends: each key of its own is held against what the floor says for the same
 * packages. What the floor leaves open may be said in any way, save what would step around it as a whole: `outside` and `mode`.
 */
export function statedBeyond(floor: StatedPolicy, own: StatedPolicy): readonly StatedLoosening[] {
  const patterns = [null, ...own.packages.map(({ pattern }) => pattern)]
  return [
    ...wholeBeyond(floor, own),
    ...patterns.flatMap((pattern) =>
      settingsBeyond(statedSettings(floor, pattern), statedSettings(own, pattern), pattern),
    ),
    ...(floor.privateRoots === null ? [] : rootsBeyond(floor.privateRoots, own.privateRoots ?? [])),
  ]
}

const STRICTNESS: Readonly<Record<RuleLevel, number>> = { off: 0, warn: 1, refuse: 2 }

/** The stricter of two levels; null is nothing said. */
export function stricterLevel(left: RuleLevel | null, right: RuleLevel | null): RuleLevel | null {
  if (left === null || right === null) return left ?? right
  return STRICTNESS[left] < STRICTNESS[right] ? right : left
}

/** What a policy says, by itself, of all packages (null) or of those of a pattern. */
export interface StatedSettings {
  readonly level: (rule: Rule) => RuleLevel | null
  readonly strict: boolean | null
  readonly cooldownHours: number | null
}

/** What a policy says of the packages of a pattern: the narrowest entry that says it counts. */
export function statedSettings(policy: StatedPolicy, pattern: string | null): StatedSettings {
  const entries = [
    ...policy.packages.filter((entry) => entry.pattern === pattern),
    ...policy.packages.filter(
      (entry) => pattern !== null && entry.pattern !== pattern && isWithin(pattern, entry.pattern),
    ),
  ]
  return {
    level: (rule) => first([...entries.map(({ rules }) => rules.get(rule)), policy.rules.get(rule)]),
    strict: first(entries.map(({ strict }) => strict)),
    cooldownHours: first([...entries.map(({ cooldownHours }) => cooldownHours), policy.cooldownHours]),
  }
}

// Levels, strictness and age, for all packages (null) or those of one pattern.
function settingsBeyond(
  wanted: StatedSettings,
  found: StatedSettings,
  pattern: string | null,
): readonly StatedLoosening[] {
  const place: JsonPath = pattern === null ? [] : ['packages', pattern]
  const rules = RULES.flatMap((rule) => {
    const [had, has] = [wanted.level(rule), found.level(rule)]
    if (had === null || has === null || STRICTNESS[has] >= STRICTNESS[had]) return []
    return [loosening([...place, 'rules', rule], JSON.stringify(has), JSON.stringify(had))]
  })
  const isStrictGone = wanted.strict === true && found.strict === false
  const strict = isStrictGone ? [loosening([...place, 'strict'], 'false', 'true')] : []
  const [had, has] = [wanted.cooldownHours, found.cooldownHours]
  // Compared so that a number that is none is looser.
  const isYounger = had !== null && has !== null && !(has >= had)
  const hours = isYounger ? [loosening([...place, 'cooldownHours'], String(has), `${had} or more`)] : []
  return [...rules, ...strict, ...hours]
}

// What concerns the policy as a whole.
function wholeBeyond(base: StatedPolicy, head: StatedPolicy): readonly StatedLoosening[] {
  const ground = base.outside ?? []
  const outside = (head.outside ?? []).flatMap((entry, index) =>
    ground.some((other) => other === entry || isWithin(entry, other))
      ? []
      : [
          loosening(
            ['outside', index],
            JSON.stringify(entry),
            ground.length === 0 ? 'nothing left out' : ground.join(', '),
          ),
        ],
  )
  // Somebody else whom clients may ask for what is installed.
  const known = base.mirrors ?? []
  const mirrors = (head.mirrors ?? []).flatMap((mirror, index) =>
    known.includes(mirror)
      ? []
      : [loosening(['mirrors', index], JSON.stringify(mirror), known.length === 0 ? 'no mirror' : known.join(', '))],
  )
  const [had, has] = [observedUntil(base.mode), observedUntil(head.mode)]
  const mode = has <= had ? [] : [loosening(['mode'], describeMode(has), describeMode(had))]
  const publish = publishBeyond(base.publish, head.publish).map((one) => loosening(one.path, one.found, one.wanted))
  return [...mode, ...outside, ...mirrors, ...publish]
}

// A root is its bytes: whose name a file has says nothing.
function rootsBeyond(base: readonly PrivateRoot[], head: readonly PrivateRoot[]): readonly StatedLoosening[] {
  return head.flatMap(({ sha256, scopes }, index) => {
    const known = new Set(base.filter((root) => root.sha256 === sha256).flatMap((root) => root.scopes))
    const added = scopes.filter((scope) => !known.has(scope))
    if (added.length === 0) return []
    const wanted = known.size === 0 ? 'no such trusted root' : `for ${[...known].join(', ')} alone`
    return [
      loosening(['trustedRoots', index], `the trusted root ${sha256.slice(0, 12)} for ${added.join(', ')}`, wanted),
    ]
  })
}

// When enforcing begins; at once, where nothing is said.
function observedUntil(mode: Mode | null): number {
  return mode?.kind === 'observe' ? mode.until.getTime() : -Infinity
}

function describeMode(until: number): string {
  if (until === -Infinity) return '"enforce"'
  return `"observe" until ${new Date(until - 1).toISOString().slice(0, 10)}`
}

function loosening(path: JsonPath, found: string, wanted: string): StatedLoosening {
  return { what: path.map((part) => (typeof part === 'number' ? `[${part}]` : part)).join('.'), found, wanted, path }
}

function first<T>(values: readonly (T | null | undefined)[]): T | null {
  return values.find((value) => value !== null && value !== undefined) ?? null
}

// Null for all packages; then scopes before the packages in them.
function patternsOf(base: Policy, head: Policy): readonly (string | null)[] {
  const all = [...new Set([...base.packages, ...head.packages].map(({ pattern }) => pattern))].sort()
  return [null, ...all.filter((one) => one.endsWith('/*')), ...all.filter((one) => !one.endsWith('/*'))]
}

function scopeOf(name: string): string {
  return `${name.slice(0, name.indexOf('/'))}/*`
}

function isSameVersion(left: Exemption, right: Exemption): boolean {
  return left.name === right.name && left.version === right.version && left.integrity === right.integrity
}
