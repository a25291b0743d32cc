// SPDX-License-Identifier: Apache-2.0
// bonafide.json: nothing is silently ignored.
import { BonafideError, RULES } from '@bonafide/core'
import type { ErrorDetail } from '@bonafide/core'
import {
  LOWERABLE_RULES,
  completePolicy,
  DEFAULT_PUBLISH_POLICY,
  defaultPolicy,
  isObserving,
  lastObservedDay,
  parsePolicyFile,
  policySchema,
  releaseTags,
} from '@bonafide/policy'
import type { Policy } from '@bonafide/policy'
import t from 'tap'

/** What a policy file that extends nothing comes to. */
function policyOf(text: string): Policy {
  return completePolicy(parsePolicyFile(text, 'bonafide.json').stated)
}

/** The detail of the error that a policy file comes to; fails the caller where there is none. */
function refused(text: string): ErrorDetail {
  try {
    parsePolicyFile(text, 'bonafide.json')
  } catch (error) {
    if (error instanceof BonafideError && error.code === 'BONAFIDE_POLICY_MALFORMED') return error.detail
    throw error
  }
  throw new Error(`read without complaint: ${text}`)
}

function reads(text: string): boolean {
  try {
    parsePolicyFile(text, 'bonafide.json')
    return true
  } catch {
    return false
  }
}

await t.test('a policy file is read for what it says', async (file) => {
  file.strictSame(policyOf('{"version":1}'), defaultPolicy())
  const text =
    '{"$schema":"./x.json","version":1,"rules":{"withdrawn":"warn","lock-mismatch":"refuse"},"outside":["@acme/*","b"]}'
  const policy = policyOf(text)
  file.strictSame(
    [...policy.rules],
    [
      ['withdrawn', 'warn'],
      ['lock-mismatch', 'refuse'],
    ],
  )
  file.strictSame(policy.outside, ['@acme/*', 'b'])
})

await t.test('a rule that stands for cryptography cannot be lowered, and every other can', async (rules) => {
  for (const rule of RULES) {
    for (const level of ['warn', 'off']) {
      const text = `{\n  "version": 1,\n  "rules": {\n    "${rule}": "${level}"\n  }\n}`
      if ((LOWERABLE_RULES as readonly string[]).includes(rule)) {
        rules.ok(reads(text), `${rule} ${level}`)
        continue
      }
      rules.match(
        refused(text),
        { path: 'bonafide.json', line: 4, column: 5, found: `"${level}"`, wanted: '"refuse"', hint: /never waives/u },
        `${rule} ${level}`,
      )
    }
  }
  const fixed = RULES.filter((rule) => !LOWERABLE_RULES.includes(rule))
  rules.strictSame(fixed, [
    'attestation-invalid',
    'availability',
    'lock-mismatch',
    'policy-loosened',
    'predicate-mismatch',
    'registry-signature',
    'trust-domain-changed',
  ])
})

await t.test('a misspelt key, rule or level is an error that names the nearest one', async (file) => {
  file.match(refused('{\n  "version": 1,\n  "rule": {}\n}'), {
    line: 3,
    column: 3,
    found: '"rule"',
    hint: 'did you mean "rules"?',
  })
  file.match(refused('{"version":1,"Rules":{}}'), { hint: 'did you mean "rules"?' })
  file.match(refused('{"version":1,"rules":{"provenance-require":"warn"}}'), {
    line: 1,
    column: 23,
    hint: 'did you mean "provenance-required"?',
  })
  file.match(refused('{"version":1,"rules":{"zzzzzzzzzz":"off"}}'), {
    wanted: 'a rule',
    hint: /^known are attestation-invalid, /,
  })
  file.match(refused('{"version":1,"rules":{"withdrawn":"wrn"}}'), { found: '"wrn"', hint: 'did you mean "warn"?' })
  file.match(refused('{"version":1,"toString":1}'), { found: '"toString"' })
  file.match(refused('{"version":1,"__proto__":{"rules":{}}}'), { found: '"__proto__"' })
  file.match(refused('{"version":1,"rules":{"__proto__":"off"}}'), { found: '"__proto__"' })
})

await t.test('a key that stands twice is an error, for readers differ on which one counts', async (file) => {
  file.match(refused('{"version":1,\n"outside":[],\n"outside":["a"]}'), { line: 3, column: 1, found: 'outside twice' })
  file.match(refused('{"version":1,"rules":{"withdrawn":"refuse","withdrawn":"off"}}'), {
    found: 'rules.withdrawn twice',
  })
})

