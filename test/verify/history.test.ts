// SPDX-License-Identifier: Apache-2.0
// What a version is held against, from end to end: the versions before it, its dependencies' age, and the time.
import t from 'tap'
import type { Test } from 'tap'
import type { PackageReport, Report } from '@bonafide/verify'
import type { Published } from '@bonafide/sandbox'
import { fieldsOf, startWorld } from '../support/world.ts'
import type { World } from '../support/world.ts'

const DAY = 24 * 60 * 60 * 1000

async function scene(check: Test): Promise<World> {
  const world = await startWorld('history')
  check.teardown(() => world.close())
  return world
}

/** Moves the sandbox's clock, and says what the time is then. */
function later(world: World, days: number): string {
  world.sandbox.clock.advance(days * DAY)
  return world.sandbox.clock.now().toISOString()
}

async function reports(world: World, now: string, command = 'verify'): Promise<readonly PackageReport[]> {
  const { stdout } = await world.run([command, '--json', '--now', now, ...world.trust])
  return (JSON.parse(stdout) as Report).packages
}

/** The whole metadata, and not the abbreviated form, arrives broken. */
function cutFullForm(body: Buffer): Buffer | string {
  return body.includes('"time":') ? '{' : body
}

/** Verdict and codes of one package, with the level where it is not `refuse`. */
async function outcome(world: World, now: string, name: string, command?: string): Promise<readonly string[]> {
  const item = (await reports(world, now, command)).find((one) => one.name === name)
  if (item === undefined) throw new Error(`${name} is not in the report`)
  return [item.verdict, ...item.findings.map(({ code, level }) => (level === 'refuse' ? code : `${code}: ${level}`))]
}

await t.test('nobody recorded who builds a package: the versions before it say so, twice over', async (check) => {
  const world = await scene(check)
  await world.release('paint', '1.0.0')
  later(world, 5)
  await world.release('paint', '1.0.1')
  later(world, 40)
  const evil = { provenance: { repository: 'evil/paint' } }
  const foreign = await world.release('paint', '1.0.2', evil)
  await world.lock([foreign])
  check.strictSame(await outcome(world, later(world, 4), 'paint'), ['refused', 'identity-changed'])
  const again = await world.release('paint', '1.0.3', evil)
  await world.lock([again])
  check.strictSame(await outcome(world, later(world, 4), 'paint'), ['refused', 'identity-changed'], 'published twice')
  // A month later the first bad one is old, and still no predecessor: it broke with the one before it.
  check.strictSame(await outcome(world, later(world, 40), 'paint'), ['refused', 'identity-changed'], 'and waited for')
  const honest = await world.release('paint', '1.0.4')
  await world.lock([honest])
  check.strictSame(await outcome(world, later(world, 4), 'paint'), ['trusted'], 'the honest one goes on')
})

await t.test('provenance that the registry never took says nothing of who builds a package', async (check) => {
  const world = await scene(check)
  await world.release('paint', '1.0.0', { provenance: { repository: 'evil/paint' }, publishAttestation: false })
  later(world, 40)
  await world.lock([await world.release('paint', '1.0.1')])
  check.strictSame(await outcome(world, later(world, 4), 'paint'), ['trusted'])
})

await t.test('a script comes in twice: with a bad release, and with a harmless one after it', async (check) => {
  const world = await scene(check)
  const before = await world.release('paint', '1.0.0')
  await world.lock([before])
  later(world, 40)
  check.strictSame(await outcome(world, later(world, 0), 'paint', 'init'), ['trusted'])
  const scripts = { manifest: { scripts: { preinstall: 'node setup.mjs' } } }
  await world.lock([await world.release('paint', '1.0.1', scripts)])
  const now = later(world, 4)
  check.strictSame(await outcome(world, now, 'paint'), ['refused', 'install-script-added'])
  await world.lock([await world.release('paint', '1.0.2', scripts)])
  check.strictSame(await outcome(world, later(world, 4), 'paint'), ['refused', 'install-script-added'])
  check.strictSame(
    await outcome(world, later(world, 40), 'paint'),
    ['refused', 'install-script-added'],
    'a month later',
  )
  check.strictSame(
    await outcome(world, later(world, 0), 'paint', 'init'),
    ['refused', 'install-script-added'],
    'adopting again does not accept it',
  )
})

