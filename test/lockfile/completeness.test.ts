// SPDX-License-Identifier: Apache-2.0
// Lockfiles that say nothing of what package.json asks for: whoever installs without freezing gets a version that nobody verified.
import { parseLockfile } from '@bonafide/lockfile'
import type { Lockfile, LockfileOptions } from '@bonafide/lockfile'
import t from 'tap'
import { startWorld } from '../support/world.ts'
import { entry, integrityOf, lock, textOf } from './build.ts'
import { berryEntry, berryRoot, berryText, classicEntry, classicText } from './yarn-build.ts'

const pnpm = (uses: string, packages = ''): string =>
  `lockfileVersion: '9.0'\n\nimporters:\n\n  .:${uses === '' ? ' {}' : `\n    dependencies:\n${uses}`}\n${packages}`
const bun = (asked: object, packages: object): string =>
  JSON.stringify({ lockfileVersion: 1, workspaces: { '': { name: 'p', dependencies: asked } }, packages }, null, 2)

const USE = '      axios:\n        specifier: ^1.0.0\n        version: 1.0.0\n'
const HELD = `\npackages:\n\n  axios@1.0.0:\n    resolution: {integrity: ${integrityOf('axios@1.0.0')}}\n\nsnapshots:\n\n  axios@1.0.0: {}\n`
const TUPLE = { axios: ['axios@1.0.0', '', {}, integrityOf('axios@1.0.0')] }
const OLD = { name: 'p', version: '1.0.0', lockfileVersion: 1 }

/** For each manager a lockfile with nothing in it, and one that holds `axios`. */
const FILES: readonly (readonly [name: string, file: string, empty: string, full: string, fix: string])[] = [
  [
    'npm',
    'package-lock.json',
    textOf(lock({}, {})),
    textOf(lock({}, { 'node_modules/axios': entry('axios') })),
    'npm ',
  ],
  ['npm 6', 'package-lock.json', textOf(OLD), textOf({ ...OLD, dependencies: { axios: entry('axios') } }), 'npm '],
  ['pnpm', 'pnpm-lock.yaml', pnpm(''), pnpm(USE, HELD), 'pnpm '],
  ['Yarn 1', 'yarn.lock', classicText({}), classicText({ 'axios@^1.0.0': classicEntry('axios') }), 'yarn '],
  [
    'Yarn 4',
    'yarn.lock',
    berryText(berryRoot({})),
    berryText({ ...berryRoot({ axios: 'npm:^1.0.0' }), 'axios@npm:^1.0.0': berryEntry('axios') }),
    'yarn ',
  ],
  ['Bun', 'bun.lock', bun({}, {}), bun({ axios: '^1.0.0' }, TUPLE), 'bun '],
]

/** What is missing by the lockfile's findings, as `FILE:LINE wanted`. */
function missing({ findings }: Lockfile): readonly string[] {
  return findings
    .filter(({ code }) => code === 'lock-incomplete')
    .map(({ where, wanted }) => `${where.file}:${where.line} ${wanted}`)
}

const manifest = (fields: object): LockfileOptions => ({ manifest: textOf({ name: 'p', ...fields }) })

for (const [name, file, empty, full, fix] of FILES) {
  await t.test(`${name}: a lockfile that lacks what package.json asks for`, async (check) => {
    for (const group of ['dependencies', 'devDependencies']) {
      const asking = manifest({ [group]: { axios: '^1.0.0' } })
      const read = parseLockfile(empty, file, asking)
      check.strictSame(missing(read), ['package.json:4 axios@^1.0.0'], group)
      const one = read.findings.find(({ code }) => code === 'lock-incomplete')
      check.match(one, { package: 'axios', rule: 'lock-mismatch', level: 'refuse' })
      check.ok(one?.fix.startsWith(fix), String(one?.fix))
      check.strictSame(missing(parseLockfile(full, file, asking)), [], `${group}, and it is there`)
    }
    const alias = parseLockfile(full, file, manifest({ dependencies: { other: 'npm:axios@^1.0.0' } }))
    check.strictSame(missing(alias), ['package.json:4 other@npm:axios@^1.0.0'], 'under another name')
    const beside = parseLockfile(empty, `sub/${file}`, manifest({ dependencies: { axios: '^1.0.0' } }))
    check.strictSame(missing(beside), ['sub/package.json:4 axios@^1.0.0'])
  })

  await t.test(`${name}: what a lockfile may lack`, async (check) => {
    const fine: Readonly<Record<string, object>> = {
      'no dependencies': {},
      'an optional one': { optionalDependencies: { axios: '^1.0.0' } },
      'one that is optional too': { dependencies: { axios: '^1.0.0' }, optionalDependencies: { axios: '^1.0.0' } },
      'a peer': { peerDependencies: { axios: '^1.0.0' } },
      'a folder': { dependencies: { axios: 'file:../axios' } },
      'a link': { dependencies: { axios: 'link:../axios' } },
      'a workspace': { dependencies: { axios: 'workspace:*' } },
      'a repository': { dependencies: { axios: 'git+https://git.example/axios.git' } },
    }
    for (const [label, fields] of Object.entries(fine))
      check.strictSame(missing(parseLockfile(empty, file, manifest(fields))), [], label)
    check.strictSame(missing(parseLockfile(empty, file)), [], 'nobody knows what is asked for')
  })
}

