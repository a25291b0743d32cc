// SPDX-License-Identifier: Apache-2.0
import { parseLockfile } from '@bonafide/lockfile'
import t from 'tap'
import { REGISTRY, entriesOf, entry, integrityOf, lock, parse, textOf, verdictAt } from './build.ts'

const SHA = 'a'.repeat(40)
const GIT = `git+ssh://git@forge.example/acme/tool.git#${SHA}`
const axios = 'node_modules/axios'

const withTarball = (resolved: string, name = 'axios'): string =>
  verdictAt(
    lock(
      { dependencies: { [name]: '^1.0.0' } },
      { [`node_modules/${name}`]: { version: '1.0.0', resolved, integrity: integrityOf('x') } },
    ),
    `node_modules/${name}`,
  )

const withSource = (spec: string, resolved: string): string =>
  verdictAt(lock({ dependencies: { axios: spec } }, { [axios]: { version: '1.0.0', resolved } }), axios)

const bundler = (bundle: unknown, more: object = {}): object =>
  entry('host', '1.0.0', { bundleDependencies: bundle, dependencies: { in: '1' }, ...more })

const version1 = (dependencies: object): object => ({ name: 'p', lockfileVersion: 1, requires: true, dependencies })

await t.test('another package in the place of axios is refused', async (it) => {
  const evil = { [axios]: { ...entry('evil'), name: 'evil' } }
  it.equal(verdictAt(lock({ dependencies: { axios: '^1.0.0' } }, evil), axios), 'registry lock-entry-undeclared')
  it.match(
    entriesOf(lock({ dependencies: { axios: '^1.0.0' } }, evil)),
    [{ name: 'evil', alias: 'axios' }],
    'and goes by its real name',
  )
  it.equal(verdictAt(lock({}, evil), axios), 'registry lock-entry-undeclared', 'nobody asks')
  it.equal(
    verdictAt(lock({ dependencies: { axios: 'npm:other@1' } }, evil), axios),
    'registry lock-entry-undeclared',
    'another alias',
  )
  it.equal(
    verdictAt(lock({ dependencies: { axios: 'npm:evil@1' } }, evil), axios),
    'registry',
    'the project wants it so',
  )
})

await t.test('an alias whose target was swapped back is refused', async (it) => {
  const plain = { 'node_modules/foo': entry('foo') }
  it.equal(
    verdictAt(lock({ dependencies: { foo: 'npm:is-odd@3.0.1' } }, plain), 'node_modules/foo'),
    'registry lock-entry-undeclared',
  )
})

await t.test('no package points a name elsewhere on behalf of the project or of another package', async (it) => {
  const tree = {
    [axios]: { ...entry('evil'), name: 'evil' },
    'node_modules/bad': entry('bad', '1.0.0', { dependencies: { axios: 'npm:evil@1' } }),
  }
  it.equal(verdictAt(lock({ dependencies: { bad: '1', axios: '1' } }, tree), axios), 'registry lock-entry-undeclared')
  const other = { ...tree, 'node_modules/good': entry('good', '1.0.0', { dependencies: { axios: '^1.0.0' } }) }
  it.equal(verdictAt(lock({ dependencies: { bad: '1', good: '1' } }, other), axios), 'registry lock-entry-undeclared')
  it.equal(
    verdictAt(lock({ dependencies: { bad: '1' } }, tree), axios),
    'registry',
    'its own dependency may have any name',
  )
  const peer = {
    ...tree,
    'node_modules/good': entry('good', '1.0.0', {
      peerDependencies: { axios: '1' },
      peerDependenciesMeta: { axios: { optional: true } },
    }),
  }
  it.equal(
    verdictAt(lock({ dependencies: { bad: '1', good: '1' } }, peer), axios),
    'registry',
    'an optional peer takes what is there',
  )
})

await t.test('whoever edits the lockfile edits its copy of the package.json too: the real one wins', async (it) => {
  const forged = lock({ dependencies: { axios: 'npm:evil@1' } }, { [axios]: { ...entry('evil'), name: 'evil' } })
  it.equal(verdictAt(forged, axios, { dependencies: { axios: '^1.0.0' } }), 'registry lock-entry-undeclared')
  const exotic = lock(
    { dependencies: { axios: 'git+ssh://git@forge.example/acme/tool.git' } },
    { [axios]: { version: '1.0.0', resolved: GIT } },
  )
  it.equal(
    verdictAt(exotic, axios, { dependencies: { axios: '^1.0.0' } }),
    'registry lock-entry-undeclared lock-resolved-mismatch',
  )
})

