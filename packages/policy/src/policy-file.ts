// SPDX-License-Identifier: Apache-2.0
import { MIRROR_URL, RULES, isMirrorUrl, isPackageName } from '@bonafide/core'
import type { JsonObject, JsonPath, JsonPosition, Rule } from '@bonafide/core'
import type { Mode, PackagePolicy, PrivateRoot } from './policy.ts'
import { PUBLISH_FORM } from './publish-form.ts'
import { isLowerable } from './rule-traits.ts'
import type { RuleLevel } from './rule-traits.ts'
import { choices, constant, flag, integer, jsonSchema, list, named, object, optional, record } from './schema.ts'
import { required, text, word } from './schema.ts'
import type { KeyRow, Schema } from './schema.ts'
import type { StatedPolicy } from './stated-policy.ts'
import { StrictDocument, describe, quote } from './strict-document.ts'

/** A policy file as it was read, before anything that it extends. */
export interface PolicyFile {
  /** The file as the user named it. */
  readonly file: string
  readonly stated: StatedPolicy
  readonly extends: FloorReference | null
  /** Where a key stands. */
  readonly locate: (path: JsonPath) => JsonPosition
}

/** The file that a policy extends, bound to its bytes. */
export interface FloorReference {
  /** Relative to the file that names it. */
  readonly file: string
  /** The file's digest, in lower-case hexadecimal. */
  readonly sha256: string
}

/** The levels that a policy file may name. */
export const RULE_LEVELS = ['refuse', 'warn', 'off'] as const

RULE_LEVELS satisfies readonly RuleLevel[]

// A rule's level, where the rule may have one.
function levelOf(rule: Rule): Schema<RuleLevel> {
  return isLowerable(rule) ? LEVEL : FIXED
}

const LEVEL = named('level', word(RULE_LEVELS))
const FIXED: Schema<RuleLevel> = {
  ...LEVEL,
  read(document, value, path) {
    const level = LEVEL.read(document, value, path)
    if (level === 'refuse') return level
    // A pull request that switches the checks off: no policy waives failed cryptography, or calls an outage a pass.
    const hint = 'a policy never waives failed cryptography; leave the rule out'
    throw document.error(path, { found: quote(level), wanted: quote('refuse'), hint })
  },
  json(definitions) {
    const description = 'This rule cannot be lowered: a policy never waives failed cryptography.'
    definitions.set('fixed', { description, const: 'refuse' })
    return { $ref: '#/$defs/fixed' }
  },
}
const LEVELS = named('rules', choices(RULES, 'a rule', levelOf))

// A star that leaves out everything: `*`, `@*/x` and `foo*` are names by the registry's characters, and patterns in people's minds.
const PATTERN = named(
  'pattern',
  text({
    wanted: 'a package name or @scope/*',
    hint: 'name each package, or a whole scope as @scope/*; no other wildcards',
    pattern:
      /^(?:@[a-zA-Z0-9~!'()_-][a-zA-Z0-9~!'()._-]*\/(?:\*|[a-zA-Z0-9~!'()_-][a-zA-Z0-9~!'()._-]*)|[a-zA-Z0-9~!'()][a-zA-Z0-9~!'()._-]*)$/u,
    maxLength: 214,
    isOne: (pattern) => isPackageName(pattern.endsWith('/*') ? `${pattern.slice(0, -1)}x` : pattern),
  }),
)

const FILE = text({
  wanted: 'a path relative to this file, with forward slashes',
  pattern: /^(?!\/)(?![A-Za-z][A-Za-z0-9+.-]*:)[^\\\p{Cc}]+$/u,
})
const SHA256 = text({
  wanted: 'a sha256 in 64 lower-case hexadecimal digits',
  hint: 'sha256sum FILE prints it',
  pattern: /^[0-9a-f]{64}$/u,
})
const SCOPE = text({
  wanted: 'a scope such as @acme',
  pattern: /^@[a-zA-Z0-9~!'()_-][a-zA-Z0-9~!'()._-]*$/u,
  isOne: (scope) => isPackageName(`${scope}/x`),
})
const MIRROR = text({
  wanted: 'an https URL that ends in a slash, such as https://mirror.example/',
  hint: 'write the host in lower case, without credentials, query or default port; a scope is no mirror',
  pattern: MIRROR_URL,
  isOne: isMirrorUrl,
})
const COOLDOWN = integer(0, 8760)
const DAY = text({
  wanted: 'a day such as 2027-01-31',
  pattern: /^\d{4}-\d{2}-\d{2}$/u,
  isOne: (day) => endOf(day) !== null,
})

// `observeUntil` goes with `mode: "observe"` and with nothing else.
const OBSERVED: JsonObject = {
  anyOf: [
    { required: ['mode', 'observeUntil'], properties: { mode: { const: 'observe' } } },
    { properties: { mode: { const: 'enforce' }, observeUntil: false } },
  ],
}

