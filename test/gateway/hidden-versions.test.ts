// SPDX-License-Identifier: Apache-2.0
// `hideRefused`: what clients are shown where the policy asks for it, and that it decides nothing.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import type { Test } from 'tap'
import type { Gateway } from '@bonafide/gateway'
import { missing, openWorkbench } from '../support/clients.ts'
import { startRunScene } from './run-scene.ts'
import { get, startScene } from './scene.ts'
import type { OpenMore, Scene } from './scene.ts'

const HOUR = 3_600_000

interface Shown {
  readonly versions: readonly string[]
  readonly tags: unknown
}

async function shown(gateway: Gateway, name = 'paint', headers: Record<string, string> = {}): Promise<Shown> {
  const { json } = await get(gateway, name, { headers })
  const document = json as { readonly versions: object; readonly 'dist-tags': unknown }
  return { versions: Object.keys(document.versions), tags: document['dist-tags'] }
}

const ABBREVIATED = { accept: 'application/vnd.npm.install-v1+json; q=1.0, application/json; q=0.8' }
const ALL = ['1.0.0', '1.0.1', '1.1.0']

/** `paint` 1.0.0 is on record with its identity, 1.0.1 was sent with a stolen token, 1.1.0 is honest and an hour old. */
async function scene(
  check: Test,
  policy: object = { hideRefused: true },
): Promise<Scene & { readonly hiding: (more?: OpenMore) => Promise<Gateway> }> {
  const { world, open } = await startScene(check, 'hidden')
  const { sandbox } = world
  const published = sandbox.published('paint', '1.0.0')
  if (published === undefined) throw new Error('not published')
  await world.lock([published])
  const later = new Date(sandbox.clock.now().getTime() + 30 * 24 * HOUR)
  check.equal((await world.run(['init', ...world.trust, '--now', later.toISOString()])).status, 0)
  sandbox.clock.set(later)
  await world.release('paint', '1.1.0')
  await sandbox.publish({ name: 'paint', version: '2.0.0-rc.1', tag: 'next' })
  await world.write('bonafide.json', JSON.stringify({ version: 1, ...policy }))
  const now = new Date(later.getTime() + HOUR)
  return { world, open, hiding: (more = {}) => open({ ...more, sources: { now, ...more.sources } }) }
}

await t.test('without the key everything is shown', async (check) => {
  const { hiding } = await scene(check, {})
  const gateway = await hiding()
  check.strictSame(await shown(gateway), {
    versions: [...ALL, '2.0.0-rc.1'],
    tags: { latest: '1.1.0', next: '2.0.0-rc.1' },
  })
  check.strictSame(gateway.log.hidden, [])
})

await t.test(
  'too young, and without the attestations that the pin asks for: not shown, told, and judged all the same',
  async (check) => {
    const { hiding } = await scene(check)
    const gateway = await hiding()
    const mended = { versions: ['1.0.0'], tags: { latest: '1.0.0' } }
    check.strictSame(await shown(gateway), mended)
    check.strictSame(await shown(gateway, 'paint', ABBREVIATED), mended, 'whatever form is asked for')
    check.match((await get(gateway, 'paint/latest')).json, { version: '1.0.0' })
    check.strictSame(gateway.log.hidden, [
      { name: 'paint', version: '1.0.1', because: 'provenance-missing' },
      { name: 'paint', version: '1.1.0', because: 'cooldown' },
      { name: 'paint', version: '2.0.0-rc.1', because: 'provenance-missing' },
    ])
    for (const version of ['1.0.1', '1.1.0'])
      check.equal((await get(gateway, `paint/-/paint-${version}.tgz`)).status, 403)
  },
)

await t.test('never what a lockfile holds, nor anything below it', async (check) => {
  const { world, hiding } = await scene(check)
  const locked = world.sandbox.published('paint', '1.1.0')
  if (locked === undefined) throw new Error('not published')
  const { name, version, integrity } = locked
  const gateway = await hiding({ approved: [{ name, version, integrity }] })
  check.strictSame(await shown(gateway), { versions: ALL, tags: { latest: '1.1.0' } })
})

await t.test('never all of a package: the refusal says more than an empty list', async (check) => {
  const { world, hiding } = await scene(check)
  await world.release('fresh', '1.0.0')
  const gateway = await hiding()
  check.strictSame(await shown(gateway, 'fresh'), { versions: ['1.0.0'], tags: { latest: '1.0.0' } })
  check.match((await get(gateway, 'fresh/-/fresh-1.0.0.tgz')).error, 'refused fresh@1.0.0: cooldown')
})

