// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from 'node:fs'
import { BonafideError } from '@bonafide/core'
import { groupEntries, openLockfile, parseLockfile } from '@bonafide/lockfile'
import t from 'tap'
import { berryEntry, berryRoot, berryText, checksumOf, parseYarn, summary, verdictOf } from './yarn-build.ts'
import type { Block } from './yarn-build.ts'

const fixture = (name: string): string => readFileSync(new URL(`fixtures/yarn/${name}`, import.meta.url), 'utf8')

const failure = (text: string): unknown => {
  try {
    parseLockfile(text, 'yarn.lock')
  } catch (error) {
    return error
  }
  return null
}

const REAL = [
  'registry @acme/fuel@2.1.0',
  'workspace @shop/a@? by project',
  'workspace @shop/b@? by project',
  'registry is-odd@3.0.1 as aliased',
  'registry is-odd@3.0.1 as foo',
  'registry is-odd@3.0.1',
  'registry any@1.0.0',
  'remote bundler@1.0.0 by project',
  'registry deep@1.0.0',
  'file folder@0.1.0 by project',
  'registry fsevents@2.3.3',
  'registry is-number@6.0.0',
  'registry is-number@3.0.0',
  'link linked@? by project',
  'registry patchme@1.0.0',
  'patch patchme@1.0.0 by project',
  'link ported@? by project',
  'registry rocket@1.0.0',
  'git tool@1.2.3 by project',
  'registry typescript@5.9.3',
  'file vendored@1.0.0 by project',
]

const at = (archive: string): ReturnType<typeof parseYarn> =>
  parseYarn(
    berryText({
      ...berryRoot({ axios: '^1' }),
      'axios@npm:^1': berryEntry('axios', '1.0.0', {
        resolution: `axios@npm:1.0.0::__archiveUrl=${encodeURIComponent(archive)}`,
      }),
    }),
  )

await t.test('what Yarn 4 wrote is read whole, for every platform', async (it) => {
  const text = fixture('yarn.lock')
  const draft = openLockfile(text, 'yarn.lock')
  it.strictSame(draft.wants, [
    '.yarnrc.yml',
    'packages/a/package.json',
    'packages/b/package.json',
    'folder/package.json',
    'linked/package.json',
    'ported/package.json',
  ])
  const lockfile = draft.read({ manifest: fixture('yarn.package.json') })
  it.match(lockfile, { manager: 'yarn', format: '10', project: { name: 'shop', version: '1.0.0' }, findings: [] })
  it.strictSame(lockfile.entries.map(summary), REAL)
  it.strictSame(draft.read({}).entries.map(summary), REAL, 'the lockfile says itself what the project asks for')
  for (const { where, path } of lockfile.entries) {
    const line = text.split('\n')[where.line - 1] ?? ''
    it.ok(
      path.split(', ').every((key) => line.includes(key)),
      'each has the line of its key',
    )
  }
  const groups = groupEntries([lockfile])
  it.ok(
    groups.every(({ integrity }) => integrity.state === 'own-archive'),
    'nothing in it binds what the registry serves',
  )
  it.match(groups.find(({ name }) => name === 'rocket')?.integrity, { found: /^10c0\/[0-9a-f]{128}$/u })
})

await t.test('the forms of Yarn 2 and 3: no protocol before a range, no key before a checksum', async (it) => {
  const hex = checksumOf('x').slice(5)
  for (const version of [4, 5, 6, 8]) {
    const builtin = version < 6 ? 'builtin' : '~builtin'
    const text = berryText(
      {
        ...berryRoot({ axios: '^1.0.0', typescript: '^5.0.0', foo: 'npm:is-odd@^3.0.0' }),
        'axios@npm:^1.0.0': { ...berryEntry('axios'), checksum: hex, dependencies: { fsevents: '~2.3.2' } },
        'foo@npm:is-odd@^3.0.0': { ...berryEntry('is-odd', '3.0.1'), checksum: `2/${hex}` },
        'fsevents@~2.3.2': { ...berryEntry('fsevents', '2.3.2'), checksum: undefined, conditions: 'os=darwin' },
        [version === 5 ? 'typescript@^5.0.0' : 'typescript@npm:^5.0.0']: berryEntry('typescript', '5.1.0'),
        [`typescript@patch:typescript@^5.0.0#${builtin}<compat/typescript>`]: {
          version: '5.1.0',
          resolution: `typescript@patch:typescript@npm%3A5.1.0#${builtin}<compat/typescript>::version=5.1.0&hash=abcdef`,
          checksum: hex,
          linkType: 'hard',
        },
      },
      version,
    )
    const lockfile = parseYarn(text)
    it.equal(lockfile.format, String(version))
    it.strictSame(
      lockfile.entries.map(summary),
      ['registry axios@1.0.0', 'registry is-odd@3.0.1 as foo', 'registry fsevents@2.3.2', 'registry typescript@5.1.0'],
      `version ${version}`,
    )
    it.match(lockfile.entries[2], { integrity: { state: 'missing' } }, 'Yarn has no checksum of what it did not fetch')
  }
})

