// SPDX-License-Identifier: Apache-2.0
// One client and every attack, under each way in which bonafide stands before it; first the client alone, to which the attack gets through.
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { ScenarioPlayer } from '@bonafide/sandbox'
import t from 'tap'
import type { Test } from 'tap'
import { startRunScene } from '../gateway/run-scene.ts'
import type { RunScene } from '../gateway/run-scene.ts'
import { missing } from '../support/clients.ts'
import { commitAll, git, gitProgram, makeRepository, writeFiles } from '../support/git.ts'
import { runMain } from '../support/world.ts'
import { VICTIMS } from './victims.ts'
import type { Victim } from './victims.ts'
import { installEngine, listed, load, lockOf, projectOf, start, written } from './ways.ts'
import type { Client, Files } from './ways.ts'

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
  await installEngine(scene, victim.installedAt)

  await player.until(victim.honest.at)
  const honest = await written(check, scene, client, { dependencies: victim.honest.asked }, victim.scripts)
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
  const open = await written(check, scene, client, { dependencies: victim.attacked.asked }, victim.scripts)
  check.equal(await scene.isOwned(), victim.hasScript, 'the client alone runs the script that it is to run')
  if (!victim.hasScript) {
    await load(scene, client, open.folder, Object.keys(victim.attacked.asked))
    check.equal(await scene.isOwned(), true, 'and what is loaded from there')
  }
  await player.until(victim.installedAt)
  if (victim.installedAt > victim.attacked.at) {
    const replayed = await projectOf(scene, { name: 'run' }, { ...open.files, [client.lockfile]: open.lock })
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

async function ownFiles(scene: RunScene, folder: string): Promise<Files> {
  const entries = await Promise.all(
    ['bonafide.json', 'bonafide.lock'].map(async (name) => [name, (await scene.read(folder, name)) ?? ''] as const),
  )
  return Object.fromEntries(entries)
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