await t.test(
  'what would not be refused is shown: lowered rules, left-out packages, a policy that looks on',
  async (check) => {
    for (const [policy, versions] of [
      [{ rules: { cooldown: 'warn' } }, ['1.0.0', '1.1.0']],
      [{ cooldownHours: 0 }, ['1.0.0', '1.1.0']],
      [{ rules: { 'provenance-required': 'off' } }, ['1.0.0', '1.0.1']],
      [{ outside: ['paint'] }, [...ALL, '2.0.0-rc.1']],
      [{ mode: 'observe', observeUntil: '2026-12-31' }, [...ALL, '2.0.0-rc.1']],
    ] as const) {
      const { hiding } = await scene(check, { hideRefused: true, ...policy })
      check.strictSame((await shown(await hiding())).versions, versions, JSON.stringify(policy))
    }
  },
)

await t.test('an exempted version is shown, and other bytes under its number are not', async (check) => {
  const { world, hiding } = await scene(check)
  const young = world.sandbox.published('paint', '1.1.0')
  const exempt = (integrity: string | undefined): Promise<void> => {
    const exemption = { name: 'paint', version: '1.1.0', integrity, rules: ['cooldown'], reason: 'an urgent fix' }
    return world.write('bonafide.exemptions.json', JSON.stringify({ version: 1, exemptions: [exemption] }))
  }
  await exempt(young?.integrity)
  check.strictSame((await shown(await hiding())).versions, ['1.0.0', '1.1.0'])
  await exempt(world.sandbox.published('paint', '1.0.0')?.integrity)
  check.strictSame((await shown(await hiding())).versions, ['1.0.0'])
})

await t.test('a registry that tells no times has nothing hidden for its age', async (check) => {
  const { world, hiding } = await scene(check)
  world.sandbox.fault({ path: '/paint' }, { kind: 'strip', fields: ['time'] })
  check.strictSame((await shown(await hiding())).versions, ['1.0.0', '1.1.0'])
})

for (const [client, kind, variable] of [
  ['npm', 'npm', 'npm_config_registry'],
  ['pnpm', 'pnpm', 'PNPM_CONFIG_REGISTRY'],
  ['bun', 'bun', 'BUN_CONFIG_REGISTRY'],
] as const) {
  await t.test(`${client} takes the older version by itself`, { skip: missing(client) }, async (check) => {
    const { world, hiding } = await scene(check)
    const gateway = await hiding()
    const bench = await openWorkbench(world.sandbox.registryUrl, 'token')
    check.teardown(() => bench.close())
    const project = await bench.project('shop', { name: 'shop', version: '1.0.0', dependencies: { paint: '^1.0.0' } })
    const env = { [variable]: gateway.registryFor(kind), npm_config_replace_registry_host: 'always' }
    const args = client === 'npm' ? ['install'] : ['install', '--no-frozen-lockfile']
    const ran = await bench.run(client, project, args, env)
    check.equal(ran.code, 0, ran.stdout + ran.stderr)
    check.match(JSON.parse(await readFile(join(project, 'node_modules/paint/package.json'), 'utf8')), {
      version: '1.0.0',
    })
    check.strictSame(gateway.log.refused, [])
  })
}

await t.test(
  'behind bonafide run the older version comes, and what was not shown is told',
  { skip: missing('npm') },
  async (check) => {
    const behind = await startRunScene(check, 'npm')
    const { world } = behind
    const published = world.sandbox.published('paint', '1.0.0')
    if (published === undefined) throw new Error('not published')
    await world.lock([published])
    check.equal((await world.run(['init', ...world.trust])).status, 0)
    const dependencies = { paint: '^1.0.0' }
    const folder = await behind.project(
      { name: 'shop', version: '1.0.0', dependencies },
      { 'bonafide.json': '{ "version": 1, "hideRefused": true }', 'bonafide.lock': await world.read('bonafide.lock') },
    )
    const ran = await behind.guarded(folder, ['npm', 'install'])
    check.equal(ran.code, 0, ran.stdout + ran.stderr)
    check.match(ran.stderr, 'not shown to the client: paint@1.0.1 (provenance-missing)')
    check.match(JSON.parse(await readFile(join(folder, 'node_modules/paint/package.json'), 'utf8')), {
      version: '1.0.0',
    })
  },
)
