// SPDX-License-Identifier: Apache-2.0
// What somebody could write into a yarn.lock by hand, in both of its forms.
import { readFileSync } from 'node:fs'
import { BonafideError } from '@bonafide/core'
import { groupEntries, parseLockfile } from '@bonafide/lockfile'
import t from 'tap'
import { REGISTRY, integrityOf } from './build.ts'
import {
  berryEntry,
  berryRoot,
  berryText,
  checksumOf,
  classicEntry,
  classicText,
  parseYarn,
  summary,
  verdictOf,
} from './yarn-build.ts'
import type { Block } from './yarn-build.ts'

const SHA = 'a'.repeat(40)
const PROJECT = { name: 'shop', dependencies: { axios: '^1.0.0' } }

const classic = (blocks: Record<string, Block>, start = 'axios', manifest: object = PROJECT): string =>
  verdictOf(parseYarn(classicText(blocks), manifest), start)

const berry = (blocks: Record<string, Block>, start = 'axios', manifest: object = PROJECT): string =>
  verdictOf(parseYarn(berryText({ ...berryRoot({ axios: 'npm:^1.0.0' }), ...blocks }), manifest), start)

const project = (spec: string): object => ({ name: 'shop', dependencies: { a: '1', tool: spec } })

const hard = (resolution: string, version = '1.0.0'): Block => ({
  version,
  resolution,
  checksum: checksumOf(resolution),
  linkType: 'hard',
})
const soft = (resolution: string): Block => ({ version: '0.0.0-use.local', resolution, linkType: 'soft' })

const patch = (range: string, inner: string, files = '~/.yarn/patches/axios.patch'): Record<string, Block> => ({
  [`axios@patch:axios@${range}#${files}`]: hard(`axios@patch:${inner}#${files}::version=1.0.0&hash=abc`),
})

await t.test('another package in the place of axios is refused', async (it) => {
  it.equal(classic({ 'axios@^1.0.0': classicEntry('axios') }), 'registry', 'the honest one')
  it.equal(berry({ 'axios@npm:^1.0.0': berryEntry('axios') }), 'registry', 'the honest one')
  it.equal(classic({ 'axios@^1.0.0': classicEntry('evil') }), 'registry lock-resolved-mismatch', 'by its URL')
  it.equal(
    classic({ 'axios@^1.0.0': { ...classicEntry('evil'), name: 'evil' } }),
    'invalid lock-entry-undeclared',
    'by its name',
  )
  it.equal(
    classic({ 'axios@^1.0.0, evil@1': classicEntry('evil') }),
    'invalid lock-entry-undeclared',
    'beside its own key',
  )
  it.equal(
    classic({ 'axios@^1.0.0, x@npm:evil@1': classicEntry('evil') }),
    'invalid lock-entry-undeclared',
    'beside an alias',
  )
  it.equal(berry({ 'axios@npm:^1.0.0': berryEntry('evil') }), 'invalid lock-entry-undeclared')
  it.equal(berry({ 'axios@npm:^1.0.0, evil@npm:1': berryEntry('evil') }), 'invalid lock-entry-undeclared')
  const both = parseYarn(berryText({ ...berryRoot(), 'axios@npm:^1.0.0, evil@npm:1': berryEntry('evil') }))
  it.strictSame(both.entries.map(summary), ['invalid evil@1.0.0 as axios lock-entry-undeclared', 'registry evil@1.0.0'])
  it.equal(
    berry({ 'axios@npm:^1.0.0,evil@npm:1': berryEntry('axios') }),
    'invalid lock-entry-malformed',
    'a comma hides a key',
  )
})

await t.test('an alias whose target was exchanged is refused', async (it) => {
  const manifest = { name: 'shop', dependencies: { foo: 'npm:is-odd@3' } }
  it.equal(classic({ 'foo@npm:is-odd@3': classicEntry('is-odd', '3.0.1') }, 'foo', manifest), 'registry')
  it.equal(classic({ 'foo@npm:is-odd@3': classicEntry('evil') }, 'foo', manifest), 'registry lock-resolved-mismatch')
  it.equal(
    classic({ 'foo@npm:is-odd@3': classicEntry('foo') }, 'foo', manifest),
    'registry lock-resolved-mismatch',
    'swapped back',
  )
  it.equal(berry({ 'foo@npm:is-odd@3': berryEntry('is-odd', '3.0.1') }, 'foo', manifest), 'registry')
  for (const name of ['evil', 'foo'])
    it.equal(berry({ 'foo@npm:is-odd@3': berryEntry(name) }, 'foo', manifest), 'invalid lock-entry-undeclared', name)
})

