// SPDX-License-Identifier: Apache-2.0
// What differs between two lockfiles, and what a reviewer is told of it.
import { groupEntries, parseLockfile } from '@bonafide/lockfile'
import type { DiffReport, VersionDiff } from '@bonafide/verify'
import t from 'tap'
import type { Test } from 'tap'
import type * as pairModule from '../../packages/verify/src/pair-versions.ts'
import { commitAll, git, gitProgram, makeRepository } from '../support/git.ts'
import { builtBy, startWorld } from '../support/world.ts'
import type { World } from '../support/world.ts'

const source = new URL('../../packages/verify/src/', import.meta.url).href
const { pairVersions } = (await import(`${source}pair-versions.ts`)) as typeof pairModule

const skip = gitProgram === undefined && 'no git on this machine'

type Places = Readonly<Record<string, string>>

const SHA512 = (byte: number): string => `sha512-${Buffer.alloc(64, byte).toString('base64')}`

/** The groups of a lockfile: by place the version, `name@version` for an alias, and `version#byte` for other bytes. */
function groups(places: Places): ReturnType<typeof groupEntries> {
  const entries = Object.entries(places).map(([path, text]) => {
    const [spec = '', byte = '1'] = text.split('#')
    const at = spec.lastIndexOf('@')
    const treeName = path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length)
    const [name, version] = at > 0 ? [spec.slice(0, at), spec.slice(at + 1)] : [treeName, spec]
    const fields = { version, integrity: SHA512(Number(byte)), ...(name === treeName ? {} : { name }) }
    return [path, fields, name === treeName ? version : `npm:${name}@${version}`, treeName] as const
  })
  const dependencies = Object.fromEntries(entries.map(([, , spec, treeName]) => [treeName, spec]))
  const packages = { '': { dependencies }, ...Object.fromEntries(entries.map(([path, fields]) => [path, fields])) }
  return groupEntries([parseLockfile(JSON.stringify({ lockfileVersion: 3, packages }), 'package-lock.json')])
}

function paired(before: Places, after: Places): readonly string[] {
  return pairVersions(groups(before), groups(after)).map(
    ({ name, from, to, beside }) =>
      `${name} ${from?.version ?? 'none'} -> ${to?.version ?? 'none'}${beside.length === 0 ? '' : ` beside ${beside.join()}`}`,
  )
}

await t.test('versions are paired by what they take the place of', async (check) => {
  const a = 'node_modules/a'
  const nested = 'node_modules/b/node_modules/a'
  const cases: readonly (readonly [string, Places, Places, readonly string[]])[] = [
    ['nothing', { [a]: '1.0.0' }, { [a]: '1.0.0' }, []],
    ['an update', { [a]: '1.0.0' }, { [a]: '2.0.0' }, ['a 1.0.0 -> 2.0.0']],
    ['moved within the tree', { [nested]: '1.0.0' }, { [a]: '1.0.0' }, []],
    ['added and removed', { [a]: '1.0.0' }, { 'node_modules/c': '1.0.0' }, ['a 1.0.0 -> none', 'c none -> 1.0.0']],
    ['a second major', { [a]: '1.0.0' }, { [a]: '1.0.0', [nested]: '2.0.0' }, ['a none -> 2.0.0 beside 1.0.0']],
    [
      'one of two majors',
      { [a]: '1.0.0', [nested]: '2.0.0' },
      { [a]: '1.1.0', [nested]: '2.0.0' },
      ['a 1.0.0 -> 1.1.0 beside 2.0.0'],
    ],
    [
      'both majors, and where they stand',
      { [a]: '1.0.0', [nested]: '2.0.0' },
      { [a]: '2.1.0', [nested]: '1.1.0' },
      ['a 2.0.0 -> 1.1.0', 'a 1.0.0 -> 2.1.0'],
    ],
    [
      'by release line',
      { [a]: '1.0.0', [nested]: '2.0.0' },
      { 'node_modules/c/node_modules/a': '2.1.0' },
      ['a 2.0.0 -> 2.1.0', 'a 1.0.0 -> none'],
    ],
    ['other bytes under one number', { [a]: '1.0.0#1' }, { [a]: '1.0.0#2' }, ['a 1.0.0 -> 1.0.0']],
    ['under an alias', { 'node_modules/x': 'a@1.0.0' }, { 'node_modules/x': 'a@1.1.0' }, ['a 1.0.0 -> 1.1.0']],
    [
      'an alias that leads to another package',
      { 'node_modules/x': 'a@1.0.0' },
      { 'node_modules/x': 'evil@1.0.0' },
      ['a 1.0.0 -> none', 'evil none -> 1.0.0'],
    ],
  ]
  for (const [what, before, after, wanted] of cases) check.strictSame(paired(before, after), wanted, what)
})

