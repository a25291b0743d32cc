// SPDX-License-Identifier: Apache-2.0
import { BonafideError } from '@bonafide/core'
import { groupEntries, parseLockfile } from '@bonafide/lockfile'
import type { LockEntry, LockfileOptions } from '@bonafide/lockfile'
import { readFileSync } from 'node:fs'
import t from 'tap'
import { entriesOf, integrityOf, lock, parse, textOf } from './build.ts'

const fixture = (name: string): string => readFileSync(new URL(`fixtures/${name}.json`, import.meta.url), 'utf8')
const manifest = fixture('package')

const summary = (entry: LockEntry): string => {
  const from = 'requestedBy' in entry ? ` by ${entry.requestedBy}` : ''
  return `${entry.kind} ${entry.name}@${entry.version ?? '?'}${entry.alias === null ? '' : ` as ${entry.alias}`}${from} ${entry.path}`
}

const refused = (text: string): unknown[] =>
  parseLockfile(text, 'package-lock.json')
    .entries.filter(({ findings }) => findings.length > 0)
    .map(({ path, findings }) => [path, findings[0]?.code])

const one = (integrity: unknown): object => ({ version: '1.0.0', integrity })

const REAL = [
  'workspace @s/a@? by project node_modules/@s/a',
  'workspace b@? by project node_modules/b',
  'registry is-odd@3.0.1 as foo node_modules/foo',
  'registry fsevents@2.3.3 node_modules/fsevents',
  'registry is-buffer@2.0.0 node_modules/is-buffer',
  'registry is-even@1.0.0 node_modules/is-even',
  'registry is-extglob@2.1.1 node_modules/is-extglob',
  'registry is-number@6.0.0 node_modules/is-number',
  'registry is-odd@0.1.2 node_modules/is-odd',
  'registry is-number@3.0.0 node_modules/is-odd/node_modules/is-number',
  'registry is-buffer@2.0.5 as kind-of node_modules/is-odd/node_modules/kind-of',
  'registry isarray@2.0.5 node_modules/isarray',
  'registry kind-of@3.2.2 node_modules/kind-of',
  'registry is-buffer@1.1.6 node_modules/kind-of/node_modules/is-buffer',
  'file bundler@1.0.0 as tarred by project node_modules/tarred',
  'bundled is-number@6.0.0 by package node_modules/tarred/node_modules/is-number',
  'bundled is-odd@3.0.1 by package node_modules/tarred/node_modules/is-odd',
  'link x@? by project node_modules/x',
  'registry is-number@3.0.0 outside/x/node_modules/is-number',
  'registry is-buffer@1.1.6 packages/b/node_modules/is-buffer',
]

const twoPlaces = (a: unknown, b: unknown): ReturnType<typeof groupEntries>[number] | undefined =>
  groupEntries([
    parse(
      lock(
        { dependencies: { x: '1', y: '1' } },
        {
          'node_modules/x': one(a),
          'node_modules/y': one(integrityOf('y')),
          'node_modules/y/node_modules/x': one(b),
        },
      ),
    ),
  ])[0]

await t.test('what npm wrote is read whole, for every platform, in every version', async (it) => {
  const sorted = REAL.toSorted()
  // Version 1 does not record the name inside a tarball, and npm's own record leaves out what this platform lacks.
  const version1 = REAL.map((line) => line.replace('bundler@1.0.0 as tarred', 'tarred@?')).toSorted()
  const hidden = sorted.filter((line) => !line.includes('fsevents'))
  for (const [name, file, wanted] of [
    ['v1', 'package-lock.json', version1],
    ['v2', 'package-lock.json', sorted],
    ['v3', 'npm-shrinkwrap.json', sorted],
    ['hidden', 'node_modules/.package-lock.json', hidden],
  ] as const) {
    const lockfile = parseLockfile(fixture(name), file, { manifest })
    it.strictSame(lockfile.entries.map(summary).toSorted(), wanted, name)
    it.strictSame(lockfile.findings, [], name)
    it.strictSame(
      lockfile.entries.flatMap((entry) => entry.findings),
      [],
      `${name} is honest`,
    )
    for (const entry of lockfile.entries) {
      const line = fixture(name).split('\n')[entry.where.line - 1]?.trim()
      if (line !== `"${entry.path}": {` && line !== `"${entry.path.split('node_modules/').at(-1) ?? ''}": {`)
        it.fail(`${name}: ${entry.path} is not at ${entry.where.line}`)
    }
  }
  it.match(parseLockfile(fixture('v3'), 'f', { manifest }).project, { name: 'fixture', version: '1.0.0' })
  it.match(parseLockfile(fixture('hidden'), 'f', { manifest }).format, '3')
})

