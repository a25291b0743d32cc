// SPDX-License-Identifier: Apache-2.0
// What bun.lock holds, in each of its versions, and the attacks on it. test/lockfile/managers.test.ts reads real ones.
import { BonafideError } from '@bonafide/core'
import { groupEntries, openLockfile, parseLockfile } from '@bonafide/lockfile'
import type { LockEntry, Lockfile, LockfileOptions } from '@bonafide/lockfile'
import t from 'tap'
import { REGISTRY, integrityOf } from './build.ts'

const SHA = 'a'.repeat(40)

/** A lockfile as Bun writes it: one entry a line, and a comma behind the last one too. */
function lock(
  project: object,
  packages: Readonly<Record<string, unknown>>,
  more: { readonly version?: number; readonly workspaces?: object; readonly head?: object } = {},
): string {
  const head = {
    lockfileVersion: more.version ?? 2,
    ...more.head,
    workspaces: { '': { name: 'p', ...project }, ...more.workspaces },
  }
  const lines = Object.entries(packages).map(
    ([key, tuple]) => `    ${JSON.stringify(key)}: ${JSON.stringify(tuple)},\n`,
  )
  return `${JSON.stringify(head, null, 2).slice(0, -2)},\n  "packages": {\n${lines.join('\n')}  }\n}\n`
}

/** An honest entry of the registry. */
function npm(name: string, version = '1.0.0', about: object = {}, url = ''): unknown[] {
  return [`${name}@${version}`, url, about, integrityOf(`${name}@${version}`)]
}

const read = (text: string, options?: LockfileOptions): Lockfile => parseLockfile(text, 'bun.lock', options)
const manifest = (dependencies: object, more: object = {}): string =>
  JSON.stringify({ name: 'p', dependencies, ...more })

function entry(lockfile: Lockfile, key: string): LockEntry {
  const path = key.replaceAll(/(?:@[^/]+\/)?[^/]+/gu, (name) => `node_modules/${name}`)
  const found = lockfile.entries.find((one) => one.path === path || one.path === key)
  if (found === undefined) throw new Error(`no entry ${key}: ${lockfile.entries.map((one) => one.path).join(', ')}`)
  return found
}

/** The kind of an entry, with the codes of its findings: the shape in which tests compare. */
function verdict(text: string, key: string, options?: LockfileOptions): string {
  const found = entry(read(text, options), key)
  return [found.kind, ...new Set(found.findings.map(({ code }) => code))].join(' ')
}

const axios = { dependencies: { axios: '^1.0.0' } }

await t.test('each version of the format: one entry for each key, with its line, under its real name', async (it) => {
  for (const version of [0, 1, 2]) {
    const text = lock(
      {
        dependencies: { brush: 'npm:paint@^2', '@acme/fuel': '^1' },
        devDependencies: { tested: '1' },
        optionalDependencies: { native: '1' },
      },
      {
        '@acme/fuel': npm('@acme/fuel'),
        brush: npm('paint', '2.0.0', { dependencies: { '@acme/fuel': '^2' } }),
        native: npm('native', '1.0.0', { os: 'linux' }),
        tested: npm('tested'),
        'brush/@acme/fuel': npm('@acme/fuel', '2.0.0'),
      },
      { version },
    )
    const lockfile = read(text)
    it.match(lockfile, { manager: 'bun', format: String(version), file: 'bun.lock', findings: [] })
    it.strictSame(
      lockfile.entries.map((one) => [one.kind, one.name, one.version, one.alias, one.path, one.findings.length]),
      [
        ['registry', '@acme/fuel', '1.0.0', null, 'node_modules/@acme/fuel', 0],
        ['registry', 'paint', '2.0.0', 'brush', 'node_modules/brush', 0],
        ['registry', 'native', '1.0.0', null, 'node_modules/native', 0],
        ['registry', 'tested', '1.0.0', null, 'node_modules/tested', 0],
        ['registry', '@acme/fuel', '2.0.0', null, 'node_modules/brush/node_modules/@acme/fuel', 0],
      ],
    )
    it.match(text.split('\n')[entry(lockfile, 'brush/@acme/fuel').where.line - 1], /^ +"brush\/@acme\/fuel"/u)
    it.match(entry(lockfile, 'native'), { optional: true, dev: false, integrity: { state: 'sha512' }, resolved: null })
    it.match(entry(lockfile, 'tested'), { optional: false, dev: true })
  }
})

