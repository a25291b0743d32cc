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
import { berryEntry, berryRoot, berryText } from '../lockfile/yarn-build.ts'
import { missing, openWorkbench } from '../support/clients.ts'
import type { ClientName, Workbench } from '../support/clients.ts'
import { runMain, startWorld, tarballUrl } from '../support/world.ts'
import type { LockFields, LockMore } from '../support/world.ts'

const world = await startWorld('asked-by-packages')
const says = (text: string): { files: Record<string, string> } => ({
  files: { 'index.js': `module.exports = ${text}\n` },
})
const paint = await world.release('paint', '1.0.0', says('"paint"'))
const brush = await world.release('brush', '2.0.0', {
  manifest: { dependencies: { paint: '^1.0.0' } },
  ...says('require("paint")'),
})
const dye = await world.release('dye', '1.0.0', says('"dye"'))
// An honest package that uses another under a name of its own.
const frameVersion = await world.release('frame', '1.0.0', {
  manifest: { dependencies: { coat: 'npm:dye@^1.0.0' } },
  ...says('require("coat")'),
})
const evil = await world.release('evil', '1.0.0', says('"evil"'))
// An attacker's package that says openly what it calls another one.
const carrier = await world.release('carrier', '1.0.0', { manifest: { dependencies: { paint: 'npm:evil@1.0.0' } } })
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

/** What a pull request puts into a lockfile of its own project, to have it in the managers' own words. */
const CARRIED = { name: 'decoy', version: '1.0.0', dependencies: { carrier: '1.0.0' } }

