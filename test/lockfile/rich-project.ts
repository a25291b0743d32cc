// SPDX-License-Identifier: Apache-2.0
// One project with everything that a lockfile can hold, for each package manager in its own spelling.
import { execFile } from 'node:child_process'
import { cp, mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import type { Sandbox } from '@bonafide/sandbox'

const exec = promisify(execFile)

/** What the managers spell differently. */
export interface Spelling {
  /** How a dependency that the project lists in a catalog is written; a range where the manager has none. */
  readonly catalog: string
  readonly namedCatalog: string
  /** How a workspace is asked for by another. */
  readonly workspace: string
  /** How a folder is linked; null where the manager cannot. */
  readonly link: string | null
  /** Whether git repositories on this machine can be asked for. */
  readonly git: boolean
  /** Further fields of the project's `package.json`. */
  readonly manifest: Readonly<Record<string, unknown>>
  /** Further files of the project. */
  readonly files: Readonly<Record<string, string>>
}

/** Publishes what the project needs. */
export async function publishAll(sandbox: Sandbox): Promise<void> {
  const releases: readonly (readonly [string, string, Record<string, unknown>?, Record<string, string>?])[] = [
    ['@acme/fuel', '2.1.0'],
    ['rocket', '1.0.0', { dependencies: { '@acme/fuel': '^2.0.0' } }],
    ['paint', '1.0.0'],
    ['paint', '2.0.0'],
    ['paint', '2.1.0-beta.1'],
    // a package that asks for another one under a name of its own, as some on the public registry do
    ['frame', '1.0.0', { dependencies: { 'old-paint': 'npm:paint@^1.0.0', paint: '^2.0.0' } }],
    ['view', '17.0.0'],
    ['view', '18.0.0'],
    ['widget', '1.0.0', { peerDependencies: { view: '^17.0.0 || ^18.0.0' } }],
    [
      'themed',
      '1.0.0',
      {
        dependencies: { widget: '^1.0.0' },
        peerDependencies: { view: '*', 'not-there': '*' },
        peerDependenciesMeta: { 'not-there': { optional: true } },
      },
    ],
    ['@native/linux-x64', '1.0.0', { os: ['linux'], cpu: ['x64'] }],
    ['@native/win32-x64', '1.0.0', { os: ['win32'], cpu: ['x64'] }],
    ['native', '1.0.0', { optionalDependencies: { '@native/linux-x64': '1.0.0', '@native/win32-x64': '1.0.0' } }],
    ['shallow', '1.0.0'],
    ['deep', '1.0.0'],
    ['deep', '1.1.0'],
    ['digger', '1.0.0', { dependencies: { deep: '^1.0.0', bottom: '^1.0.0' } }],
    ['bottom', '1.0.0'],
    ['listed', '1.0.0'],
    ['named', '1.0.0'],
    ['mended', '1.0.0', {}, { 'index.js': 'module.exports = 1\n' }],
    ['carried', '1.0.0'],
    [
      'carrier',
      '1.0.0',
      { dependencies: { carried: '^1.0.0' }, bundleDependencies: ['carried'] },
      { 'node_modules/carried/package.json': '{ "name": "carried", "version": "1.0.0" }\n' },
    ],
    ['tested', '1.0.0'],
    ['by-url', '1.0.0', { dependencies: { bottom: '^1.0.0' } }],
  ]
  for (const [name, version, manifest = {}, files = {}] of releases)
    await sandbox.publish({ name, version, manifest, files })
}

/** Lays the project into an empty folder. */
export async function layProject(folder: string, registryUrl: string, spelling: Spelling): Promise<void> {
  const write = async (name: string, text: string): Promise<void> => {
    await mkdir(dirname(join(folder, name)), { recursive: true })
    await writeFile(join(folder, name), text)
  }
  const manifest = (name: string, content: object): Promise<void> =>
    write(name, `${JSON.stringify(content, null, 2)}\n`)
  const git = spelling.git ? { 'from-git': `git+file://${await layRepository(`${folder}-repository`)}` } : {}
  await manifest('package.json', {
    name: 'shop',
    version: '1.0.0',
    private: true,
    dependencies: {
      rocket: '^1.0.0',
      brush: 'npm:paint@^2.0.0',
      frame: '^1.0.0',
      view: '^18.0.0',
      themed: '^1.0.0',
      native: '^1.0.0',
      digger: '^1.0.0',
      listed: spelling.catalog,
      mended: '1.0.0',
      carrier: '1.0.0',
      'from-url': `${registryUrl}by-url/-/by-url-1.0.0.tgz`,
      'from-archive': 'file:./vendor/from-archive.tgz',
      'from-folder': 'file:./vendor/from-folder',
      ...(spelling.link === null ? {} : { linked: spelling.link }),
      ...git,
    },
    devDependencies: { tested: '~1.0.0' },
    ...spelling.manifest,
  })
  await manifest('packages/a/package.json', {
    name: 'part-a',
    version: '1.0.0',
    dependencies: { view: '17.0.0', themed: '^1.0.0', 'part-b': spelling.workspace },
  })
  await manifest('packages/b/package.json', {
    name: 'part-b',
    version: '1.0.0',
    dependencies: { named: spelling.namedCatalog, 'from-sibling': 'file:../../vendor/from-folder' },
  })
  await manifest('vendor/from-folder/package.json', {
    name: 'from-folder',
    version: '1.0.0',
    dependencies: { bottom: '^1.0.0' },
  })
  await manifest('vendor/linked/package.json', { name: 'linked', version: '1.0.0' })
  await manifest('vendor/package/package.json', {
    name: 'from-archive',
    version: '1.0.0',
    dependencies: { paint: '^1.0.0' },
  })
  await exec('tar', ['-czf', 'from-archive.tgz', 'package'], { cwd: join(folder, 'vendor') })
  for (const [name, text] of Object.entries(spelling.files)) await write(name, text)
}

/** A git repository with one commit that holds a package; its folder. */
async function layRepository(folder: string): Promise<string> {
  await mkdir(folder)
  await writeFile(
    join(folder, 'package.json'),
    '{ "name": "from-git", "version": "1.0.0", "dependencies": { "bottom": "^1.0.0" } }\n',
  )
  const run = (...words: readonly string[]): Promise<unknown> =>
    exec('git', ['-c', 'user.name=test', '-c', 'user.email=test@example.test', ...words], { cwd: folder })
  await run('init', '--quiet', '--initial-branch=main')
  await run('add', '.')
  await run('commit', '--quiet', '--message=first')
  return folder
}

/** A copy of a project without what an install made. */
export async function copyProject(from: string, to: string): Promise<void> {
  await cp(from, to, { recursive: true, filter: (path) => !path.split('/').includes('node_modules') })
}
