// SPDX-License-Identifier: Apache-2.0
// A project that is installed by the real npm and by bonafide, and a payload that leaves a file where nobody else writes.
import { createHash } from 'node:crypto'
import { cp, lstat, mkdir, readFile, readdir, readlink, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Test } from 'tap'
import { openWorkbench } from '../support/clients.ts'
import type { Ended, Workbench } from '../support/clients.ts'
import { runMain, startWorld } from '../support/world.ts'
import type { Ran, World } from '../support/world.ts'

/** A world with a real npm in it. */
export interface Scene {
  readonly world: World
  readonly workbench: Workbench
  readonly env: Readonly<Record<string, string | undefined>>
  /** An install script that leaves a file; see {@link isOwned}. */
  readonly payload: string
  /** Whether the payload ran since this was last asked. */
  readonly isOwned: () => Promise<boolean>
  /** Writes package.json and has the real npm write the lockfile for it. */
  readonly lock: (manifest: object, args?: readonly string[]) => Promise<void>
  /** The real npm, in the project. */
  readonly npm: (...args: readonly string[]) => Promise<Ended>
  /** bonafide, in the project. */
  readonly bonafide: (...words: readonly string[]) => Promise<Ran>
  /** What is in `node_modules`, by path, with what it holds. */
  readonly tree: () => Promise<Readonly<Record<string, string>>>
  /** Removes `node_modules`. */
  readonly clear: () => Promise<void>
}

/** Sets up a scene. */
export async function openScene(check: Test, seed: string): Promise<Scene> {
  const world = await startWorld(seed)
  const workbench = await openWorkbench(world.sandbox.registryUrl, 'none')
  check.teardown(async () => {
    await workbench.close()
    await world.close()
  })
  const owned = join(world.root, 'owned')
  const env = { ...world.env, PATH: [world.env['PATH'], dirname(process.execPath), '/usr/bin', '/bin'].join(':') }
  await writeFile(join(world.root, 'home', '.npmrc'), `registry=${world.sandbox.registryUrl}\n`)
  const npm = (...args: readonly string[]): Promise<Ended> => workbench.run('npm', world.project, args)
  return {
    world,
    workbench,
    env,
    payload: `node -e "require('fs').writeFileSync('${owned}','')"`,
    async isOwned() {
      const isThere = (await lstat(owned).catch(() => null)) !== null
      await rm(owned, { force: true })
      return isThere
    },
    async lock(manifest, args = []) {
      await world.write('package.json', JSON.stringify({ name: 'shop', version: '1.0.0', ...manifest }, null, 2))
      // Beside the project: npm would keep what is installed.
      const aside = join(world.root, 'locking')
      const left = new Set(['node_modules', 'package-lock.json'].map((name) => join(world.project, name)))
      await cp(world.project, aside, { recursive: true, filter: (path) => !left.has(path) })
      workbench.forget()
      const { code, stderr } = await workbench.run('npm', aside, [
        'install',
        '--package-lock-only',
        '--ignore-scripts',
        ...args,
      ])
      if (code !== 0) throw new Error(stderr)
      await cp(join(aside, 'package-lock.json'), join(world.project, 'package-lock.json'))
      await rm(aside, { recursive: true })
    },
    npm,
    bonafide: (...words) => runMain([...words.slice(0, 1), ...world.trust, ...words.slice(1)], world.project, env),
    tree: () => readTree(join(world.project, 'node_modules')),
    clear: () => rm(join(world.project, 'node_modules'), { recursive: true, force: true }),
  }
}

/** Every file below a folder, by path: what it hashes to, or where it leads. */
export async function readTree(folder: string): Promise<Readonly<Record<string, string>>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => [])
  const files = entries.filter((entry) => !entry.isDirectory())
  const lines = await Promise.all(
    files.map(async (entry) => {
      const path = join(entry.parentPath, entry.name)
      const content = entry.isSymbolicLink()
        ? `-> ${await readlink(path)}`
        : createHash('sha256')
            .update(await readFile(path))
            .digest('hex')
      return [path.slice(folder.length + 1), content] as const
    }),
  )
  return Object.fromEntries(lines.sort(([left], [right]) => (left < right ? -1 : 1)))
}

/** Writes a file of the project with the folders above it. */
export async function place(world: World, path: string, text: string): Promise<void> {
  await mkdir(dirname(join(world.project, path)), { recursive: true })
  await world.write(path, text)
}