await t.test('adoption records what has stood for a month, and nothing of this week', async (check) => {
  const world = await scene(check)
  const scripts = { manifest: { scripts: { postinstall: 'node build.js' }, dependencies: { fork: 'github:a/fork' } } }
  await world.release('native', '1.0.0')
  later(world, 1)
  const native = await world.release('native', '1.1.0', scripts)
  await world.release('fresh', '1.0.0')
  later(world, 40)
  const fresh = await world.release('fresh', '1.0.1', scripts)
  await world.lock([native, fresh])
  const now = later(world, 4)
  check.strictSame(
    await outcome(world, now, 'native'),
    ['refused', 'exotic-dependency', 'install-script-added'],
    'the version before did neither',
  )
  check.strictSame(await outcome(world, now, 'native', 'init'), ['trusted'])
  check.strictSame(await outcome(world, now, 'fresh'), ['refused', 'install-script-added'])
  const pins = await world.read('bonafide.lock')
  check.match(pins, /"hooks": \["postinstall"\]/u)
  check.match(pins, /"exotic": \[\n {4}"fork@github:a\/fork"\n {2}\]/u)
  await reports(world, now, 'init')
  check.equal(await world.read('bonafide.lock'), pins, 'a second run writes nothing')
})

/** Locks several versions of one package, each below the one before. */
async function lockNested(world: World, first: Published, ...rest: readonly Published[]): Promise<void> {
  const nested = rest.map((item, index) => {
    const path = Array.from({ length: index + 2 }, () => `node_modules/${item.name}`).join('/')
    return [path, fieldsOf(item, world.sandbox.registryUrl)] as const
  })
  await world.lock([first], { packages: Object.fromEntries(nested) })
}

await t.test('a package that is held on several lines owes on each line what that line showed', async (check) => {
  const world = await scene(check)
  const none = { provenance: null }
  const first = await world.release('paint', '1.0.0', none)
  const second = await world.release('paint', '2.0.0', none)
  const third = await world.release('paint', '3.0.0')
  later(world, 40)
  const verdicts = async (now: string, command?: string): Promise<readonly string[]> =>
    (await reports(world, now, command)).map(({ version, verdict }) => `${version} ${verdict}`).toSorted()
  await lockNested(world, third, first, second)
  check.strictSame(await verdicts(later(world, 0), 'init'), ['1.0.0 unattested', '2.0.0 unattested', '3.0.0 trusted'])
  const backport = await world.release('paint', '2.0.1', none)
  const stolen = await world.release('paint', '3.0.1', none)
  const major = await world.release('paint', '4.0.0', none)
  await lockNested(world, backport, stolen, major)
  const after = ['2.0.1 unattested', '3.0.1 refused', '4.0.0 refused']
  check.strictSame(await verdicts(later(world, 4)), after)
  check.strictSame(await verdicts(later(world, 0), 'init'), after, 'adopting again accepts none of them')
})

await t.test('the first provenance ever refuses nothing that the project holds', async (check) => {
  const world = await scene(check)
  const none = { provenance: null }
  const first = await world.release('paint', '1.0.0', none)
  await world.lock([first])
  const verdicts = async (now: string, command?: string): Promise<readonly string[]> =>
    (await reports(world, now, command)).map(({ version, verdict }) => `${version} ${verdict}`).toSorted()
  check.strictSame(await verdicts(later(world, 40), 'init'), ['1.0.0 unattested'])
  const second = await world.release('paint', '2.0.0', none)
  const third = await world.release('paint', '3.0.0')
  await lockNested(world, first, second, third)
  const now = later(world, 4)
  const accepted = ['1.0.0 unattested', '2.0.0 unattested', '3.0.0 trusted']
  check.strictSame(await verdicts(now), accepted)
  check.strictSame(await verdicts(now, 'init'), accepted, 'and init tightens line 3 alone')
  const pins = await world.read('bonafide.lock')
  await reports(world, now, 'init')
  check.equal(await world.read('bonafide.lock'), pins, 'a second run writes nothing')
  await lockNested(world, await world.release('paint', '2.0.1', none), await world.release('paint', '3.0.1', none))
  check.strictSame(await verdicts(later(world, 4)), ['2.0.1 unattested', '3.0.1 refused'])
})

await t.test('a dependency made for the purpose, and one split off by the same owner', async (check) => {
  const world = await scene(check)
  const before = await world.release('paint', '1.0.0')
  await world.lock([before])
  later(world, 40)
  await reports(world, later(world, 0), 'init')
  const owner = { repository: 'paint/paint' }
  const bait = await world.release('plain-paint', '4.2.0', { provenance: null })
  const split = await world.release('paint-linux', '1.0.1', { provenance: owner })
  later(world, 1)
  const dependencies = { 'plain-paint': '^4.2.0', 'paint-linux': '1.0.1' }
  const paint = await world.release('paint', '1.0.1', { manifest: { dependencies } })
  await world.lock([paint, bait, split])
  const now = later(world, 4)
  const found = (await reports(world, now)).find(({ name }) => name === 'paint')
  check.equal(found?.verdict, 'refused')
  check.match(found?.findings, [
    { code: 'fresh-dependency', level: 'refuse', found: /^a new dependency on plain-paint / },
    { code: 'fresh-dependency', level: 'warn', found: /^a new dependency on paint-linux .*of the same owner$/ },
  ])
  check.equal(found?.findings.length, 2)
  check.strictSame(await outcome(world, later(world, 20), 'paint'), ['trusted'], 'three weeks later somebody knew')
})