await t.test('a source in the place of a version is refused', async (it) => {
  for (const resolved of [
    `git+ssh://git@forge.example/acme/axios.git#${SHA}`,
    `https://forge.example/acme/axios.git#${SHA}`,
    `https://codeload.github.com/acme/axios/tar.gz/${SHA}`,
    'file:./evil.tgz',
    'axios-1.0.0.tgz',
    '../evil.tgz',
  ])
    it.match(classic({ 'axios@^1.0.0': { version: '1.0.0', resolved } }), /^invalid lock-entry-undeclared$/u, resolved)
  it.equal(
    classic({ 'axios@^1.0.0': { version: '1.0.0' } }),
    'registry lock-resolved-mismatch',
    'without a URL Yarn 1 takes any version',
  )
  for (const [source, block] of [
    [`https://forge.example/acme/axios.git#commit=${SHA}`, hard],
    ['https://files.example/axios.tgz', hard],
    ['file:./evil#./evil::hash=abc&locator=shop%40workspace%3A.', hard],
    ['portal:./evil::locator=shop%40workspace%3A.', soft],
    ['link:./evil::locator=shop%40workspace%3A.', soft],
    ['workspace:packages/axios', soft],
    ['javascript:alert(1)', hard],
    ['npm:1.0.0#evil', hard],
    ['npm:evil@1.0.0', hard],
    ['npm:1.0.0::__archiveUrl=x&__archiveUrl=y', hard],
  ] as const)
    it.match(berry({ 'axios@npm:^1.0.0': block(`axios@${source}`) }), /^invalid lock-/u, source)
})

await t.test('a workspace takes the place of a version only where the project has one', async (it) => {
  const blocks = { 'axios@npm:^1.0.0, axios@workspace:packages/axios': soft('axios@workspace:packages/axios') }
  it.equal(berry(blocks, 'axios', { ...PROJECT, workspaces: ['packages/*'] }), 'workspace')
  for (const workspaces of [[], ['apps/*'], ['packages']])
    it.match(berry(blocks, 'axios', { ...PROJECT, workspaces }), /^invalid/u)
  for (const path of ['../axios', 'node_modules/axios', '/tmp/axios', 'packages/../../axios']) {
    const outside = { [`axios@workspace:${path}`]: soft(`axios@workspace:${path}`) }
    it.match(berry(outside, 'axios', { ...PROJECT, workspaces: ['**', path] }), /^invalid/u, path)
  }
})

await t.test('what is shown has to be what is fetched', async (it) => {
  const at = (url: string): string => classic({ 'axios@^1.0.0': { ...classicEntry('axios'), resolved: url } })
  it.equal(
    at(`https://mirror.example/npm/axios/-/axios-1.0.0.tgz#${SHA}`),
    'registry',
    'which registry, the verifier compares',
  )
  for (const url of [
    `${REGISTRY}/axios/-/axios-1.0.1.tgz#${SHA}`,
    `${REGISTRY}/evil/-/evil-1.0.0.tgz#${SHA}`,
    `https://evil.example/axios-1.0.0.tgz#${SHA}`,
    `https://user:secret@registry.example/axios/-/axios-1.0.0.tgz#${SHA}`,
  ])
    it.equal(at(url), 'registry lock-resolved-mismatch', url)
  it.equal(at(`${REGISTRY}/axios/-/axios-1.0.0.tgz#short`), 'invalid lock-entry-malformed', 'no checksum')
  it.equal(
    classic({ 'axios@^1.0.0': { ...classicEntry('axios'), version: '1.0.1' } }),
    'registry lock-resolved-mismatch',
  )
  it.equal(berry({ 'axios@npm:^1.0.0': { ...berryEntry('axios'), version: '1.0.1' } }), 'invalid lock-entry-malformed')
  it.equal(classic({ 'axios@^1.0.0': { ...classicEntry('axios'), version: 'latest' } }), 'invalid lock-entry-malformed')
})