await t.test(
  'without the package.json, what only it declares is refused, and the finding says what to give',
  async (it) => {
    it.strictSame(
      refused(fixture('v3')),
      [['node_modules/is-odd/node_modules/kind-of', 'lock-entry-undeclared']],
      'an override',
    )
    const lockfile = parseLockfile(fixture('v1'), 'package-lock.json')
    const foo = lockfile.entries.find(({ alias }) => alias === 'foo')
    it.match(foo?.findings, [{ code: 'lock-entry-undeclared', fix: /package\.json/u }])
  },
)

await t.test('one group for a name and version, with all its places', async (it) => {
  const groups = groupEntries([
    parseLockfile(fixture('v3'), 'package-lock.json', { manifest }),
    parseLockfile(fixture('hidden'), 'node_modules/.package-lock.json', { manifest }),
  ])
  it.equal(new Set(groups.map(({ name, version }) => `${name}@${version}`)).size, groups.length)
  const number = groups.find(({ name, version }) => name === 'is-number' && version === '3.0.0')
  it.equal(number?.places.length, 4)
  it.match(number?.integrity, { state: 'sha512' })
  const odd = groups.find(({ name, version }) => name === 'is-odd' && version === '3.0.1')
  it.match(odd?.places[0], { alias: 'foo', path: 'node_modules/foo' })
  it.match(
    groups.find(({ name }) => name === 'fsevents'),
    { optional: true, dev: false },
  )
  it.match(
    groups.find(({ name }) => name === 'isarray'),
    { optional: false, dev: true },
  )
  const [mixed] = groupEntries([
    parse(
      lock(
        { dependencies: { y: '1' } },
        {
          'node_modules/x': { version: '1.0.0', optional: true },
          'node_modules/y/node_modules/x': { version: '1.0.0' },
        },
      ),
    ),
  ])
  it.match(mixed, { optional: false, dev: false }, 'one place needs it')
  it.strictSame(groupEntries([]), [])
})

await t.test('two integrities for one version conflict; a place without one is named', async (it) => {
  it.match(twoPlaces(integrityOf('x'), integrityOf('evil')), {
    integrity: { state: 'several' },
    findings: [{ code: 'lock-integrity-conflict', package: 'x' }],
  })
  it.match(twoPlaces('sha1-2jmj7l5rSw0yVb/vlWAYkK/YBwk=', 'sha1-3jmj7l5rSw0yVb/vlWAYkK/YBwk='), {
    findings: [{ code: 'lock-integrity-conflict' }],
  })
  it.match(twoPlaces(integrityOf('x'), undefined), {
    integrity: { state: 'sha512' },
    unbound: [{ path: 'node_modules/y/node_modules/x' }],
    findings: [],
  })
  it.match(twoPlaces(integrityOf('x'), 'sha1-2jmj7l5rSw0yVb/vlWAYkK/YBwk='), {
    integrity: { state: 'sha512' },
    unbound: [{ integrity: { state: 'weak' } }],
  })
  it.match(twoPlaces(undefined, undefined), { integrity: { state: 'missing' }, unbound: [], findings: [] })
  it.match(twoPlaces(integrityOf('x'), `${integrityOf('x')} ${integrityOf('evil')}`), {
    integrity: { state: 'several' },
    findings: [],
  })
})

