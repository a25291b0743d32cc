// SPDX-License-Identifier: Apache-2.0
// Lockfiles of real clients that name a mirror which the policy names: it is not asked behind a gateway, for there is no such host.
import t from 'tap'
import { missing } from '../support/clients.ts'
import { locked, succeeded } from './run-cases.ts'
import type { ClientFacts } from './run-cases.ts'
import { BUN, NPM, PNPM, YARN, YARN_CLASSIC } from './run-clients.ts'
import { startRunScene } from './run-scene.ts'
import type { RunScene } from './run-scene.ts'

const MIRROR = 'https://mirror.example/npm/'
const PAINT = `${MIRROR}paint/-/paint-1.0.0.tgz`

interface Mirrored {
  readonly facts: ClientFacts
  /** `turned away`: the client goes to the locked host whatever its registry is, and comes nowhere. */
  readonly ends: 'installed' | 'turned away'
  readonly lock: (lock: string, scene: RunScene) => string
}

const everywhere: Mirrored['lock'] = (lock, { world }) => lock.replaceAll(world.sandbox.registryUrl, MIRROR)

const CASES: readonly Mirrored[] = [
  { facts: YARN_CLASSIC, ends: 'installed', lock: everywhere },
  { facts: { ...NPM, client: 'npm', runsScripts: false }, ends: 'installed', lock: everywhere },
  { facts: { ...NPM, client: 'npm-11', runsScripts: true }, ends: 'installed', lock: everywhere },
  {
    facts: PNPM,
    ends: 'turned away',
    lock: (lock) => lock.replace(/(paint@1\.0\.0:\n {4}resolution: \{integrity: [^}]*)\}/u, `$1, tarball: ${PAINT}}`),
  },
  { facts: BUN, ends: 'turned away', lock: (lock) => lock.replace('"paint@1.0.0", ""', `"paint@1.0.0", "${PAINT}"`) },
]

const policyOf = (...mirrors: readonly string[]): string => JSON.stringify({ version: 1, mirrors })

for (const { facts, ends, lock: pointed } of CASES) {
  const { client, lockfile } = facts
  await t.test(`${client}: the lockfile names a mirror`, { skip: missing(client) }, async (check) => {
    const scene = await startRunScene(check, client)
    const { lock, manifest } = await locked(check, scene, facts, { paint: '1.0.0', brush: '1.0.0' })
    const named = pointed(lock, scene)
    check.match(named, MIRROR)
    const place = (mirrors: readonly string[]): Promise<string> =>
      scene.project(manifest, { ...facts.files, [lockfile]: named, 'bonafide.json': policyOf(...mirrors) })
    const refused = await scene.guarded(await place([]), facts.frozen)
    check.equal(refused.code, 1)
    check.match(refused.stderr, /refused +paint@1\.0\.0[^]+lock-resolved-mismatch/u)
    const folder = await place([MIRROR])
    const ran = await scene.guarded(folder, facts.frozen)
    const isThere = (await scene.plain(folder, [process.execPath, '-e', 'require("paint")'])).code === 0
    check.equal(await scene.read(folder, lockfile), named, 'the lockfile stays as it was')
    check.equal(isThere, ends === 'installed')
    if (ends === 'installed') return succeeded(check, ran)
    check.equal(ran.code, 1)
    check.match(
      ran.stderr,
      /verified 3 versions in [^]+refused +mirror\.example:443\n +found +asked for past the gateway/u,
    )
  })
}

await t.test(
  'yarn: its lockfile binds no bytes of a registry, so no mirror may serve them',
  { skip: missing('yarn') },
  async (check) => {
    const scene = await startRunScene(check, 'yarn')
    const { lock, manifest } = await locked(check, scene, YARN, { paint: '1.0.0' })
    const named = lock.replace(
      '"paint@npm:1.0.0"\n  checksum',
      `"paint@npm:1.0.0::__archiveUrl=${encodeURIComponent(PAINT)}"\n  checksum`,
    )
    check.not(named, lock)
    const folder = await scene.project(manifest, {
      ...YARN.files,
      'yarn.lock': named,
      'bonafide.json': policyOf(MIRROR),
    })
    const ran = await scene.guarded(folder, YARN.frozen)
    check.equal(ran.code, 1)
    check.match(ran.stderr, /refused +paint@1\.0\.0[^]+lock-resolved-mismatch/u)
  },
)
