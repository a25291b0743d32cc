// SPDX-License-Identifier: Apache-2.0
// What may not become a predecessor, a record or an age by waiting, by asking twice, or by the word of a registry that lies.
import t from 'tap'
import type { Test } from 'tap'
import type { Report } from '@bonafide/verify'
import { startWorld } from '../support/world.ts'
import type { World } from '../support/world.ts'

const DAY = 24 * 60 * 60 * 1000
const EVIL = { provenance: { repository: 'evil/paint' } }
const NONE = { provenance: null }

interface Stage {
  readonly world: World
  /** Moves the sandbox's clock. */
  readonly wait: (days: number) => void
  /** Verdict and codes of one package now, with the level where it is not `refuse`. */
  readonly outcome: (name: string, command?: string) => Promise<readonly string[]>
  /** Edits what the registry says of a package: its whole metadata, or the abbreviated form. */
  readonly lie: (name: string, form: 'full' | 'abbreviated', edit: (document: Metadata) => void) => () => void
}

interface Metadata {
  modified?: string
  time?: Record<string, string>
}

async function scene(check: Test): Promise<Stage> {
  const world = await startWorld('laundering')
  check.teardown(() => world.close())
  return {
    world,
    wait: (days) => {
      world.sandbox.clock.advance(days * DAY)
    },
    async outcome(name, command = 'verify') {
      const now = world.sandbox.clock.now().toISOString()
      const { stdout } = await world.run([command, '--json', '--now', now, ...world.trust])
      const item = (JSON.parse(stdout) as Report).packages.find((one) => one.name === name)
      if (item === undefined) throw new Error(`${name} is not in the report`)
      return [
        item.verdict,
        ...item.findings.map(({ code, level }) => (level === 'refuse' ? code : `${code}: ${level}`)),
      ]
    },
    lie: (name, form, edit) =>
      world.sandbox.fault(
        { service: 'registry', path: `/${name}` },
        {
          kind: 'edit',
          edit(body) {
            const document = JSON.parse(body.toString('utf8')) as Metadata
            if ((document.time === undefined) !== (form === 'abbreviated')) return body
            edit(document)
            return JSON.stringify(document)
          },
        },
      ),
  }
}

await t.test('an exemption lets one version in, and init makes no pin of its builder', async (check) => {
  const { world, wait, outcome } = await scene(check)
  await world.lock([await world.release('paint', '1.0.0')])
  wait(40)
  check.strictSame(await outcome('paint', 'init'), ['trusted'])
  await world.lock([await world.release('paint', '1.0.1', EVIL)])
  wait(4)
  check.strictSame(await outcome('paint', 'init'), ['refused', 'identity-changed'])
  const pins = await world.read('bonafide.lock')
  const words = ['exempt', 'paint@1.0.1', '--rule', 'identity-changed', '--reason', 'once', '--yes']
  const now = world.sandbox.clock.now().toISOString()
  check.equal((await world.run([...words, '--now', now, ...world.trust])).status, 0)
  check.strictSame(await outcome('paint', 'init'), ['exempt', 'identity-changed: warn'])
  check.equal(await world.read('bonafide.lock'), pins)
  await world.lock([await world.release('paint', '1.0.2', EVIL)])
  wait(4)
  check.strictSame(await outcome('paint'), ['refused', 'identity-changed'], 'the next one is as foreign as ever')
})

await t.test('a script that a package gave up years ago does not stand when it comes back', async (check) => {
  const { world, wait, outcome } = await scene(check)
  const scripts = { manifest: { scripts: { postinstall: 'node build.js' } } }
  await world.release('native', '1.0.0', scripts)
  wait(400)
  await world.release('native', '1.1.0')
  wait(400)
  const evil = { manifest: { scripts: { postinstall: 'node steal.js' } } }
  await world.lock([await world.release('native', '1.2.0', evil)])
  wait(4)
  check.strictSame(await outcome('native'), ['refused', 'install-script-added'])
  check.strictSame(await outcome('native', 'init'), ['refused', 'install-script-added'])
})

await t.test('nobody can be asked who built the versions before: open, and not a first sight', async (check) => {
  const { world, wait, outcome } = await scene(check)
  await world.release('paint', '1.0.0')
  wait(40)
  await world.lock([await world.release('paint', '1.0.1', EVIL)])
  wait(4)
  const path = /attestations\/paint@1\.0\.0/u
  const undo = world.sandbox.fault({ service: 'registry', path }, { kind: 'status', status: 503 })
  check.strictSame(await outcome('paint'), ['undecided', 'registry-unreachable: undecided'])
  undo()
  const restore = world.sandbox.fault({ service: 'registry', path }, { kind: 'status', status: 404 })
  check.strictSame(await outcome('paint'), ['undecided', 'registry-nonsense: undecided'], 'advertised, and held back')
  restore()
  check.strictSame(await outcome('paint'), ['refused', 'identity-changed'])
})

