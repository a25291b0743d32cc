// SPDX-License-Identifier: Apache-2.0
// The stolen version in the lockfile of a client by other ways than its name, and other hosts and bytes than those that were judged.
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import type { Test } from 'tap'
import { MARK, OWNED, startOtherHost, startRunScene } from '../gateway/run-scene.ts'
import type { RunScene } from '../gateway/run-scene.ts'
import { missing } from '../support/clients.ts'
import type { World } from '../support/world.ts'
import { installEngine, load, lockOf, projectOf, start, written } from './ways.ts'
import type { Asks, Client, Files } from './ways.ts'

interface Shape {
  readonly title: string
  readonly asks: Asks
  /** Further files of the project. */
  readonly files?: Files
  readonly refused: string
}

const STOLEN = { paint: '1.0.1' }
const OTHER = process.platform === 'linux' ? 'darwin' : 'linux'
const INNER = JSON.stringify({ name: 'inner', version: '1.0.0', dependencies: STOLEN })

const SHAPES: readonly Shape[] = [
  { title: 'an alias', asks: { dependencies: { colour: 'npm:paint@1.0.1' } }, refused: 'paint@1.0.1' },
  { title: 'an override', asks: { dependencies: { palette: '1.0.0' }, overrides: STOLEN }, refused: 'paint@1.0.1' },
  {
    title: 'an optional dependency, which the client would leave out',
    asks: { dependencies: { brush: '1.0.0' }, optionalDependencies: STOLEN },
    refused: 'paint@1.0.1',
  },
  {
    title: 'an optional dependency for another system, which the client leaves out',
    asks: { dependencies: { brush: '1.0.0' }, optionalDependencies: { native: '1.0.1' } },
    refused: 'native@1.0.1',
  },
  {
    title: 'a workspace',
    asks: { workspaces: ['packages/*'] },
    files: { 'packages/inner/package.json': INNER },
    refused: 'paint@1.0.1',
  },
]

/** Goes through all shapes with a client. */
export async function shapes(client: Client): Promise<void> {
  const skip = missing(client.client)
  await t.test(`${client.client}: the stolen version by another way than its name`, { skip }, async (check) => {
    const scene = await open(check, client)
    for (const shape of SHAPES) await check.test(shape.title, (test) => tryShape(test, scene, client, shape))
  })
  await t.test(`${client.client}: another host in the lockfile`, { skip }, (check) => tryHost(check, client))
  await t.test(`${client.client}: other bytes than were judged`, { skip }, (check) => tryBytes(check, client))
}

async function open(check: Test, { client }: Client): Promise<RunScene> {
  const scene = await startRunScene(check, client, publish)
  await installEngine(scene, scene.world.sandbox.clock.now())
  return scene
}

async function publish(world: World): Promise<void> {
  await world.release('paint', '1.0.0')
  await world.release('brush', '1.0.0')
  await world.release('palette', '1.0.0', { manifest: { dependencies: { paint: '^1.0.0' } } })
  await world.release('native', '1.0.0', { manifest: { os: [OTHER] } })
  const files = { 'owned.js': `// ${MARK}\n${OWNED}` }
  const stolen = { provenance: null, tag: null, files }
  await world.release('paint', '1.0.1', { ...stolen, manifest: { scripts: { postinstall: 'node owned.js' } } })
  await world.release('native', '1.0.1', { ...stolen, manifest: { os: [OTHER] } })
  world.sandbox.clock.advance(30 * 86_400_000)
}

async function tryShape(check: Test, scene: RunScene, client: Client, shape: Shape): Promise<void> {
  const inner = shape.files ?? {}
  const locking: Client = { ...client, files: (asks, scripts) => ({ ...client.files(asks, scripts), ...inner }) }
  const made = await written(check, scene, locking, shape.asks, ['paint'])
  check.equal(await scene.isOwned(), shape.refused.startsWith('paint'), 'the client alone runs what is for this system')
  for (const way of client.ways) {
    const asWritten = await lockOf(scene, client, way, client.files({ dependencies: { brush: '1.0.0' } }, []))
    const folder = await projectOf(scene, way, { ...made.files, [client.lockfile]: asWritten(made.lock) })
    const ran = await start(scene, client, way, folder)
    const said = `${ran.stdout}\n${ran.stderr}`
    check.not(ran.code, 0, way.name)
    check.ok(said.includes(shape.refused), said)
    check.match(said, /regression-unpinned/u)
    check.equal(await scene.isOwned(), false, 'nothing of it is run')
    check.strictSame(await scene.traces(folder), [], 'nothing of it is on disk')
  }
}

async function tryHost(check: Test, client: Client): Promise<void> {
  const scene = await open(check, client)
  const other = await startOtherHost(check, scene.world.sandbox.registryUrl)
  const made = await written(check, scene, client, { dependencies: { paint: '1.0.0' } }, [])
  const led = client.led(made.lock, 'paint', '1.0.0', other.url)
  check.not(led, made.lock)
  for (const way of client.ways) {
    scene.forget()
    const asWritten = await lockOf(scene, client, way, client.files({ dependencies: { brush: '1.0.0' } }, []))
    const folder = await projectOf(scene, way, { ...made.files, [client.lockfile]: asWritten(led) })
    const ran = await start(scene, client, way, folder)
    check.not(ran.code, 0, way.name)
    check.match(`${ran.stdout}\n${ran.stderr}`, /paint@1\.0\.0[^]*lock-resolved-mismatch/u)
    check.strictSame(other.asked, [], 'nobody is asked there')
    check.equal(await scene.read(folder, 'node_modules', 'paint', 'package.json'), null)
  }
}

async function tryBytes(check: Test, client: Client): Promise<void> {
  const scene = await open(check, client)
  const { sandbox } = scene.world
  const made = await written(check, scene, client, { dependencies: { paint: '1.0.0' } }, [])
  const stolen = sandbox.published('paint', '1.0.1')?.tarball ?? Buffer.alloc(0)
  const honest = sandbox.published('paint', '1.0.0')?.tarball ?? Buffer.alloc(0)
  for (const way of client.ways) {
    sandbox.serveTarball('paint', '1.0.0', honest)
    scene.forget()
    const asWritten = await lockOf(scene, client, way, client.files({ dependencies: { brush: '1.0.0' } }, []))
    const folder = await projectOf(scene, way, { ...made.files, [client.lockfile]: asWritten(made.lock) })
    const first = await start(scene, client, way, folder)
    check.equal(first.code, 0, `${way.name}\n${first.stdout}${first.stderr}`)
    sandbox.serveTarball('paint', '1.0.0', stolen)
    for (const caches of ['warm', 'cold']) {
      if (caches === 'cold') scene.forget()
      await rm(join(folder, 'node_modules'), { recursive: true, force: true })
      const ran = await start(scene, client, way, folder)
      // What was judged is kept, and is what is unpacked; without it there is nothing that could be.
      if (caches === 'cold') check.not(ran.code, 0, `${way.name}, ${caches} caches`)
      if (ran.code === 0) check.equal((await load(scene, client, folder, ['paint'])).code, 0)
      check.strictSame(await scene.traces(folder), [], `${way.name}, ${caches} caches`)
      check.equal(await scene.isOwned(), false)
    }
  }
}
