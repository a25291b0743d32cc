// SPDX-License-Identifier: Apache-2.0
// `bonafide run` with the real Yarn 4.
import { createHash } from 'node:crypto'
import { readFile, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { missing } from '../support/clients.ts'
import { locked, runCases, succeeded } from './run-cases.ts'
import type { ClientFacts } from './run-cases.ts'
import { YARN } from './run-clients.ts'
import { startRunScene } from './run-scene.ts'

await runCases(YARN)

const PNP: ClientFacts = { ...YARN, files: { '.yarnrc.yml': 'enableScripts: true\n' } }

await t.test(
  'yarn: a project without node_modules keeps working when the run is over',
  { skip: missing('yarn') },
  async (check) => {
    const scene = await startRunScene(check, 'yarn')
    const { lock, manifest } = await locked(check, scene, PNP, { paint: '1.0.0', brush: '1.0.0' })
    scene.forget()
    const folder = await scene.project(manifest, { ...PNP.files, 'yarn.lock': lock })
    succeeded(check, await scene.guarded(folder, PNP.frozen))
    const map = (await scene.read(folder, '.pnp.cjs')) ?? ''
    check.match(map, /paint-npm-1\.0\.0/u)
    check.notMatch(map, /bonafide-run-|127\.0\.0\.1/u)
    succeeded(check, await scene.plain(folder, ['yarn', 'node', '-e', 'require("paint"); require("brush")']))
  },
)

await t.test(
  'yarn: an archive in the user’s cache was swapped, and the lockfile’s checksum with it',
  { skip: missing('yarn') },
  async (check) => {
    const scene = await startRunScene(check, 'yarn')
    const { lock, manifest } = await locked(check, scene, YARN, { paint: '1.0.0' })
    const cache = join(scene.world.root, 'yarn-global-0', 'cache')
    const file = join(cache, (await readdir(cache)).find((name) => name.startsWith('paint-npm-1.0.0')) ?? '')
    const honest = await readFile(file)
    const [text, evil] = ['module.exports', 'module.exPorts']
    const swapped = Buffer.from(honest.toString('latin1').replace(text, evil), 'latin1')
    check.notOk(swapped.equals(honest))
    await writeFile(file, swapped)
    const led = lock.replace(sum(honest), sum(swapped))
    check.not(led, lock)
    const files = { ...YARN.files, 'yarn.lock': led }
    const open = await scene.project(manifest, files)
    succeeded(check, await scene.plain(open, YARN.frozen))
    check.match(await scene.read(open, 'node_modules/paint/index.js'), evil, 'Yarn alone installs it')
    const folder = await scene.project(manifest, files)
    const ran = await scene.guarded(folder, YARN.frozen)
    check.equal(ran.code, 1)
    check.match(ran.stdout, /YN0018/u, 'fetched anew, and compared')
    check.equal(await scene.read(folder, 'node_modules/paint/index.js'), null)
  },
)

function sum(bytes: Buffer): string {
  return createHash('sha512').update(bytes).digest('hex')
}
