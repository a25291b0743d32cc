// SPDX-License-Identifier: Apache-2.0
// bonafide.lock: what a package must show, one block a package.
import { BonafideError } from '@bonafide/core'
import type { ErrorDetail } from '@bonafide/core'
import { NO_PINS, addToPins, parsePins, pinIdentity, releaseLine, renderPins } from '@bonafide/policy'
import type { Pin, PinnedIdentity, Pins, Strength } from '@bonafide/policy'
import t from 'tap'
import { pinned, provenance } from './facts.ts'

const CANONICAL = `{
  "version": 1,
  "packages": {
    "@scope/a": {
      "identities": "none",
      "lines": { "0.9": "none", "0.30": "none", "2": "none", "10": "none" }
    },
    "axios": {
      "identities": [
        {
          "trustDomain": "sha256:${'1'.repeat(64)}",
          "issuer": "https://token.actions.githubusercontent.com",
          "repository": "https://github.com/axios/axios",
          "repositoryId": "23088740",
          "ownerId": null,
          "workflow": ".github/workflows/publish.yml",
          "signer": "https://github.com/axios/axios/.github/workflows/publish.yml",
          "refs": ["refs/heads/v1.x", "tag"],
          "triggers": ["push"],
          "runners": []
        }
      ],
      "lines": { "1": "provenance" }
    }
  }
}
`

/** The detail of the error that a pins file comes to; fails the caller where there is none. */
function refused(text: string): ErrorDetail {
  try {
    parsePins(text, 'bonafide.lock')
  } catch (error) {
    if (error instanceof BonafideError && error.code === 'BONAFIDE_PINS_MALFORMED') return error.detail
    throw error
  }
  throw new Error(`read without complaint: ${text}`)
}

function plain(pins: Pins): unknown {
  return sorted(pins.packages).map(([name, { identities, lines }]) => [name, identities, sorted(lines)])
}

// By key, for a map has no order that means anything here.
function sorted<Value>(map: ReadonlyMap<string, Value>): [string, Value][] {
  return [...map].sort(([left], [right]) => (left < right ? -1 : 1))
}

function ofRef(ref: string, name = 'axios'): readonly string[] {
  return pinIdentity(provenance({ name, identity: { ref } })).refs
}

await t.test('the canonical text is its own rendering, and an empty file is one', async (file) => {
  file.equal(renderPins(parsePins(CANONICAL, 'bonafide.lock')), CANONICAL)
  file.equal(renderPins(NO_PINS), '{\n  "version": 1,\n  "packages": {}\n}\n')
  file.strictSame(parsePins(renderPins(NO_PINS), 'bonafide.lock'), NO_PINS)
})

await t.test('a merge may leave another order and other spaces; rendering restores the one form', async (file) => {
  const value = JSON.parse(CANONICAL) as { packages: object }
  const packages = Object.fromEntries(Object.entries(value.packages).toReversed())
  file.equal(renderPins(parsePins(JSON.stringify({ packages, version: 1 }), 'bonafide.lock')), CANONICAL)
})

