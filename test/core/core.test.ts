// SPDX-License-Identifier: Apache-2.0
import {
  BonafideError,
  FINDING_CODES,
  MAX_JSON_DEPTH,
  RULES,
  finding,
  isJsonObject,
  isNonEmpty,
  isPackageName,
  isVersion,
  nameAtVersion,
  parseIntegrity,
  parseJson,
  purl,
  sha512Hex,
  toSha512,
} from '@bonafide/core'
import type { Json, JsonDocument } from '@bonafide/core'
import { createHash } from 'node:crypto'
import t from 'tap'

const digest = createHash('sha512').update('bytes').digest()
const good = `sha512-${digest.toString('base64')}`

await t.test('an integrity binds bytes in one spelling of one sha512', async (it) => {
  it.strictSame(parseIntegrity(good), { state: 'sha512', sha512: good })
  it.equal(toSha512(digest), good)
  it.equal(sha512Hex(toSha512(digest)), digest.toString('hex'))
  it.throws(() => toSha512(digest.subarray(1)), RangeError)
})

await t.test('two hashes in one integrity: a client may pick either', async (it) => {
  for (const field of [`${good} ${good}`, `sha1-2jmj7l5rSw0yVb/vlWAYkK/YBwk= ${good}`, `${good}\n${good}`]) {
    it.equal(parseIntegrity(field).state, 'several', field)
  }
})

await t.test('a second spelling of a digest is refused', async (it) => {
  const unusedBits = `${good.slice(0, -3)}${String.fromCodePoint((good.codePointAt(good.length - 3) ?? 0) + 1)}==`
  const spellings = [
    unusedBits,
    ` ${good}`,
    `${good}\n`,
    `${good}?opt`,
    good.toUpperCase(),
    good.slice(0, -2),
    `sha512-${digest.toString('hex')}`,
  ]
  for (const field of spellings) it.equal(parseIntegrity(field).state, 'malformed', JSON.stringify(field))
})

await t.test('a weaker hash is told from a broken one', async (it) => {
  for (const algorithm of ['md5', 'sha1', 'sha256', 'sha384']) {
    const hash = createHash(algorithm).update('bytes').digest('base64')
    it.strictSame(parseIntegrity(`${algorithm}-${hash}`), { state: 'weak', found: `${algorithm}-${hash}` })
    it.equal(parseIntegrity(`${algorithm}-${hash.slice(4)}`).state, 'malformed', `${algorithm} cut short`)
  }
  it.equal(parseIntegrity('rot13-abcd').state, 'malformed')
})

await t.test('a missing integrity is missing, and no other value throws', async (it) => {
  for (const field of [undefined, null, '']) it.strictSame(parseIntegrity(field), { state: 'missing' })
  const circular: Record<string, unknown> = {}
  circular['self'] = circular
  for (const field of [0, false, 1n, [], [good], { toString: () => good }, circular, Symbol('x')]) {
    it.equal(parseIntegrity(field).state, 'malformed', typeof field)
  }
})

await t.test('names that the registry takes', async (it) => {
  for (const name of [
    'a',
    'is-odd',
    '@s/a',
    '@s/_a',
    'JSONStream',
    "ol'd~(name)!*",
    '@types/node',
    'constructor',
    '0',
    'x'.repeat(214),
  ]) {
    it.ok(isPackageName(name), name)
  }
})

await t.test('names that climb, hide or mean the client itself are none', async (it) => {
  const bad = [
    '',
    '.',
    '..',
    '../x',
    'a/b',
    '@s',
    '@s/',
    '@/a',
    '@s/a/b',
    '@s/..',
    '@../a',
    '@.s/a',
    '.bin',
    '.package-lock.json',
    '_x',
    '-x',
  ]
  const worse = [
    '__proto__',
    'node_modules',
    'Node_Modules',
    '@s/node_modules',
    '@node_modules/a',
    'favicon.ico',
    'a b',
    'a\n',
    'ä',
    'a%2f',
    'a\\b',
    'a@1',
    'x'.repeat(215),
    '@s/.a',
  ]
  for (const name of [...bad, ...worse]) it.notOk(isPackageName(name), JSON.stringify(name))
})

