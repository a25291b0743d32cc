// SPDX-License-Identifier: Apache-2.0
// How bonafide stands before a client, and how a project is installed under each of these ways.
import { chmod, mkdir, readdir, writeFile } from 'node:fs/promises'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Test } from 'tap'
import type { RunScene } from '../gateway/run-scene.ts'
import type { ClientName, Ended } from '../support/clients.ts'
import { writeFiles } from '../support/git.ts'
import type { Asked } from './victims.ts'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))

/** Files of a project by their paths. */
export type Files = Readonly<Record<string, string>>

/** What a project asks for. */
export interface Asks {
  readonly dependencies?: Asked
  readonly optionalDependencies?: Asked
  /** Versions that take the place of others, wherever they are asked for. */
  readonly overrides?: Asked | undefined
  /** Folders of workspaces. */
  readonly workspaces?: readonly string[] | undefined
}

/** How bonafide stands before a client. */
export interface Way {
  readonly name: 'ci' | 'run' | 'hook'
  /** What the project needs for it, beside its lockfile, where `bonafide` and the hook are set up. */
  readonly prepare?: (folder: string) => Promise<void>
  readonly env?: Files
  /** What a lockfile that is written this way has in it more, before a line that is in each: a frozen install asks for it. */
  readonly more?: { readonly found: RegExp; readonly before: string }
}

/** A client as its user has it. */
export interface Client {
  readonly client: ClientName
  /** Which of its forms this is, where there is more than one. */
  readonly form?: string
  readonly lockfile: string
  readonly install: readonly string[]
  readonly frozen: readonly string[]
  readonly ways: readonly Way[]
  /** The project's files: it asks for this, and runs the scripts of these packages. */
  readonly files: (asks: Asks, scripts: readonly string[]) => Files
  /** Words with which a program is run in the project. */
  readonly program?: readonly string[]
  /** The lockfile as users of the public registry have it. */
  readonly usual?: (lock: string) => string
  /** A lockfile that fetches a package from another host, whose URL ends in a slash. */
  readonly led: (lock: string, name: string, version: string, url: string) => string
  /** Victims that this client cannot be, and why. */
  readonly spared?: Readonly<Record<string, string>>
}

const same = (lock: string): string => lock

/** A lockfile by the client itself, in a project that it has installed. */
export async function written(
  check: Test,
  scene: RunScene,
  client: Client,
  asks: Asks,
  scripts: readonly string[],
): Promise<{ readonly folder: string; readonly files: Files; readonly lock: string }> {
  const files = client.files(asks, scripts)
  const folder = await filled(scene, files)
  const ran = await scene.plain(folder, client.install)
  check.equal(ran.code, 0, `the client alone installs it\n${ran.stdout}${ran.stderr}`)
  const lock = (await scene.read(folder, client.lockfile)) ?? ''
  check.not(lock, '')
  return { folder, files, lock: (client.usual ?? same)(lock) }
}

/** What a way makes of lockfiles that were written without it. */
export async function lockOf(
  scene: RunScene,
  client: Client,
  way: Way,
  files: Files,
): Promise<(lock: string) => string> {
  const { more } = way
  if (more === undefined) return same
  const folder = await projectOf(scene, way, files)
  await start(scene, { ...client, frozen: client.install }, way, folder)
  const [line] = more.found.exec((await scene.read(folder, client.lockfile)) ?? '') ?? []
  if (line === undefined) throw new Error(`nothing like ${more.found.source} in ${client.lockfile}`)
  return (lock) => lock.replace(more.before, `${line}\n${more.before}`)
}

/** A project as it is under a way. */
export async function projectOf(scene: RunScene, way: Way, files: Files): Promise<string> {
  const folder = await filled(scene, files)
  await way.prepare?.(folder)
  return folder
}

async function filled(scene: RunScene, files: Files): Promise<string> {
  const folder = await scene.project({})
  await writeFiles(folder, files)
  return folder
}

/** Installs what the lockfile holds. */
export function start(scene: RunScene, client: Client, way: Way, folder: string): Promise<Ended> {
  const { root } = scene.world
  if (way.name === 'run') return scene.guarded(folder, client.frozen, { options: ['--now', nowOf(scene)] })
  const path = [join(root, 'programs'), join(root, 'clients'), dirname(process.execPath), '/usr/bin', '/bin']
  const words = way.name === 'ci' ? ['bonafide', 'ci'] : client.frozen
  return scene.plain(folder, words, { PATH: path.join(delimiter), ...way.env })
}

function nowOf({ world }: RunScene): string {
  return world.sandbox.clock.now().toISOString()
}

/** Runs a program of the project that loads these packages. */
export function load(scene: RunScene, client: Client, folder: string, names: readonly string[]): Promise<Ended> {
  const script = names.map((name) => `require('${name}')`).join('; ')
  return scene.plain(folder, [...(client.program ?? [process.execPath]), '-e', script])
}

/** Puts `bonafide` on the PATH, which trusts the sandbox and judges as of a time. */
export async function installEngine({ world }: RunScene, now: Date): Promise<void> {
  const bin = join(world.root, 'programs')
  await mkdir(bin)
  const words = [...world.trust, '--now', now.toISOString()].map((word) => `'${word}'`).join(' ')
  const node = `'${process.execPath}' --conditions=bonafide-source`
  await writeFile(
    join(bin, 'bonafide'),
    `#!/bin/sh\nexec ${node} '${ROOT}packages/cli/bin/bonafide.js' "$@" ${words}\n`,
  )
  await chmod(join(bin, 'bonafide'), 0o755)
}

/** Everything below a folder, by its path. */
export async function listed(folder: string): Promise<readonly string[]> {
  return (await readdir(folder, { recursive: true })).sort()
}
