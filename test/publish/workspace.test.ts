// SPDX-License-Identifier: Apache-2.0
// The packages of a release: which there are, in which order they go, and that nobody slipped one in.
import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { JsonObject } from '@bonafide/core'
import t from 'tap'
import type * as listModule from '../../packages/publish/src/workspace/tarball-list.ts'
import type * as membersModule from '../../packages/publish/src/workspace/workspace-members.ts'
import type * as orderModule from '../../packages/publish/src/workspace/release-order.ts'

// Not exported by the package: who publishes a workspace names its folder.
const source = async <T>(name: string): Promise<T> =>
  (await import(new URL(`../../packages/publish/src/workspace/${name}.ts`, import.meta.url).href)) as T
const { releaseOrder } = await source<typeof orderModule>('release-order')
const { isPrivate, readWorkspaceMembers } = await source<typeof membersModule>('workspace-members')
const { readTarballList } = await source<typeof listModule>('tarball-list')

const root = await mkdtemp(join(tmpdir(), 'bonafide-workspace-'))
t.teardown(() => rm(root, { recursive: true }))
let counter = 0

async function folder(files: Readonly<Record<string, string | object>>): Promise<string> {
  counter += 1
  const place = join(root, String(counter))
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(place, path)), { recursive: true })
    await writeFile(join(place, path), typeof content === 'string' ? content : JSON.stringify(content))
  }
  return place
}

type Edges = Readonly<Record<string, readonly string[]>>

function ordered(edges: Edges, field = 'dependencies'): ReturnType<typeof releaseOrder> {
  const packages = Object.entries(edges).map(([name, others]) => {
    const manifest: JsonObject = { [field]: Object.fromEntries(others.map((other) => [other, '1'])) }
    return { name, manifest }
  })
  return releaseOrder(packages)
}

function names({ order }: ReturnType<typeof releaseOrder>): string {
  return order.map(({ name }) => name).join(' ')
}

await t.test('what others depend on goes first', (check) => {
  const edges = { app: ['lib', 'ui'], ui: ['lib', 'react'], lib: ['base'], base: [], alone: [] }
  for (const field of ['dependencies', 'optionalDependencies', 'peerDependencies'])
    check.equal(names(ordered(edges, field)), 'alone base lib ui app', field)
  check.equal(names(ordered(edges, 'devDependencies')), 'alone app base lib ui', 'for developers alone')
  check.equal(names(ordered({})), '')
  check.equal(names(ordered({ a: ['a'] })), 'a', 'itself')
  check.strictSame(ordered(edges).circles, [])
  check.end()
})

// Names that are not in the order of their numbers.
function nameOf(index: number): string {
  return `p${(index * 37) % 60}`
}

await t.test('any order of the same packages gives the same order, and dependencies before dependents', (check) => {
  // Every package depends on some of those with a higher number.
  const all = Array.from({ length: 60 }, (_, index) => index)
  const edges: Edges = Object.fromEntries(
    all.map((index) => [nameOf(index), all.filter((other) => other > index && (other * index) % 7 === 3).map(nameOf)]),
  )
  const order = names(ordered(edges))
  check.equal(names(ordered(Object.fromEntries(Object.entries(edges).reverse()))), order)
  const at = new Map(order.split(' ').map((one, index) => [one, index]))
  check.equal(at.size, 60)
  const wrong = Object.entries(edges).flatMap(([one, others]) =>
    others.filter((other) => (at.get(other) ?? 0) > (at.get(one) ?? 0)),
  )
  check.strictSame(wrong, [])
  check.end()
})

await t.test('a circle is told, and goes behind what it needs', (check) => {
  const { order, circles } = ordered({ a: ['b', 'base'], b: ['c'], c: ['a'], base: [], top: ['a'] })
  check.strictSame(circles, [['a', 'b', 'c']])
  check.equal(order.map(({ name }) => name).join(' '), 'base a b c top')
  check.end()
})

const A = { name: '@acme/a', version: '1.0.0' }
const B = { name: '@acme/b', version: '1.1.0', dependencies: { '@acme/a': 'workspace:^' } }
const PRIVATE = { name: 'private', private: true }

async function members(files: Readonly<Record<string, string | object>>): Promise<readonly string[]> {
  const found = await readWorkspaceMembers(await folder(files))
  return found.map(
    ({ name, version, shown, manifest }) => `${shown} ${name} ${version}${isPrivate(manifest) ? ' private' : ''}`,
  )
}