await t.test('a pins file that says something else, or the same twice, is refused', async (file) => {
  const broken = (from: string, to: string): ErrorDetail => {
    if (!CANONICAL.includes(from)) throw new Error(`nothing to replace: ${from}`)
    return refused(CANONICAL.replace(from, to))
  }
  file.match(broken('"signer"', '"singer"'), {
    path: 'bonafide.lock',
    line: 17,
    column: 11,
    found: '"singer"',
    hint: 'did you mean "signer"?',
  })
  file.match(broken('"lines"', '"line"'), { line: 6, hint: 'did you mean "lines"?' })
  file.match(broken('          "workflow": ".github/workflows/publish.yml",\n', ''), {
    line: 10,
    found: 'no "workflow"',
  })
  file.match(broken('"axios"', '"@scope/a"'), { line: 8, column: 5, found: 'packages.@scope/a twice' })
  file.match(broken('"1": "provenance"', '"1": "none", "1": "provenance"'), { found: 'packages.axios.lines.1 twice' })
  file.match(broken('"axios"', '"../axios"'), { line: 8, wanted: 'a package name' })
  file.match(broken('"version": 1', '"version": 2'), { line: 2, column: 3, wanted: '1' })
  file.match(broken('"identities": "none"', '"identities": "any"'), { line: 5, found: '"any"' })
  file.match(broken('"identities": "none"', '"identities": []'), { line: 5, found: 'an empty list' })
  file.match(broken('"identities": "none"', '"identities": null'), { line: 5, found: 'null' })
  file.match(broken('"1": "provenance"', '"1": "staged"'), { line: 23, found: '"staged"' })
  file.match(broken('{ "1": "provenance" }', '{}'), { line: 23, found: 'no release line' })
  for (const line of ['01', '0', '1.2', '0.01', '*', '__proto__', ' 1'])
    file.match(broken('"1": "provenance"', `"${line}": "provenance"`), { line: 23, wanted: 'a release line' }, line)
  file.match(broken('"23088740"', '23088740'), { line: 14, found: '23088740' })
  file.match(broken('"23088740"', '""'), { line: 14, wanted: 'a text' })
  file.match(broken('"refs/heads/v1.x"', '"v1.x"'), { line: 18, found: '"v1.x"', hint: /refs\/heads\/v1\.x/u })
  file.match(broken('"refs/heads/v1.x"', '"tag"'), { line: 18, found: '"tag" twice' })
  file.match(broken('["push"]', '"push"'), { line: 19, wanted: 'a list of texts' })
  const [block] = /\{\n {10}"trustDomain"[^}]*\}/u.exec(CANONICAL) ?? ['']
  file.match(broken(block, `${block}, ${block}`), { found: 'an identity twice' })
  for (const text of [
    '',
    '[]',
    '{}',
    '{"version":1}',
    '{"version":1,"packages":[]}',
    '{"version":1,"packages":{"a":"none"}}',
  ])
    file.ok(refused(text).wanted, text)
  file.match(refused('<<<<<<< HEAD\n{}'), { line: 1, wanted: 'JSON' })
})

await t.test('a pin is what the certificate says, without what changes at each release', async (pin) => {
  pin.strictSame(pinIdentity(provenance()), {
    trustDomain: `sha256:${'1'.repeat(64)}`,
    issuer: 'https://token.actions.githubusercontent.com',
    repository: 'https://github.com/axios/axios',
    repositoryId: '23088740',
    ownerId: '32372333',
    workflow: '.github/workflows/publish.yml',
    signer: 'https://github.com/axios/axios/.github/workflows/publish.yml',
    refs: ['tag'],
    triggers: ['push'],
    runners: ['github-hosted'],
  })
  const early = pinIdentity(provenance({ identity: { trigger: null, runner: null, repositoryId: null } }))
  pin.strictSame([early.triggers, early.runners, early.repositoryId], [[], [], null])
  const signer = 'https://gitlab.com/group/project//.gitlab-ci.yml'
  pin.equal(pinIdentity(provenance({ identity: { signer: `${signer}@refs/tags/v1.14.1` } })).signer, signer)
})

await t.test('only a tag that equals the version is recorded as one', async (refs) => {
  for (const tag of ['1.14.1', 'v1.14.1', 'axios@1.14.1', 'axios-v1.14.1'])
    refs.strictSame(ofRef(`refs/tags/${tag}`), ['tag'], tag)
  refs.strictSame(ofRef('refs/tags/@scope/a@1.14.1', '@scope/a'), ['tag'])
  refs.strictSame(ofRef('refs/tags/a@1.14.1', '@scope/a'), ['tag'])
  for (const tag of ['v1.14.10', 'v1.14.1-evil', 'other@1.14.1'])
    refs.strictSame(ofRef(`refs/tags/${tag}`), ['tags'], `${tag} is some tag`)
  refs.strictSame(ofRef('refs/heads/v1.14.1'), ['refs/heads/v1.14.1'], 'a branch is no tag, whatever its name')
  refs.strictSame(ofRef('tag'), [], 'a ref that calls itself tag')
  refs.strictSame(ofRef('tags'), [], 'or tags')
})

