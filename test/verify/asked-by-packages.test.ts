// SPDX-License-Identifier: Apache-2.0
// A lockfile says what each package asks for, and whoever edits it edits that too. The real clients believe it; the registry's metadata of
// the asking version tells.
import { execFile } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Published } from '@bonafide/sandbox'
import type { Report } from '@bonafide/verify'
import t from 'tap'
import { missing, openWorkbench } from '../support/clients.ts'
import type { ClientName, Workbench } from '../support/clients.ts'
import { runMain, startWorld, tarballUrl } from '../support/world.ts'

const world = await startWorld('asked-by-packages')
const says = (text: string): { files: Record<string, string> } => ({
  files: { 'index.js': `module.exports = ${text}\n` },
})
await world.release('paint', '1.0.0', says('"paint"'))
await world.release('brush', '2.0.0', { manifest: { dependencies: { paint: '^1.0.0' } }, ...says('require("paint")') })
await world.release('dye', '1.0.0', says('"dye"'))
// An honest package that uses another under a name of its own.
await world.release('frame', '1.0.0', {
  manifest: { dependencies: { coat: 'npm:dye@^1.0.0' } },
  ...says('require("coat")'),
})
const evil = await world.release('evil', '1.0.0', says('"evil"'))
const workbench = await openWorkbench(world.sandbox.registryUrl, world.sandbox.accounts.createToken().token)
t.teardown(() => Promise.all([world.close(), workbench.close()]))

const MANIFEST = { name: 'shop', version: '1.0.0', dependencies: { brush: '^2.0.0', frame: '^1.0.0' } }
let runs = 0

const verify = async (folder: string, ...words: readonly string[]): Promise<Report> => {
  runs += 1
  const env = { ...world.env, XDG_CACHE_HOME: join(world.root, `cache-${runs}`) }
  const { stdout } = await runMain(['verify', ...world.trust, '--json', ...words], folder, env)
  return JSON.parse(stdout) as Report
}

const loaded = async (folder: string, name: string): Promise<string> => {
  const { stdout } = await promisify(execFile)(process.execPath, ['-p', `require(${JSON.stringify(name)})`], {
    cwd: folder,
  })
  return stdout.trim()
}

interface Attack {
  readonly lockfile: string
  readonly install: readonly string[]
  readonly frozen: readonly string[]
  /** The lockfile with what a pull request would put into it. */
  readonly edit: (text: string, evil: Published, decoy: string) => string
}

const replaced = (text: string, ...pairs: readonly (readonly [string | RegExp, string])[]): string =>
  pairs.reduce((edited, [from, to]) => {
    const next = edited.replace(from, to)
    if (next === edited) throw new Error(`nothing to replace: ${String(from)} in\n${edited}`)
    return next
  }, text)

interface NpmLock {
  readonly packages: Record<string, { dependencies: Record<string, string> }>
}

function editNpm(text: string, { integrity }: Published): string {
  const lock = JSON.parse(text) as NpmLock
  const resolved = tarballUrl(world.sandbox.registryUrl, 'evil', '1.0.0')
  Object.assign(lock.packages['node_modules/brush']?.dependencies ?? {}, { paint: 'npm:evil@1.0.0' })
  Object.assign(lock.packages, { 'node_modules/paint': { name: 'evil', version: '1.0.0', resolved, integrity } })
  return JSON.stringify(lock, null, 2)
}

const NPM: Attack = { lockfile: 'package-lock.json', install: ['install'], frozen: ['ci'], edit: editNpm }

