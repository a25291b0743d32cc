// SPDX-License-Identifier: Apache-2.0
// bonafide.exemptions.json: exact versions, exact bytes, rules that may give way, and a reason.
import { BonafideError, RULES, toSha512 } from '@bonafide/core'
import type { ErrorDetail } from '@bonafide/core'
import {
  LOWERABLE_RULES,
  NO_EXEMPTIONS,
  compareExemptions,
  exemptionFor,
  exemptionsSchema,
  parseExemptions,
  renderExemptions,
} from '@bonafide/policy'
import type { Exemption } from '@bonafide/policy'
import t from 'tap'

const BYTES = toSha512(Buffer.alloc(64, 1))
const OTHER_BYTES = toSha512(Buffer.alloc(64, 2))

const AXIOS: Exemption = {
  name: 'axios',
  version: '1.14.2',
  integrity: BYTES,
  rules: ['cooldown'],
  reason: 'fixes the hole of last night',
}

function file(...exemptions: readonly object[]): string {
  return JSON.stringify({ version: 1, exemptions })
}

/** The detail of the error that a text comes to; fails the caller where there is none. */
function refused(text: string): ErrorDetail {
  try {
    parseExemptions(text, 'bonafide.exemptions.json')
  } catch (error) {
    if (error instanceof BonafideError && error.code === 'BONAFIDE_EXEMPTIONS_MALFORMED') return error.detail
    throw error
  }
  throw new Error(`read without complaint: ${text}`)
}

await t.test('what is written is read again, in one form whatever the order', async (check) => {
  const scoped: Exemption = {
    ...AXIOS,
    name: '@acme/x',
    rules: ['withdrawn', 'cooldown'],
    reason: 'a "quoted" \u202e reason',
  }
  const again: Exemption = { ...AXIOS, integrity: OTHER_BYTES }
  const text = renderExemptions([AXIOS, again, scoped])
  check.equal(renderExemptions([scoped, again, AXIOS]), text, 'sorted')
  check.strictSame(parseExemptions(text, 'f'), [{ ...scoped, rules: ['cooldown', 'withdrawn'] }, AXIOS, again])
  check.equal(
    renderExemptions([AXIOS]),
    `{
  "version": 1,
  "exemptions": [
    {
      "name": "axios",
      "version": "1.14.2",
      "integrity": "${BYTES}",
      "rules": ["cooldown"],
      "reason": "fixes the hole of last night"
    }
  ]
}
`,
  )
  check.equal(renderExemptions(NO_EXEMPTIONS), '{\n  "version": 1,\n  "exemptions": []\n}\n')
  check.strictSame(parseExemptions(renderExemptions(NO_EXEMPTIONS), 'f'), NO_EXEMPTIONS)
})

await t.test('an exemption is for its bytes and no others', async (check) => {
  const list = parseExemptions(file(AXIOS), 'f')
  check.strictSame(exemptionFor(list, 'axios', '1.14.2', BYTES), AXIOS)
  for (const [name, version, integrity] of [
    ['axios', '1.14.2', OTHER_BYTES],
    ['axios', '1.14.2', null],
    ['axios', '1.14.3', BYTES],
    ['Axios', '1.14.2', BYTES],
    ['@acme/axios', '1.14.2', BYTES],
  ] as const)
    check.equal(exemptionFor(list, name, version, integrity), null, `${name}@${version}`)
})

await t.test('failed cryptography is never waived, and an exemption waives something', async (check) => {
  for (const rule of RULES) {
    const text = file({ ...AXIOS, rules: [rule] })
    if (LOWERABLE_RULES.includes(rule)) check.strictSame(parseExemptions(text, 'f')[0]?.rules, [rule])
    else check.match(refused(text), { found: `"${rule}"`, hint: 'failed cryptography is never waived' }, rule)
  }
  check.match(refused(file({ ...AXIOS, rules: ['coldown'] })), { hint: 'did you mean "cooldown"?' })
  for (const rules of [[], ['*'], ['cooldown', 'cooldown'], 'cooldown', null, [null]])
    check.ok(refused(file({ ...AXIOS, rules })).wanted, JSON.stringify(rules))
})