const DROPS: Readonly<Record<Exclude<ClientName, 'npm-11'>, (text: string, decoy: string) => string>> = {
  npm: (text, decoy) => {
    const lock = JSON.parse(text) as NpmLock
    const { 'node_modules/carrier': carries, 'node_modules/paint': aliased } = (JSON.parse(decoy) as NpmLock).packages
    Object.assign(lock.packages['node_modules/brush'] ?? {}, { dependencies: { carrier: '1.0.0' } })
    Object.assign(lock.packages, { 'node_modules/carrier': carries, 'node_modules/paint': aliased })
    return JSON.stringify(lock, null, 2)
  },
  pnpm: (text) =>
    replaced(
      text,
      [/paint: 1\.0\.0/u, 'carrier: 1.0.0'],
      [
        /paint@1\.0\.0:\n {4}resolution: \{integrity: [^}]*\}/u,
        `carrier@1.0.0:\n    resolution: {integrity: ${carrier.integrity}}\n\n  evil@1.0.0:\n    resolution: {integrity: ${evil.integrity}}`,
      ],
      [/paint@1\.0\.0: \{\}/u, 'carrier@1.0.0:\n    dependencies:\n      paint: evil@1.0.0\n\n  evil@1.0.0: {}'],
    ),
  bun: (text, decoy) =>
    replaced(
      text,
      [/"paint": "\^1\.0\.0"/u, '"carrier": "1.0.0"'],
      [/"paint": \["paint@.*\]/u, `${lineOf(decoy, '"carrier": [')},\n    ${lineOf(decoy, '"paint": [')}`],
    ),
  'yarn-classic': (text, decoy) =>
    replaced(
      text,
      [/paint "\^1\.0\.0"/u, 'carrier "1.0.0"'],
      [/paint@\^1\.0\.0:\n(?: .*\n)+/u, blocksOf(decoy, '(?:carrier|paint)')],
    ),
  yarn: (text, decoy) =>
    replaced(
      text,
      [/paint: "npm:\^1\.0\.0"/u, 'carrier: "npm:1.0.0"'],
      // in Yarn's own order, or it would see a change
      ['"coat@', `${blocksOf(decoy, 'carrier')}\n"coat@`],
      [/"paint@npm:\^1\.0\.0":\n(?: .*\n)+/u, blocksOf(decoy, 'paint')],
    ),
}

function lineOf(text: string, start: string): string {
  const line = text.split('\n').find((one) => one.trim().startsWith(start)) ?? ''
  return line.trim().replace(/,$/u, '')
}

// The blocks of a yarn.lock that hold what a registry has.
function blocksOf(text: string, name: string): string {
  return text
    .split('\n\n')
    .filter((block) => new RegExp(`^"?${name}@`, 'u').test(block.trim()))
    .map((block) => `${block.trim()}\n`)
    .join('\n')
}

for (const [client, edit] of Object.entries(DROPS) as [Exclude<ClientName, 'npm-11'>, (typeof DROPS)['npm']][]) {
  await t.test(
    `${client}: what a package asks for is left out, and another package's alias stands where it looks`,
    { skip: missing(client) },
    async (check) => {
      const { frozen, lockfile } = ATTACKS[client]
      const honest = await installed(client, `${client}-whole`, MANIFEST)
      const decoy = await installed(client, `${client}-carrier`, CARRIED)
      check.match(await verify(decoy.folder), { verdict: 'satisfied' }, 'the alias of a package alone is its own')
      const attacked = await workbench.project(`${client}-dropped`, MANIFEST)
      await writeFile(join(attacked, lockfile), edit(honest.text, decoy.text))
      const ended = await workbench.run(client, attacked, frozen, ENV)
      check.equal(ended.code, 0, `the client says nothing: ${ended.stdout}\n${ended.stderr}`)
      check.equal(await loaded(attacked, 'brush'), 'evil')
      const report = await verify(attacked)
      const refused = report.packages.filter(({ verdict }) => verdict === 'refused')
      check.match(refused, [
        {
          name: 'evil',
          findings: [
            {
              code: 'lock-entry-undeclared',
              found: 'evil@1.0.0 in the place of paint, where brush@2.0.0 would find it',
              wanted: "paint: ^1.0.0, by the registry's metadata of brush@2.0.0",
            },
          ],
        },
      ])
      check.equal(refused.length, 1)
    },
  )
}

const PNPM = `lockfileVersion: '9.0'

importers:

  .:
    dependencies:
      brush:
        specifier: ^2.0.0
        version: 2.0.0

packages:

  brush@2.0.0:
    resolution: {integrity: BRUSH}

  evil@1.0.0:
    resolution: {integrity: EVIL}

snapshots:

  brush@2.0.0:
    dependencies:
      paint: evil@1.0.0

  evil@1.0.0: {}
`

async function pnpmProject(
  name: string,
  files: Readonly<Record<string, string>>,
  edit = (text: string): string => text,
): Promise<string> {
  const lock = PNPM.replace('BRUSH', brush.integrity).replace('EVIL', evil.integrity)
  return workbench.project(
    name,
    { name: 'shop', version: '1.0.0', dependencies: { brush: '^2.0.0' } },
    { ...files, 'pnpm-lock.yaml': edit(lock) },
  )
}

await t.test(
  'what the project itself points there needs no registry to say so; a hook of it cannot be told',
  async (check) => {
    const permits = [
      'overrides:\n  paint: npm:evil@1.0.0\n',
      'overrides:\n  brush>paint: npm:evil@1.0.0\n',
      'packageExtensions:\n  brush:\n    dependencies:\n      paint: npm:evil@1.0.0\n',
    ]
    for (const [nth, settings] of permits.entries())
      check.match(
        await verify(await pnpmProject(`permitted-${nth}`, { 'pnpm-workspace.yaml': settings })),
        { verdict: 'satisfied' },
        settings,
      )
    const elsewhere = 'packageExtensions:\n  brush:\n    dependencies:\n      other: npm:evil@1.0.0\n'
    check.match(await verify(await pnpmProject('elsewhere', { 'pnpm-workspace.yaml': elsewhere })), {
      verdict: 'refused',
    })
    const hooked = await pnpmProject('hooked', { '.pnpmfile.cjs': '' }, (text) =>
      text.replace('importers:', 'pnpmfileChecksum: sha256-x\n\nimporters:'),
    )
    check.match(await verify(hooked), {
      verdict: 'undecided',
      packages: [
        { name: 'brush' },
        { name: 'evil', findings: [{ code: 'lock-entry-undeclared', level: 'undecided' }] },
      ],
    })
  },
)

await t.test('Yarn: packageExtensions of the project permit, and other settings do not', async (check) => {
  const lock = berryText({
    'brush@npm:^2.0.0': berryEntry('brush', '2.0.0', { dependencies: { paint: 'npm:evil@1.0.0' } }),
    'paint@npm:evil@1.0.0': berryEntry('evil'),
    ...berryRoot({ brush: 'npm:^2.0.0' }),
  })
  const project = (name: string, settings: string): Promise<string> =>
    workbench.project(
      name,
      { name: 'shop', dependencies: { brush: '^2.0.0' } },
      { 'yarn.lock': lock, '.yarnrc.yml': settings },
    )
  const extension = 'packageExtensions:\n  "brush@*":\n    dependencies:\n      paint: "npm:evil@1.0.0"\n'
  check.match(await verify(await project('extended', extension)), { verdict: 'satisfied' })
  for (const [nth, settings] of ['nodeLinker: node-modules\n', 'packageExtensions: 1\n', '{'].entries())
    check.match(await verify(await project(`not-extended-${nth}`, settings)), { verdict: 'refused' }, settings)
})

await t.test('who cannot be asked leaves it open, and who is left out by the policy is not asked', async (check) => {
  const folder = await pnpmProject('open', {})
  const heal = world.sandbox.fault({ service: 'registry', path: '/brush' }, { kind: 'status', status: 403 })
  const report = await verify(folder)
  check.match(report, { verdict: 'undecided', packages: [{ name: 'brush' }, { name: 'evil', verdict: 'undecided' }] })
  heal()
  await writeFile(join(folder, 'bonafide.json'), JSON.stringify({ version: 1, outside: ['brush'] }))
  const before = world.sandbox.requests.length
  check.match(await verify(folder), { verdict: 'satisfied' })
  check.strictSame(
    world.sandbox.requests.slice(before).filter(({ path }) => path.includes('brush')),
    [],
  )
})

await t.test('a peer takes what another package calls so, and not what nobody does', async (check) => {
  const easel = await world.release('easel', '1.0.0', { manifest: { peerDependencies: { coat: '*' } } })
  const manifest = { name: 'shop', version: '1.0.0', dependencies: { frame: '^1.0.0', easel: '^1.0.0' } }
  const lock = (frame: string): string => `lockfileVersion: '9.0'

importers:

  .:
    dependencies:
      easel:
        specifier: ^1.0.0
        version: 1.0.0(dye@1.0.0)
      frame:
        specifier: ^1.0.0
        version: 1.0.0

packages:

  dye@1.0.0:
    resolution: {integrity: ${dye.integrity}}

  easel@1.0.0:
    resolution: {integrity: ${easel.integrity}}

  frame@1.0.0:
    resolution: {integrity: ${frameVersion.integrity}}

snapshots:

  dye@1.0.0: {}

  easel@1.0.0(dye@1.0.0):
    dependencies:
      coat: dye@1.0.0

  frame@1.0.0:${frame}
`
  const led = await workbench.project('peer-led', manifest, {
    'pnpm-lock.yaml': lock('\n    dependencies:\n      coat: dye@1.0.0'),
  })
  check.match(await verify(led), { verdict: 'satisfied' })
  const alone = await workbench.project('peer-alone', manifest, { 'pnpm-lock.yaml': lock(' {}') })
  check.match(await verify(alone), { verdict: 'refused' })
})

await t.test(
  'a package of git calls another as it likes: no registry knows, and the project asked for it',
  async (check) => {
    const fields = (published: Published): LockFields => ({
      version: published.version,
      resolved: tarballUrl(world.sandbox.registryUrl, published.name, published.version),
      integrity: published.integrity,
    })
    const commit = 'a'.repeat(40)
    const entries = (version: LockFields): LockMore => ({
      dependencies: { tool: `git+https://git.example/tool.git#${commit}` },
      packages: {
        'node_modules/tool': version,
        'node_modules/coat': { name: 'dye', ...fields(dye) },
      },
    })
    const asks = { dependencies: { coat: 'npm:dye@^1.0.0' } }
    await world.lock([], entries({ version: '1.0.0', resolved: `git+https://git.example/tool.git#${commit}`, ...asks }))
    check.match(await verify(world.project), { verdict: 'satisfied' })
  },
)

// The same package twice: with the peers of its own, and in the context that the project gets.
function lockOfContexts(second: string): string {
  return PNPM.replace('BRUSH', brush.integrity)
    .replace('EVIL', evil.integrity)
    .replace('        version: 2.0.0\n', '        version: 2.0.0(carrier@1.0.0)\n')
    .replace('packages:\n', `packages:\n\n  carrier@1.0.0:\n    resolution: {integrity: ${carrier.integrity}}\n`)
    .replace('snapshots:\n', `snapshots:\n\n  carrier@1.0.0:\n    dependencies:\n      paint: evil@1.0.0\n`)
    .replace('packages:\n', `packages:\n\n  paint@1.0.0:\n    resolution: {integrity: ${paint.integrity}}\n`)
    .replace('snapshots:\n', 'snapshots:\n\n  paint@1.0.0: {}\n')
    .replace(
      '      paint: evil@1.0.0\n\n  evil@1.0.0: {}\n',
      `      paint: 1.0.0\n\n  brush@2.0.0(carrier@1.0.0):\n    dependencies:\n      carrier: 1.0.0\n${second}\n  evil@1.0.0: {}\n`,
    )
}

await t.test('pnpm: a dependency is left out in one of the contexts in which a package stands', async (check) => {
  const manifest = { name: 'shop', version: '1.0.0', dependencies: { brush: '^2.0.0' } }
  const whole = await workbench.project('contexts', manifest, {
    'pnpm-lock.yaml': lockOfContexts('      paint: 1.0.0\n'),
  })
  check.match(await verify(whole), { verdict: 'satisfied' })
  const left = await workbench.project('contexts-left', manifest, { 'pnpm-lock.yaml': lockOfContexts('') })
  check.match(await verify(left), { verdict: 'refused' })
})