await t.test('overrides of the package.json declare aliases and sources', async (it) => {
  const deep = 'node_modules/a/node_modules/axios'
  const alias = lock(
    { dependencies: { a: '1' } },
    {
      'node_modules/a': entry('a', '1.0.0', { dependencies: { axios: '1' } }),
      [deep]: { ...entry('fork'), name: 'fork' },
    },
  )
  const project = { dependencies: { a: '1', fork: 'npm:fork@1' } }
  it.equal(verdictAt(alias, deep, project), 'registry lock-entry-undeclared')
  for (const overrides of [
    { axios: 'npm:fork@1' },
    { a: { axios: 'npm:fork@1' } },
    { 'axios@^1': { '.': 'npm:fork@1' } },
    { axios: '$fork' },
  ]) {
    it.equal(verdictAt(alias, deep, { ...project, overrides }), 'registry', JSON.stringify(overrides))
  }
  const git = lock({ dependencies: { axios: '1' } }, { [axios]: { version: '1.0.0', resolved: GIT } })
  it.equal(
    verdictAt(git, axios, {
      dependencies: { axios: '1' },
      overrides: { axios: 'git+ssh://git@forge.example/acme/tool.git' },
    }),
    'git',
  )
  it.equal(
    verdictAt(git, axios, {
      dependencies: { axios: '1' },
      overrides: { axios: 'git+ssh://git@forge.example/acme/other.git' },
    }),
    'git lock-resolved-mismatch',
  )
})

await t.test('a source that nobody asked for is no outside entry', async (it) => {
  const at = (resolved: string): string =>
    verdictAt(
      lock(
        { dependencies: { axios: '^1.0.0' } },
        { [axios]: { version: '1.0.0', resolved, integrity: integrityOf('x') } },
      ),
      axios,
    )
  for (const resolved of [GIT, 'github:acme/tool#main', 'file:evil.tgz', '../evil', 'file:evil']) {
    it.equal(at(resolved), 'registry lock-entry-undeclared lock-resolved-mismatch', resolved)
  }
  for (const resolved of ['npm:evil@1.0.0', 'evil', 'javascript:alert(1)'])
    it.match(at(resolved), /lock-entry-undeclared lock-resolved-mismatch$/u, resolved)
  const noVersion = lock({ dependencies: { axios: '^1.0.0' } }, { [axios]: { resolved: GIT } })
  it.equal(verdictAt(noVersion, axios), 'invalid lock-entry-undeclared lock-resolved-mismatch lock-entry-malformed')
})

await t.test('a tarball URL has to name the package and version', async (it) => {
  const good = [
    '/axios/-/axios-1.0.0.tgz',
    '/api/npm/all/axios/-/axios-1.0.0.tgz',
    '/axios/download/axios-1.0.0.tgz',
    `/download/axios/1.0.0/${SHA}`,
    '/axios/-/axios-1.0.0.tgz?cache=0',
  ]
  for (const path of good) it.equal(withTarball(`${REGISTRY}${path}`), 'registry', path)
  const scoped = [
    '/@s/a/-/a-1.0.0.tgz',
    '/@s%2fa/-/a-1.0.0.tgz',
    '/@s%2Fa/-/a-1.0.0.tgz',
    '/@s/a/-/@s/a-1.0.0.tgz',
    '/%40s/a/-/a-1.0.0.tgz',
    `/download/@s/a/1.0.0/${SHA}`,
  ]
  for (const path of scoped) it.equal(withTarball(`${REGISTRY}${path}`, '@s/a'), 'registry', path)
  const bad = [
    '/evil/-/evil-1.0.0.tgz',
    '/axios/-/axios-1.0.1.tgz',
    '/axios-1.0.0.tgz',
    '/evil?/axios/-/axios-1.0.0.tgz',
    '/evil#/axios/-/axios-1.0.0.tgz',
    '/axios/-/axios-1.0.0.tgz/..',
    '/evil%2faxios/-/axios-1.0.0.tgz',
    '/axios/-/axios-1.0.0.tgz#x',
    '/@s/axios/-/xaxios-1.0.0.tgz',
    '/download/axios/1.0.0/latest',
  ]
  for (const path of bad) it.equal(withTarball(`${REGISTRY}${path}`), 'registry lock-resolved-mismatch', path)
  it.equal(
    withTarball('https://user:secret@registry.example/axios/-/axios-1.0.0.tgz'),
    'registry lock-resolved-mismatch',
  )
  it.equal(withTarball('https://user@registry.example/axios/-/axios-1.0.0.tgz'), 'registry lock-resolved-mismatch')
  it.equal(withTarball('http://'), 'registry lock-resolved-mismatch')
})