await t.test('keys that stand twice are refused, within an entry and between entries', async (it) => {
  const twice = (text: string, key: string): string =>
    verdictOf({ ...parseYarn(text, PROJECT), entries: parseYarn(text, PROJECT).entries.slice(1) }, key)
  it.equal(
    twice(
      classicText({
        'axios@^1.0.0': classicEntry('axios'),
        'axios@^0.9.0, axios@^1.0.0': classicEntry('axios', '0.9.0'),
      }),
      'axios@^0.9.0',
    ),
    'invalid lock-duplicate-key',
  )
  const honest = berryText({ 'axios@npm:^1.0.0': berryEntry('axios') })
  const second = berryText({ 'axios@npm:^1.0.0': berryEntry('axios', '0.9.0') }).replace(/^[^]*cacheKey: 10c0\n/u, '')
  it.equal(twice(honest + second, 'axios'), 'invalid lock-duplicate-key', 'a key')
  const same = berryText({
    'axios@npm:^1.0.0': berryEntry('axios'),
    'axios@npm:~1.0.0': berryEntry('axios', '1.0.0', { checksum: checksumOf('evil') }),
  })
  it.equal(twice(same, 'axios@npm:~'), 'invalid lock-duplicate-key', 'a resolution')
  for (const field of ['  version "1.0.1"\n', '  resolved "https://evil.example/evil.tgz"\n']) {
    const text = classicText({ 'axios@^1.0.0': classicEntry('axios') }) + field
    it.equal(verdictOf(parseYarn(text, PROJECT), 'axios'), 'invalid lock-duplicate-key', field)
  }
  const text = honest.replace('  linkType', '  resolution: "evil@npm:1.0.0"\n  linkType')
  it.equal(verdictOf(parseYarn(text, PROJECT), 'axios'), 'invalid lock-duplicate-key')
  const inner = classicText({ 'a@1': classicEntry('a', '1.0.0', { dependencies: { b: '1' } }) })
  it.equal(verdictOf(parseYarn(`${inner}    "b" "2"\n`), 'a'), 'invalid lock-duplicate-key', 'among its dependencies')
})

await t.test('two integrities for one version conflict', async (it) => {
  const lockfile = parseYarn(
    classicText({
      'axios@^1.0.0': classicEntry('axios'),
      'axios@~1.0.0': classicEntry('axios', '1.0.0', { integrity: integrityOf('evil') }),
    }),
    PROJECT,
  )
  it.match(groupEntries([lockfile]), [
    { integrity: { state: 'several' }, findings: [{ code: 'lock-integrity-conflict' }] },
  ])
})