await t.test('an archive of its own at another URL is told with the entry', async (it) => {
  const url = 'https://registry.example/download/axios/-/axios-1.0.0.tgz'
  it.match(at(url).entries, [{ kind: 'registry', resolved: url, findings: [] }])
  it.equal(verdictOf(at('https://evil.example/evil.tgz'), 'axios'), 'registry lock-resolved-mismatch')
  it.equal(verdictOf(at('https://evil.example/axios/-/axios-1.0.1.tgz'), 'axios'), 'registry lock-resolved-mismatch')
})

await t.test('keys that are too long for one line are read', async (it) => {
  const keys = Array.from({ length: 60 }, (_, nth) => `axios@npm:^1.0.${nth} || ^1.0.${nth}`).join(', ')
  const text = berryText({ ...berryRoot(), [keys]: berryEntry('axios') })
  const long = text.replace(`${JSON.stringify(keys)}:\n`, `? ${JSON.stringify(keys)}\n:\n`)
  it.not(long, text)
  it.match(parseYarn(long).entries, [{ kind: 'registry', name: 'axios', path: keys, findings: [] }])
})

await t.test('resolutions of the package.json put what they name in the place of a range', async (it) => {
  const patch = 'patch:axios@npm%3A1.0.0#./axios.patch'
  const bound = '::locator=shop%40workspace%3A.'
  const manifest = { name: 'shop', dependencies: { a: '1' } }
  const a = { 'a@npm:1': berryEntry('a', '1.0.0', { dependencies: { axios: 'npm:^1.0.0' } }) }
  const read = (blocks: Record<string, Block>, resolutions: object): string =>
    verdictOf(
      parseYarn(berryText({ ...berryRoot({ a: 'npm:1' }), ...a, ...blocks }), { ...manifest, resolutions }),
      'axios@',
    )
  it.equal(read({ 'axios@npm:fork@1': berryEntry('fork') }, { axios: 'npm:fork@1' }), 'registry')
  const url = 'https://files.example/axios.tgz'
  const remote = { [`axios@${url}`]: { version: '1.0.0', resolution: `axios@${url}`, linkType: 'hard' } }
  it.equal(read(remote, { 'a/axios': url }), 'remote')
  it.equal(read(remote, { 'axios@npm:^1.0.0': url }), 'remote')
  it.equal(read(remote, {}), 'invalid lock-entry-undeclared', 'nobody says so')
  const file = {
    [`axios@file:./x.tgz${bound}`]: {
      version: '1.0.0',
      resolution: `axios@file:./x.tgz#./x.tgz::hash=abc&${bound.slice(2)}`,
      linkType: 'hard',
    },
  }
  it.equal(read(file, { axios: 'file:./x.tgz' }), 'file')
  const patched = {
    [`axios@${patch}${bound}`]: {
      version: '1.0.0',
      resolution: `axios@patch:axios@npm%3A1.0.0#./axios.patch::version=1.0.0&hash=abc&${bound.slice(2)}`,
      linkType: 'hard',
    },
    'axios@npm:1.0.0': berryEntry('axios'),
  }
  it.equal(read(patched, { axios: patch }), 'patch')
  it.equal(read(patched, {}), 'invalid lock-entry-undeclared')
})

await t.test('what Yarn would not write is refused, with line and column', async (it) => {
  const head = '__metadata:\n  version: 8\n\n'
  const cases: [string, number, number][] = [
    [`${head}"a@npm:1": { version: 1.0.0 }\n`, 4, 1],
    [`${head}"a@npm:1": &x\n  version: 1.0.0\n`, 4, 1],
    [`${head}"a@npm:1": !!map\n`, 4, 1],
    [`${head}'a@npm:1':\n  version: 1.0.0\n`, 4, 1],
    [`${head}"a@npm:1":\n  version: 1.0.0\n    and more\n`, 6, 1],
    [`${head}"a@npm:1":\n  version: 1.0.0 # late\n`, 5, 3],
    [`${head}"a@npm:1":\n  <<: *x\n`, 5, 3],
    [`${head}"a@npm:1":\n  version: |\n`, 5, 3],
    [`${head}"a@npm:1":\n  - version\n`, 5, 3],
    [`${head}"a@npm:1":\n  version:\n`, 6, 1],
    [`${head}"\\u0061@npm:1":\n  version: 1.0.0\n`, 4, 1],
    [`${head}---\n`, 4, 1],
    [`${head}? "a@npm:1"\n  :\n`, 4, 1],
    [`${head}"a@npm:1": text\n`, 4, 1],
    ['__metadata:\n  cacheKey: 10\n', 1, 1],
    ['__metadata:\n  version: 8\n  version: 8\n', 1, 1],
    [`${head}<<<<<<< HEAD\n`, 4, 1],
  ]
  for (const [text, line, column] of cases) {
    const error = failure(text)
    it.ok(error instanceof BonafideError, JSON.stringify(text))
    it.match(
      error,
      { code: 'BONAFIDE_LOCKFILE_MALFORMED', detail: { path: 'yarn.lock', line, column, hint: String } },
      text,
    )
  }
  for (const version of ['3', '11', '08', '8.0', 'x'])
    it.match(
      failure(`__metadata:\n  version: ${version}\n`),
      { code: 'BONAFIDE_LOCKFILE_UNSUPPORTED', detail: { line: 2 } },
      version,
    )
  it.strictSame(parseYarn(head).entries, [], 'an empty lockfile holds nothing')
})