await t.test(
  'git, tarball and file dependencies of the project are outside, with their source compared',
  async (it) => {
    for (const spec of [
      'git+ssh://git@forge.example/acme/tool.git',
      'git@forge.example:acme/tool.git#main',
      'git+https://forge.example/acme/tool',
      'git+ssh://git@forge.example:acme/tool.git#semver:^1',
      `ssh://git@forge.example/acme/tool#${SHA}`,
    ]) {
      it.equal(withSource(spec, GIT), 'git', spec)
    }
    const hub = `git+ssh://git@github.com/acme/tool.git#${SHA}`
    for (const spec of [
      'acme/tool',
      'github:acme/tool#v1',
      'https://github.com/acme/tool',
      'https://www.github.com/acme/tool.git#v1',
      'git://github.com/acme/tool',
    ])
      it.equal(withSource(spec, hub), 'git', spec)
    it.equal(withSource('gist:acme/11081aaa281', `git+ssh://git@gist.github.com/11081aaa281.git#${SHA}`), 'git')
    it.equal(
      withSource('https://gitlab.com/group/sub/tool', `git+ssh://git@gitlab.com/group/sub/tool.git#${SHA}`),
      'git',
    )
    it.equal(
      withSource('acme/tool', `git+ssh://git@github.com/evil/tool.git#${SHA}`),
      'git lock-resolved-mismatch',
      'another repository',
    )
    it.equal(withSource(`acme/tool#${'b'.repeat(40)}`, hub), 'git lock-resolved-mismatch', 'another commit')
    it.equal(
      withSource('acme/tool', 'git+ssh://git@github.com/acme/tool.git#main'),
      'git lock-resolved-mismatch',
      'a branch moves',
    )
    it.equal(
      withSource('acme/tool', `git+ssh://git@github.com@evil.example/acme/tool.git#${SHA}`),
      'git lock-resolved-mismatch',
      'a host behind an @',
    )
    const tarball = 'https://files.example/axios.tgz'
    it.equal(withSource(tarball, tarball), 'remote')
    it.equal(withSource(tarball, 'https://files.example/evil.tgz'), 'remote lock-resolved-mismatch')
    it.equal(
      withSource('https://github.com/acme/tool/archive/v1.tar.gz', 'https://github.com/acme/tool/archive/v1.tar.gz'),
      'remote',
    )
    it.equal(withSource('file:./vendor/a.tgz', 'file:vendor/a.tgz'), 'file')
    it.equal(withSource('vendor/x/../a.tgz', 'file:vendor/a.tgz'), 'file')
    it.equal(withSource('file:vendor/a.tgz', 'file:vendor/evil.tgz'), 'file lock-resolved-mismatch')
    it.equal(withSource('file:vendor/a', 'file:vendor/a'), 'file', 'install-links packs a folder')
  },
)

await t.test('a repository is wanted and a package of the registry stands there', async (it) => {
  it.equal(
    verdictAt(lock({ dependencies: { axios: 'acme/axios' } }, { [axios]: entry('axios') }), axios),
    'registry lock-resolved-mismatch',
  )
  it.equal(
    verdictAt(lock({ dependencies: { axios: 'acme/axios' } }, { [axios]: { version: '1.0.0' } }), axios),
    'registry lock-resolved-mismatch',
  )
  const both = { [axios]: entry('axios'), 'node_modules/a': entry('a', '1.0.0', { dependencies: { axios: '1' } }) }
  it.equal(
    verdictAt(lock({ dependencies: { axios: 'acme/axios', a: '1' } }, both), axios),
    'registry lock-resolved-mismatch',
    'the project decides',
  )
})

await t.test('a registry package that pulls in something from outside is refused', async (it) => {
  const tool = 'node_modules/tool'
  for (const [kind, spec, resolved] of [
    ['git', 'github:acme/tool', `git+ssh://git@github.com/acme/tool.git#${SHA}`],
    ['remote', 'https://files.example/t.tgz', 'https://files.example/t.tgz'],
  ] as const) {
    for (const field of ['dependencies', 'optionalDependencies', 'peerDependencies']) {
      const tree = lock(
        { dependencies: { a: '1' } },
        { 'node_modules/a': entry('a', '1.0.0', { [field]: { tool: spec } }), [tool]: { version: '1.0.0', resolved } },
      )
      it.equal(verdictAt(tree, tool), `${kind} exotic-dependency`, `${kind} in ${field}`)
      it.match(entriesOf(tree)[1], { requestedBy: 'package' })
    }
    const declared = lock(
      { dependencies: { a: '1', tool: spec } },
      {
        'node_modules/a': entry('a', '1.0.0', { dependencies: { tool: spec } }),
        [tool]: { version: '1.0.0', resolved },
      },
    )
    it.equal(verdictAt(declared, tool), kind, 'the project asks for the same')
    const plain = lock(
      { dependencies: { a: '1', tool: '1' } },
      {
        'node_modules/a': entry('a', '1.0.0', { dependencies: { tool: spec } }),
        [tool]: { version: '1.0.0', resolved },
      },
    )
    it.equal(verdictAt(plain, tool), `${kind} exotic-dependency`, 'the project asks for a version')
  }
  const dev = lock(
    { dependencies: { a: '1' } },
    {
      'node_modules/a': entry('a', '1.0.0', { devDependencies: { tool: 'acme/tool' } }),
      [tool]: { version: '1.0.0', resolved: `git+ssh://git@github.com/acme/tool.git#${SHA}` },
    },
  )
  it.equal(
    verdictAt(dev, tool),
    'registry lock-entry-undeclared lock-resolved-mismatch',
    'nobody installs the development dependencies of a package',
  )
})

