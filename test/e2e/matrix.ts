// SPDX-License-Identifier: Apache-2.0
// One client and every attack, under each way in which bonafide stands before it; first the client alone, to which the attack gets through.
import { chmod, mkdir, readdir, writeFile } from 'node:fs/promises'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ScenarioPlayer } from '@bonafide/sandbox'
import t from 'tap'
import type { Test } from 'tap'
import { startRunScene } from '../gateway/run-scene.ts'
import type { RunScene } from '../gateway/run-scene.ts'
import { missing } from '../support/clients.ts'
import type { ClientName, Ended } from '../support/clients.ts'
import { commitAll, git, gitProgram, makeRepository, writeFiles } from '../support/git.ts'
import { runMain } from '../support/world.ts'
import { VICTIMS } from './victims.ts'
import type { Asked, Victim } from './victims.ts'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))

/** Files of a project by their paths. */
export type Files = Readonly<Record<string, string>>

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
  /** The project's files for a client that runs the scripts of these packages. */
  readonly files: (asked: Asked, scripts: readonly string[]) => Files
  /** Words with which a program is run in the project. */
  readonly program?: readonly string[]
  /** The lockfile as users of the public registry have it. */
  readonly usual?: (lock: string) => string
  /** A lockfile that fetches a package from another host, whose URL ends in a slash. */
  readonly led: (lock: string, name: string, version: string, url: string) => string
  /** Victims that this client cannot be, and why. */
  readonly spared?: Readonly<Record<string, string>>
}

/** Goes through all victims with a client. */
export async function matrix(client: Client): Promise<void> {
  const title = `${client.client}${client.form === undefined ? '' : `, ${client.form}`}`
  for (const victim of VICTIMS.filter((one) => client.spared?.[one.title] === undefined)) {
    const skip = missing(client.client) || (gitProgram === undefined && 'no git')
    await t.test(`${title}: ${victim.title}`, { skip }, (check) => attackWith(check, client, victim))
  }
}

async function attackWith(check: Test, client: Client, victim: Victim): Promise<void> {
  const scene = await startRunScene(check, client.client, () => Promise.resolve())
  const player = new ScenarioPlayer(scene.world.sandbox, victim.story(await repository(scene)))
  await installEngine(scene, victim)

  await player.until(victim.honest.at)
  const honest = await written(check, scene, client, victim, victim.honest)
  const adopted = await runMain(
    ['init', '--now', victim.honest.at.toISOString(), ...scene.world.trust],
    honest.folder,
    scene.world.env,
  )
  check.equal(adopted.status, 0, adopted.stderr)
  const own = await ownFiles(scene, honest.folder)

  await player.until(victim.attacked.at)
  // Metadata of days ago is in nobody's cache.
  scene.forget()
  const open = await written(check, scene, client, victim, victim.attacked)
  check.equal(await scene.isOwned(), victim.hasScript, 'the client alone runs the script that it is to run')
  if (!victim.hasScript) {
    await load(scene, client, open.folder, Object.keys(victim.attacked.asked))
    check.equal(await scene.isOwned(), true, 'and what is loaded from there')
  }
  await player.until(victim.installedAt)
  if (victim.installedAt > victim.attacked.at) {
    const replayed = await scene.project({}, { ...open.files, [client.lockfile]: open.lock })
    check.equal(
      (await scene.plain(replayed, client.frozen)).code,
      0,
      'out of its caches, whatever the registry says now',
    )
    await load(scene, client, replayed, Object.keys(victim.attacked.asked))
    check.equal(await scene.isOwned(), true)
  }

  for (const way of client.ways) {
    const asWritten = await lockOf(scene, client, way, { ...honest.files, ...own })
    for (const caches of ['warm', 'cold'] as const) {
      if (caches === 'cold') scene.forget()
      const files = { ...open.files, ...own, [client.lockfile]: asWritten(open.lock) }
      const folder = await projectOf(scene, way, files)
      const before = await listed(folder)
      const ran = await start(scene, client, way, folder)
      const said = `${ran.stdout}\n${ran.stderr}`
      check.not(ran.code, 0, `${way.name}, ${caches} caches`)
      for (const [spec, code] of victim.refused) {
        check.ok(said.includes(spec), `${spec} is named\n${said}`)
        check.ok(said.includes(code), `and why: ${code}`)
      }
      check.equal(await scene.isOwned(), false, 'nothing of it is run')
      check.strictSame(await scene.traces(folder), [], 'nothing of it is on disk')
      if (way.name !== 'hook') check.strictSame(await listed(folder), before, 'nothing is on disk that was not')
      // The same project without it, with the caches as they are. That is the same for all victims where they are warm.
      if (caches === 'warm' && victim !== VICTIMS[0]) continue
      const clean = await projectOf(scene, way, {
        ...honest.files,
        ...own,
        [client.lockfile]: asWritten(honest.lock),
      })
      const fine = await start(scene, client, way, clean)
      check.equal(fine.code, 0, `${way.name} without the attack\n${fine.stdout}${fine.stderr}`)
      check.equal((await load(scene, client, clean, Object.keys(victim.honest.asked))).code, 0, 'runs')
    }
  }
}