await t.test('exact versions, and what only looks like one', async (it) => {
  for (const version of ['0.0.0', '1.2.3', '1.0.0-beta.1', '1.0.0-0a.x-y', '1.0.0+build.01', '1.0.0--'])
    it.ok(isVersion(version), version)
  const bad = [
    '',
    '1',
    '1.0',
    'v1.0.0',
    '=1.0.0',
    '1.0.0 ',
    '01.0.0',
    '1.0.0-01',
    '1.0.0-',
    '1.0.0-a..b',
    '1.0.x',
    'latest',
    '^1.0.0',
  ]
  for (const version of [...bad, '9007199254740992.0.0', `1.0.0-${'a'.repeat(256)}`, '1.0.0\n'])
    it.notOk(isVersion(version), JSON.stringify(version))
})

await t.test('the subject that an attestation has to name', async (it) => {
  it.equal(purl('@s/a', '1.0.0'), 'pkg:npm/%40s/a@1.0.0')
  it.equal(purl('a', '1.0.0'), 'pkg:npm/a@1.0.0')
  it.equal(nameAtVersion('@s/a', '1.0.0'), '@s/a@1.0.0')
})

await t.test('findings take their rule and level from the code', async (it) => {
  const detail = { found: 'a', wanted: 'b', fix: 'c' }
  it.strictSame(finding('lock-duplicate-key', detail), {
    code: 'lock-duplicate-key',
    rule: 'lock-mismatch',
    level: 'refuse',
    ...detail,
  })
  it.equal(finding('registry-unreachable', detail).level, 'undecided')
  it.equal(finding('publish-mismatch', { ...detail, level: 'warn' }).level, 'warn')
  for (const rule of RULES) it.ok(Object.values(FINDING_CODES).includes(rule), `${rule} has a code`)
})

await t.test('errors carry a stable code, their place, and the cause apart', async (it) => {
  const cause = new Error('why')
  const error = new BonafideError('BONAFIDE_USAGE', 'no such flag', { found: '--x', cause })
  it.match(error, { name: 'BonafideError', code: 'BONAFIDE_USAGE', cause, detail: { found: '--x' } })
  it.notOk('cause' in error.detail)
  it.notOk('cause' in new BonafideError('BONAFIDE_USAGE', 'no such flag'))
})

await t.test('an empty list is not a yes', async (it) => {
  it.notOk(isNonEmpty([]))
  it.ok(isNonEmpty([0]))
})

const TEXTS = [
  '01',
  '1.',
  '.5',
  '-',
  '-0',
  '+1',
  '1e5',
  '1E+5',
  '1e',
  '1e999',
  '-0.0e-0',
  '"\u0001"',
  '"\\x"',
  '"\\u12"',
  '"\\ud800"',
  '"\\"',
  '"\\\\"',
  '"a',
  'nul',
  'nulll',
  'true',
  'True',
  '[1,]',
  '[,1]',
  '[1 2]',
  '[',
  '[]',
  '[[]',
  '{"a":1,}',
  '{"a"}',
  '{"a" 1}',
  '{a:1}',
  '{"a":1 "b":2}',
  '{}',
  '{',
  '1 2',
  '//c\n1',
  '/**/1',
  '1//',
  '\u00a01',
  '\f1',
  '\t\r\n 1 \n',
  '',
  '  ',
  '"\u2028"',
  'NaN',
  'Infinity',
  "'a'",
  '"\\/\\b\\f\\n\\r\\t\\u0041"',
  '{"":""}',
  '[{"a":[1,{"b":null}]},"x"]',
]

await t.test('JSON is what JSON.parse takes: nothing more, nothing less', async (it) => {
  for (const text of [...TEXTS, ...mutations(3000)]) {
    const wanted = attempt(() => JSON.parse(text) as unknown)
    const got = parseJson(text)
    if ('problem' in got) {
      if (wanted.ok) it.fail(`refused ${JSON.stringify(text)}: ${got.problem}`)
      if (got.line < 1 || got.column < 1) it.fail(`no place for ${JSON.stringify(text)}`)
    } else if (!wanted.ok) it.fail(`accepted ${JSON.stringify(text)}`)
    else if (JSON.stringify(got.value) !== JSON.stringify(wanted.value))
      it.fail(`read another value in ${JSON.stringify(text)}`)
  }
  it.match(parseJson('\uFEFF{}'), { value: {} }, 'one byte order mark is skipped')
  it.match(parseJson('\uFEFF\uFEFF{}'), { problem: 'value expected' })
})