await t.test('workspaces, linked folders and local tarballs speak for the project', async (it) => {
  const tool = 'node_modules/tool'
  const git = { version: '1.0.0', resolved: `git+ssh://git@github.com/acme/tool.git#${SHA}` }
  const asks = { version: '1.0.0', devDependencies: { tool: 'acme/tool' } }
  it.equal(
    verdictAt(
      lock(
        { workspaces: ['packages/*'] },
        { 'node_modules/a': { resolved: 'packages/a', link: true }, 'packages/a': asks, [tool]: git },
      ),
      tool,
    ),
    'git',
  )
  it.equal(
    verdictAt(
      lock(
        { dependencies: { a: 'file:lib' } },
        { 'node_modules/a': { resolved: 'lib', link: true }, lib: asks, [tool]: git },
      ),
      tool,
    ),
    'git',
  )
  const packed = { version: '1.0.0', resolved: 'file:a.tgz', dependencies: { tool: 'acme/tool' } }
  it.equal(
    verdictAt(lock({ dependencies: { a: 'file:a.tgz' } }, { 'node_modules/a': packed, [tool]: git }), tool),
    'git',
  )
  it.equal(
    verdictAt(lock({ dependencies: { a: '1' } }, { 'node_modules/a': packed, [tool]: git }), tool),
    'git exotic-dependency',
    'a tarball that nobody asks for does not',
  )
})

await t.test('a dependency swapped for a link is refused', async (it) => {
  const link = { resolved: 'lib/evil', link: true }
  it.equal(
    verdictAt(lock({ dependencies: { axios: '1' } }, { [axios]: link, 'lib/evil': { version: '1.0.0' } }), axios),
    'invalid lock-entry-undeclared',
  )
  it.equal(
    verdictAt(lock({ dependencies: { axios: 'file:lib/axios' } }, { [axios]: link, 'lib/evil': {} }), axios),
    'link lock-resolved-mismatch',
  )
  it.equal(
    verdictAt(lock({ dependencies: { axios: 'file:lib/evil' } }, { [axios]: link, 'lib/evil': {} }), axios),
    'link',
  )
  it.equal(
    verdictAt(lock({ dependencies: { axios: 'file:lib/evil' } }, { [axios]: link }), axios),
    'invalid lock-entry-malformed',
    'a link to nothing',
  )
  it.equal(
    verdictAt(lock({ dependencies: { axios: 'file:.' } }, { [axios]: { resolved: '', link: true } }), axios),
    'link',
    'a link to the project itself',
  )
  const evil = { [axios]: { resolved: 'node_modules/evil', link: true }, 'node_modules/evil': entry('evil') }
  it.equal(
    verdictAt(lock({ dependencies: { axios: '1' } }, evil), axios),
    'invalid lock-entry-undeclared',
    'a link to another package',
  )
  for (const [patterns, wanted] of [
    [['lib/*'], 'workspace'],
    [['./lib/evil'], 'workspace'],
    [['**'], 'workspace'],
    [['{lib,x}/*'], 'workspace'],
    [{ packages: ['lib/e*l'] }, 'workspace'],
    [['lib'], 'invalid lock-entry-undeclared'],
    [['packages/*'], 'invalid lock-entry-undeclared'],
    [['!lib/*'], 'invalid lock-entry-undeclared'],
    [['lib/*x*'], 'invalid lock-entry-undeclared'],
    [['lib/*/*'], 'invalid lock-entry-undeclared'],
    ['lib/*', 'invalid lock-entry-undeclared'],
  ] as const) {
    it.equal(
      verdictAt(lock({ workspaces: patterns }, { [axios]: link, 'lib/evil': {} }), axios),
      wanted,
      JSON.stringify(patterns),
    )
  }
  const byPackage = {
    'node_modules/a': entry('a', '1.0.0', { dependencies: { axios: 'file:../../lib/evil' } }),
    [axios]: link,
    'lib/evil': {},
  }
  it.equal(verdictAt(lock({ dependencies: { a: '1' } }, byPackage), axios), 'link exotic-dependency')
})

await t.test('a package dressed as a folder of the project is not overlooked', async (it) => {
  it.equal(verdictAt(lock({}, { 'packages/a': entry('a') }), 'packages/a'), 'invalid lock-entry-malformed')
})