interface Scene {
  readonly world: World
  readonly diff: (...words: readonly string[]) => Promise<{ readonly status: number; readonly report: DiffReport }>
}

/** `main` locks and pins paint 2.0.0; the branch `change` is checked out. */
async function scene(check: Test, policy: Readonly<Record<string, unknown>> = {}): Promise<Scene> {
  const world = await startWorld('diff')
  check.teardown(() => world.close())
  await world.lock([await world.release('paint', '2.0.0')])
  await world.run(['init', ...world.trust])
  await world.write('bonafide.json', JSON.stringify({ version: 1, ...policy }))
  makeRepository(world.project)
  commitAll(world.project, 'base')
  git(world.project, 'checkout', '--quiet', '-b', 'change')
  return {
    world,
    async diff(...words) {
      const { status, stdout } = await world.run(['diff', '--json', ...words, ...world.trust])
      return { status, report: JSON.parse(stdout) as DiffReport }
    },
  }
}

function only({ changes }: DiffReport): VersionDiff {
  const [change, ...more] = changes
  if (change === undefined || more.length > 0) throw new Error(`${changes.length} changes`)
  return change
}

await t.test(
  'an update is told with builder, age, publisher, scripts and dependencies, old and new',
  { skip },
  async (check) => {
    const { world, diff } = await scene(check)
    check.strictSame((await diff()).report.changes, [], 'by default against HEAD, and nothing differs')
    check.strictSame(
      (await diff()).report.notes.map(({ code }) => code),
      ['judged-by-base', 'metadata-only'],
    )
    const job = { ...builtBy('paint/paint'), workflow: '.github/workflows/other.yml' }
    const manifest = {
      scripts: { postinstall: 'node x.js' },
      dependencies: { blue: '^1.0.0' },
      optionalDependencies: { fork: 'git+https://git.example/fork.git#abc' },
    }
    await world.release('blue', '1.0.0', { publishedAt: new Date('2026-01-10T00:00:00Z') })
    await world.lock([
      await world.release('paint', '2.1.0', {
        provenance: job,
        manifest,
        publisher: { name: 'mallory', email: 'm@example.com' },
      }),
    ])
    const { status, report } = await diff('main', '--now', '2026-01-20')
    check.equal(status, 1, 'as verify would')
    const change = only(report)
    check.match(change, {
      kind: 'changed',
      name: 'paint',
      from: { version: '2.0.0', identity: { ref: 'refs/tags/v2.0.0', workflow: '.github/workflows/release.yml' } },
      to: {
        version: '2.1.0',
        identity: { ref: 'refs/tags/v2.1.0' },
        published: { publish: String, provenance: String, claimed: String },
        publisher: 'mallory',
      },
      provenance: 'changed',
      content: {
        hooks: [{ name: 'postinstall', from: null, to: 'node x.js' }],
        dependencies: [{ name: 'blue', from: null, to: '^1.0.0', firstPublished: '2026-01-10T00:00:00.000Z' }],
        exotic: [{ name: 'fork@git+https://git.example/fork.git#abc', from: null }],
      },
    })
    check.strictSame(
      change.identity.map(({ name }) => name),
      ['workflow', 'signer'],
      'what differs, and nothing else',
    )
    const [item] = report.packages
    check.match(item, { name: 'paint', version: '2.1.0', verdict: 'refused' })
    for (const code of ['identity-changed', 'install-script-added', 'exotic-dependency', 'fresh-dependency'])
      check.ok(
        item?.findings.some((one) => one.code === code),
        code,
      )
  },
)

