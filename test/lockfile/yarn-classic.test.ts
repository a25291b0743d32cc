// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from 'node:fs'
import { BonafideError } from '@bonafide/core'
import { groupEntries, openLockfile, parseLockfile } from '@bonafide/lockfile'
import t from 'tap'
import { REGISTRY, integrityOf } from './build.ts'
import { classicEntry, classicText, parseYarn, summary, verdictOf } from './yarn-build.ts'

const fixture = (name: string): string => readFileSync(new URL(`fixtures/yarn/${name}`, import.meta.url), 'utf8')

const WORKSPACES = {
  'packages/a/package.json': { name: '@shop/a', dependencies: { 'is-number': '^3.0.0' } },
  'packages/b/package.json': { name: '@shop/b' },
}

const failure = (text: string): unknown => {
  try {
    parseLockfile(text, 'yarn.lock')
  } catch (error) {
    return error
  }
  return null
}

const held = (range: string, resolved: string): string =>
  verdictOf(
    parseYarn(classicText({ [`tool@${range}`]: { version: '1.0.0', resolved } }), { dependencies: { tool: range } }),
    'tool',
  )

await t.test('what Yarn 1 wrote is read whole, for every platform', async (it) => {
  const text = fixture('yarn-classic.lock')
  const draft = openLockfile(text, 'yarn.lock')
  it.match(draft, { wants: ['folder/package.json', 'linked/package.json'], wantsWorkspaces: true })
  const files = new Map(Object.entries(WORKSPACES).map(([path, content]) => [path, JSON.stringify(content)]))
  const lockfile = draft.read({ manifest: fixture('yarn-classic.package.json'), files })
  it.match(lockfile, {
    manager: 'yarn-classic',
    format: '1',
    project: { name: 'shop', version: '1.0.0' },
    findings: [],
  })
  it.strictSame(lockfile.entries.map(summary), [
    'registry @acme/fuel@2.1.0',
    'registry is-odd@3.0.1 as aliased',
    'registry any@1.0.0',
    'remote bundler@1.0.0 by project',
    'registry deep@1.0.0',
    'file folder@0.1.0 by project',
    'registry is-odd@3.0.1 as foo',
    'registry fsevents@2.3.3',
    'registry is-number@3.0.0',
    'registry is-number@6.0.0',
    'registry is-odd@3.0.1',
    'link linked@0.0.0 by project',
    'registry rocket@1.0.0',
    'git tool@1.2.3 by project',
    'registry typescript@5.9.3',
    'file vendored@1.0.0 by project',
  ])
  for (const { where, path } of lockfile.entries) {
    const line = text.split('\n')[where.line - 1]?.replaceAll('"', '')
    it.equal(line, `${path}:`, 'each has the line of its keys')
  }
  const groups = groupEntries([lockfile])
  it.equal(groups.find(({ name }) => name === 'is-odd')?.places.length, 3, 'one version under three names')
  it.ok(groups.every(({ integrity }) => integrity.state === 'sha512'))
})

await t.test('integrities are states; the sha1 behind the URL counts where there is none', async (it) => {
  const states = Object.entries({
    whole: integrityOf('whole'),
    none: undefined,
    weak: 'sha1-2jmj7l5rSw0yVb/vlWAYkK/YBwk=',
    two: `${integrityOf('a')} ${integrityOf('b')}`,
    bad: 'sha512-short',
  }).map(([name, integrity]) => [`${name}@1`, classicEntry(name, '1.0.0', { integrity })] as const)
  const bare = { 'bare@1': { version: '1.0.0', resolved: `${REGISTRY}/bare/-/bare-1.0.0.tgz` } }
  const { entries } = parseYarn(classicText({ ...Object.fromEntries(states), ...bare }))
  it.strictSame(
    entries.map((entry) => entry.kind === 'registry' && entry.integrity.state),
    ['sha512', 'weak', 'weak', 'several', 'malformed', 'missing'],
  )
})

await t.test('workspaces ask for the project, and their manifests are what says so', async (it) => {
  const text = classicText({
    'tool@https://files.example/tool.tgz': {
      version: '1.0.0',
      resolved: `https://files.example/tool.tgz#${'a'.repeat(40)}`,
    },
  })
  const manifest = { private: true, workspaces: ['packages/*'] }
  it.equal(verdictOf(parseYarn(text, manifest), 'tool'), 'invalid lock-entry-undeclared')
  const files = { 'packages/a/package.json': { dependencies: { tool: 'https://files.example/tool.tgz' } } }
  it.equal(verdictOf(parseYarn(text, manifest, files), 'tool'), 'remote')
  it.match(
    parseYarn(text).entries[0]?.findings,
    [{ fix: /package\.json/u }],
    'and without any, the finding says what to give',
  )
})

