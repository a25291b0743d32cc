// SPDX-License-Identifier: Apache-2.0
// A lockfile that lacks what package.json asks for: the command chooses it behind the gateway, and the lockfile that it writes is judged.
import t from 'tap'
import { missing } from '../support/clients.ts'
import { base, locked, succeeded } from './run-cases.ts'
import type { ClientFacts } from './run-cases.ts'
import { NPM, PNPM, YARN_CLASSIC } from './run-clients.ts'
import { startRunScene } from './run-scene.ts'

for (const facts of [{ ...NPM, client: 'npm', runsScripts: false }, PNPM, YARN_CLASSIC] satisfies ClientFacts[]) {
  const { client, lockfile, install } = facts
  await t.test(
    `${client}: a dependency was added to package.json by hand`,
    { skip: missing(client) },
    async (check) => {
      const scene = await startRunScene(check, client)
      const { lock } = await locked(check, scene, facts, { brush: '1.0.0' })
      const asking = (paint: string): Promise<string> =>
        scene.project({ ...base(facts), dependencies: { brush: '1.0.0', paint } }, { ...facts.files, [lockfile]: lock })
      const stolen = await asking('1.0.1')
      const refused = await scene.guarded(stolen, install)
      check.equal(refused.code, 1)
      check.match(refused.stderr, /refused +paint@1\.0\.1/u)
      check.notMatch(refused.stderr, /the command was not started/u)
      check.strictSame(await scene.traces(stolen), [])
      check.equal(await scene.isOwned(), false)
      const honest = await asking('1.0.0')
      const ran = await scene.guarded(honest, install)
      succeeded(check, ran)
      check.match(ran.stderr, /the lockfiles were changed, and are satisfied/u)
      check.match(await scene.read(honest, lockfile), /paint/u)
    },
  )
}