await t.test('a release of this hour is too young, and the one before it is offered', async (check) => {
  const world = await scene(check)
  await world.lock([await world.release('paint', '1.0.0')])
  later(world, 40)
  await reports(world, later(world, 0), 'init')
  await world.lock([await world.release('paint', '1.0.1')])
  const [paint] = await reports(world, later(world, 1 / 24))
  check.match(paint, { verdict: 'refused', passes: '1.0.0', findings: [{ code: 'cooldown' }] })
  check.equal(paint?.findings.length, 1)
  check.strictSame(await outcome(world, later(world, 3), 'paint'), ['trusted'])
})

await t.test('the registry falls silent between two questions: open, and not called new', async (check) => {
  const world = await scene(check)
  const scripts = { manifest: { scripts: { postinstall: 'node build.js' } } }
  await world.lock([await world.release('native', '1.0.0', scripts)])
  const undo = world.sandbox.fault({ service: 'registry', path: '/native' }, { kind: 'edit', edit: cutFullForm })
  const now = later(world, 40)
  check.strictSame(await outcome(world, now, 'native'), ['undecided', 'registry-nonsense: undecided'])
  undo()
  check.strictSame(await outcome(world, now, 'native'), ['trusted'])
})

await t.test('a package that has not changed for a month costs no more than it did', async (check) => {
  const world = await scene(check)
  await world.lock([await world.release('paint', '1.0.0'), await world.release('quiet', '1.0.0', { provenance: null })])
  const now = later(world, 40)
  await reports(world, now, 'init')
  const from = world.sandbox.requests.length
  await reports(world, now)
  const asked = world.sandbox.requests.slice(from).filter(({ service }) => service === 'registry')
  check.strictSame(
    asked.map(({ path, headers }) => `${path} ${String(headers.accept).includes('install-v1')}`).sort(),
    ['/-/npm/v1/attestations/quiet@1.0.0 false', '/-/npm/v1/keys false', '/paint true', '/quiet true'],
    'abbreviated metadata, and whether an absence, which is never kept, is one',
  )
})

await t.test(
  'the first provenance of a package without it is told, until somebody records whose it is',
  async (check) => {
    const world = await scene(check)
    await world.lock([await world.release('paint', '1.0.0', { provenance: null })])
    later(world, 40)
    await reports(world, later(world, 0), 'init')
    await world.lock([await world.release('paint', '1.0.1')])
    const now = later(world, 4)
    const notes = async (): Promise<readonly unknown[]> => {
      const { stdout } = await world.run(['verify', '--json', '--now', now, ...world.trust])
      return (JSON.parse(stdout) as Report).notes.filter(({ code }) => code === 'provenance-unrecorded')
    }
    check.strictSame(await outcome(world, now, 'paint'), ['trusted'])
    check.strictSame(await notes(), [{ code: 'provenance-unrecorded', packages: ['paint'] }])
    check.match(
      (await world.run(['verify', '--now', now, ...world.trust])).stdout,
      /showing it now: paint \(bonafide init/u,
    )
    await reports(world, now, 'init')
    check.strictSame(await notes(), [])
    await world.lock([await world.release('paint', '1.0.2', { provenance: null })])
    check.strictSame(await outcome(world, later(world, 4), 'paint'), ['refused', 'provenance-missing'])
  },
)

await t.test(
  'a pin that somebody made first is no adoption: init still records what has stood for a month',
  async (check) => {
    const world = await scene(check)
    const fork = { manifest: { dependencies: { fork: 'github:a/fork' } }, provenance: null }
    await world.release('native', '1.0.0', { provenance: null })
    later(world, 1)
    const native = await world.release('native', '1.1.0', fork)
    await world.lock([await world.release('paint', '1.0.0'), native])
    const now = later(world, 40)
    check.equal((await world.run(['pin', 'paint', '--yes', '--now', now, ...world.trust])).status, 0)
    check.strictSame(await outcome(world, now, 'native', 'init'), ['unattested'])
    const pins = await world.read('bonafide.lock')
    check.match(pins, /"fork@github:a\/fork"/u)
    await reports(world, now, 'init')
    check.equal(await world.read('bonafide.lock'), pins)
  },
)