await t.test('a registry claims that the newest version was the first: its own signature says when', async (check) => {
  const { world, wait, outcome, lie } = await scene(check)
  await world.release('paint', '1.0.0')
  wait(40)
  await world.lock([await world.release('paint', '1.0.1', EVIL)])
  wait(4)
  lie('paint', 'full', ({ time }) => {
    if (time !== undefined) time['1.0.1'] = '2020-01-01T00:00:00.000Z'
  })
  check.strictSame(await outcome('paint'), ['refused', 'identity-changed'])
})

await t.test('a registry claims that nothing has changed for months, and signed a version last week', async (check) => {
  const { world, wait, outcome, lie } = await scene(check)
  await world.lock([await world.release('paint', '1.0.0')])
  wait(40)
  await outcome('paint', 'init')
  const bait = await world.release('plain-paint', '4.2.0', NONE)
  const dependencies = { 'plain-paint': '^4.2.0' }
  await world.lock([await world.release('paint', '1.0.1', { manifest: { dependencies } }), bait])
  wait(4)
  lie('paint', 'abbreviated', (document) => {
    document.modified = '2020-01-01T00:00:00.000Z'
  })
  check.strictSame(await outcome('paint'), ['refused', 'fresh-dependency'])
})

await t.test(
  'a version below the first attested one came after it: init records no none for its line',
  async (check) => {
    const { world, wait, outcome } = await scene(check)
    await world.release('paint', '1.4.0', NONE)
    wait(40)
    await world.release('paint', '1.5.0')
    wait(40)
    await world.lock([await world.release('paint', '1.4.1', NONE)])
    wait(4)
    check.strictSame(await outcome('paint'), ['refused', 'regression-unpinned'])
    check.strictSame(await outcome('paint', 'init'), ['refused', 'regression-unpinned'])
  },
)

await t.test(
  'a dependency under a name whose versions were all taken down is as new as what is there now',
  async (check) => {
    const { world, wait, outcome } = await scene(check)
    await world.lock([await world.release('paint', '1.0.0')])
    await world.release('brush', '1.0.0', NONE)
    wait(40)
    await outcome('paint', 'init')
    world.sandbox.unpublish('brush', '1.0.0')
    const bait = await world.release('brush', '1.0.1', NONE)
    const dependencies = { brush: '^1.0.0' }
    await world.lock([await world.release('paint', '1.0.1', { manifest: { dependencies } }), bait])
    wait(4)
    check.strictSame(await outcome('paint'), ['refused', 'fresh-dependency'])
  },
)

await t.test('nobody can be asked how old a new dependency is: open, and not called new', async (check) => {
  const { world, wait, outcome, lie } = await scene(check)
  await world.lock([await world.release('paint', '1.0.0')])
  const brush = await world.release('brush', '1.0.0', NONE)
  wait(40)
  await outcome('paint', 'init')
  await world.release('brush', '1.0.1', NONE)
  const dependencies = { brush: '1.0.0' }
  await world.lock([await world.release('paint', '1.0.1', { manifest: { dependencies } }), brush])
  wait(4)
  const undo = lie('brush', 'full', (document) => {
    Object.assign(document, { versions: null })
  })
  check.strictSame(await outcome('paint'), ['undecided', 'registry-nonsense: undecided'])
  undo()
  check.strictSame(await outcome('paint'), ['trusted'])
})

await t.test('no registry is asked about a dependency that the policy leaves out', async (check) => {
  const { world, wait, outcome } = await scene(check)
  await world.lock([await world.release('paint', '1.0.0')])
  wait(40)
  await outcome('paint', 'init')
  await world.write('bonafide.json', '{ "version": 1, "outside": ["secret-brush"] }\n')
  const dependencies = { 'secret-brush': '1.0.0' }
  await world.lock([await world.release('paint', '1.0.1', { manifest: { dependencies } })])
  wait(4)
  const from = world.sandbox.requests.length
  check.strictSame(await outcome('paint'), ['trusted'])
  check.notOk(world.sandbox.requests.slice(from).some(({ path }) => path.includes('secret-brush')))
})
