// SPDX-License-Identifier: Apache-2.0
// The real pnpm and Bun install one project with everything in it: what the readers find is what stands on disk. What they install from a
// lockfile that somebody edited, the readers refuse. test/lockfile/yarn-managers.test.ts does the same for the Yarns.
import { lstat, readFile, readdir, realpath, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Lockfile } from '@bonafide/lockfile'
import { startSandbox } from '@bonafide/sandbox'
import { readProject } from '@bonafide/verify'
import t from 'tap'
import { missing, openWorkbench } from '../support/clients.ts'
import { layProject, publishAll } from './rich-project.ts'
import type { Spelling } from './rich-project.ts'

const sandbox = await startSandbox()
await publishAll(sandbox)
const evil = await sandbox.publish({
  name: 'evil',
  version: '1.0.0',
  files: { 'index.js': 'module.exports = "evil"\n' },
})
const { token } = sandbox.accounts.createToken()
const workbench = await openWorkbench(sandbox.registryUrl, token)
t.teardown(() => Promise.all([sandbox.close(), workbench.close()]))

const PATCH = `diff --git a/index.js b/index.js
--- a/index.js
+++ b/index.js
@@ -1,1 +1,1 @@
-module.exports = 1
+module.exports = 2
`
const OVERRIDES = { deep: 'npm:shallow@1.0.0' }
const PATCHED = { 'mended@1.0.0': 'patches/mended.patch' }

/** A manager: how it spells the project, what its lockfile is, and what of it comes from beside the registry. */
interface Manager extends Spelling {
  readonly client: 'pnpm' | 'bun'
  readonly format: string
  readonly lockfile: string
  readonly beside: readonly string[]
}

const shared = {
  catalog: 'catalog:',
  namedCatalog: 'catalog:second',
  workspace: 'workspace:*',
  git: true,
} as const

function pnpm(format: string, setting: string): Manager {
  const settings = `packages:
  - packages/* # ours
catalog:
  listed: ^1.0.0
catalogs:
  second:
    named: ^1.0.0
overrides:
  deep: ${OVERRIDES.deep}
patchedDependencies:
  mended@1.0.0: ${PATCHED['mended@1.0.0']}
${setting}`
  return {
    ...shared,
    client: 'pnpm',
    format,
    lockfile: 'pnpm-lock.yaml',
    link: 'link:./vendor/linked',
    manifest: {},
    files: { 'pnpm-workspace.yaml': settings, 'patches/mended.patch': PATCH },
    beside: [
      'bundled carried',
      'file from-archive',
      'file from-folder',
      'git from-git',
      'link linked',
      'patch mended',
      'workspace part-b',
    ],
  }
}

const MANAGERS: Readonly<Record<string, Manager>> = {
  pnpm: pnpm('9.0', ''),
  'pnpm, in its newest format': pnpm('13.0', 'lockfile:\n  format: v13\n'),
  Bun: {
    ...shared,
    client: 'bun',
    format: '2',
    lockfile: 'bun.lock',
    // to Bun a link is a package of this machine
    link: null,
    manifest: {
      workspaces: {
        packages: ['packages/*'],
        catalog: { listed: '^1.0.0' },
        catalogs: { second: { named: '^1.0.0' } },
      },
      overrides: OVERRIDES,
      patchedDependencies: PATCHED,
    },
    files: { 'patches/mended.patch': PATCH },
    beside: [
      'file from-archive',
      'file from-folder',
      'git from-git',
      'patch mended',
      'remote by-url',
      'workspace part-a',
      'workspace part-b',
    ],
  },
}

for (const [name, manager] of Object.entries(MANAGERS)) {
  const { client, format, beside } = manager
  await t.test(`${name}: one project with everything in it`, { skip: missing(client) }, async (check) => {
    const folder = await workbench.project(`everything-${client}-${format}`, {})
    await layProject(folder, sandbox.registryUrl, manager)
    const ended = await workbench.run(client, folder, ['install'])
    check.equal(ended.code, 0, `${ended.stdout}\n${ended.stderr}`)
    const { lockfiles } = await readProject({ cwd: folder, dir: '.' })
    check.match(lockfiles, [{ manager: client, format, file: manager.lockfile, findings: [] }])
    check.equal(lockfiles.length, 1)
    const [lockfile] = lockfiles
    if (lockfile === undefined) return
    check.strictSame(
      lockfile.entries.flatMap(({ path, findings }) =>
        findings.map(({ code, found, wanted }) => [path, code, found, wanted]),
      ),
      [],
      'an honest lockfile has no findings',
    )
    check.strictSame(await installedIn(folder), expectedOf(lockfile))
    const others = lockfile.entries
      .filter(({ kind }) => kind !== 'registry')
      .map(({ kind, name: at }) => `${kind} ${at}`)
    check.strictSame([...new Set(others)].sort(), beside)
    const text = (await readFile(join(folder, manager.lockfile), 'utf8')).split('\n')
    for (const one of lockfile.entries.filter(({ kind }) => kind === 'registry'))
      check.ok(text[one.where.line - 1]?.includes(`${one.name}@${one.version ?? ''}`), `the line of ${one.path}`)
    check.strictSame(
      lockfile.entries.flatMap((one) => (one.kind === 'registry' && one.optional ? [one.name] : [])).sort(),
      ['@native/linux-x64', '@native/win32-x64'],
    )
    check.strictSame(
      lockfile.entries.flatMap((one) => (one.kind === 'registry' && one.dev ? [one.name] : [])),
      ['tested'],
    )
  })
}