await t.test('what is no policy file of this version is none at all', async (file) => {
  for (const text of [
    '',
    '{',
    'null',
    '[]',
    '"x"',
    '{}',
    '{"version":"1"}',
    '{"version":2}',
    '{"version":1} x',
    '{"version":1,}',
  ])
    file.ok(refused(text).wanted, text)
  file.match(refused('{"version":1,// off\n"outside":["a"]}'), { path: 'bonafide.json', line: 1, wanted: 'JSON' })
  for (const text of [
    '{"version":1,"rules":[]}',
    '{"version":1,"rules":null}',
    '{"version":1,"rules":{"withdrawn":null}}',
    '{"version":1,"rules":{"withdrawn":["off"]}}',
    '{"version":1,"rules":{"withdrawn":"OFF"}}',
    '{"version":1,"outside":"a"}',
    '{"version":1,"outside":[1]}',
    '{"version":1,"outside":{"a":true}}',
    '{"version":1,"outside":["a","a"]}',
    '{"version":1,"$schema":1}',
  ])
    file.ok(refused(text).wanted, text)
})

// Reserved names such as node_modules are left to the parser: the schema's pattern only has the characters.
const PATTERNS_REFUSED = [
  '*',
  '**',
  '@*/*',
  '@*/x',
  '@acme/x*',
  'lodash*',
  '@acme',
  '@acme/',
  '/*',
  '@/*',
  'a/*',
  '',
  ' a',
  '..',
  '@../*',
  '@acme/..',
  '@acme/*/*',
  'a@1',
  '.bin',
  '_a',
]
const PATTERNS_READ = ['left-pad', '@acme/*', '@acme/x', 'JSONStream', '@_acme/-x']

await t.test('a pattern wider than one scope is refused', async (outside) => {
  for (const pattern of PATTERNS_REFUSED) {
    const detail = refused(`{\n"version": 1,\n"outside": [\n"a",\n${JSON.stringify(pattern)}]}`)
    outside.match(detail, { line: 5, column: 1, found: JSON.stringify(pattern) }, pattern)
  }
  for (const pattern of PATTERNS_READ) outside.ok(reads(JSON.stringify({ version: 1, outside: [pattern] })), pattern)
})

await t.test('levels, age and strictness by name and by scope are read as they stand', async (file) => {
  const { packages, cooldownHours } = policyOf(
    JSON.stringify({
      version: 1,
      cooldownHours: 0,
      packages: {
        '@acme/*': { rules: { cooldown: 'off' } },
        '@acme/x': { strict: true, cooldownHours: 8760 },
        // A library's record forgets this one.
        constructor: { strict: false },
      },
    }),
  )
  file.equal(cooldownHours, 0)
  file.strictSame(packages, [
    { pattern: '@acme/*', rules: new Map([['cooldown', 'off']]), strict: null, cooldownHours: null },
    { pattern: '@acme/x', rules: new Map(), strict: true, cooldownHours: 8760 },
    { pattern: 'constructor', rules: new Map(), strict: false, cooldownHours: null },
  ])
  for (const pattern of ['*', '@*/x', 'lodash*', '__proto__', '']) {
    const text = `{"version":1,\n"packages":{\n${JSON.stringify(pattern)}:{}}}`
    file.match(refused(text), { line: 3, column: 1, wanted: 'a package name or @scope/*' }, pattern)
  }
  file.match(refused('{"version":1,"packages":{"a":{"rules":{"lock-mismatch":"warn"}}}}'), { hint: /never waives/u })
  file.match(refused('{"version":1,"packages":{"a":{"stric":true}}}'), { hint: 'did you mean "strict"?' })
  for (const hours of ['-1', '8761', '1.5', '"72"', 'null', '1e999'])
    file.match(refused(`{"version":1,"cooldownHours":${hours}}`), { wanted: 'a whole number from 0 to 8760' }, hours)
})

await t.test('observing has an end, on a day that there is', async (file) => {
  const { mode } = policyOf('{"version":1,"mode":"observe","observeUntil":"2028-02-29"}')
  file.strictSame(mode, { kind: 'observe', until: new Date('2028-03-01T00:00:00Z') }, 'the day itself included')
  file.strictSame(policyOf('{"version":1,"mode":"enforce"}').mode, { kind: 'enforce' })
  // Observed for ever: a project that nobody ever enforces looks like one that does.
  file.match(refused('{"version":1,"mode":"observe"}'), { found: 'no "observeUntil"', hint: /last day/u })
  for (const text of [
    '{"version":1,"observeUntil":"2027-01-31"}',
    '{"version":1,"mode":"enforce","observeUntil":"2027-01-31"}',
  ])
    file.match(refused(text), { found: '"2027-01-31"', wanted: 'a date beside "observe" only' }, text)
  for (const day of ['2027-02-29', '2027-13-01', '2027-1-1', '27-01-01', '2027-01-31T00:00:00Z', 'never', ''])
    file.ok(refused(JSON.stringify({ version: 1, mode: 'observe', observeUntil: day })).wanted, day)
})

