// SPDX-License-Identifier: Apache-2.0
// Dependencies of every shape behind `bonafide run`: what the lockfile does not tell, and what is no version of a registry at all.
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { missing } from '../support/clients.ts'
import type { ClientName } from '../support/clients.ts'
import { base, locked, succeeded } from './run-cases.ts'
import type { ClientFacts } from './run-cases.ts'
import { BUN, NPM, PNPM, YARN, YARN_CLASSIC } from './run-clients.ts'
import { startOtherHost, startRunScene } from './run-scene.ts'

// npm 12 reads no shrinkwrap of a dependency, and fetches neither URLs nor git unless it is told to.
const CLIENT: ClientName = 'npm-11'
const FACTS: ClientFacts = { ...NPM, client: CLIENT, runsScripts: true }
const skip = missing(CLIENT)

await t.test('overrides of the project bring in the stolen version', { skip }, async (check) => {
  const scene = await startRunScene(check, CLIENT)
  await scene.world.release('palette', '1.0.0', { manifest: { dependencies: { paint: '^1.0.0' } } })
  const overridden = { ...base(FACTS), dependencies: { palette: '1.0.0' }, overrides: { paint: '1.0.1' } }
  const open = await scene.project(overridden)
  succeeded(check, await scene.plain(open, FACTS.install))
  check.not((await scene.traces(open)).length, 0)
  const folder = await scene.project(overridden)
  const ran = await scene.guarded(folder, FACTS.install)
  check.equal(ran.code, 1)
  check.match(ran.stderr, /refused +paint@1\.0\.1/u)
  check.strictSame(await scene.traces(folder), [])
})

await t.test('a shrinkwrap inside an attested tarball names the stolen version', { skip }, async (check) => {
  const scene = await startRunScene(check, CLIENT)
  const { sandbox } = scene.world
  const paint = sandbox.published('paint', '1.0.1')
  const wrapped = {
    version: '1.0.1',
    resolved: `${sandbox.registryUrl}paint/-/paint-1.0.1.tgz`,
    integrity: paint?.integrity,
  }
  const about = { name: 'wrapped', version: '1.0.0', dependencies: { paint: '^1.0.0' } }
  const packages = { '': about, 'node_modules/paint': wrapped }
  const shrinkwrap = JSON.stringify({ ...about, lockfileVersion: 3, requires: true, packages })
  await scene.world.release('wrapped', '1.0.0', {
    manifest: { dependencies: { paint: '^1.0.0' }, _hasShrinkwrap: true },
    files: { 'npm-shrinkwrap.json': shrinkwrap },
  })
  const open = await scene.project(base(FACTS))
  succeeded(check, await scene.plain(open, FACTS.add('wrapped@1.0.0')))
  check.not((await scene.traces(open)).length, 0, 'npm alone unpacks what it found in there')
  const folder = await scene.project(base(FACTS))
  const ran = await scene.guarded(folder, FACTS.add('wrapped@1.0.0'))
  check.equal(ran.code, 1)
  check.match(ran.stderr, /refused +paint@1\.0\.1/u)
  check.strictSame(await scene.traces(folder), [])
})

await t.test(
  'a lockfile says "bundled" of what no tarball carries, so that npm fetches it',
  { skip },
  async (check) => {
    const scene = await startRunScene(check, CLIENT)
    const manifest = { bundleDependencies: ['paint'], dependencies: { paint: '^1.0.0' } }
    await scene.world.release('carrier', '1.0.0', { manifest })
    const { lock, manifest: project } = await locked(check, scene, FACTS, { carrier: '1.0.0' })
    const said = lock.replace(/\n {4}"node_modules\/(?:carrier\/node_modules\/)?paint": \{[^}]*\},?/u, '')
    const entry = `"node_modules/carrier/node_modules/paint": { "version": "1.0.1", "inBundle": true, "license": "MIT" }`
    const bundled = said
      .replace(/\n {2}\}\n\}\n?$/u, `,\n    ${entry}\n  }\n}\n`)
      .replace(/\},?\s*,\n {4}"node_modules\/carrier\/node/u, '},\n    "node_modules/carrier/node')
    check.match(JSON.parse(bundled), { packages: { 'node_modules/carrier/node_modules/paint': { inBundle: true } } })
    const folder = await scene.project(project, { 'package-lock.json': bundled })
    const ran = await scene.guarded(folder, FACTS.frozen)
    check.equal(ran.code, 1, ran.stderr)
    check.strictSame(await scene.traces(folder), [])
  },
)

await t.test(
  'a package for another system is locked and never fetched: the lockfile is judged for it',
  { skip },
  async (check) => {
    const scene = await startRunScene(check, CLIENT)
    const os = [process.platform === 'linux' ? 'darwin' : 'linux']
    await scene.world.release('native', '1.0.0', { manifest: { os } })
    scene.world.sandbox.clock.advance(86_400_000)
    await scene.world.release('native', '1.0.1', { provenance: null, manifest: { os } })
    const manifest = (version: string): object => ({ ...base(FACTS), optionalDependencies: { native: version } })
    const folder = await scene.project(manifest('1.0.1'))
    const ran = await scene.guarded(folder, FACTS.install)
    check.equal(ran.code, 1)
    check.match(ran.stderr, /refused +native@1\.0\.1 +package-lock\.json/u)
    succeeded(check, await scene.guarded(await scene.project(manifest('1.0.0')), FACTS.install))
  },
)

await t.test('a registry serves other bytes the second time', { skip }, async (check) => {
  const scene = await startRunScene(check, CLIENT)
  const { sandbox } = scene.world
  const { lock, manifest } = await locked(check, scene, FACTS, { paint: '1.0.0' })
  const stolen = Buffer.from(await (await fetch(`${sandbox.registryUrl}paint/-/paint-1.0.1.tgz`)).arrayBuffer())
  const folder = await scene.project(manifest, { 'package-lock.json': lock })
  succeeded(check, await scene.guarded(folder, FACTS.frozen))
  sandbox.serveTarball('paint', '1.0.0', stolen)
  // What was verified then is kept, hashed again, and handed out.
  succeeded(check, await scene.guarded(folder, FACTS.frozen))
  check.strictSame(await scene.traces(folder), [])
  scene.forget()
  await rm(join(folder, 'node_modules'), { recursive: true })
  const ran = await scene.guarded(folder, FACTS.frozen)
  check.equal(ran.code, 1)
  check.match(ran.stderr, /refused +paint@1\.0\.0[^]+tarball-mismatch/u)
  check.strictSame(await scene.traces(folder), [])
})

for (const facts of [FACTS, PNPM, YARN, YARN_CLASSIC, BUN]) {
  const { client } = facts
  await t.test(
    `${client}: a tarball’s URL, and git, are no way past the gateway`,
    { skip: missing(client) },
    async (check) => {
      const scene = await startRunScene(check, client)
      const other = await startOtherHost(check, scene.world.sandbox.registryUrl)
      for (const spec of [
        `${other.url}paint/-/paint-1.0.1.tgz`,
        `git+http://localhost:${new URL(other.url).port}/paint.git`,
      ]) {
        const folder = await scene.project(base(facts), {
          ...facts.files,
          ...(client === 'yarn' ? { 'yarn.lock': '' } : {}),
        })
        const ran = await scene.guarded(folder, facts.add(client.startsWith('yarn') ? `paint@${spec}` : spec))
        check.equal(ran.code, 1, `${spec}\n${ran.stdout}${ran.stderr}`)
        check.strictSame(await scene.traces(folder), [])
      }
      check.strictSame(other.asked, [])
    },
  )
}