await t.test('another package in the place of axios is refused, at the line of the dependency', async (it) => {
  // Bun 1.4 installs each of these from a frozen lockfile: the code of evil answers to the name axios
  const text = lock(axios, { axios: npm('evil') })
  it.equal(verdict(text, 'axios'), 'registry lock-entry-undeclared')
  const [finding] = entry(read(text), 'axios').findings
  it.match(text.split('\n')[(finding?.where.line ?? 0) - 1], /"axios": "\^1.0.0"/u)
  it.equal(
    verdict(lock({ dependencies: { axios: 'npm:evil@1' } }, { axios: npm('evil') }), 'axios'),
    'registry',
    'the project wants it so',
  )
  const forged = lock({ dependencies: { axios: 'npm:evil@1' } }, { axios: npm('evil') })
  it.equal(verdict(forged, 'axios', { manifest: manifest({ axios: '^1' }) }), 'registry lock-entry-undeclared')
  it.equal(verdict(forged, 'axios', { manifest: manifest({}) }), 'registry lock-entry-undeclared', 'nobody asks for it')
  it.equal(verdict(lock({}, { axios: npm('evil') }), 'axios'), 'registry lock-entry-undeclared')
  it.equal(
    verdict(lock({ dependencies: { foo: 'npm:axios@1' } }, { foo: npm('foo') }), 'foo'),
    'registry lock-entry-undeclared',
  )
  const below = lock(
    { dependencies: { good: '1' } },
    { good: npm('good', '1.0.0', { dependencies: { axios: '^1' } }), 'good/axios': npm('evil') },
  )
  it.equal(verdict(below, 'good/axios'), 'registry lock-entry-undeclared', 'below the one package that asks')
  const beside = lock(
    { dependencies: { good: '1' } },
    { good: npm('good', '1.0.0', { dependencies: { axios: '^1' } }), axios: npm('evil') },
  )
  it.equal(verdict(beside, 'axios'), 'registry lock-entry-undeclared')
  const own = lock(
    { dependencies: { good: '1' } },
    { good: npm('good', '1.0.0', { dependencies: { old: 'npm:axios@^1' } }), old: npm('axios') },
  )
  it.equal(verdict(own, 'old'), 'registry', 'its own dependency may have any name')
})

await t.test('one project of the workspace never answers for another', async (it) => {
  const workspaces = { 'packages/a': { name: 'a', dependencies: { axios: 'npm:evil@1' } } }
  const packages = { a: ['a@workspace:packages/a'], axios: npm('evil') }
  it.equal(verdict(lock(axios, packages, { workspaces }), 'axios'), 'registry lock-entry-undeclared')
  const alone = lock({}, packages, { workspaces })
  it.equal(verdict(alone, 'axios'), 'registry')
  const files = new Map([['packages/a/package.json', manifest({ axios: '^1' }, { name: 'a' })]])
  it.equal(
    verdict(alone, 'axios', { manifest: manifest({}), files }),
    'registry lock-entry-undeclared',
    'its manifest wins',
  )
  it.equal(
    verdict(alone, 'axios', { manifest: manifest({}), files: new Map() }),
    'registry lock-entry-undeclared',
    'a project that is not there',
  )
  const nested = lock(
    axios,
    { a: ['a@workspace:packages/a'], axios: npm('axios'), 'a/axios': npm('evil') },
    { workspaces },
  )
  it.equal(verdict(nested, 'axios'), 'registry')
  it.equal(verdict(nested, 'a/axios'), 'registry', 'each has its own')
})