await t.test('a file that is named beside the policy is bound to its bytes', async (file) => {
  const sha256 = 'a'.repeat(64)
  const read = parsePolicyFile(
    JSON.stringify({ version: 1, extends: { file: '../org/floor.json', sha256 } }),
    'bonafide.json',
  )
  file.strictSame(read.extends, { file: '../org/floor.json', sha256 })
  for (const name of [
    '/etc/floor.json',
    'C:/floor.json',
    'https://example.org/floor.json',
    'org\\floor.json',
    'a\nb',
    '',
  ])
    file.ok(refused(JSON.stringify({ version: 1, extends: { file: name, sha256 } })).wanted, name)
  for (const digest of ['', 'A'.repeat(64), 'a'.repeat(63), `sha256:${sha256}`, `${sha256}\n`])
    file.ok(refused(JSON.stringify({ version: 1, extends: { file: 'floor.json', sha256: digest } })).wanted, digest)
  for (const reference of ['"floor.json"', '{"file":"floor.json"}', `{"sha256":"${sha256}"}`, 'null'])
    file.ok(refused(`{"version":1,"extends":${reference}}`).wanted, reference)
})

await t.test('a private root speaks for named scopes, each scope under one root', async (file) => {
  const root = { file: 'acme.json', sha256: 'a'.repeat(64), scopes: ['@acme', '@acme-internal'] }
  file.strictSame(policyOf(JSON.stringify({ version: 1, trustedRoots: [root] })).privateRoots, [root])
  for (const scopes of [[], ['*'], ['@*'], ['acme'], ['@acme/*'], ['@acme', '@acme'], ['@'], '@acme'])
    file.ok(refused(JSON.stringify({ version: 1, trustedRoots: [{ ...root, scopes }] })).wanted, String(scopes))
  // Two authorities for one package: which of them speaks would depend on the reader.
  const other = { file: 'other.json', sha256: 'b'.repeat(64), scopes: ['@other', '@acme'] }
  const twice = `{"version":1,"trustedRoots":[\n${JSON.stringify(root)},\n${JSON.stringify(other)}]}`
  file.match(refused(twice), { line: 3, found: '"@acme" twice', wanted: 'each scope under one root' })
})

const publishing = (publish: object): string => JSON.stringify({ version: 1, publish })

await t.test('what releases have to show is read in one spelling', async (file) => {
  file.strictSame(policyOf('{"version":1}').publish, DEFAULT_PUBLISH_POLICY)
  file.strictSame(policyOf('{"version":1,"publish":{}}').publish, DEFAULT_PUBLISH_POLICY)
  for (const [text, seconds] of [
    ['1m', 60],
    ['30m', 1800],
    ['90m', 5400],
    ['1h', 3600],
    ['25h', 90_000],
    ['1d', 86_400],
    ['7d', 604_800],
  ] as const)
    file.equal(policyOf(publishing({ maxTokenLifetime: text })).publish.maxTokenLifetime, seconds, text)
  // A second spelling; a token without end; a number in whose unit two readers differ.
  for (const lifetime of [
    '60m',
    '24h',
    '7d1h',
    '8d',
    '169h',
    '0h',
    '01h',
    '1.5h',
    '3600s',
    '1 h',
    '1H',
    '',
    'never',
    3600,
    null,
  ])
    file.match(refused(publishing({ maxTokenLifetime: lifetime })), { wanted: /^a time such as/u }, String(lifetime))
  const policy = policyOf(
    publishing({
      refs: ['tag', 'tags', 'refs/heads/release/1.x'],
      tags: ['{name}@{version}', 'release-{unscoped}-{version}+x'],
      workflows: ['.github/workflows/release.yml', '.gitlab-ci.yml'],
      sigstore: { fulcio: 'https://fulcio.example/x', rekor: 'http://127.0.0.1:3000', rekorVersion: 2 },
    }),
  )
  file.match(policy.publish.sigstore, { rekorVersion: 2, tsa: null })
  for (const [key, values] of Object.entries({
    refs: ['main', 'refs/heads/*', 'refs/heads/', 'refs/pull/1/merge', 'refs/heads/a b', 'TAG', ''],
    triggers: ['Push', '*', 'push ', ''],
    tags: ['v1', 'v*', '{version}{version}', '{Version}', '{version', 'v{version} x', '{scope}-{version}', ''],
    workflows: ['/etc/x.yml', 'a\\b.yml', 'o/r/.github/workflows/x.yml@main', ''],
  })) {
    for (const value of values) file.ok(refused(publishing({ [key]: [value] })).wanted, `${key} ${value}`)
    // Nothing allowed reads like everything allowed.
    file.ok(refused(publishing({ [key]: [] })).wanted, `${key} empty`)
  }
  for (const url of [
    'http://fulcio.example',
    'ftp://fulcio.example',
    'https://u:p@fulcio.example',
    'https://x/?a',
    'fulcio.example',
  ])
    file.ok(refused(publishing({ sigstore: { fulcio: url, rekor: 'https://rekor.example' } })).wanted, url)
  file.match(refused(publishing({ maxTokenLifeTime: '1h' })), { hint: 'did you mean "maxTokenLifetime"?' })
})