await t.test('only what differs is judged, and the rest is left out', { skip }, async (check) => {
  const { world, diff } = await scene(check)
  await world.lock([
    { name: 'paint', version: '2.0.0', fields: await lockedPaint(world) },
    await world.release('blue', '1.0.0'),
  ])
  const { status, report } = await diff('main')
  check.equal(status, 0)
  check.match(only(report), { kind: 'added', name: 'blue', from: null, provenance: 'shown' })
  check.strictSame(
    report.packages.map(({ name }) => name),
    ['blue'],
  )
  check.match(report.counts, { trusted: 1 })
  // A pin for a version that did not change is no pin for nobody.
  await world.run(['init', ...world.trust])
  check.equal((await diff('main')).status, 0)
  await world.write('bonafide.json', '{ "version": 1, "cooldownHours": 0 }')
  const loosened = await diff('main')
  check.equal(loosened.status, 1, 'a policy that loosens is part of the change')
  check.ok(loosened.report.packages.some(({ name }) => name === 'bonafide.json'))
  check.equal((await diff('main', '--loosened', 'warn')).status, 0)
})

await t.test('other bytes, and another place to fetch them, are differences too', { skip }, async (check) => {
  const { world, diff } = await scene(check)
  const { integrity } = await world.release('paint', '2.1.0')
  const honest = await world.read('package-lock.json')
  await world.editLock((text) => text.replace(/sha512-[^"]+/u, integrity))
  const swapped = await diff('main')
  check.equal(swapped.status, 1)
  check.match(only(swapped.report), {
    kind: 'changed',
    from: { version: '2.0.0' },
    to: { version: '2.0.0', integrity },
  })
  await world.write('package-lock.json', honest)
  await world.editLock((text) =>
    text.replace(/"resolved": "[^"]+"/u, '"resolved": "https://evil.example/paint-2.0.0.tgz"'),
  )
  const moved = await diff('main')
  check.equal(moved.status, 1)
  check.match(moved.report.packages, [{ findings: [{ code: 'lock-resolved-mismatch' }] }])
})

await t.test('what comes from beside the registries is reported where it is new', { skip }, async (check) => {
  const { world, diff } = await scene(check)
  const fields = await lockedPaint(world)
  const resolved = 'git+https://git.example/fork.git#0123456789012345678901234567890123456789'
  await world.lock([{ name: 'paint', version: '2.0.0', fields: { ...fields, dependencies: { fork: resolved } } }], {
    packages: { 'node_modules/fork': { version: '1.0.0', resolved } },
  })
  const { status, report } = await diff('main')
  check.equal(status, 1)
  check.match(report.packages, [
    { name: 'fork', findings: [{ code: 'lock-entry-undeclared' }, { code: 'exotic-dependency' }] },
  ])
  commitAll(world.project, 'accepted')
  check.equal((await diff('HEAD')).status, 0)
})

await t.test('what the policy leaves out is asked of nobody', { skip }, async (check) => {
  const { world, diff } = await scene(check, { outside: ['@acme/*'] })
  await world.lock([await world.release('paint', '2.0.0-beta.1'), await world.release('@acme/secret', '1.0.0')])
  const before = world.sandbox.requests.length
  const { report } = await diff('main')
  const [secret] = report.changes
  check.match(secret, {
    name: '@acme/secret',
    kind: 'added',
    provenance: 'unknown',
    content: null,
    to: { identity: null },
  })
  const asked = world.sandbox.requests.slice(before)
  check.not(asked.length, 0)
  check.strictSame(
    asked.filter(({ path }) => path.includes('acme')),
    [],
  )
})

async function lockedPaint(world: World): Promise<Readonly<Record<string, unknown>>> {
  const lockfile = JSON.parse(await world.read('package-lock.json')) as {
    packages: Record<string, Record<string, unknown>>
  }
  const fields = lockfile.packages['node_modules/paint']
  if (fields === undefined) throw new Error('paint is not locked')
  return fields
}