await t.test('a dependency on a version swapped for git, a URL, a file or a folder is refused', async (it) => {
  const swaps = [
    ['axios@git+https://git.example/evil.git#' + SHA, {}, SHA],
    ['axios@github:evil/x#aaaaaaa', {}, 'evil-x-aaaaaaa', integrityOf('e')],
    ['axios@https://evil.example/axios.tgz', {}, integrityOf('e')],
    ['axios@./vendor/axios.tgz', {}, integrityOf('e')],
    ['axios@file:vendor/axios', {}],
    ['axios@link:axios'],
    ['axios@workspace:packages/axios'],
    ['axios@root:'],
  ]
  for (const tuple of swaps) {
    const found = [
      ...entry(read(lock(axios, { axios: tuple })), 'axios').findings,
      ...read(lock(axios, { axios: tuple })).findings,
    ]
    it.ok(
      found.some(({ level }) => level === 'refuse'),
      JSON.stringify(tuple[0]),
    )
  }
})

const withUrl = (url: string): string => verdict(lock(axios, { axios: npm('axios', '1.0.0', {}, url) }), 'axios')

await t.test('the URL beside a version has to be that of the name and version', async (it) => {
  it.equal(withUrl(''), 'registry')
  it.equal(withUrl(`${REGISTRY}/axios/-/axios-1.0.0.tgz`), 'registry')
  // Bun fetches from there, whatever the name says
  for (const url of [
    `${REGISTRY}/evil/-/evil-1.0.0.tgz`,
    `${REGISTRY}/axios/-/axios-1.0.1.tgz`,
    'https://evil.example/x.tgz',
    `${REGISTRY}/`,
  ])
    it.match(withUrl(url), /^registry lock-resolved-mismatch/u, url)
  it.match(withUrl(`git+https://git.example/evil.git#${SHA}`), /^registry lock-/u)
})

await t.test('what the project asks for by git, URL, file or folder is what it is', async (it) => {
  const asked = {
    'from-git': 'git+https://git.example/tool.git',
    'from-forge': 'github:acme/tool',
    'from-url': 'https://files.example/x.tgz',
    'from-archive': 'file:./vendor/x.tgz',
    'from-folder': 'file:./vendor/x',
    linked: 'link:linked',
  }
  const packages = {
    'from-git': [`from-git@git+https://git.example/tool.git#${SHA}`, {}, SHA],
    'from-forge': ['from-forge@github:acme/tool#aaaaaaa', {}, 'acme-tool-aaaaaaa', integrityOf('f')],
    'from-url': ['by-url@https://files.example/x.tgz', {}, integrityOf('u')],
    'from-archive': ['from-archive@./vendor/x.tgz', {}, integrityOf('a')],
    'from-folder': ['from-folder@file:vendor/x', { dependencies: { 'from-git': 'git+https://git.example/tool.git' } }],
    linked: ['linked@link:linked'],
  }
  const text = lock({ dependencies: asked }, packages)
  const kinds = (options?: LockfileOptions): readonly string[] =>
    read(text, options).entries.map(({ kind, findings }) => [kind, ...findings.map(({ code }) => code)].join(' '))
  it.strictSame(kinds(), ['git', 'git', 'remote', 'file', 'file', 'link'])
  it.strictSame(kinds({ manifest: manifest(asked), files: new Map() }), [
    'git',
    'git',
    'remote',
    'file',
    'file',
    'link',
  ])
  for (const [name, other] of [
    ['from-git', 'git+https://git.example/other.git'],
    ['from-forge', 'github:acme/other'],
    ['from-url', 'https://files.example/y.tgz'],
    ['from-archive', 'file:./vendor/y.tgz'],
    ['from-folder', 'file:./vendor/y'],
  ] as const)
    it.match(
      verdict(text, name, { manifest: manifest({ ...asked, [name]: other }), files: new Map() }),
      /lock-resolved-mismatch/u,
      name,
    )
})

await t.test('a package that asks for git, a URL or a file is told with what it asks for', async (it) => {
  const spec = 'github:evil/setup#79ac49ee'
  const packages = {
    paint: npm('paint', '1.0.0', { optionalDependencies: { setup: spec } }),
    setup: ['setup@github:evil/setup#79ac49e', {}, 'evil-setup-79ac49e'],
  }
  const lockfile = read(lock({ dependencies: { paint: '1' } }, packages))
  it.match(entry(lockfile, 'setup'), {
    kind: 'git',
    requestedBy: 'package',
    edges: [`setup@${spec}`],
    findings: [{ code: 'exotic-dependency' }],
  })
  const nobody = entry(read(lock({}, { setup: packages.setup })), 'setup')
  it.ok(
    nobody.findings.some(({ level }) => level === 'refuse'),
    'an entry that nobody asks for',
  )
})