await t.test('a text of brackets does not end the process', async (it) => {
  it.match(parseJson('['.repeat(200_000)), {
    problem: `nested deeper than ${MAX_JSON_DEPTH} levels`,
    line: 1,
    column: MAX_JSON_DEPTH + 1,
  })
  it.match(parseJson('{"a":'.repeat(200_000)), { problem: `nested deeper than ${MAX_JSON_DEPTH} levels` })
  it.ok('value' in parseJson('['.repeat(MAX_JSON_DEPTH) + ']'.repeat(MAX_JSON_DEPTH)))
})

await t.test('outside keys are just keys', async (it) => {
  const { value } = read('{"__proto__":{"polluted":1},"constructor":2,"toString":3}')
  if (!isJsonObject(value)) throw new Error('no object')
  it.strictSame(Object.keys(value), ['__proto__', 'constructor', 'toString'])
  it.equal(Object.getPrototypeOf(value), null)
  it.equal(value['hasOwnProperty'], undefined)
  it.equal(({} as Record<string, unknown>)['polluted'], undefined)
})

await t.test('a key written twice is reported where it stands, escapes and all', async (it) => {
  const document = read(
    '{\n  "a": {"b": 1,\n    "\\u0062": 2},\n "__proto__": 1, "__proto__": 2,\n "l": [{"x": 1}, {"x": 1, "x": 2}]\n}',
  )
  it.strictSame(
    document.duplicates.map(({ path, line }) => [path, line]),
    [
      [['a', 'b'], 3],
      [['__proto__'], 4],
      [['l', 1, 'x'], 5],
    ],
  )
  it.strictSame(
    JSON.parse(JSON.stringify(document.value)),
    JSON.parse('{"a":{"b":2},"__proto__":2,"l":[{"x":1},{"x":2}]}'),
  )
})

await t.test('places count lines as editors do, and fall back to the nearest parent', async (it) => {
  const document = read('\uFEFF{"z": 1,\r\n  "a": [1,\n    {"b": "x"}]\r}')
  it.strictSame(document.locate([]), { line: 1, column: 1 })
  it.strictSame(document.locate(['z']), { line: 1, column: 2 })
  it.strictSame(document.locate(['a']), { line: 2, column: 3 })
  it.strictSame(document.locate(['a', 1, 'b']), { line: 3, column: 6 })
  it.strictSame(document.locate(['a', 1, 'c', 'd']), { line: 3, column: 5 })
  it.strictSame(document.locate(['a', 7]), { line: 2, column: 3 })
  it.strictSame(document.locate(['a', 'b']), { line: 2, column: 3 })
  it.strictSame(document.locate(['z', 'q']), { line: 1, column: 2 })
  it.strictSame(document.locate([0]), { line: 1, column: 1 })
  it.strictSame(document.locate(['constructor']), { line: 1, column: 1 })
  it.match(parseJson('{\r\n"a": 1,\r\n}'), { problem: 'property name expected', line: 3, column: 1 })
  it.match(parseJson('{"a": 1'), {
    problem: 'comma or closing brace expected, found the end of the file',
    line: 1,
    column: 8,
  })
})

function read(text: string): JsonDocument {
  const document = parseJson(text)
  if ('problem' in document) throw new Error(document.problem)
  return document
}

function attempt(run: () => unknown): { ok: true; value: Json } | { ok: false } {
  try {
    return { ok: true, value: run() as Json }
  } catch {
    return { ok: false }
  }
}

// Small texts, each with one to three characters changed; the same ones each time.
function mutations(count: number): string[] {
  let state = 20_261_123
  const random = (below: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state % below
  }
  const marks = '{}[]",:0123456789.eE+-\\ntrufalse \n\t\u0001'
  return Array.from({ length: count }, () => {
    let text = TEXTS[random(TEXTS.length)] ?? ''
    for (let changes = random(3) + 1; changes > 0; changes -= 1) {
      const at = random(text.length + 1)
      text = text.slice(0, at) + (marks[random(marks.length)] ?? '') + text.slice(at + random(2))
    }
    return text
  })
}