await t.test('bundled counts where a package says so and carries nothing else', async (it) => {
  const inner = 'node_modules/host/node_modules/in'
  const at = (hostEntry: object, bundled: object, root: object = {}): string =>
    verdictAt(
      lock({ dependencies: { host: '1' }, ...root }, { 'node_modules/host': hostEntry, [inner]: bundled }),
      inner,
    )
  const claim = { version: '1.0.0', inBundle: true }
  it.equal(at(bundler(['in']), claim), 'bundled')
  it.match(
    entriesOf(lock({ dependencies: { host: '1' } }, { 'node_modules/host': bundler(['in']), [inner]: claim }))[1],
    {
      host: { path: 'node_modules/host', name: 'host', version: '1.0.0' },
      requestedBy: 'package',
    },
  )
  it.equal(at(bundler(true), claim), 'bundled')
  it.equal(at(entry('host', '1.0.0', { bundledDependencies: ['in'], dependencies: { in: '1' } }), claim), 'bundled')
  it.equal(at(bundler([]), claim), 'registry lock-entry-undeclared', 'nobody declares it')
  it.equal(at(bundler(['other']), claim), 'registry lock-entry-undeclared')
  it.equal(
    at(bundler(['in']), { ...entry('in'), inBundle: true }),
    'registry lock-entry-undeclared',
    'it has a source of its own',
  )
  it.equal(
    at(bundler(['in']), { version: '1.0.0', integrity: integrityOf('x'), inBundle: true }),
    'registry lock-entry-undeclared',
  )
  it.equal(at(bundler(['in']), entry('in')), 'registry', 'without the flag it is judged by itself')
  it.equal(
    at(bundler([]), { ...entry('in'), inBundle: true }, { bundleDependencies: ['host'] }),
    'registry',
    'what the project bundles is installed like any other',
  )
  const top = lock({ dependencies: { axios: '1' } }, { [axios]: { version: '1.0.0', inBundle: true } })
  it.equal(verdictAt(top, axios), 'registry lock-entry-undeclared', 'nothing can bundle what stands at the top')
  it.equal(at(bundler('in'), claim), 'registry lock-entry-undeclared', 'a list of another type is none')
})

await t.test('what a bundled package needs within the bundle is bundled too, and nothing beside it', async (it) => {
  const tree = lock(
    { dependencies: { host: '1' } },
    {
      'node_modules/host': entry('host', '1.0.0', { bundleDependencies: ['in'], dependencies: { in: '1', free: '1' } }),
      'node_modules/host/node_modules/in': { version: '1.0.0', inBundle: true, dependencies: { deep: '1', top: '1' } },
      'node_modules/host/node_modules/deep': { version: '1.0.0', inBundle: true, dependencies: { in: '1' } },
      'node_modules/host/node_modules/in/node_modules/own': { version: '1.0.0', inBundle: true },
      'node_modules/host/node_modules/free': { version: '1.0.0', inBundle: true },
      'node_modules/top': { version: '1.0.0', inBundle: true },
    },
  )
  it.strictSame(
    entriesOf(tree).map(({ kind }) => kind),
    ['registry', 'bundled', 'bundled', 'bundled', 'registry', 'registry'],
  )
  it.equal(verdictAt(tree, 'node_modules/host/node_modules/free'), 'registry lock-entry-undeclared')
  it.equal(verdictAt(tree, 'node_modules/top'), 'registry lock-entry-undeclared')
})

await t.test('duplicate keys: two readers, two trees', async (it) => {
  const text = textOf(
    lock({ dependencies: { a: '1' } }, { 'node_modules/a': entry('a'), 'node_modules/b': entry('b') }),
  )
  const twice = text.replace('"node_modules/b": {', '"node_modules/a": {')
  const [first, ...rest] = parseLockfile(twice, 'f').entries
  it.strictSame(rest, [])
  it.match(
    first?.findings.find(({ code }) => code === 'lock-duplicate-key'),
    {
      package: 'a',
      where: { line: twice.split('\n').findLastIndex((line) => line.includes('"node_modules/a": {')) + 1 },
    },
  )
  const field = text.replace(
    '"version": "1.0.0",\n      "resolved"',
    '"version": "9.9.9", "version": "1.0.0",\n      "resolved"',
  )
  it.match(parseLockfile(field, 'f').entries[0]?.findings, [{ code: 'lock-duplicate-key', found: '"version" twice' }])
  const root = parseLockfile(text.replace('"requires": true,', '"requires": true, "packages": {},'), 'f')
  it.match(root.findings, [{ code: 'lock-duplicate-key', package: null }])
  it.match(parseLockfile(text.replace('"name": "p",', '"name": "q", "name": "p",'), 'f').findings, [
    { code: 'lock-duplicate-key' },
  ])
  const old =
    '{"lockfileVersion": 1, "dependencies": {"a": {"version": "1.0.0", "dependencies": {\n"b": {"version": "1.0.0", "version": "2.0.0"}}}}}'
  it.match(parseLockfile(old, 'f').entries[1], {
    path: 'node_modules/a/node_modules/b',
    findings: [{ code: 'lock-duplicate-key', where: { line: 2 } }],
  })
})