await t.test('overrides, resolutions and catalogs of the project are its own wishes', async (it) => {
  const packages = { digger: npm('digger', '1.0.0', { dependencies: { deep: '^1' } }), deep: npm('shallow') }
  const project = { dependencies: { digger: '1' } }
  const text = lock(project, packages, { head: { overrides: { deep: 'npm:shallow@1.0.0' } } })
  it.equal(verdict(text, 'deep'), 'registry', 'nobody else tells')
  it.equal(
    verdict(text, 'deep', { manifest: JSON.stringify({ ...project, overrides: { deep: 'npm:shallow@1' } }) }),
    'registry',
  )
  it.equal(
    verdict(text, 'deep', {
      manifest: JSON.stringify({ ...project, overrides: { digger: { deep: 'npm:shallow@1' } } }),
    }),
    'registry',
  )
  it.equal(
    verdict(text, 'deep', { manifest: JSON.stringify({ ...project, resolutions: { '**/deep': 'npm:shallow@1' } }) }),
    'registry',
  )
  it.equal(
    verdict(text, 'deep', { manifest: JSON.stringify(project) }),
    'registry lock-entry-undeclared',
    'written into the lockfile alone',
  )
  const catalog = lock(
    { dependencies: { brush: 'catalog:', pen: 'catalog:second' } },
    { brush: npm('paint'), pen: npm('ink') },
    { head: { catalog: { brush: 'npm:paint@1' }, catalogs: { second: { pen: 'npm:ink@1' } } } },
  )
  it.equal(verdict(catalog, 'brush'), 'registry')
  it.equal(verdict(catalog, 'pen'), 'registry')
  const asks = { dependencies: { brush: 'catalog:', pen: 'catalog:second' } }
  const own = JSON.stringify({
    ...asks,
    workspaces: { catalog: { brush: 'npm:paint@1' }, catalogs: { second: { pen: '1' } } },
  })
  it.equal(verdict(catalog, 'brush', { manifest: own }), 'registry')
  it.equal(verdict(catalog, 'pen', { manifest: own }), 'registry lock-entry-undeclared')
})

await t.test('a flag hides nothing: what is marked as bundled is judged as any other', async (it) => {
  // Bun 1.4 fetches it from the registry where the host's tarball does not hold it
  const text = lock(
    { dependencies: { host: '1' } },
    { host: npm('host', '1.0.0', { dependencies: { in: '1' } }), 'host/in': npm('in', '1.0.0', { bundled: true }) },
  )
  it.match(entry(read(text), 'host/in'), { kind: 'registry', name: 'in', integrity: { state: 'sha512' } })
})

const withPeer = (optionalPeers: readonly string[]): string =>
  verdict(
    lock(
      { dependencies: { a: '1', b: '1' } },
      {
        a: npm('a', '1.0.0', { dependencies: { view: 'npm:other@1' } }),
        b: npm('b', '1.0.0', { peerDependencies: { view: '1' }, optionalPeers }),
        view: npm('other'),
      },
    ),
    'view',
  )

await t.test('an optional peer takes what is there, another peer asks', async (it) => {
  it.equal(withPeer(['view']), 'registry')
  it.equal(withPeer([]), 'registry lock-entry-undeclared')
})

await t.test('integrities are states, and two of them for one version a conflict', async (it) => {
  const states = [
    integrityOf('x'),
    '',
    'sha1-2jmj7l5rSw0yVb/vlWAYkK/YBwk=',
    `${integrityOf('x')} ${integrityOf('y')}`,
    'sha512-short',
    7,
    null,
  ]
  it.strictSame(
    states.map((integrity) => {
      const found = entry(read(lock(axios, { axios: ['axios@1.0.0', '', {}, integrity] })), 'axios')
      return found.kind === 'registry' ? found.integrity.state : found.kind
    }),
    ['sha512', 'missing', 'weak', 'several', 'malformed', 'malformed', 'missing'],
  )
  const text = lock(
    { dependencies: { a: '1', b: '1' } },
    { a: npm('a'), b: npm('b'), 'b/a': ['a@1.0.0', '', {}, integrityOf('evil')] },
  )
  it.match(groupEntries([read(text)])[0], {
    integrity: { state: 'several' },
    findings: [{ code: 'lock-integrity-conflict', fix: /Bun/u }],
  })
})

