// SPDX-License-Identifier: Apache-2.0
// What only the tarball tells: attacks that the metadata does not show, and honest tarballs.
import t from 'tap'
import type { Test } from 'tap'
import type { PackageReport, Report } from '@bonafide/verify'
import { startWorld } from '../support/world.ts'
import type { World } from '../support/world.ts'
import { archive, integrityOf } from './tar-archive.ts'

const DAY = 24 * 60 * 60 * 1000

async function scene(check: Test): Promise<World> {
  const world = await startWorld('bytes')
  check.teardown(() => world.close())
  return world
}

async function report(world: World, ...more: readonly string[]): Promise<Report> {
  const { stdout } = await world.run(['verify', '--json', ...world.trust, ...more])
  return JSON.parse(stdout) as Report
}

/** Verdict and codes of one package, with the level where it is not `refuse`. */
function outcome({ packages }: Report, name: string): readonly string[] {
  const item = packages.find((one: PackageReport) => one.name === name)
  if (item === undefined) throw new Error(`${name} is not in the report`)
  return [item.verdict, ...item.findings.map(({ code, level }) => (level === 'refuse' ? code : `${code}: ${level}`))]
}

await t.test('a dependency that only the tarball names gets by without it, and not with it', async (check) => {
  const world = await scene(check)
  const paint = await world.release('paint', '2.0.0', { manifest: { dependencies: { stealer: '^1.0.0' } } })
  world.sandbox.editManifest('paint', '2.0.0', (manifest) => ({ ...manifest, dependencies: undefined }))
  await world.lock([paint])
  const without = await report(world)
  check.strictSame(outcome(without, 'paint'), ['trusted'])
  check.strictSame(without.rulesNotRun, ['manifest-confusion'])
  const looked = await report(world, '--tarballs')
  check.strictSame(outcome(looked, 'paint'), ['refused', 'manifest-confusion'])
  check.strictSame(looked.rulesNotRun, [])
})

await t.test('a binding.gyp that nobody mentions, and a script that the registry was not told of', async (check) => {
  const world = await scene(check)
  const silent = (name: string): void =>
    world.sandbox.editManifest(name, '1.1.0', (manifest) => ({ ...manifest, scripts: undefined, gypfile: undefined }))
  for (const name of ['paint', 'brush', 'case']) await world.release(name, '1.0.0')
  world.sandbox.clock.advance(60 * DAY)
  const gyp = await world.release('paint', '1.1.0', { files: { 'binding.gyp': '{}' } })
  const script = await world.release('brush', '1.1.0', { manifest: { scripts: { postinstall: 'node steal.js' } } })
  const carried = await world.release('case', '1.1.0', {
    manifest: { bundleDependencies: ['evil'], dependencies: { evil: '*' } },
    files: {
      'node_modules/evil/package.json': '{"name":"evil","version":"1.0.0","scripts":{"postinstall":"node steal.js"}}',
    },
  })
  silent('paint')
  silent('brush')
  await world.lock([gyp, script, carried])
  const without = await report(world)
  for (const name of ['paint', 'brush', 'case']) check.strictSame(outcome(without, name), ['trusted'], name)
  const looked = await report(world, '--tarballs')
  check.strictSame(outcome(looked, 'paint'), ['refused', 'install-script-added'])
  check.strictSame(outcome(looked, 'brush'), ['refused', 'install-script-added', 'manifest-confusion'])
  check.strictSame(outcome(looked, 'case'), ['refused', 'install-script-added'])
  // A person has read the build, and takes it on; what is in a bundle no pin holds.
  await world.run(['init', ...world.trust])
  check.equal((await world.run(['pin', 'paint', '--yes', '--tarballs', ...world.trust])).status, 0)
  const pinned = await report(world, '--tarballs')
  check.strictSame(outcome(pinned, 'paint'), ['trusted'])
  check.strictSame(outcome(pinned, 'case'), ['refused', 'install-script-added'])
})

await t.test('another tarball is served than the lockfile binds: refused, and never unpacked', async (check) => {
  const world = await scene(check)
  const [paint, evil] = [await world.release('paint', '2.0.0'), await world.release('evil', '1.0.0')]
  world.sandbox.serveTarball('paint', '2.0.0', evil.tarball)
  await world.lock([paint])
  check.strictSame(outcome(await report(world), 'paint'), ['trusted'], 'the metadata is honest')
  check.strictSame(outcome(await report(world, '--tarballs'), 'paint'), ['refused', 'tarball-mismatch'])
})

await t.test('a tarball with two manifests', async (check) => {
  const world = await scene(check)
  const paint = await world.release('paint', '2.0.0')
  const body = JSON.stringify({ name: 'paint', version: '2.0.0' })
  const bytes = archive([
    { path: 'package/package.json', body },
    { path: 'x/package.json', body: `${body} ` },
  ])
  const integrity = integrityOf(bytes)
  world.sandbox.serveTarball('paint', '2.0.0', bytes)
  world.sandbox.editManifest('paint', '2.0.0', (manifest) => ({ ...manifest, dist: { ...manifest.dist, integrity } }))
  await world.lock([paint])
  await world.editLock((text) => text.replace(/sha512-[^"]+/u, integrity))
  check.ok(outcome(await report(world, '--tarballs'), 'paint').includes('tarball-ambiguous'))
})

await t.test(
  'a tarball that cannot be had leaves the version open; kept ones do without the network',
  async (check) => {
    const world = await scene(check)
    await world.lock([await world.release('paint', '2.0.0')])
    const heal = world.sandbox.fault({ service: 'registry', path: /\.tgz$/u }, { kind: 'status', status: 404 })
    check.strictSame(outcome(await report(world, '--tarballs'), 'paint'), [
      'undecided',
      'tarball-unavailable: undecided',
    ])
    heal()
    check.strictSame(outcome(await report(world, '--tarballs'), 'paint'), ['trusted'])
    const asked = world.sandbox.requests.length
    check.strictSame(outcome(await report(world, '--tarballs', '--offline'), 'paint'), ['trusted'])
    check.equal(world.sandbox.requests.length, asked)
  },
)

await t.test('a package said to be bundled, by a host that declares it and does not carry it', async (check) => {
  const world = await scene(check)
  const manifest = { bundleDependencies: ['inner', 'evil'], dependencies: { inner: '*', evil: '*' } }
  const files = { 'node_modules/inner/package.json': '{"name":"inner","version":"1.0.0"}' }
  const paint = await world.release('paint', '2.0.0', { manifest, files })
  const inBundle = { version: '1.0.0', inBundle: true }
  await world.lock(
    [
      {
        name: 'paint',
        version: '2.0.0',
        fields: {
          version: '2.0.0',
          resolved: `${world.sandbox.registryUrl}paint/-/paint-2.0.0.tgz`,
          integrity: paint.integrity,
          ...manifest,
        },
      },
    ],
    {
      packages: {
        'node_modules/paint/node_modules/inner': inBundle,
        'node_modules/paint/node_modules/evil': inBundle,
      },
    },
  )
  const without = await report(world)
  check.strictSame(outcome(without, 'inner'), ['outside'])
  check.strictSame(outcome(without, 'evil'), ['outside'], 'the metadata declares it')
  const withThem = await report(world, '--tarballs')
  check.strictSame(outcome(withThem, 'paint'), ['trusted'])
  check.strictSame(outcome(withThem, 'inner'), ['outside'])
  check.strictSame(outcome(withThem, 'evil'), ['refused', 'lock-entry-undeclared'])
})