await t.test(
  'wrong names, versions, types and places end in an entry that is refused, never in silence',
  async (it) => {
    const a = 'node_modules/a'
    const bad: [string, unknown][] = [
      [a, null],
      [a, 'x'],
      [a, []],
      [a, {}],
      [a, { version: 1 }],
      [a, { version: '^1.0.0' }],
      [a, { version: 'latest' }],
      [a, { version: '' }],
      [a, { version: '1.0.0', name: 7 }],
      [a, { version: '1.0.0', name: '../evil' }],
      [a, { version: '1.0.0', resolved: 7 }],
      [a, { version: '1.0.0', resolved: '' }],
      [a, { version: '1.0.0', link: 'yes' }],
      [a, { link: true }],
      [a, { link: true, resolved: '/etc' }],
      [a, { version: '1.0.0', inBundle: 1 }],
      [a, { version: '1.0.0', dev: 'no' }],
      [a, { version: '1.0.0', dependencies: [] }],
      [a, { version: '1.0.0', dependencies: { b: 1 } }],
      [a, { version: '1.0.0', bundleDependencies: 'b' }],
      [a, { version: '1.0.0', patched: { path: 'x' } }],
    ]
    const places = [
      './node_modules/a',
      'node_modules//a',
      'node_modules/./a',
      'x/../node_modules/a',
      'node_modules/a/',
      '/node_modules/a',
      'node_modules\\a',
      'Node_Modules/a',
      'node_modules/.bin',
      'node_modules/__proto__',
      'node_modules/@s',
      'node_modules',
      'node_modules/a/../b',
    ]
    for (const [path, value] of [...bad, ...places.map((place): [string, unknown] => [place, { version: '1.0.0' }])]) {
      const { entries, findings } = parse(lock({ dependencies: { a: '1' } }, { [path]: value }))
      it.match(
        entries,
        [{ kind: 'invalid', path, findings: [{ code: 'lock-entry-malformed', where: { line: Number } }] }],
        `${path} ${JSON.stringify(value)}`,
      )
      it.equal(findings.length, 0)
    }
    it.match(parse({ lockfileVersion: 3, packages: { '': 7 } }).entries, [{ kind: 'invalid' }])
  },
)

await t.test('names of Object.prototype are just names', async (it) => {
  const names = ['constructor', 'toString', 'hasOwnProperty', 'valueOf']
  const tree = lock(
    { dependencies: Object.fromEntries(names.map((name) => [name, '1'])) },
    Object.fromEntries(names.map((name) => [`node_modules/${name}`, entry(name)])),
  )
  it.strictSame(
    entriesOf(tree).map(({ kind, name, findings }) => [kind, name, findings.length]),
    names.map((name) => ['registry', name, 0]),
  )
  const text =
    '{"lockfileVersion": 1, "dependencies": {"__proto__": {"version": "1.0.0"}, "constructor": {"version": "1.0.0"}}}'
  it.match(parseLockfile(text, 'f').entries, [
    { kind: 'invalid', name: '__proto__' },
    { kind: 'registry', name: 'constructor', findings: [] },
  ])
})

await t.test('both halves of a version 2 file have to tell one tree', async (it) => {
  const a = entry('a')
  const file = (
    dependencies: object | undefined,
    packages: Record<string, unknown> = { 'node_modules/a': a },
  ): object => ({ ...lock({ dependencies: { a: '1' } }, packages), lockfileVersion: 2, dependencies })
  it.equal(verdictAt(file({ a }), 'node_modules/a'), 'registry')
  for (const change of [
    { version: '1.0.1' },
    { integrity: integrityOf('evil') },
    { resolved: `${REGISTRY}/evil/-/evil-1.0.0.tgz` },
    { integrity: undefined },
    { resolved: undefined },
    { version: 'npm:evil@1.0.0' },
    { version: 'file:evil' },
    { version: GIT },
    { bundled: true },
  ]) {
    it.equal(
      verdictAt(file({ a: { ...a, ...change } }), 'node_modules/a'),
      'registry lock-integrity-conflict',
      JSON.stringify(change),
    )
  }
  it.equal(verdictAt(file({}), 'node_modules/a'), 'registry lock-integrity-conflict', 'npm 6 would choose another')
  it.equal(verdictAt(file(undefined), 'node_modules/a'), 'registry', 'a hidden lockfile of npm 7 has one half only')
  it.match(
    parse(file({ a, evil: entry('evil') })).findings,
    [{ code: 'lock-integrity-conflict', package: 'evil', where: { line: Number } }],
    'what only npm 6 sees',
  )
  it.match(parse(file({ a, evil: 7 })).findings, [{ code: 'lock-entry-malformed' }])
  it.match(
    parse({ ...file({ a, evil: entry('evil') }), lockfileVersion: 3 }).findings,
    [{ code: 'lock-integrity-conflict' }],
    'whatever version it claims',
  )
  const nested = { ...a, dependencies: { b: entry('b') } }
  it.match(
    parse(file({ a: nested }, { 'node_modules/a': a, 'node_modules/a/node_modules/b': entry('b', '2.0.0') })).entries,
    [
      { findings: [] },
      {
        findings: [
          { code: 'lock-integrity-conflict' },
          { code: 'lock-integrity-conflict' },
          { code: 'lock-integrity-conflict' },
        ],
      },
    ],
  )
})