await t.test('a tag names a version whole, in the words of the policy', async (tags) => {
  tags.strictSame(releaseTags(DEFAULT_PUBLISH_POLICY.tags, '@acme/x', '1.0.0'), [
    'v1.0.0',
    '1.0.0',
    '@acme/x@1.0.0',
    'x@1.0.0',
    'x-v1.0.0',
  ])
  tags.strictSame(releaseTags(DEFAULT_PUBLISH_POLICY.tags, 'x', '1.0.0'), ['v1.0.0', '1.0.0', 'x@1.0.0', 'x-v1.0.0'])
  // Words of a replacement, and a name that is one of the words.
  tags.strictSame(releaseTags(['{name}-{version}'], '{version}$&', '1.0.0'), ['{version}$&-1.0.0'])
})

await t.test('the JSON Schema promises editors what the parser reads', async (step) => {
  const schema = policySchema() as unknown as {
    required: string[]
    additionalProperties: boolean
    properties: Record<string, { $ref?: string; uniqueItems?: boolean }>
    $defs: {
      level: { enum: string[] }
      fixed: { const: string }
      rules: { additionalProperties: boolean; properties: Record<string, { $ref: string }> }
      pattern: { minLength: number; maxLength: number; pattern: string }
    }
  }
  const { properties, $defs } = schema
  step.strictSame(schema.required, ['version'])
  step.notOk(schema.additionalProperties || $defs.rules.additionalProperties, 'closed')
  // The parser itself names the keys that it knows.
  const known = [...(refused('{"version":1,"zzzzzzzzzz":1}').wanted ?? '').matchAll(/"([^"]+)"/gu)].map(
    ([, key]) => key,
  )
  step.strictSame(new Set(Object.keys(properties)), new Set(known))

  step.strictSame(Object.keys($defs.rules.properties), [...RULES])
  for (const [rule, { $ref }] of Object.entries($defs.rules.properties)) {
    const levels = $ref === '#/$defs/level' ? $defs.level.enum : [$defs.fixed.const]
    for (const level of ['refuse', 'warn', 'off', 'error'])
      step.equal(
        reads(JSON.stringify({ version: 1, rules: { [rule]: level } })),
        levels.includes(level),
        `${rule} ${level}`,
      )
  }
  const { pattern, minLength, maxLength } = $defs.pattern
  const long = 'a'.repeat(maxLength)
  for (const entry of [...PATTERNS_REFUSED, ...PATTERNS_READ, long, `${long}a`]) {
    const promised = new RegExp(pattern, 'u').test(entry) && entry.length >= minLength && entry.length <= maxLength
    step.equal(reads(JSON.stringify({ version: 1, outside: [entry] })), promised, entry)
  }
  step.ok(properties['outside']?.uniqueItems)
})

await t.test('a policy looks on until its last day is over, and never at a time that is none', async (mode) => {
  const looking = policyOf('{"version":1,"mode":"observe","observeUntil":"2027-01-31"}')
  mode.ok(isObserving(looking, new Date('2027-01-31T23:59:59.999Z')))
  mode.notOk(isObserving(looking, new Date('2027-02-01T00:00:00.000Z')))
  mode.notOk(isObserving(looking, new Date(Number.NaN)))
  mode.notOk(isObserving(defaultPolicy(), new Date(0)))
  mode.equal(lastObservedDay(looking.mode), '2027-01-31')
  mode.equal(lastObservedDay(defaultPolicy().mode), null)
})