const FORM = object(
  {
    $schema: optional(text({ wanted: 'a text' }), 'Where editors find the JSON Schema.'),
    version: required(constant(1, 'this release reads version 1'), "The version of this file's form."),
    extends: optional(
      object({
        file: required(FILE, 'The policy that holds beneath this one.'),
        sha256: required(SHA256, "The digest of that file's bytes: whoever changes it has to change this line too."),
      }),
      "An organisation's policy, the floor: whatever it names, this file may only tighten.",
    ),
    mode: optional(
      word(['enforce', 'observe']),
      'Whether refusals stop anything. `"observe"` reports everything and ends with exit code 0. Default: `"enforce"`.',
    ),
    observeUntil: optional(
      DAY,
      'The last day of `"observe"`, in UTC; from the next one on refusals stop again. Goes with `"observe"` and with nothing else.',
    ),
    rules: optional(
      LEVELS,
      'Levels by rule, for all packages. A rule that is not named keeps its default; only some may be lowered.',
    ),
    cooldownHours: optional(COOLDOWN, 'How old a version has to be. Default: 72.'),
    packages: optional(
      record(
        PATTERN,
        object({
          rules: optional(LEVELS, 'Levels by rule, for these packages.'),
          strict: optional(flag(), 'Whether a pin of `none` is not enough, so that provenance is owed all the same.'),
          cooldownHours: optional(COOLDOWN, 'How old a version of these packages has to be.'),
        }),
        '<package>',
      ),
      'The same for some packages: a name outranks its scope, and that what is said for all.',
    ),
    outside: optional(
      list(PATTERN, { of: 'package names and scopes' }),
      'Packages that the policy leaves out: nobody is asked about them, and nothing of them is verified.',
    ),
    hideRefused: optional(
      flag(),
      'Whether clients behind the gateway are not shown versions that the registry’s own metadata speaks against: too young, or without the attestations that a pin asks for. Ranges then resolve to an older version. Default: `false`.',
    ),
    mirrors: optional(
      list(MIRROR, { of: 'https URLs, each with a slash at the end' }),
      'Registries whose tarball URLs lockfiles may name beside those that npm is configured with, for entries that a sha512 binds. Nothing is asked of them, and nothing they say counts.',
    ),
    publish: optional(PUBLISH_FORM, 'What the project’s own releases have to show before they are published.'),
    trustedRoots: optional(
      list(
        object({
          file: required(FILE, 'A trusted root in the form of `trusted_root.json`.'),
          sha256: required(SHA256, "The digest of that file's bytes."),
          scopes: required(
            list(SCOPE, { of: 'scopes', isFilled: true }),
            'The scopes for whose packages it may speak.',
          ),
        }),
        { of: 'trusted roots' },
      ),
      'Private Sigstores, each for named scopes. They never replace the public root, and never speak for another package.',
    ),
  },
  OBSERVED,
)

/** The JSON Schema of `bonafide.json`. */
export function policySchema(): JsonObject {
  return jsonSchema('bonafide.json', 'What a project asks of its dependencies before they are installed.', FORM)
}

/** The keys of `bonafide.json`, for a table. */
export function policyKeys(): readonly KeyRow[] {
  return FORM.rows
}

/**
 * Reads `bonafide.json`. What it extends, somebody else has to read; see `applyFloor`.
 *
 * Nothing is silently ignored: unknown and duplicate keys, wrong types, rules and levels that do not exist, a rule that may not be
 * lowered and a pattern that is wider than one scope are all errors, with line, column and the nearest known key.
 *
 * @param file - the file as the user named it, for the error
 * @throws BonafideError BONAFIDE_POLICY_MALFORMED
 */
export function parsePolicyFile(content: string, file: string): PolicyFile {
  const document = new StrictDocument(content, file, 'BONAFIDE_POLICY_MALFORMED')
  const read = FORM.read(document, document.root, [])
  const packages = [...(read.packages ?? [])].map(([pattern, entry]): PackagePolicy => ({
    pattern,
    rules: entry.rules ?? new Map(),
    strict: entry.strict ?? null,
    cooldownHours: entry.cooldownHours ?? null,
  }))
  const privateRoots = read.trustedRoots ?? null
  checkScopes(document, privateRoots ?? [])
  return {
    file,
    stated: {
      mode: modeOf(document, read.mode, read.observeUntil),
      rules: read.rules ?? new Map(),
      cooldownHours: read.cooldownHours ?? null,
      packages,
      outside: read.outside ?? null,
      hideRefused: read.hideRefused ?? null,
      mirrors: read.mirrors ?? null,
      privateRoots,
      publish: read.publish ?? {},
    },
    extends: read.extends ?? null,
    locate: (path) => document.locate(path),
  }
}

function modeOf(document: StrictDocument, mode: Mode['kind'] | undefined, day: string | undefined): Mode | null {
  if (mode === 'observe') {
    // Observed for ever: a project that nobody ever enforces looks like one that does.
    const until = day === undefined ? null : endOf(day)
    if (until !== null) return { kind: 'observe', until }
    const hint = 'say the last day, such as "observeUntil": "2027-01-31"'
    throw document.error(['mode'], { found: 'no "observeUntil"', wanted: '"observeUntil"', hint })
  }
  if (day !== undefined) {
    const hint = 'add "mode": "observe", or take the date out'
    throw document.error(['observeUntil'], { found: describe(day), wanted: 'a date beside "observe" only', hint })
  }
  return mode === undefined ? null : { kind: mode }
}

// The first moment after a day in UTC, or null where there is no such day.
function endOf(day: string): Date | null {
  const start = new Date(`${day}T00:00:00.000Z`)
  if (Number.isNaN(start.getTime()) || !start.toISOString().startsWith(day)) return null
  return new Date(start.getTime() + 86_400_000)
}

// Two authorities for one package: which of them speaks would depend on the reader.
function checkScopes(document: StrictDocument, roots: readonly PrivateRoot[]): void {
  const seen = new Set<string>()
  for (const [index, { scopes }] of roots.entries()) {
    for (const [place, scope] of scopes.entries()) {
      if (seen.has(scope)) {
        const detail = { found: `${quote(scope)} twice`, wanted: 'each scope under one root' }
        throw document.error(['trustedRoots', index, 'scopes', place], detail)
      }
      seen.add(scope)
    }
  }
}