await t.test('entries that are not what Bun writes are refused where they stand', async (it) => {
  const tuples: readonly unknown[] = [
    'text',
    {},
    [],
    [7],
    ['axios'],
    ['axios@1.0.0'],
    ['axios@1.0.0', '', {}],
    ['axios@1.0.0', '', {}, integrityOf('x'), 'more'],
    ['axios@1.0.0', 7, {}, integrityOf('x')],
    ['axios@1.0.0', '', [], integrityOf('x')],
    ['axios@1.0.0', '', { dependencies: [] }, integrityOf('x')],
    ['axios@1.0.0', '', { dependencies: { a: 1 } }, integrityOf('x')],
    ['@1.0.0', '', {}, ''],
    ['../x@1.0.0', '', {}, ''],
  ]
  for (const tuple of tuples)
    it.match(verdict(lock(axios, { axios: tuple }), 'axios'), /^invalid lock-entry-malformed/u, JSON.stringify(tuple))
  for (const key of ['../axios', 'a//axios', 'node_modules/axios', '__proto__', 'axios/', '@acme', '.bin'])
    it.match(
      read(lock({}, { [key]: npm('axios') })).entries,
      [{ kind: 'invalid', findings: [{ code: 'lock-entry-malformed' }] }],
      key,
    )
  const twice = lock(axios, { axios: npm('axios') }).replace(
    '    "axios": [',
    `    "axios": ${JSON.stringify(npm('evil'))},\n    "axios": [`,
  )
  it.equal(verdict(twice, 'axios'), 'registry lock-duplicate-key')
  it.match(read(lock({ dependencies: { axios: 1 } }, {})).findings, [{ code: 'lock-entry-malformed' }])
  it.match(read(lock({}, {}, { workspaces: { a: [] } })).findings, [{ code: 'lock-entry-malformed' }])
})

const failure = (text: string): BonafideError => {
  try {
    read(text)
  } catch (error) {
    if (error instanceof BonafideError) return error
    throw error
  }
  throw new Error(`it was read: ${text.slice(0, 60)}`)
}

await t.test('what is no such lockfile says why, where, and what to do', async (it) => {
  const good = lock(axios, { axios: npm('axios') })
  const cases: readonly (readonly [string, string, string, RegExp, number])[] = [
    ['nothing', '', 'MALFORMED', /./u, 1],
    ['the binary form', '#!/usr/bin/env bun\nbun-lockfile-format-v0\n', 'UNSUPPORTED', /binary/u, 1],
    // Bun reads each of these, whatever its version
    [
      'a version to come',
      good.replace('"lockfileVersion": 2', '"lockfileVersion": 3'),
      'UNSUPPORTED',
      /lockfileVersion 3/u,
      2,
    ],
    [
      'a version in quotes',
      good.replace('"lockfileVersion": 2', '"lockfileVersion": "2"'),
      'UNSUPPORTED',
      /lockfileVersion "2"/u,
      2,
    ],
    ['no version', good.replace('"lockfileVersion": 2,', ''), 'UNSUPPORTED', /no lockfileVersion/u, 1],
    ['a comment', good.replace('"packages"', '// here\n"packages"'), 'MALFORMED', /property name/u, 11],
    ['other quotation marks', good.replace('"packages"', "'packages'"), 'MALFORMED', /property name/u, 11],
    ['an unknown key', good.replace('"packages"', '"evil": {},\n"packages"'), 'MALFORMED', /unknown key/u, 11],
    ['packages of a wrong type', '{"lockfileVersion": 1,\n"packages": []}', 'MALFORMED', /wrong type/u, 2],
    ['two commas', good.replace(/\],\n {2}\}/u, '],,\n  }'), 'MALFORMED', /property name/u, 12],
    ['a merge conflict', `<<<<<<< HEAD\n${good}`, 'MALFORMED', /./u, 1],
    ['a list', '[]', 'MALFORMED', /not an object/u, 1],
  ]
  for (const [what, text, code, message, line] of cases)
    it.match(
      failure(text),
      {
        code: `BONAFIDE_LOCKFILE_${code}`,
        message,
        detail: { path: 'bun.lock', line, column: Number, hint: /[bB]un/u },
      },
      what,
    )
  it.match(failure('#!/usr/bin/env bun\n').detail.hint, /--save-text-lockfile/u)
  it.match(openLockfile(good, 'x').read({}), { manager: 'bun' }, 'by its content alone')
  it.throws(
    () => parseLockfile(good, 'package-lock.json'),
    { code: 'BONAFIDE_LOCKFILE_UNSUPPORTED' },
    'under another manager’s name',
  )
})

