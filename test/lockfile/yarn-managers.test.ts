// SPDX-License-Identifier: Apache-2.0
// The real Yarns install one project with everything in it: what the readers find is what stands on disk.
import { lstat, readFile, readdir, realpath } from 'node:fs/promises'
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

const YARNS: Readonly<Record<'yarn-classic' | 'yarn', Spelling & { readonly install: readonly string[] }>> = {
  'yarn-classic': {
    catalog: '^1.0.0',
    namedCatalog: '^1.0.0',
    workspace: '1.0.0',
    link: 'link:./vendor/linked',
    git: true,
    manifest: { workspaces: ['packages/*'], resolutions: { '**/deep': '1.0.0' } },
    files: {},
    install: ['install', '--non-interactive', '--ignore-scripts'],
  },
  yarn: {
    catalog: 'catalog:',
    namedCatalog: 'catalog:others',
    workspace: 'workspace:^',
    link: 'portal:./vendor/linked',
    // Yarn 4 takes no repository from the disk
    git: false,
    manifest: {
      workspaces: ['packages/*'],
      resolutions: { deep: '1.0.0', 'mended@npm:1.0.0': 'patch:mended@npm%3A1.0.0#~/.yarn/patches/mended.patch' },
    },
    files: {
      '.yarnrc.yml': 'catalog:\n  listed: ^1.0.0\ncatalogs:\n  others:\n    named: ^1.0.0\n',
      '.yarn/patches/mended.patch': PATCH,
    },
    install: ['install', '--no-immutable'],
  },
}

for (const client of ['yarn-classic', 'yarn'] as const) {
  await t.test(`${client}: one project with everything in it`, { skip: missing(client) }, async (check) => {
    const { install, ...spelling } = YARNS[client]
    const folder = await workbench.project(client, {})
    await layProject(folder, sandbox.registryUrl, spelling)
    const env = { YARN_NPM_MINIMAL_AGE_GATE: '0' }
    const ended = await workbench.run(client, folder, install, env)
    check.equal(ended.code, 0, `${ended.stdout}\n${ended.stderr}`)
    const { lockfiles } = await readProject({ cwd: folder, dir: '.' })
    const [lockfile] = lockfiles
    check.equal(lockfiles.length, 1)
    if (lockfile === undefined) return
    check.equal(lockfile.manager, client)
    check.strictSame(
      lockfile.entries.flatMap(({ path, findings }) =>
        findings.map(({ code, found, wanted }) => [path, code, found, wanted]),
      ),
      [],
      'an honest lockfile has no findings',
    )
    check.strictSame(await installedIn(folder), expectedOf(lockfile))
    check.strictSame(
      lockfile.entries
        .filter((one) => one.kind !== 'registry')
        .map(({ kind, name }) => `${kind} ${name}`)
        .sort(),
      client === 'yarn'
        ? [
            'file from-archive',
            'file from-folder',
            'file from-sibling',
            'link linked',
            'patch mended',
            'remote from-url',
            'workspace part-a',
            'workspace part-b',
          ]
        : [
            'file from-archive',
            'file from-folder',
            'file from-sibling',
            'git from-git',
            'link linked',
            'remote from-url',
          ],
    )
    check.strictSame(
      lockfile.entries
        .filter(({ name }) => name === 'paint')
        .map(({ alias, version }) => `${alias ?? 'paint'} ${version}`)
        .sort(),
      ['brush 2.0.0', 'old-paint 1.0.0', 'paint 1.0.0', 'paint 2.0.0'],
    )
  })
}

// What is on this machine's disk by the lockfile: all of the registry's but what is for another system, and what comes from beside it,
// which goes by the name in its own manifest there.
function expectedOf({ entries }: Lockfile): readonly string[] {
  const here = entries.filter(({ kind, name }) => kind === 'registry' && name !== '@native/win32-x64')
  const beside = ['by-url@1.0.0', 'from-archive@1.0.0', 'from-folder@1.0.0']
  const git = entries.some(({ kind }) => kind === 'git') ? ['from-git@1.0.0'] : []
  return [...new Set([...here.map(({ name, version }) => `${name}@${version ?? '?'}`), ...beside, ...git])].sort()
}

interface Named {
  readonly name: string
  readonly version: string
}

/** Every package that stands below a `node_modules` of a project, by the name and version in its own manifest. */
async function installedIn(folder: string): Promise<readonly string[]> {
  const found = new Set<string>()
  const look = async (modules: string): Promise<void> => {
    for (const name of await readdir(modules).catch(() => [])) {
      const path = join(modules, name)
      const about = await lstat(path)
      if (name.startsWith('.') || !about.isDirectory() || (await realpath(path)) !== path) continue
      if (name.startsWith('@')) await look(path)
      else await take(path)
    }
  }
  const take = async (path: string): Promise<void> => {
    const { name, version } = JSON.parse(await readFile(join(path, 'package.json'), 'utf8')) as Named
    found.add(`${name}@${version}`)
    await look(join(path, 'node_modules'))
  }
  const root = await realpath(folder)
  for (const place of ['', 'packages/a', 'packages/b', 'vendor/linked']) await look(join(root, place, 'node_modules'))
  return [...found].sort()
}
