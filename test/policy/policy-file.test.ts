// SPDX-License-Identifier: Apache-2.0
// bonafide.json: nothing is silently ignored.
import { readFileSync } from 'node:fs'
import { BonafideError, RULES } from '@bonafide/core'
import type { ErrorDetail } from '@bonafide/core'
import { LOWERABLE_RULES, defaultPolicy, parsePolicy } from '@bonafide/policy'
import t from 'tap'

/** The detail of the error that a policy file comes to; fails the caller where there is none. */
function refused(text: string): ErrorDetail {
  try {
    parsePolicy(text, 'bonafide.json')
  } catch (error) {
    if (error instanceof BonafideError && error.code === 'BONAFIDE_POLICY_MALFORMED') return error.detail
    throw error
  }
  throw new Error(`read without complaint: ${text}`)
}

function reads(text: string): boolean {
  try {
    parsePolicy(text, 'bonafide.json')
    return true
  } catch {
    return false
  }
}

await t.test('a policy file is read for what it says', async (file) => {
  file.strictSame(parsePolicy('{"version":1}', 'bonafide.json'), defaultPolicy())
  const text =
    '{"$schema":"./x.json","version":1,"rules":{"withdrawn":"warn","lock-mismatch":"refuse"},"outside":["@acme/*","b"]}'
  const policy = parsePolicy(text, 'bonafide.json')
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
  file.match(refused('{"version":1,"rules":{"heatwave":"off"}}'), {
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

await t.test('the JSON Schema promises editors what the parser reads', async (step) => {
  const path = new URL('../../packages/policy/schema/bonafide.schema.json', import.meta.url)
  const schema = JSON.parse(readFileSync(path, 'utf8')) as {
    required: string[]
    additionalProperties: boolean
    properties: {
      version: { const: unknown }
      rules: { additionalProperties: boolean; properties: Record<string, { $ref: string }> }
      outside: { uniqueItems: boolean; items: { minLength: number; maxLength: number; pattern: string } }
    }
    $defs: { level: { enum: string[] }; fixed: { const: string } }
  }
  const { properties, $defs } = schema
  step.strictSame(schema.required, ['version'])
  step.notOk(schema.additionalProperties || properties.rules.additionalProperties, 'closed')
  // The parser itself names the keys that it knows.
  const known = [...(refused('{"version":1,"zzzzzzzzzz":1}').wanted ?? '').matchAll(/"([^"]+)"/gu)].map(
    ([, key]) => key,
  )
  step.strictSame(new Set(Object.keys(properties)), new Set(known))
  step.ok(reads(JSON.stringify({ version: properties.version.const })))

  step.strictSame(Object.keys(properties.rules.properties), [...RULES])
  for (const [rule, { $ref }] of Object.entries(properties.rules.properties)) {
    const levels = $ref === '#/$defs/level' ? $defs.level.enum : [$defs.fixed.const]
    for (const level of ['refuse', 'warn', 'off', 'error'])
      step.equal(
        reads(JSON.stringify({ version: 1, rules: { [rule]: level } })),
        levels.includes(level),
        `${rule} ${level}`,
      )
  }
  const { pattern, minLength, maxLength } = properties.outside.items
  const long = 'a'.repeat(maxLength)
  for (const entry of [...PATTERNS_REFUSED, ...PATTERNS_READ, long, `${long}a`]) {
    const promised = new RegExp(pattern, 'u').test(entry) && entry.length >= minLength && entry.length <= maxLength
    step.equal(reads(JSON.stringify({ version: 1, outside: [entry] })), promised, entry)
  }
  step.ok(properties.outside.uniqueItems)
})
