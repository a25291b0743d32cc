// SPDX-License-Identifier: Apache-2.0
import { RULES, isPackageName } from '@bonafide/core'
import type { Json, Rule } from '@bonafide/core'
import { defaultPolicy } from './policy.ts'
import type { Policy } from './policy.ts'
import { isLowerable } from './rule-traits.ts'
import type { RuleLevel } from './rule-traits.ts'
import { StrictDocument, describe, nearestHint, quote } from './strict-document.ts'

/** The levels that a policy file may name. */
export const RULE_LEVELS = ['refuse', 'warn', 'off'] as const

RULE_LEVELS satisfies readonly RuleLevel[]

/**
 * Reads `bonafide.json`.
 *
 * Nothing is silently ignored: unknown and duplicate keys, wrong types, rules and levels that do not exist, a rule that may not be
 * lowered and a pattern that is wider than one scope are all errors, with line, column and the nearest known key.
 *
 * @param file - the file as the user named it, for the error
 * @throws BonafideError BONAFIDE_POLICY_MALFORMED
 */
export function parsePolicy(text: string, file: string): Policy {
  const document = new StrictDocument(text, file, 'BONAFIDE_POLICY_MALFORMED')
  const root = document.object(document.root, [], ['version'], ['$schema', 'rules', 'outside'])
  if (root['version'] !== 1)
    throw document.error(['version'], {
      found: describe(root['version']),
      wanted: '1',
      hint: 'this release reads version 1',
    })
  if (root['$schema'] !== undefined) document.text(root['$schema'], ['$schema'])
  return {
    ...defaultPolicy(),
    rules: parseRules(document, root['rules']),
    outside: parseOutside(document, root['outside']),
  }
}

function parseRules(document: StrictDocument, value: Json | undefined): ReadonlyMap<Rule, RuleLevel> {
  const rules = new Map<Rule, RuleLevel>()
  if (value === undefined) return rules
  for (const [key, found] of Object.entries(document.map(value, ['rules']))) {
    const path = ['rules', key]
    const rule = RULES.find((candidate) => candidate === key)
    if (rule === undefined)
      throw document.error(path, { found: quote(key), wanted: 'a rule', hint: nearestHint(key, RULES) })
    const level = document.word(found, path, RULE_LEVELS)
    // A pull request that switches the checks off: no policy waives failed cryptography, or calls an outage a pass.
    if (level !== 'refuse' && !isLowerable(rule)) {
      const hint = 'a policy never waives failed cryptography; leave the rule out'
      throw document.error(path, { found: quote(level), wanted: quote('refuse'), hint })
    }
    rules.set(rule, level)
  }
  return rules
}

function parseOutside(document: StrictDocument, value: Json | undefined): readonly string[] {
  if (value === undefined) return []
  const entries = document.texts(value, ['outside'])
  for (const [index, entry] of entries.entries()) {
    if (isOutsideEntry(entry)) continue
    const hint = 'name each package, or a whole scope as @scope/*; no other wildcards'
    throw document.error(['outside', index], { found: quote(entry), wanted: 'a package name or @scope/*', hint })
  }
  return entries
}

// A star that leaves out everything: `*`, `@*/x` and `foo*` are names by the registry's characters, and patterns in people's minds.
function isOutsideEntry(entry: string): boolean {
  const name = entry.startsWith('@') && entry.endsWith('/*') ? `${entry.slice(0, -1)}x` : entry
  return isPackageName(name) && !name.includes('*')
}
