// SPDX-License-Identifier: Apache-2.0
import { RULES, isNonEmpty, isPackageName, isVersion, nameAtVersion, parseIntegrity } from '@bonafide/core'
import type { JsonObject, Rule } from '@bonafide/core'
import type { Exemption, Exemptions } from './exemption.ts'
import { LOWERABLE_RULES } from './rule-traits.ts'
import { constant, jsonSchema, list, object, required, text } from './schema.ts'
import type { KeyRow, Schema } from './schema.ts'
import { StrictDocument, describe, nearestHint, quote } from './strict-document.ts'

// No star: it is a character of old names, and a wildcard in people's minds.
const NAME = text({
  wanted: 'a package name',
  hint: 'one exact name; an exemption has no wildcards',
  pattern: /^(?:@[a-zA-Z0-9~!'()_-][a-zA-Z0-9~!'()._-]*\/[a-zA-Z0-9~!'()_-]|[a-zA-Z0-9~!'()])[a-zA-Z0-9~!'()._-]*$/u,
  maxLength: 214,
  isOne: isPackageName,
})

const VERSION = text({
  wanted: 'an exact version',
  hint: 'one version such as 1.14.1; no range and no tag',
  pattern: /^(?:0|[1-9]\d*)\.(?:0|[1-9]\d*)\.(?:0|[1-9]\d*)(?:[-+][0-9A-Za-z.+-]+)?$/u,
  maxLength: 256,
  isOne: isVersion,
})

const RULE: Schema<Rule> = {
  read(document, value, path) {
    const rule = LOWERABLE_RULES.find((candidate) => candidate === value)
    if (rule !== undefined) return rule
    const wanted = 'a rule that an exemption may waive'
    if (typeof value !== 'string') throw document.error(path, { found: describe(value), wanted })
    const isFixed = RULES.some((candidate) => candidate === value)
    // A way around cryptography that looks like paperwork.
    const hint = isFixed ? 'failed cryptography is never waived' : nearestHint(value, LOWERABLE_RULES)
    throw document.error(path, { found: quote(value), wanted, hint })
  },
  json: () => ({ enum: LOWERABLE_RULES }),
  says: 'a rule that an exemption may waive',
  rows: [],
}

const REASON_PATTERN = /^(?=.*\S)[^\p{Cc}\p{Zl}\p{Zp}]+$/u
const REASON_LENGTH = 500

/** Tells whether a text can be the reason of an exemption: one line, not empty, and not too long to be read. */
export function isReason(reason: string): boolean {
  return REASON_PATTERN.test(reason) && reason.length <= REASON_LENGTH
}

const REASON = text({
  wanted: 'one line of at most 500 characters',
  hint: 'say why, for whoever reviews this file',
  pattern: REASON_PATTERN,
  maxLength: REASON_LENGTH,
})

const FORM = object({
  version: required(constant(1, 'this release reads version 1'), "The version of this file's form."),
  exemptions: required(
    list(
      object({
        name: required(NAME, 'The package, by its exact name.'),
        version: required(VERSION, 'The one version that is let through.'),
        integrity: required(
          text({
            wanted: 'one sha512 as lockfiles write it',
            hint: "copy the lockfile's integrity",
            pattern: /^sha512-[A-Za-z0-9+/]{85}[AQgw]==$/u,
          }),
          'The bytes that are let through: other bytes under the same version are not.',
        ),
        rules: required(
          list(RULE, { of: 'rules that an exemption may waive', isFilled: true }),
          'The rules that are waived.',
        ),
        reason: required(REASON, 'Why, in one line: it is printed in every report.'),
      }),
      { of: 'exemptions' },
    ),
    'Each lets one version pass some rules, and goes when the version leaves the lockfile.',
  ),
})

/** The JSON Schema of `bonafide.exemptions.json`. */
export function exemptionsSchema(): JsonObject {
  return jsonSchema('bonafide.exemptions.json', 'Versions that somebody let through, each with its reason.', FORM)
}

/** The keys of `bonafide.exemptions.json`, for a table. */
export function exemptionsKeys(): readonly KeyRow[] {
  return FORM.rows
}

/**
 * Reads `bonafide.exemptions.json`. Takes keys and entries in any order, since a merge may leave them so, and is strict on everything
 * else; to write the file in its one canonical form, use {@link renderExemptions}.
 *
 * @param file - the file as the user named it, for the error
 * @throws BonafideError BONAFIDE_EXEMPTIONS_MALFORMED
 */
export function parseExemptions(content: string, file: string): Exemptions {
  const document = new StrictDocument(content, file, 'BONAFIDE_EXEMPTIONS_MALFORMED')
  const { exemptions } = FORM.read(document, document.root, [])
  const seen = new Set<string>()
  return exemptions.map(({ name, version, integrity, rules, reason }, index): Exemption => {
    const path = ['exemptions', index]
    const bytes = parseIntegrity(integrity)
    // Cannot happen: the form has let through canonical integrities and filled lists alone. An exemption from nothing, or for any
    // bytes, must not be possible all the same.
    if (bytes.state !== 'sha512' || !isNonEmpty(rules))
      throw document.error(path, { found: 'no integrity or no rule', wanted: 'both' })
    const key = `${nameAtVersion(name, version)} ${integrity}`
    // Twice the same version: an edit to one of them would change nothing, and nobody would see why.
    if (seen.has(key))
      throw document.error(path, { found: `${nameAtVersion(name, version)} twice`, wanted: 'each version once' })
    seen.add(key)
    return { name, version, integrity: bytes.sha512, rules, reason }
  })
}

/** Writes `bonafide.exemptions.json`: sorted, one block for each version, so that a diff shows what changed and nothing else. */
export function renderExemptions(exemptions: Exemptions): string {
  const blocks = exemptions
    .toSorted(
      (left, right) =>
        compare(left.name, right.name) ||
        compare(left.version, right.version) ||
        compare(left.integrity, right.integrity),
    )
    .map(renderExemption)
  const entries = blocks.length === 0 ? '[]' : `[\n${blocks.join(',\n')}\n  ]`
  return `{\n  "version": 1,\n  "exemptions": ${entries}\n}\n`
}

function renderExemption({ name, version, integrity, rules, reason }: Exemption): string {
  const fields = [
    `"name": ${quote(name)}`,
    `"version": ${quote(version)}`,
    `"integrity": ${quote(integrity)}`,
    `"rules": [${rules.toSorted(compare).map(quote).join(', ')}]`,
    `"reason": ${quote(reason)}`,
  ]
  return `    {\n${fields.map((field) => `      ${field}`).join(',\n')}\n    }`
}

// By code unit: the same order on every machine, whatever its language.
function compare(left: string, right: string): number {
  if (left === right) return 0
  return left < right ? -1 : 1
}