const SWAPS: Readonly<Record<'pnpm' | 'bun', (text: string) => string>> = {
  pnpm: (text) =>
    text
      .replace('version: 1.0.0', 'version: evil@1.0.0')
      .replaceAll('bottom@1.0.0', 'evil@1.0.0')
      .replace(/integrity: [^}]+/u, `integrity: ${evil.integrity}`),
  bun: (text) => text.replace(/\["bottom@.*\]/u, `["evil@1.0.0", "", {}, "${evil.integrity}"]`),
}

const codesIn = async (dir: string): Promise<readonly string[]> =>
  (await readProject({ cwd: dir, dir: '.' })).lockfiles.flatMap(({ entries }) =>
    entries.flatMap(({ name, findings }) => findings.map(({ code }) => `${name} ${code}`)),
  )

for (const client of ['pnpm', 'bun'] as const) {
  await t.test(
    `${client} installs another package in the place of one, and the reader refuses it`,
    { skip: missing(client) },
    async (check) => {
      const lockfile = client === 'pnpm' ? 'pnpm-lock.yaml' : 'bun.lock'
      const manifest = { name: 'shop', version: '1.0.0', dependencies: { bottom: '^1.0.0' } }
      const honest = await workbench.project(`${client}-honest`, manifest)
      check.equal((await workbench.run(client, honest, ['install'])).code, 0)
      const text = await readFile(join(honest, lockfile), 'utf8')
      const swapped = await workbench.project(`${client}-swapped`, manifest)
      await writeFile(join(swapped, lockfile), SWAPS[client](text))
      const ended = await workbench.run(client, swapped, ['install', '--frozen-lockfile'])
      check.equal(ended.code, 0, 'the client says nothing')
      check.match(await readFile(join(swapped, 'node_modules/bottom/index.js'), 'utf8'), /evil/u, 'and evil it is')
      check.strictSame(await codesIn(honest), [])
      check.strictSame(await codesIn(swapped), ['evil lock-entry-undeclared'])
    },
  )
}

// What is on this machine's disk by the lockfile: all of the registry's but what is for another system, and what comes from beside it,
// which goes by the name in its own manifest there. Folders that are linked are not below a `node_modules`.
function expectedOf({ entries }: Lockfile): readonly string[] {
  const here = `@native/${process.platform}-${process.arch}`
  const fetched = entries.filter(
    ({ kind, name }) => kind === 'registry' && (!name.startsWith('@native/') || name === here),
  )
  const beside = entries.filter(({ kind }) => ['file', 'git', 'remote', 'bundled'].includes(kind))
  const all = [...fetched, ...beside].map(({ name, version }) => `${name}@${version ?? '1.0.0'}`)
  return [...new Set(all)].sort()
}

interface Named {
  readonly name: string
  readonly version: string
}

/** Every package that stands below a `node_modules` of a project, the managers' own stores included, by its own manifest. */
async function installedIn(folder: string): Promise<readonly string[]> {
  const found = new Set<string>()
  const look = async (modules: string): Promise<void> => {
    for (const name of await readdir(modules).catch(() => [])) {
      const path = join(modules, name)
      const about = await lstat(path)
      if (name === '.bin' || !about.isDirectory()) continue
      if (name === '.pnpm' || name === '.bun')
        for (const store of await readdir(path)) await look(join(path, store, 'node_modules'))
      else if (name.startsWith('@')) await look(path)
      else if (!name.startsWith('.')) await take(path)
    }
  }
  const take = async (path: string): Promise<void> => {
    const { name, version } = JSON.parse(await readFile(join(path, 'package.json'), 'utf8')) as Named
    found.add(`${name}@${version}`)
    await look(join(path, 'node_modules'))
  }
  const root = await realpath(folder)
  for (const place of ['', 'packages/a', 'packages/b']) await look(join(root, place, 'node_modules'))
  return [...found].sort()
}