await t.test('the packages of a workspace, as each manager has them', async (check) => {
  const packages = { 'packages/a/package.json': A, 'packages/b/package.json': B, 'packages/c/package.json': PRIVATE }
  const wanted = ['packages/a @acme/a 1.0.0', 'packages/b @acme/b 1.1.0', 'packages/c private  private']
  const rootManifest = { name: 'root', private: true }
  for (const workspaces of [['packages/*'], { packages: ['packages/*'] }])
    check.strictSame(await members({ ...packages, 'package.json': { ...rootManifest, workspaces } }), wanted)
  const pnpm = {
    ...packages,
    'package.json': rootManifest,
    'packages/a/test/fixture/package.json': { name: 'fixture' },
    'pnpm-workspace.yaml': 'packages:\n  - packages/**\n  - "!packages/c"\ncatalog:\n  x: 1\n',
  }
  check.strictSame(await members(pnpm), ['. root  private', wanted[0], wanted[1]])
  check.strictSame(await members({ ...packages, 'package.json': { workspaces: ['packages/*', '!packages/c'] } }), [
    wanted[0],
    wanted[1],
  ])
})

await t.test('no workspace, or one that cannot be read as a whole', async (check) => {
  const workspaces = ['packages/*']
  const bad: readonly Readonly<Record<string, string | object>>[] = [
    {},
    { 'package.json': A },
    { 'package.json': { workspaces: 'packages/*' } },
    { 'package.json': A, 'pnpm-workspace.yaml': 'catalog: {}\n' },
    { 'package.json': A, 'pnpm-workspace.yaml': 'packages: [\n' },
    { 'package.json': { workspaces }, 'packages/a/package.json': A, 'packages/b/package.json': A },
    { 'package.json': { workspaces }, 'packages/a/package.json': 'no JSON' },
    { 'package.json': { workspaces }, 'packages/a/package.json': { version: '1.0.0' } },
    { 'package.json': { workspaces: ['../*'] } },
  ]
  await folder({ 'package.json': A })
  for (const files of bad)
    await check.rejects(members(files), { code: 'BONAFIDE_PACKAGE_UNREADABLE' }, JSON.stringify(files))
})

function hex(text: string): string {
  return createHash('sha512').update(text).digest('hex')
}

await t.test('tarballs with the list of their digests', async (check) => {
  const list = `${hex('a')}  a-1.0.0.tgz\n${hex('b')} *b-1.0.0.tgz\n`
  const files = { 'a-1.0.0.tgz': 'a', 'b-1.0.0.tgz': 'b', SHA512SUMS: list, 'notes.txt': '' }
  const place = await folder(files)
  check.strictSame(await readTarballList(place, hex(list)), {
    kind: 'listed',
    tarballs: [
      { kind: 'tarball', path: join(place, 'a-1.0.0.tgz'), sha512: hex('a') },
      { kind: 'tarball', path: join(place, 'b-1.0.0.tgz'), sha512: hex('b') },
    ],
  })
  const codes = async (more: object, digest = hex(list)): Promise<unknown> => {
    const outcome = await readTarballList(await folder({ ...files, ...more }), digest)
    return outcome.kind === 'refused' ? outcome.findings.map(({ code }) => code) : []
  }
  const swapped = list.replace(hex('b'), hex('evil'))
  check.strictSame(await codes({ SHA512SUMS: swapped }), ['package-digest'], 'the list was swapped with a tarball')
  check.strictSame(await codes({ 'evil-1.0.0.tgz': 'x' }), ['package-unlisted'], 'one more')
})

await t.test('lists that are none', async (check) => {
  const digest = hex('a')
  for (const list of [
    '',
    'a.tgz\n',
    `${digest}  ../a.tgz\n`,
    `${digest}  /tmp/a.tgz\n`,
    `${digest.toUpperCase()}  a.tgz\n`,
    `${digest} a.tgz\n`,
    `${digest}  a.tgz\n${digest}  a.tgz\n`,
    `${digest}  a.tgz\n\n${digest}  b.tgz\n`,
    `${digest}  a.tgz\r\n`,
    `${digest}  a.zip\n`,
  ]) {
    const place = await folder({ SHA512SUMS: list })
    await check.rejects(
      readTarballList(place, hex(list)),
      { code: 'BONAFIDE_PACKAGE_UNREADABLE' },
      JSON.stringify(list),
    )
  }
  await check.rejects(readTarballList(await folder({ x: '' }), digest), { code: 'BONAFIDE_PACKAGE_UNREADABLE' })
  await check.rejects(readTarballList(await folder({ x: '' }), 'no digest'), { code: 'BONAFIDE_USAGE' })
})
