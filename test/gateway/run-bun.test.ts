// SPDX-License-Identifier: Apache-2.0
// `bonafide run` with the real Bun.
import t from 'tap'
import { missing } from '../support/clients.ts'
import { locked, runCases } from './run-cases.ts'
import { BUN } from './run-clients.ts'
import { startRunScene } from './run-scene.ts'

await runCases(BUN)

await t.test(
  'bun: a lockfile with the URLs of a registry of one’s own is turned away',
  { skip: missing('bun') },
  async (check) => {
    const scene = await startRunScene(check, 'bun')
    const { usual: _, ...facts } = BUN
    const { lock, manifest } = await locked(check, scene, facts, { paint: '1.0.0' })
    check.match(lock, /"http:[^"]*paint-1\.0\.0\.tgz"/u)
    const ran = await scene.guarded(await scene.project(manifest, { 'bun.lock': lock }), BUN.frozen)
    check.equal(ran.code, 1)
    check.match(ran.stderr, /bonafide: verified 1 version in bun\.lock/u)
    check.match(ran.stderr, /found +asked for past the gateway, and turned away/u)
  },
)