await t.test('adding what is on record changes nothing, and nothing lowers it', async (add) => {
  const pins = pinned()
  add.equal(addToPins(pins, 'axios', '1.14.1', provenance()), pins, 'the same identity, the next version')
  add.equal(addToPins(pins, 'axios', '1.14.1', null), pins, 'a version without provenance on a line that had it')
  const none = addToPins(NO_PINS, 'axios', '1.0.0', null)
  add.equal(addToPins(none, 'axios', '1.2.3', null), none)
  add.equal(NO_PINS.packages.size, 0, 'the pins given stay as they were')
  add.throws(() => addToPins(pins, 'axios', '1.14.2', provenance()), RangeError, 'evidence for another version')
  add.throws(() => addToPins(pins, 'axois', '1.14.1', provenance()), RangeError, 'evidence for another package')

  const tightened = addToPins(none, 'axios', '1.14.1', provenance()).packages.get('axios')
  add.match(tightened, { identities: [{ repositoryId: '23088740' }] })
  add.strictSame([...(tightened?.lines ?? [])], [['1', 'provenance']], 'none became an identity')
  const branch = addToPins(
    pins,
    'axios',
    '1.14.1',
    provenance({ identity: { ref: 'refs/heads/main', trigger: 'release' } }),
  )
  add.match(branch.packages.get('axios'), {
    identities: [{ refs: ['refs/heads/main', 'tag'], triggers: ['push', 'release'] }],
  })
  const two = addToPins(pins, 'axios', '1.14.1', provenance({ identity: { workflow: '.github/workflows/v1.yml' } }))
  const other = pinned({ version: '1.14.1', identity: { workflow: '.github/workflows/v1.yml' } })
  const turned = addToPins(other, 'axios', '1.14.0', provenance({ version: '1.14.0' }))
  add.equal(renderPins(two), renderPins(turned), 'rendered alike, whichever came first')
  add.equal(two.packages.get('axios')?.identities.length, 2, 'two versions of one lockfile, built by two workflows')
})

await t.test('a release line is a major, and below 1.0.0 a minor', async (line) => {
  for (const [version, wanted] of [
    ['1.14.1', '1'],
    ['10.0.0-rc.1', '10'],
    ['0.30.4', '0.30'],
    ['0.0.7', '0.0'],
    ['0.2.0-0', '0.2'],
    ['2.0.0+build.1', '2'],
  ] as const)
    line.equal(releaseLine(version), wanted, version)
})

await t.test('whatever the pins hold, parsing what was rendered gives them back', async (property) => {
  for (let seed = 1; seed <= 200; seed += 1) {
    const pins = randomPins(seed)
    const text = renderPins(pins)
    const parsed = parsePins(text, 'bonafide.lock')
    if (renderPins(parsed) === text && JSON.stringify(plain(parsed)) === JSON.stringify(plain(pins))) continue
    property.strictSame(plain(parsed), plain(pins), `seed ${seed}`)
    property.equal(renderPins(parsed), text, `seed ${seed}`)
    return
  }
  property.pass('200 seeds')
})

/** Pins in canonical order, with names and texts that try a renderer: quotes, escapes, lone surrogates, keys that look like numbers. */
function randomPins(seed: number): Pins {
  // mulberry32: small, seeded, good enough to pick test data.
  let state = seed
  const next = (below: number): number => {
    state = (state + 0x6d_2b_79_f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below
  }
  const pieces = ['a', '"', '\\', '\n', '\u2028', '\ud800', '😀', '/', '@', 'é', '\u0000', '__proto__', '1', ' ']
  const pick = <Item>(items: readonly Item[], otherwise: Item): Item => items[next(items.length)] ?? otherwise
  const text = (): string => Array.from({ length: 1 + next(5) }, () => pick(pieces, 'x')).join('')
  const texts = (make: () => string): string[] => [...new Set(Array.from({ length: next(4) }, make))].sort()
  const identity = (): PinnedIdentity => ({
    trustDomain: text(),
    issuer: text(),
    repository: text(),
    repositoryId: next(2) === 0 ? null : text(),
    ownerId: next(2) === 0 ? null : text(),
    workflow: text(),
    signer: text(),
    refs: texts(() => (next(3) === 0 ? 'tag' : `refs/${text()}`)),
    triggers: texts(text),
    runners: texts(text),
  })
  const names = [
    'axios',
    '@a/b',
    '1',
    '10',
    '@__proto__/__proto__',
    'constructor',
    'JSONStream',
    '2',
    '~x',
    '@a/c',
  ].sort()
  const lines = ['0.0', '0.2', '0.10', '1', '2', '10', '99999999999999999999'].filter(() => next(2) === 0)
  const packages = new Map<string, Pin>()
  for (const name of names.filter(() => next(2) === 0)) {
    const strengths: readonly Strength[] = ['provenance', 'none']
    packages.set(name, {
      // One identity a package: the order of several is the renderer's, and the canonical text above has that.
      identities: next(3) === 0 ? 'none' : [identity()],
      lines: new Map((lines.length === 0 ? ['1'] : lines).map((line) => [line, pick(strengths, 'none')])),
      hooks: next(3) === 0 ? ['install', 'postinstall'] : [],
    })
  }
  return { packages, exotic: next(2) === 0 ? [] : ['@a/b@github:a/b', 'c@https://example.test/c.tgz'] }
}