await t.test("resolutions of the package.json put what they name in anybody's place", async (it) => {
  const dependencies = { a: '1' }
  const a = classicEntry('a', '1.0.0', { dependencies: { axios: '^1.0.0' } })
  const alias = classicText({ 'a@1': a, 'axios@^1.0.0, axios@npm:fork@1': classicEntry('fork') })
  const key = 'axios'
  it.equal(verdictOf(parseYarn(alias, { dependencies }), key), 'invalid lock-entry-undeclared')
  for (const name of ['axios', '**/axios', 'a/axios', 'a/**/axios', '@s/b/axios'])
    it.equal(
      verdictOf(parseYarn(alias, { dependencies, resolutions: { [name]: 'npm:fork@1' } }), key),
      'registry',
      name,
    )
  it.equal(
    verdictOf(parseYarn(alias, { dependencies, resolutions: { 'axios/other': 'npm:fork@1' } }), key),
    'invalid lock-entry-undeclared',
    'of another name',
  )
  const url = 'https://files.example/axios.tgz'
  const remote = classicText({ 'a@1': a, [`axios@^1.0.0, axios@${url}`]: { version: '1.0.0', resolved: url } })
  it.equal(verdictOf(parseYarn(remote, { dependencies }), key), 'invalid lock-entry-undeclared')
  it.equal(verdictOf(parseYarn(remote, { dependencies, resolutions: { axios: url } }), key), 'remote')
  const plain = classicText({ 'a@1': a, 'axios@0.9.0, axios@^1.0.0': classicEntry('axios', '0.9.0') })
  it.equal(verdictOf(parseYarn(plain, { dependencies, resolutions: { '**/axios': '0.9.0' } }), key), 'registry')
})

await t.test('repositories are known by their place, whichever way Yarn 1 fetches them', async (it) => {
  const sha = 'a'.repeat(40)
  const codeload = `https://codeload.github.com/acme/tool/tar.gz/${sha}`
  for (const range of ['acme/tool', 'github:acme/tool#v1', 'https://github.com/acme/tool', `acme/tool#${sha}`])
    it.equal(held(range, codeload), 'git', range)
  it.equal(held('gitlab:acme/tool', `https://gitlab.com/acme/tool/repository/archive.tar.gz?ref=${sha}`), 'git')
  it.equal(held('bitbucket:acme/tool', `https://bitbucket.org/acme/tool/get/${sha}.tar.gz`), 'git')
  const url = 'https://forge.example/acme/tool.git'
  it.equal(held(url, `${url}#${sha}`), 'git')
  it.equal(held(`git+${url}#main`, `git+${url}#${sha}`), 'git')
  it.equal(held(url, `${url}#main`), 'invalid lock-resolved-mismatch', 'a branch moves')
  it.equal(held('evil/tool', codeload), 'invalid lock-entry-undeclared', 'another repository')
  it.equal(held(`acme/tool#${'b'.repeat(40)}`, codeload), 'invalid lock-entry-undeclared', 'another commit')
})

await t.test('what Yarn 1 would not write is refused, with line and column', async (it) => {
  const head = '# yarn lockfile v1\n\n'
  const cases: [string, number, number][] = [
    [`${head}a@1:\n  version "1.0.0"\n   resolved "x"\n`, 5, 1],
    [`${head}a@1:\n\tversion "1.0.0"\n`, 4, 1],
    [`${head}a@1:\n    version "1.0.0"\n`, 4, 1],
    [`${head}a@1:\nb@1:\n  version "1.0.0"\n`, 4, 1],
    [`${head}a@1:\n`, 4, 1],
    [`${head}"a@1" "b@1"\n`, 3, 1],
    [`${head}a@1: {}\n`, 3, 1],
    [`${head}a@1 , b@1:\n  version "1.0.0"\n`, 3, 1],
    [`${head}a@1:\n  version 1.0.0\n`, 4, 3],
    [`${head}a@1:\n  version "\\u0031.0.0"\n`, 4, 3],
    [`${head}a@1:\n  version "1.0.0" # late\n`, 4, 3],
    [`${head}a@1:\n  version "1.0.0"\n# late\n`, 5, 1],
    [`${head}a@1:\n  version "1.0.0\n`, 4, 3],
    [`${head}a@1:\n  a, version "1.0.0"\n`, 4, 3],
    [`${head}<<<<<<< HEAD\na@1:\n  version "1.0.0"\n=======\n>>>>>>> x\n`, 3, 1],
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
  it.match(failure(cases.at(-1)?.[0] ?? ''), { detail: { hint: /merge conflict/u } })
  it.strictSame(parseYarn(head).entries, [], 'an empty lockfile holds nothing')
  const windows = classicText({ 'a@1': classicEntry('a') }).replaceAll('\n', '\r\n')
  it.equal(verdictOf(parseYarn(`\uFEFF${windows}`), 'a'), 'registry', 'line ends of Windows are none of a change')
})