await t.test('a registry package that pulls in something from outside is refused; the project may', async (it) => {
  const url = 'https://files.example/tool.tgz'
  const git = 'https://forge.example/acme/tool.git'
  const onlyA = { name: 'shop', dependencies: { a: '1' } }
  for (const [kind, spec, resolved] of [
    ['remote', url, url],
    ['git', git, `${git}#${SHA}`],
    ['git', 'acme/tool', `https://codeload.github.com/acme/tool/tar.gz/${SHA}`],
  ] as const) {
    for (const field of ['dependencies', 'optionalDependencies']) {
      const blocks = {
        'a@1': classicEntry('a', '1.0.0', { [field]: { tool: spec } }),
        [`tool@${spec}`]: { version: '1.0.0', resolved },
      }
      it.equal(classic(blocks, 'tool', onlyA), `${kind} exotic-dependency`, `${spec} in ${field}`)
      it.match(parseYarn(classicText(blocks), onlyA).entries[1], { requestedBy: 'package', edges: [`tool@${spec}`] })
      it.equal(classic(blocks, 'tool', project(spec)), kind)
    }
    const held =
      kind === 'remote'
        ? spec
        : `${git.replace('https://forge.example', spec === git ? 'https://forge.example' : 'https://github.com')}#commit=${SHA}`
    const blocks = {
      'a@npm:1': berryEntry('a', '1.0.0', { dependencies: { tool: spec } }),
      [`tool@${spec}`]: hard(`tool@${held}`),
    }
    it.equal(berry(blocks, 'tool', onlyA), `${kind} exotic-dependency`, spec)
    it.match(parseYarn(berryText({ ...berryRoot(), ...blocks }), onlyA).entries[1], {
      requestedBy: 'package',
      edges: [`tool@${spec}`],
    })
    it.equal(berry(blocks, 'tool', project(spec)), kind)
    it.match(
      berry({ [`tool@${spec}`]: hard(`tool@${held}`) }, 'tool', onlyA),
      /^invalid lock-entry-undeclared$/u,
      'nobody asks',
    )
  }
  const bound = '::locator=a%40npm%3A1.0.0'
  const folder = {
    'a@npm:1': berryEntry('a', '1.0.0', { dependencies: { tool: 'file:./tool' } }),
    [`tool@file:./tool${bound}`]: hard(`tool@file:./tool#./tool::hash=abc&${bound.slice(2)}`),
  }
  it.equal(berry(folder, 'tool', onlyA), 'file exotic-dependency')
  it.equal(
    berry(folder, 'tool', project('file:./tool')),
    'file exotic-dependency',
    'the project asks for another folder',
  )
})

await t.test('whoever edits the lockfile edits its copy of the package.json too: the real one wins', async (it) => {
  const url = 'https://evil.example/tool.tgz'
  const root = { ...berryRoot({ tool: url }), [`tool@${url}`]: hard(`tool@${url}`) }
  it.equal(verdictOf(parseYarn(berryText(root)), 'tool'), 'remote', 'nobody gave the real one')
  it.equal(verdictOf(parseYarn(berryText(root), PROJECT), 'tool'), 'invalid lock-entry-undeclared')
  const workspace = {
    'a@workspace:packages/a': { ...soft('a@workspace:packages/a'), dependencies: { tool: url } },
    [`tool@${url}`]: hard(`tool@${url}`),
  }
  const text = berryText({ ...berryRoot(), ...workspace })
  const manifest = { name: 'shop', workspaces: ['packages/*'] }
  it.equal(verdictOf(parseYarn(text, manifest), 'tool'), 'remote', 'nobody gave the real one')
  const files = { 'packages/a/package.json': { name: 'a' } }
  it.equal(verdictOf(parseYarn(text, manifest, files), 'tool'), 'invalid lock-entry-undeclared')
})

await t.test('a patch is of the version that was asked for, and of a package that is verified', async (it) => {
  const manifest = { name: 'shop', dependencies: { axios: 'patch:axios@npm%3A^1.0.0#~/.yarn/patches/axios.patch' } }
  const base = { 'axios@npm:^1.0.0': berryEntry('axios') }
  const start = 'axios@patch'
  it.equal(berry({ ...base, ...patch('npm%3A^1.0.0', 'axios@npm%3A1.0.0') }, start, manifest), 'patch')
  it.equal(
    berry({ ...base, ...patch('npm%3A^1.0.0', 'axios@npm%3A1.0.0') }, start),
    'invalid lock-entry-undeclared',
    'nobody asks for the patch',
  )
  it.match(
    berry(patch('npm%3A^1.0.0', 'axios@npm%3A1.0.0'), start, manifest),
    /^invalid/u,
    'what is patched has no entry',
  )
  it.match(
    berry({ ...base, ...patch('npm%3A^1.0.0', 'evil@npm%3A1.0.0') }, start, manifest),
    /^invalid/u,
    'of another package',
  )
  it.match(
    berry(
      { ...base, 'axios@npm:^0.9.0': berryEntry('axios', '0.9.0'), ...patch('npm%3A^1.0.0', 'axios@npm%3A0.9.0') },
      start,
      manifest,
    ),
    /^invalid/u,
    'of another version',
  )
  const byPackage = {
    'a@npm:1': berryEntry('a', '1.0.0', { dependencies: { axios: 'patch:axios@npm%3A^1.0.0#./x.patch' } }),
    ...base,
    ...patch('npm%3A^1.0.0', 'axios@npm%3A1.0.0', './x.patch'),
  }
  it.equal(berry(byPackage, start, { name: 'shop', dependencies: { a: '1' } }), 'patch exotic-dependency')
  it.match(
    berry({ ...base, ...patch('npm%3A^1.0.0', 'axios@npm%3A1.0.0', 'builtin<compat/../../evil>') }, start),
    /^invalid/u,
  )
})