const same = (lock: string): string => lock

// A lockfile by the client itself, in a project that it has installed.
async function written(
  check: Test,
  scene: RunScene,
  client: Client,
  { scripts }: Victim,
  { asked }: Victim['attacked'],
): Promise<{ readonly folder: string; readonly files: Files; readonly lock: string }> {
  const files = client.files(asked, scripts)
  const folder = await scene.project({}, files)
  const ran = await scene.plain(folder, client.install)
  check.equal(ran.code, 0, `the client alone installs it\n${ran.stdout}${ran.stderr}`)
  const lock = (await scene.read(folder, client.lockfile)) ?? ''
  check.not(lock, '')
  return { folder, files, lock: (client.usual ?? same)(lock) }
}

async function lockOf(scene: RunScene, client: Client, way: Way, files: Files): Promise<(lock: string) => string> {
  const { more } = way
  if (more === undefined) return same
  const folder = await projectOf(scene, way, files)
  await start(scene, { ...client, frozen: client.install }, way, folder)
  const [line] = more.found.exec((await scene.read(folder, client.lockfile)) ?? '') ?? []
  if (line === undefined) throw new Error(`nothing like ${more.found.source} in ${client.lockfile}`)
  return (lock) => lock.replace(more.before, `${line}\n${more.before}`)
}

async function projectOf(scene: RunScene, way: Way, files: Files): Promise<string> {
  const folder = await scene.project({}, files)
  await way.prepare?.(folder)
  return folder
}

function start(scene: RunScene, client: Client, way: Way, folder: string): Promise<Ended> {
  const { root } = scene.world
  if (way.name === 'run') return scene.guarded(folder, client.frozen, { options: ['--now', nowOf(scene)] })
  const path = [join(root, 'programs'), join(root, 'clients'), dirname(process.execPath), '/usr/bin', '/bin']
  const words = way.name === 'ci' ? ['bonafide', 'ci'] : client.frozen
  return scene.plain(folder, words, { PATH: path.join(delimiter), ...way.env })
}

function nowOf({ world }: RunScene): string {
  return world.sandbox.clock.now().toISOString()
}

function load(scene: RunScene, client: Client, folder: string, names: readonly string[]): Promise<Ended> {
  const script = names.map((name) => `require('${name}')`).join('; ')
  return scene.plain(folder, [...(client.program ?? [process.execPath]), '-e', script])
}

// `bonafide` as a program on the PATH, which trusts the sandbox.
async function installEngine({ world }: RunScene, { installedAt }: Victim): Promise<void> {
  const bin = join(world.root, 'programs')
  await mkdir(bin)
  const words = [...world.trust, '--now', installedAt.toISOString()].map((word) => `'${word}'`).join(' ')
  const node = `'${process.execPath}' --conditions=bonafide-source`
  await writeFile(
    join(bin, 'bonafide'),
    `#!/bin/sh\nexec ${node} '${ROOT}packages/cli/bin/bonafide.js' "$@" ${words}\n`,
  )
  await chmod(join(bin, 'bonafide'), 0o755)
}

async function ownFiles(scene: RunScene, folder: string): Promise<Files> {
  const entries = await Promise.all(
    ['bonafide.json', 'bonafide.lock'].map(async (name) => [name, (await scene.read(folder, name)) ?? ''] as const),
  )
  return Object.fromEntries(entries)
}

async function listed(folder: string): Promise<readonly string[]> {
  return (await readdir(folder, { recursive: true })).sort()
}

// A repository with a package in it, by its address with the commit.
async function repository({ world }: RunScene): Promise<string> {
  const folder = join(world.root, 'router.git')
  await mkdir(folder)
  makeRepository(folder)
  await writeFiles(folder, {
    'package.json': JSON.stringify({ name: '@tanstack/setup', version: '1.0.0' }),
    'index.js': '',
  })
  const commit = commitAll(folder)
  git(folder, 'config', 'uploadpack.allowAnySHA1InWant', 'true')
  return `git+file://${folder}#${commit}`
}