await t.test('version 1: aliases, sources and bundles by who asks', async (it) => {
  const { version: _, ...odd } = entry('is-odd', '3.0.1') as { version: string }
  const alias = version1({ foo: { version: 'npm:is-odd@3.0.1', ...odd } })
  const foo = 'node_modules/foo'
  it.equal(verdictAt(alias, foo, { dependencies: { foo: 'npm:is-odd@3.0.1' } }), 'registry')
  it.match(entriesOf(alias, { dependencies: { foo: 'npm:is-odd@3.0.1' } }), [
    { name: 'is-odd', alias: 'foo', version: '3.0.1' },
  ])
  it.equal(verdictAt(alias, foo, { dependencies: { foo: '^3.0.0' } }), 'registry lock-entry-undeclared')
  it.equal(
    verdictAt(version1({ foo: { version: GIT, from: 'git+ssh://git@forge.example/acme/tool.git' } }), foo, {
      dependencies: { foo: 'git+ssh://git@forge.example/acme/tool.git' },
    }),
    'git',
  )
  it.equal(
    verdictAt(version1({ foo: { version: GIT } }), foo, { dependencies: { foo: '1' } }),
    'invalid lock-entry-undeclared lock-resolved-mismatch lock-entry-malformed',
  )
  const required = version1({
    a: { ...entry('a'), requires: { foo: 'github:acme/foo' } },
    foo: { version: `github:acme/foo#${SHA}` },
  })
  it.equal(verdictAt(required, foo, { dependencies: { a: '1' } }), 'git exotic-dependency')
  it.equal(
    verdictAt(version1({ foo: { version: '1.0.0', from: 'github:evil/foo' } }), foo, { dependencies: { foo: '1' } }),
    'invalid lock-entry-malformed',
    'npm 6 fetches what from says',
  )
  it.equal(
    verdictAt(version1({ foo: { ...entry('foo'), resolved: GIT } }), foo, { dependencies: { foo: '1' } }),
    'registry lock-entry-undeclared lock-resolved-mismatch',
  )
  const inner = 'node_modules/a/node_modules/b'
  const bundle = (b: object): string =>
    verdictAt(version1({ a: { ...entry('a'), requires: { b: '1' }, dependencies: { b } } }), inner, {
      dependencies: { a: '1' },
    })
  it.equal(bundle({ version: '1.0.0', bundled: true }), 'bundled')
  it.equal(bundle({ ...entry('b'), bundled: true }), 'registry lock-entry-undeclared')
  it.equal(bundle({ version: '1.0.0', resolved: false }), 'registry')
  it.equal(
    verdictAt(version1({ foo: { version: '1.0.0', bundled: true } }), foo, { dependencies: { foo: '1' } }),
    'registry lock-entry-undeclared',
    'nothing can carry what stands at the top',
  )
  for (const value of [
    null,
    7,
    {},
    { version: 1 },
    { version: '1.0.0', requires: 'x' },
    { version: '1.0.0', dependencies: 7 },
    { version: 'npm:../x@1' },
    { version: 'npm:npm:x@1' },
    { version: 'npm:x@github:a/b' },
    { version: '~1' },
  ]) {
    it.match(
      verdictAt(version1({ foo: value }), foo, { dependencies: { foo: '1' } }),
      /^invalid .*lock-entry-malformed/u,
      JSON.stringify(value),
    )
  }
})

