// SPDX-License-Identifier: Apache-2.0
// Somebody's machine with one real package manager and a `bonafide` that trusts the sandbox, and a package of which one version was
// published with a stolen token.
import { chmod, mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Published } from '@bonafide/sandbox'
import { openWorkbench } from '../support/clients.ts'
import type { ClientName, Ended, Workbench } from '../support/clients.ts'
import { startWorld } from '../support/world.ts'
import type { World } from '../support/world.ts'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))

/** A stage for one manager. */
export interface Stage {
  readonly world: World
  readonly workbench: Workbench
  /** paint 1.0.0, built where it has always been built. */
  readonly honest: Published
  /** paint 1.0.1, which a stolen token published: its script writes {@link Stage.payload}. */
  readonly stolen: Published
  readonly payload: string
  /** Makes a project with a `package.json` that asks for these. */
  project(dependencies: Readonly<Record<string, string>>, files?: Readonly<Record<string, string>>): Promise<string>
  run(folder: string, args: readonly string[], env?: Readonly<Record<string, string>>): Promise<Ended>
  /** Whether the payload has run; forgets it again. */
  hasRun(): Promise<boolean>
  close(): Promise<void>
}

/** What an attack publishes: a script that leaves a trace. */
export function payloadScript(file: string): string {
  return `node -e "require('node:fs').writeFileSync('${file}', '')"`
}

/** Sets the stage, with further releases where `release` makes some. */
export async function openStage(client: ClientName, release?: (world: World) => Promise<unknown>): Promise<Stage> {
  const world = await startWorld(`hooks-${client}`)
  const payload = join(world.root, 'payload')
  const scripts = { postinstall: payloadScript(payload) }
  const honest = await world.release('paint', '1.0.0', { files: { 'index.js': 'module.exports = "honest"\n' } })
  const stolen = await world.release('paint', '1.0.1', { provenance: null, manifest: { scripts } })
  await world.release('brush', '2.0.0', { manifest: { dependencies: { paint: '1.0.0' } } })
  await release?.(world)
  world.sandbox.clock.advance(30 * 24 * 60 * 60 * 1000)
  // A token lives a week: it is made once the versions have become old enough.
  const { token } = world.sandbox.accounts.createToken()
  const workbench = await openWorkbench(world.sandbox.registryUrl, token)
  const bin = join(world.root, 'programs')
  await mkdir(bin)
  const words = [...world.trust, '--now', world.sandbox.clock.now().toISOString()].map((word) => `'${word}'`).join(' ')
  const program = `#!/bin/sh\nexec '${process.execPath}' '${ROOT}packages/cli/bin/bonafide.js' "$@" ${words}\n`
  await writeFile(join(bin, 'bonafide'), program)
  await chmod(join(bin, 'bonafide'), 0o755)
  const path = [bin, dirname(process.execPath), '/usr/bin', '/bin'].join(delimiter)
  let projects = 0
  return {
    world,
    workbench,
    honest,
    stolen,
    payload,
    project(dependencies, files = {}) {
      projects += 1
      const manifest = { name: 'shop', version: '1.0.0', license: 'MIT', dependencies }
      return workbench.project(`shop-${projects}`, manifest, files)
    },
    run: (folder, args, env = {}) =>
      workbench.run(client, folder, args, { PATH: path, XDG_CACHE_HOME: join(world.root, 'cache'), ...env }),
    async hasRun() {
      const has = await readFile(payload).then(
        () => true,
        () => false,
      )
      if (has) await rm(payload)
      return has
    },
    async close() {
      await workbench.close()
      await world.close()
    },
  }
}

/** The version of a package that a project has installed; null for none. */
export async function installed(folder: string, name: string): Promise<string | null> {
  try {
    const text = await readFile(join(folder, 'node_modules', name, 'package.json'), 'utf8')
    return (JSON.parse(text) as { readonly version: string }).version
  } catch {
    return null
  }
}

/** Everything below `node_modules` that is called like a version: `paint@1.0.1`. */
export async function traces(folder: string, trace: RegExp): Promise<readonly string[]> {
  const all = await readdir(join(folder, 'node_modules'), { recursive: true }).catch(() => [])
  return all.filter((path) => trace.test(path))
}

/** The fenced block of a package's README that follows a file's name in backquotes. */
export async function readmeBlock(hook: string, file: string): Promise<string> {
  const text = await readFile(join(ROOT, 'packages', hook, 'README.md'), 'utf8')
  const block = new RegExp(`\`${file.replaceAll('.', '\\.')}\`[^\`]*\`\`\`\\w+\\n([\\s\\S]*?)\`\`\``, 'u').exec(
    text,
  )?.[1]
  if (block === undefined) throw new Error(`the README of ${hook} shows no ${file}`)
  return block
}

/** The folder of a hook's package. */
export function hookFolder(hook: string): string {
  return join(ROOT, 'packages', hook)
}