await t.test('only manifests within the project are asked for', async (it) => {
  const folders = ['../up', 'a/../../b', '/etc', 'C:/x', 'a//b', './a', 'node_modules/x', 'packages/ok']
  const draft = openLockfile(
    lock({}, {}, { workspaces: Object.fromEntries(folders.map((folder) => [folder, {}])) }),
    'bun.lock',
  )
  it.strictSame(draft.wants, ['packages/ok/package.json'])
})

await t.test('ten thousand entries are read, and no key that is deeper than any tree', async (it) => {
  const packages = Object.fromEntries(
    Array.from({ length: 10_000 }, (_, nth) => [
      `pkg-${nth}`,
      npm(`pkg-${nth}`, '1.0.0', { dependencies: { [`pkg-${(nth * 7) % 10_000}`]: '1' } }),
    ]),
  )
  const { entries } = read(lock({ dependencies: { 'pkg-1': '1' } }, packages))
  it.equal(entries.length, 10_000)
  it.ok(entries.every(({ findings }) => findings.length === 0))
  const asks = Object.fromEntries(Array.from({ length: 1000 }, (_, nth) => [`x${nth}`, '1']))
  const deep = `${'a/'.repeat(20_000)}a`
  it.match(read(lock({}, { [deep]: npm('a', '1.0.0', { dependencies: asks }) })).entries, [{ kind: 'invalid' }])
})

// A byte here or there: what is read is read, what is not ends in an error of ours. The seed is fixed, so a failure repeats.
await t.test('no change of a lockfile crashes the reader', async (it) => {
  let state = 20_261_126
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
    'null',
    '""',
    '{}',
    '__proto__',
    'constructor',
    '../',
    '@',
    '/',
    'workspace:',
    'link:',
    'file:',
    'npm:',
    '\n',
  ]
  const text0 = lock(
    { dependencies: { brush: 'npm:paint@^2', a: 'workspace:*' } },
    {
      a: ['a@workspace:packages/a'],
      brush: npm('paint', '2.0.0', { dependencies: { x: '1' } }),
      x: npm('x'),
      'a/x': ['x@file:x', {}],
    },
    { workspaces: { 'packages/a': { name: 'a', dependencies: { x: 'file:../../x' } } } },
  )
  let readable = 0
  for (let round = 0; round < 3000; round += 1) {
    let text = text0
    for (let changes = 1 + random(3); changes > 0; changes -= 1) {
      const at = random(text.length)
      text = text.slice(0, at) + (marks[random(marks.length)] ?? '') + text.slice(at + random(4))
    }
    try {
      const lockfile = read(
        text,
        random(2) === 0 ? {} : { manifest: manifest({ brush: 'npm:paint@^2' }), files: new Map() },
      )
      groupEntries([lockfile])
      readable += 1
      for (const one of lockfile.entries)
        if (one.kind === 'invalid' && one.findings.length === 0) it.fail(`no reason for ${one.path}`)
    } catch (error) {
      if (!(error instanceof BonafideError)) it.fail(`round ${round}: ${String(error)}`, { text })
    }
  }
  it.ok(readable > 300, `${readable} of 3000 were still read`)
})