const ATTACKS: Readonly<Record<ClientName, Attack>> = {
  npm: NPM,
  'npm-11': NPM,
  pnpm: {
    lockfile: 'pnpm-lock.yaml',
    install: ['install'],
    frozen: ['install', '--frozen-lockfile'],
    edit: (text, { integrity }) =>
      replaced(
        text,
        [/paint: 1\.0\.0/u, 'paint: evil@1.0.0'],
        [
          /paint@1\.0\.0:\n {4}resolution: \{integrity: [^}]*\}/u,
          `evil@1.0.0:\n    resolution: {integrity: ${integrity}}`,
        ],
        [/paint@1\.0\.0: \{\}/u, 'evil@1.0.0: {}'],
      ),
  },
  bun: {
    lockfile: 'bun.lock',
    install: ['install'],
    frozen: ['install', '--frozen-lockfile'],
    edit: (text, { integrity }) =>
      replaced(
        text,
        [/"paint": "\^1\.0\.0"/u, '"paint": "npm:evil@1.0.0"'],
        [/"paint": \["paint@.*\]/u, `"paint": ["evil@1.0.0", "", {}, "${integrity}"]`],
      ),
  },
  'yarn-classic': {
    lockfile: 'yarn.lock',
    install: ['install'],
    frozen: ['install', '--frozen-lockfile'],
    edit: (text, { integrity }) =>
      replaced(
        text,
        [/paint "\^1\.0\.0"/u, 'paint "npm:evil@1.0.0"'],
        [
          /paint@\^1\.0\.0:\n(?: .*\n)+/u,
          `"paint@npm:evil@1.0.0":\n  name evil\n  version "1.0.0"\n  resolved "${tarballUrl(world.sandbox.registryUrl, 'evil', '1.0.0')}"\n  integrity ${integrity}\n`,
        ],
      ),
  },
  yarn: {
    lockfile: 'yarn.lock',
    install: ['install'],
    frozen: ['install', '--immutable'],
    edit: (text, _evil, decoy) =>
      replaced(
        text,
        [/paint: "npm:\^1\.0\.0"/u, 'paint: "npm:evil@1.0.0"'],
        [
          /"paint@npm:\^1\.0\.0":\n(?: .*\n)+/u,
          (/"evil@npm:1\.0\.0":\n(?: .*\n)+/u.exec(decoy)?.[0] ?? '').replace(
            '"evil@npm:1.0.0"',
            '"paint@npm:evil@1.0.0"',
          ),
        ],
      ),
  },
}

const ENV = { YARN_NPM_MINIMAL_AGE_GATE: '0', YARN_ENABLE_IMMUTABLE_INSTALLS: 'false' }

async function installed(
  client: ClientName,
  name: string,
  manifest: object,
  bench: Workbench = workbench,
): Promise<{ readonly folder: string; readonly text: string }> {
  const { install, lockfile } = ATTACKS[client]
  const folder = await bench.project(name, manifest)
  const ended = await bench.run(client, folder, install, ENV)
  if (ended.code !== 0) throw new Error(`${client}: ${ended.stdout}\n${ended.stderr}`)
  return { folder, text: await readFile(join(folder, lockfile), 'utf8') }
}

for (const client of Object.keys(ATTACKS) as ClientName[]) {
  await t.test(
    `${client}: a package is made to load another one by its own dependencies in the lockfile`,
    { skip: missing(client) },
    async (check) => {
      const { frozen, lockfile, edit } = ATTACKS[client]
      const honest = await installed(client, `${client}-honest`, MANIFEST)
      check.equal(await loaded(honest.folder, 'brush'), 'paint')
      check.equal(await loaded(honest.folder, 'frame'), 'dye')
      check.match(await verify(honest.folder), { verdict: 'satisfied' }, 'an alias of a package is its own')

      const decoy = await installed(client, `${client}-decoy`, { name: 'decoy', dependencies: { evil: '1.0.0' } })
      const attacked = await workbench.project(`${client}-attacked`, MANIFEST)
      await writeFile(join(attacked, lockfile), edit(honest.text, evil, decoy.text))
      const ended = await workbench.run(client, attacked, frozen, ENV)
      check.equal(ended.code, 0, `the client says nothing: ${ended.stdout}\n${ended.stderr}`)
      check.equal(await loaded(attacked, 'brush'), 'evil')

      const report = await verify(attacked)
      check.equal(report.verdict, 'refused')
      const refused = report.packages.filter(({ verdict }) => verdict === 'refused')
      check.match(refused, [
        {
          name: 'evil',
          findings: [
            {
              code: 'lock-entry-undeclared',
              found: 'evil@1.0.0 in the place of paint, said to be asked for by brush@2.0.0',
              wanted: "paint: ^1.0.0, by the registry's metadata of brush@2.0.0",
            },
          ],
        },
      ])
      check.equal(refused.length, 1)
      const [place] = refused[0]?.locations ?? []
      check.match((await readFile(join(attacked, lockfile), 'utf8')).split('\n')[(place?.line ?? 0) - 1], /evil|paint/u)
    },
  )
}