await t.test('npm: what is installed may be less than what is asked for', async (check) => {
  const hidden = textOf({ name: 'p', lockfileVersion: 3, packages: {} })
  const asking = manifest({ devDependencies: { axios: '^1.0.0' } })
  check.strictSame(missing(parseLockfile(hidden, 'node_modules/.package-lock.json', asking)), [])
})

/** A lockfile with a workspace, and `axios` in one place. */
const held = (place: string): string =>
  textOf(
    lock({ workspaces: ['packages/*'] }, { 'packages/a': { name: 'a', version: '1.0.0' }, [place]: entry('axios') }),
  )

await t.test('npm: a workspace finds what it asks for around it, and a linked folder is none', async (check) => {
  const asks = textOf({ name: 'a', devDependencies: { axios: '^1.0.0' } })
  const read = (text: string, patterns: readonly string[]): readonly string[] =>
    missing(
      parseLockfile(text, 'package-lock.json', {
        ...manifest({ workspaces: patterns }),
        files: new Map([['packages/a/package.json', asks]]),
      }),
    )
  check.strictSame(read(held('node_modules/axios'), ['packages/*']), [])
  check.strictSame(read(held('packages/a/node_modules/axios'), ['packages/*']), [])
  check.strictSame(read(held('node_modules/other'), ['packages/*']), ['packages/a/package.json:4 axios@^1.0.0'])
  check.strictSame(read(held('packages/b/node_modules/axios'), ['packages/*']), [
    'packages/a/package.json:4 axios@^1.0.0',
  ])
  check.strictSame(read(held('node_modules/other'), []), [])
  check.strictSame(read(held('node_modules/other'), ['packages/*', '!packages/a']), [])
})

await t.test('Yarn: another range of the name answers for nothing, unless a resolution put it there', async (check) => {
  const other = classicText({ 'axios@^0.21.0': classicEntry('axios') })
  const asked = { dependencies: { axios: '^1.0.0' } }
  check.strictSame(missing(parseLockfile(other, 'yarn.lock', manifest(asked))), ['package.json:4 axios@^1.0.0'])
  const resolutions = { '**/axios': '^0.21.0' }
  check.strictSame(missing(parseLockfile(other, 'yarn.lock', manifest({ ...asked, resolutions }))), [])
  // A workspace that is asked for by a range stands in no lockfile of Yarn 1.
  const files = new Map([['packages/axios/package.json', textOf({ name: 'axios' })]])
  const workspaces = ['packages/*']
  check.strictSame(
    missing(parseLockfile(classicText({}), 'yarn.lock', { ...manifest({ ...asked, workspaces }), files })),
    [],
  )
})

await t.test('pnpm: what an override removes is missing from nothing', async (check) => {
  const asked = { dependencies: { axios: '^1.0.0' } }
  const removed = { ...asked, pnpm: { overrides: { axios: '-' } } }
  const files = new Map<string, string>()
  check.strictSame(missing(parseLockfile(pnpm(''), 'pnpm-lock.yaml', { ...manifest(removed), files })), [])
  check.not(missing(parseLockfile(pnpm(''), 'pnpm-lock.yaml', { ...manifest(asked), files })).length, 0)
})

await t.test(
  'verify refuses with the line in package.json, each lockfile for itself; hooks may ask for less',
  async (check) => {
    const world = await startWorld('incomplete')
    check.teardown(() => world.close())
    const paint = await world.release('paint', '2.0.0')
    await world.lock([paint])
    const verify = async (...words: readonly string[]): Promise<readonly [number, string]> => {
      const { status, stdout } = await world.run(['verify', ...world.trust, ...words])
      return [status, stdout]
    }
    check.equal((await verify())[0], 0)
    await world.write('yarn.lock', classicText({}))
    const [status, stdout] = await verify()
    check.equal(status, 1)
    check.match(stdout, /refused +paint +package\.json:5\n +lock-incomplete\n +found +nothing in yarn\.lock\n/u)
    check.equal((await verify('--allow-incomplete'))[0], 0, 'for hooks')
    await world.write('bonafide.json', JSON.stringify({ version: 1 }))
    check.equal((await verify())[0], 1)
  },
)