await t.test("npm's linked layout: links into its own store, in its own record only", async (it) => {
  const store = 'node_modules/.store/is-odd@3.0.1-x/node_modules/is-odd'
  const packages = {
    'node_modules/.store/is-odd@3.0.1-x': {},
    [store]: { version: '3.0.1' },
    'node_modules/foo': { resolved: store, link: true },
  }
  const text = textOf({ lockfileVersion: 3, packages })
  const read = (file: string, spec: string): unknown =>
    parseLockfile(text, file, { manifest: textOf({ dependencies: { foo: spec } }) }).entries.map(
      ({ kind, path, findings }) => [kind, path, ...findings.map(({ code }) => code)],
    )
  it.strictSame(read('node_modules/.package-lock.json', 'npm:is-odd@3'), [['registry', store]])
  it.strictSame(
    read('node_modules/.package-lock.json', '^3.0.0'),
    [['registry', store, 'lock-entry-undeclared']],
    'is-odd in the place of foo',
  )
  it.strictSame(read('package-lock.json', 'npm:is-odd@3'), [
    ['registry', store],
    ['invalid', 'node_modules/foo', 'lock-entry-undeclared'],
  ])
})

await t.test('a folder outside the project does not reach into its packages', async (it) => {
  const tree = lock(
    { dependencies: { x: 'file:../x' } },
    {
      'node_modules/x': { resolved: '../x', link: true },
      '../x': { version: '1.0.0', dependencies: { axios: 'npm:evil@1' } },
      [axios]: { ...entry('evil'), name: 'evil' },
    },
  )
  it.equal(verdictAt(tree, axios), 'registry lock-entry-undeclared')
})

await t.test('an alias of the project serves others too', async (it) => {
  const tree = {
    [axios]: { ...entry('fork'), name: 'fork' },
    'node_modules/a': entry('a', '1.0.0', { dependencies: { axios: '^1.0.0' } }),
  }
  it.equal(verdictAt(lock({ dependencies: { a: '1', axios: 'npm:fork@1' } }, tree), axios), 'registry')
})

await t.test('a folder or tarball that a package brings along does not speak for the project', async (it) => {
  const tool = 'node_modules/tool'
  const git = { version: '1.0.0', resolved: `git+ssh://git@github.com/acme/tool.git#${SHA}` }
  const asks = { version: '1.0.0', dependencies: { tool: 'acme/tool' } }
  const folder = {
    'node_modules/a': entry('a', '1.0.0', { dependencies: { b: 'file:lib' } }),
    'node_modules/b': { resolved: 'node_modules/a/lib', link: true },
    'node_modules/a/lib': asks,
    [tool]: git,
  }
  it.equal(verdictAt(lock({ dependencies: { a: '1' } }, folder), tool), 'git exotic-dependency')
  const tarball = {
    'node_modules/a': entry('a', '1.0.0', { dependencies: { b: 'file:b.tgz' } }),
    'node_modules/b': { ...asks, resolved: 'file:node_modules/a/b.tgz' },
    [tool]: git,
  }
  it.equal(verdictAt(lock({ dependencies: { a: '1' } }, tarball), tool), 'git exotic-dependency')
})

await t.test('workspaces are folders of the project, wherever a pattern may reach', async (it) => {
  for (const folder of ['../x', 'node_modules/a/lib']) {
    const tree = { 'node_modules/a': entry('a'), 'node_modules/b': { resolved: folder, link: true }, [folder]: {} }
    const root = { workspaces: ['**', '../*', folder], dependencies: { a: '1' } }
    it.equal(verdictAt(lock(root, tree), 'node_modules/b'), 'invalid lock-entry-undeclared', folder)
  }
})

await t.test(
  'what a workspace bundles is installed like any other; inner bundles belong to the outermost host',
  async (it) => {
    const inner = 'packages/w/node_modules/x'
    const workspace = {
      'node_modules/w': { resolved: 'packages/w', link: true },
      'packages/w': { version: '1.0.0', dependencies: { x: '1' }, bundleDependencies: ['x'] },
      [inner]: { ...entry('x'), inBundle: true },
    }
    it.equal(verdictAt(lock({ workspaces: ['packages/*'] }, workspace), inner), 'registry')
    const nested = {
      'node_modules/host': entry('host', '1.0.0', { bundleDependencies: ['in'], dependencies: { in: '1' } }),
      'node_modules/host/node_modules/in': {
        version: '1.0.0',
        inBundle: true,
        bundleDependencies: ['own'],
        dependencies: { own: '1' },
      },
      'node_modules/host/node_modules/in/node_modules/own': { version: '1.0.0', inBundle: true },
    }
    const entries = entriesOf(lock({ dependencies: { host: '1' } }, nested))
    it.match(entries[2], { kind: 'bundled', host: { path: 'node_modules/host' } })
  },
)

await t.test('a gist is known by its id', async (it) => {
  const resolved = `git+ssh://git@gist.github.com/11081aaa281.git#${SHA}`
  it.equal(withSource('https://gist.github.com/acme/11081aaa281', resolved), 'git')
  it.equal(withSource('gist:22081aaa281', resolved), 'git lock-resolved-mismatch')
})
