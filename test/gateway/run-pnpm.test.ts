// SPDX-License-Identifier: Apache-2.0
// `bonafide run` with the real pnpm 12.
import t from 'tap'
import { missing } from '../support/clients.ts'
import { locked, runCases, succeeded } from './run-cases.ts'
import { PNPM } from './run-clients.ts'
import { startRunScene } from './run-scene.ts'

await runCases(PNPM)

await t.test(
  'pnpm: a node_modules that pnpm made alone is worked on, and keeps its store',
  { skip: missing('pnpm') },
  async (check) => {
    const scene = await startRunScene(check, 'pnpm')
    const { folder } = await locked(check, scene, PNPM, { brush: '1.0.0' })
    const storeOf = async (): Promise<unknown> =>
      (JSON.parse((await scene.read(folder, 'node_modules/.modules.yaml')) ?? '{}') as { readonly storeDir?: unknown })
        .storeDir
    const store = await storeOf()
    check.match(store, /pnpm-store-0/u)
    succeeded(check, await scene.guarded(folder, PNPM.add('paint@1.0.0')))
    check.equal(await storeOf(), store)
    succeeded(check, await scene.plain(folder, PNPM.add('@acme/fuel')))
  },
)

await t.test(
  'pnpm: a configuration dependency, which runs before all others',
  { skip: missing('pnpm') },
  async (check) => {
    const scene = await startRunScene(check, 'pnpm')
    const files = {
      'pnpmfile.cjs': `require('fs').writeFileSync(process.env.HOME + '/owned', ''); module.exports = {}`,
    }
    await scene.world.release('pnpm-plugin-stolen', '1.0.0', { provenance: null, files })
    const workspace = { 'pnpm-workspace.yaml': 'configDependencies:\n  pnpm-plugin-stolen: 1.0.0\n' }
    const manifest = { name: 'shop', version: '1.0.0', dependencies: { paint: '1.0.0' } }
    succeeded(check, await scene.plain(await scene.project(manifest, workspace), PNPM.install))
    check.equal(await scene.isOwned(), true, 'pnpm alone runs it')
    const ran = await scene.guarded(await scene.project(manifest, workspace), PNPM.install)
    check.equal(ran.code, 1)
    check.match(ran.stderr, /refused +pnpm-plugin-stolen@1\.0\.0/u)
    check.equal(await scene.isOwned(), false)
  },
)