await t.test('a version is named exactly, once, with its bytes and a reason', async (check) => {
  const faults: Readonly<Record<string, readonly unknown[]>> = {
    name: ['', '@acme/*', 'axios@1.14.2', '../x', '__proto__', 1, null],
    version: ['', '*', '^1.14.2', '1.14', 'latest', 'v1.14.2', '01.0.0', '1.14.2 || 2', 1],
    integrity: [
      '',
      'sha512-abc',
      `${BYTES} ${OTHER_BYTES}`,
      BYTES.slice(0, -1),
      'sha1-2jmj7l5rSw0yVb/vlWAYkK/YBwk=',
      null,
    ],
    reason: ['', ' ', '\t', 'two\nlines', 'two\u2028lines', 'bell\u0007', 'x'.repeat(501), null],
  }
  for (const [key, values] of Object.entries(faults)) {
    for (const [index, value] of values.entries()) {
      const detail = refused(`{"version":1,"exemptions":[\n${JSON.stringify({ ...AXIOS, [key]: value })}]}`)
      check.match(detail, { path: 'bonafide.exemptions.json', line: 2 }, `${key} ${index}`)
    }
    const { [key]: _, ...without } = AXIOS as unknown as Record<string, unknown>
    check.match(refused(file(without)), { found: `no "${key}"` })
  }
  check.ok(parseExemptions(file({ ...AXIOS, reason: 'x'.repeat(500) }), 'f'))
  check.match(
    refused(
      `{"version":1,"exemptions":[${JSON.stringify(AXIOS)},\n${JSON.stringify({ ...AXIOS, rules: ['withdrawn'] })}]}`,
    ),
    {
      line: 2,
      found: 'axios@1.14.2 twice',
    },
  )
  check.match(refused(file({ ...AXIOS, reson: 'x' })), { found: '"reson"', hint: 'did you mean "reason"?' })
  check.match(refused('{"version":1,"exemption":[]}'), { hint: 'did you mean "exemptions"?' })
  check.match(refused('{"version":1,"exemptions":[],"exemptions":[]}'), { found: 'exemptions twice' })
  for (const text of [
    '',
    '[]',
    '{}',
    '{"version":1}',
    '{"version":2,"exemptions":[]}',
    '{"version":1,"exemptions":{}}',
  ])
    check.ok(refused(text).wanted, text)
})

await t.test('the JSON Schema knows the same rules and patterns', async (check) => {
  const { properties } = exemptionsSchema() as unknown as {
    properties: {
      exemptions: { items: { properties: Record<string, { pattern: string; items: { enum: readonly string[] } }> } }
    }
  }
  const keys = properties.exemptions.items.properties
  check.strictSame(keys['rules']?.items.enum, LOWERABLE_RULES)
  for (const [key, value] of Object.entries({
    name: '@acme/x',
    version: '1.0.0-rc.1',
    integrity: BYTES,
    reason: 'why',
  })) {
    check.ok(new RegExp(keys[key]?.pattern ?? '$.', 'u').test(value), key)
    check.ok(parseExemptions(file({ ...AXIOS, [key]: value }), 'f'))
  }
})

await t.test('what is exempt now and was not before is a loosening', async (check) => {
  const more: Exemption = { ...AXIOS, rules: ['cooldown', 'withdrawn'] }
  check.strictSame(compareExemptions([AXIOS], []), [])
  check.strictSame(compareExemptions([more], [AXIOS]), [])
  check.strictSame(compareExemptions([], [AXIOS]), [
    {
      what: 'axios@1.14.2',
      found: 'exempt from cooldown: fixes the hole of last night',
      wanted: 'no exemption',
      path: ['exemptions', 0],
    },
  ])
  check.match(compareExemptions([AXIOS], [more]), [
    { found: /^exempt from withdrawn: /u, wanted: 'exempt from cooldown alone' },
  ])
  check.equal(compareExemptions([AXIOS], [{ ...AXIOS, integrity: OTHER_BYTES }]).length, 1, 'other bytes')
})