await t.test('integrities are states, decided elsewhere', async (it) => {
  const states = {
    a: integrityOf('a'),
    b: undefined,
    c: 'sha1-2jmj7l5rSw0yVb/vlWAYkK/YBwk=',
    d: `${integrityOf('a')} ${integrityOf('b')}`,
    e: 'sha512-short',
    f: 7,
  }
  const packages = Object.fromEntries(
    Object.entries(states).map(([name, integrity]) => [`node_modules/${name}`, { version: '1.0.0', integrity }]),
  )
  const entries = entriesOf(lock({ dependencies: { a: '1' } }, packages))
  it.strictSame(
    entries.map((entry) => entry.kind === 'registry' && entry.integrity.state),
    ['sha512', 'missing', 'weak', 'several', 'malformed', 'malformed'],
  )
})

await t.test('a registry package may leave out resolved', async (it) => {
  for (const resolved of [undefined, false]) {
    const [entry] = entriesOf(
      lock(
        { dependencies: { a: '^1' } },
        { 'node_modules/a': { version: '1.0.0', resolved, integrity: integrityOf('a') } },
      ),
    )
    it.match(entry, { kind: 'registry', resolved: null, findings: [] })
  }
})

await t.test('an empty project has no entries', async (it) => {
  it.strictSame(parse({ name: 'p', lockfileVersion: 3, packages: {} }).entries, [])
  it.strictSame(
    parse({ name: 'p', lockfileVersion: 2, packages: { '': { name: 'p' } }, dependencies: {} }).findings,
    [],
  )
  it.strictSame(parse({ name: 'p', version: '1.0.0', lockfileVersion: 1 }), {
    file: 'package-lock.json',
    manager: 'npm',
    format: '1',
    project: { name: 'p', version: '1.0.0' },
    entries: [],
    findings: [],
  })
})

await t.test('a byte order mark and carriage returns move no line', async (it) => {
  const text = textOf(lock({ dependencies: { a: '1' } }, { 'node_modules/a': { version: '1.0.0' } }))
  const line = parseLockfile(text, 'f').entries[0]?.where.line
  it.ok(line !== undefined && line > 5)
  it.equal(parseLockfile(`\uFEFF${text.replaceAll('\n', '\r\n')}`, 'f').entries[0]?.where.line, line)
})

const failure = (text: string, options?: LockfileOptions): BonafideError => {
  try {
    parseLockfile(text, 'package-lock.json', options)
  } catch (error) {
    if (error instanceof BonafideError) return error
    throw error
  }
  throw new Error('it was read')
}

