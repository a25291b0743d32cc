// SPDX-License-Identifier: Apache-2.0
// Tools that are installed for good, outside any project, behind `bonafide run`: the honest one works afterwards, the other is not there.
import { join } from 'node:path'
import t from 'tap'
import { missing } from '../support/clients.ts'
import type { ClientName } from '../support/clients.ts'
import { base, succeeded } from './run-cases.ts'
import { startRunScene } from './run-scene.ts'

interface Global {
  readonly install: (spec: string, place: string) => readonly string[]
  /** Where such installations go. */
  readonly env: (place: string) => Readonly<Record<string, string>>
  /** The installed command. */
  readonly command: (place: string) => string
}

const NPM: Global = {
  install: (spec) => ['npm', 'install', '--global', spec],
  env: (place) => ({ npm_config_prefix: place }),
  command: (place) => join(place, 'bin', 'spray'),
}

const GLOBALS: Readonly<Partial<Record<ClientName, Global>>> = {
  npm: NPM,
  'npm-11': NPM,
  pnpm: {
    install: (spec) => ['pnpm', 'add', '--global', spec],
    env: (place) => ({ PNPM_HOME: place }),
    command: (place) => join(place, 'bin', 'spray'),
  },
  bun: {
    install: (spec) => ['bun', 'add', '--global', spec],
    env: (place) => ({ BUN_INSTALL: place }),
    command: (place) => join(place, 'bin', 'spray'),
  },
  'yarn-classic': {
    install: (spec, place) => ['yarn', 'global', 'add', spec, '--prefix', place, '--non-interactive'],
    env: (place) => ({ YARN_GLOBAL_FOLDER: join(place, 'global') }),
    command: (place) => join(place, 'bin', 'spray'),
  },
}

for (const [client, { install, env, command }] of Object.entries(GLOBALS) as [ClientName, Global][]) {
  await t.test(`${client}: a tool for everywhere`, { skip: missing(client) }, async (check) => {
    const scene = await startRunScene(check, client)
    const { root } = scene.world
    const here = await scene.project(base({}))
    const places = { open: join(root, 'open'), bad: join(root, 'bad'), good: join(root, 'good') }
    const of = (place: string): Readonly<Record<string, string>> => {
      const path = [join(place, 'bin'), join(root, 'clients'), ...(process.env['PATH'] ?? '').split(':')]
      return { ...env(place), PATH: path.join(':') }
    }
    succeeded(check, await scene.plain(here, install('spray@1.0.1', places.open), of(places.open)))
    await scene.plain(here, [command(places.open)], of(places.open))
    check.equal(await scene.isOwned(), true, 'the client alone installs it')
    const bad = await scene.guarded(here, install('spray@1.0.1', places.bad), { env: of(places.bad) })
    check.equal(bad.code, 1)
    check.match(bad.stderr, /refused +spray@1\.0\.1/u)
    check.strictSame(await scene.traces(places.bad), [])
    const good = await scene.guarded(here, install('spray@1.0.0', places.good), { env: of(places.good) })
    succeeded(check, good)
    succeeded(check, await scene.plain(here, [command(places.good), 'blue'], of(places.good)))
    check.equal(await scene.read(here, 'sprayed'), 'blue', 'it works when the run is over')
  })
}