await t.test('fields that a client obeys and nobody reviews are refused', async (it) => {
  for (const more of [
    { prebuiltVariants: { x: 'evil.tgz' } },
    { registry: 'yarn' },
    { permissions: { x: 'y' } },
    { constructor: 'x' },
  ])
    it.equal(classic({ 'axios@^1.0.0': { ...classicEntry('axios'), ...more } }), 'invalid lock-entry-malformed')
  it.equal(
    berry({ 'axios@npm:^1.0.0': { ...berryEntry('axios'), linkType: 'soft' } }),
    'invalid lock-entry-malformed',
    'run where it lies',
  )
  it.equal(
    berry({ 'axios@npm:^1.0.0': { ...berryEntry('axios'), checksum: '10c0/abc' } }),
    'invalid lock-entry-malformed',
  )
  it.equal(
    berry({ 'axios@npm:^1.0.0': { ...berryEntry('axios'), resolution: undefined } }),
    'invalid lock-entry-malformed',
  )
  it.equal(berry({ 'axios@npm:^1.0.0': { ...berryEntry('axios'), dependencies: 'x' } }), 'invalid lock-entry-malformed')
})

await t.test('names that objects inherit are names like others, and lead nowhere', async (it) => {
  for (const name of ['constructor', 'toString', '__proto__']) {
    const wanted = name.startsWith('_') ? /^invalid lock-entry-malformed$/u : /^registry$/u
    it.match(
      classic({ [`${name}@1`]: classicEntry(name) }, name, { dependencies: JSON.parse(`{"${name}": "1"}`) as object }),
      wanted,
      name,
    )
    it.match(
      berry({ [`${name}@npm:1`]: berryEntry(name) }, name, {}),
      name.startsWith('_') ? /^invalid/u : wanted,
      name,
    )
  }
  const text =
    classicText({ 'a@1': classicEntry('a') }) + '  dependencies:\n    "__proto__" "https://evil.example/x.tgz"\n'
  it.strictSame(parseYarn(text, { dependencies: { a: '1' } }).entries.map(summary), ['registry a@1.0.0'])
})

// A byte here or there: what is read is read, what is not ends in an error of ours. The seed is fixed, so a failure repeats.
await t.test('no change of a lockfile crashes the readers', async (it) => {
  let state = 20_261_125
  const random = (below: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return (state >>> 8) % below
  }
  const marks = [
    '"',
    ':',
    ',',
    ' ',
    '\n',
    '  ',
    '? ',
    '#',
    '::',
    '%',
    '%3A',
    '@',
    'npm:',
    'patch:',
    '__proto__',
    '\\',
    '&',
    '=',
    '{',
    '\t',
  ]
  const texts = ['yarn-classic', 'yarn'].map((name) =>
    readFileSync(new URL(`fixtures/yarn/${name}.lock`, import.meta.url), 'utf8'),
  )
  let read = 0
  for (let round = 0; round < 3000; round += 1) {
    let text = texts[round % 2] ?? ''
    for (let changes = 1 + random(3); changes > 0; changes -= 1) {
      const at = random(text.length)
      text = text.slice(0, at) + (marks[random(marks.length)] ?? '') + text.slice(at + random(4))
    }
    try {
      const { entries } = parseLockfile(text, 'yarn.lock', random(2) === 0 ? {} : { manifest: '{"name":"shop"}' })
      for (const entry of entries) if (entry.kind === 'invalid' && entry.findings.length === 0) it.fail(text)
      read += 1
    } catch (error) {
      if (!(error instanceof BonafideError)) {
        it.fail(`round ${round}: ${String(error)}`)
        throw error
      }
    }
  }
  it.ok(read > 500 && read < 3000, `${read} were read`)
})