await t.test('what is no such lockfile says why, where, and what to do', async (it) => {
  const cases: [string, string, RegExp, number][] = [
    ['', 'MALFORMED', /not JSON/u, 1],
    ['{\n "lockfileVersion": 3,\n}', 'MALFORMED', /not JSON: property name expected/u, 3],
    ['{\n<<<<<<< HEAD\n', 'MALFORMED', /not JSON/u, 2],
    ['[]', 'MALFORMED', /not an object/u, 1],
    ['['.repeat(10_000), 'MALFORMED', /nested deeper/u, 1],
    ['{}', 'UNSUPPORTED', /no lockfileVersion/u, 1],
    ['{\n"lockfileVersion": 4, "packages": {}}', 'UNSUPPORTED', /lockfileVersion 4/u, 2],
    ['{"lockfileVersion": 0}', 'UNSUPPORTED', /lockfileVersion 0/u, 1],
    ['{"lockfileVersion": 2.5}', 'UNSUPPORTED', /lockfileVersion 2.5/u, 1],
    ['{\n\n"lockfileVersion": "3"}', 'MALFORMED', /not a number/u, 3],
    ['{"lockfileVersion": null}', 'MALFORMED', /not a number/u, 1],
    ['{"lockfileVersion": 3}', 'MALFORMED', /no packages/u, 1],
    ['{"lockfileVersion": 2, "dependencies": {}}', 'MALFORMED', /no packages/u, 1],
    ['{"lockfileVersion": 3,\n "packages": []}', 'MALFORMED', /no packages/u, 2],
    ['{"lockfileVersion": 1,\n "dependencies": []}', 'MALFORMED', /wrong type/u, 2],
    ['{"lockfileVersion": 1, "dependencies": {},\n "packages": {}}', 'MALFORMED', /holds packages/u, 2],
    ['# THIS IS AN AUTOGENERATED FILE.\n# yarn lockfile v1\n', 'UNSUPPORTED', /Yarn 1$/u, 1],
    ['# generated\n\n__metadata:\n  version: 8\n', 'UNSUPPORTED', /Yarn$/u, 1],
    ["lockfileVersion: '9.0'\n\nsettings:\n", 'UNSUPPORTED', /pnpm$/u, 1],
    ['{\n  "lockfileVersion": 1,\n  "workspaces": {\n    "": {},\n  },\n}', 'UNSUPPORTED', /Bun$/u, 1],
    ['{"lockfileVersion": 1, "packages": {}, "workspaces": {"": {}}}', 'UNSUPPORTED', /Bun$/u, 1],
    ['#!/usr/bin/env bun\nbun-lockfile-format-v0', 'UNSUPPORTED', /Bun/u, 1],
    ['{"version": "5", "specifiers": {}, "npm": {}}', 'UNSUPPORTED', /Deno$/u, 1],
    ['{"lockfileVersion": 0, "nodes": {}, "edges": {}}', 'UNSUPPORTED', /vlt$/u, 1],
  ]
  for (const [text, code, message, line] of cases) {
    const error = failure(text)
    it.match(
      error,
      {
        code: `BONAFIDE_LOCKFILE_${code}`,
        message,
        detail: { path: 'package-lock.json', line, column: Number, hint: String },
      },
      text.slice(0, 40),
    )
  }
  it.match(failure('{\n<<<<<<< HEAD\n').detail.hint, /merge conflict/u)
  const good = textOf(lock({}, {}))
  it.match(failure(good, { manifest: '{' }), {
    code: 'BONAFIDE_LOCKFILE_MALFORMED',
    detail: { path: 'package.json', line: 1 },
  })
  it.match(failure(good, { manifest: '[]' }), { code: 'BONAFIDE_LOCKFILE_MALFORMED', detail: { path: 'package.json' } })
})

// A byte here or there: what is read is read, what is not ends in an error of ours. The seed is fixed, so a failure repeats.
await t.test('no change of a lockfile crashes the reader', async (it) => {
  let state = 20_261_123
  const random = (below: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return (state >>> 8) % below
  }
  const marks = [
    '{',
    '}',
    '[',
    ']',
    '"',
    ',',
    ':',
    '0',
    '1',
    'null',
    'true',
    '""',
    '{}',
    '[]',
    '__proto__',
    'constructor',
    '../',
    '\\u0000',
    'npm:',
    '\n',
  ]
  const texts = ['v1', 'v2', 'v3', 'hidden'].map(fixture)
  let read = 0
  for (let round = 0; round < 3000; round += 1) {
    let text = texts[round % texts.length] ?? ''
    for (let changes = 1 + random(3); changes > 0; changes -= 1) {
      const at = random(text.length)
      const value = /"[^"\n]*"(?=[,\n])/gu
      value.lastIndex = at
      const found = random(2) === 0 ? value.exec(text) : null
      const [start, end] = found === null ? [at, at + random(4)] : [found.index, found.index + found[0].length]
      text = text.slice(0, start) + (marks[random(marks.length)] ?? '') + text.slice(end)
    }
    try {
      const lockfile = parseLockfile(text, 'package-lock.json', random(2) === 0 ? {} : { manifest })
      groupEntries([lockfile])
      read += 1
      for (const entry of lockfile.entries)
        if (entry.kind === 'invalid' && entry.findings.length === 0) it.fail(`no reason for ${entry.path}`)
    } catch (error) {
      if (!(error instanceof BonafideError)) it.fail(`round ${round}: ${String(error)}`, { text: text.slice(0, 200) })
    }
  }
  it.ok(read > 300, `${read} of 3000 were still read`)
})
