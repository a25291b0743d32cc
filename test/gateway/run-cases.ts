// SPDX-License-Identifier: Apache-2.0
// What holds for every client, each time with the open case first: the client alone.
import { join } from 'node:path'
import type { Test } from 'tap'
import t from 'tap'
import { missing } from '../support/clients.ts'
import type { ClientName, Ended } from '../support/clients.ts'
import { startRunScene } from './run-scene.ts'
import type { RunScene } from './run-scene.ts'

/** How a client is called. */
export interface ClientFacts {
  readonly client: ClientName
  readonly lockfile: string
  readonly install: readonly string[]
  /** Exactly what the lockfile holds. */
  readonly frozen: readonly string[]
  /** Adds a package to the project; null where nothing is promised. */
  readonly add: (spec: string) => readonly string[]
  /** Runs a tool without a project; null where the client has no such command. */
  readonly tool: ((spec: string, ...words: readonly string[]) => readonly string[]) | null
  /** Further files of a project. */
  readonly files?: Readonly<Record<string, string>>
  /** Further fields of `package.json`. */
  readonly manifest?: object
  /** A lockfile as it is for users of the public registry; it has more in it for those of another one. */
  readonly usual?: (lock: string) => string
  /** Whether the client runs the script of a dependency in such a project. */
  readonly runsScripts: boolean
}

/** One machine for a client, and the checks that every client has to pass. */
export async function runCases(facts: ClientFacts): Promise<void> {
  const { client } = facts
  const skip = missing(client)
  const named = (name: string, body: (check: Test, scene: RunScene) => Promise<void>): Promise<unknown> =>
    t.test(`${client}: ${name}`, { skip }, async (check) => body(check, await startRunScene(check, client)))

  await named('an honest project installs and runs, and its lockfile stays as it was', async (check, scene) => {
    const { lock, manifest } = await locked(check, scene, facts, { paint: '1.0.0', brush: '1.0.0' })
    const folder = await scene.project(manifest, { ...facts.files, [facts.lockfile]: lock })
    const ran = await scene.guarded(folder, facts.frozen)
    succeeded(check, ran)
    check.match(ran.stderr, /bonafide: verified 3 versions in /u)
    check.match(ran.stderr, /bonafide: satisfied: \d handed out by the gateway/u)
    check.equal(await scene.read(folder, facts.lockfile), lock, 'the lockfile stays as it was')
    check.equal((await scene.plain(folder, [process.execPath, '-e', 'require("paint"); require("brush")'])).code, 0)
    // Where everything is there, from another run, nothing stands in the way.
    succeeded(check, await scene.guarded(folder, facts.install))
    check.equal(await scene.read(folder, facts.lockfile), lock)
  })

  await named('one version in the lock was sent with a stolen token', async (check, scene) => {
    const { lock, manifest, folder: open } = await locked(check, scene, facts, { paint: '1.0.1', brush: '1.0.0' })
    check.not((await scene.traces(open)).length, 0, 'the client alone installs it')
    check.equal(await scene.isOwned(), facts.runsScripts, 'and runs it, if it runs scripts')
    for (const caches of ['warm', 'cold']) {
      if (caches === 'cold') scene.forget()
      const folder = await scene.project(manifest, { ...facts.files, [facts.lockfile]: lock })
      const ran = await scene.guarded(folder, facts.frozen)
      check.equal(ran.code, 1, `${caches} caches`)
      check.match(ran.stderr, /refused +paint@1\.0\.1/u)
      check.match(ran.stderr, /regression-unpinned/u)
      check.match(ran.stderr, /the command was not started/u)
      check.strictSame(await scene.traces(folder), [], 'nothing of it is on disk')
      check.equal(await scene.isOwned(), false)
    }
  })

  await named(
    'a version is added that was sent with a stolen token, by its name and by another',
    async (check, scene) => {
      const { lock, manifest } = await locked(check, scene, facts, { brush: '1.0.0' })
      for (const spec of ['paint@1.0.1', 'colour@npm:paint@1.0.1']) {
        const open = await scene.project(manifest, { ...facts.files, [facts.lockfile]: lock })
        succeeded(check, await scene.plain(open, facts.add(spec)))
        check.not((await scene.traces(open)).length, 0, 'the client alone installs it, and has it in its caches now')
        await scene.isOwned()
        const folder = await scene.project(manifest, { ...facts.files, [facts.lockfile]: lock })
        const ran = await scene.guarded(folder, facts.add(spec))
        check.equal(ran.code, 1)
        check.match(ran.stderr, /refused +paint@1\.0\.1/u)
        check.strictSame(await scene.traces(folder), [])
        check.equal(await scene.isOwned(), false)
      }
    },
  )

  await named('an honest version is added: the lockfile names no gateway', async (check, scene) => {
    const { lock, manifest } = await locked(check, scene, facts, { brush: '1.0.0' })
    const folder = await scene.project(manifest, { ...facts.files, [facts.lockfile]: lock })
    const ran = await scene.guarded(folder, facts.add('paint@1.0.0'))
    succeeded(check, ran)
    check.match(ran.stderr, /the lockfiles were changed, and are satisfied/u)
    const after = (await scene.read(folder, facts.lockfile)) ?? ''
    const alone = await scene.project(manifest, { ...facts.files, [facts.lockfile]: lock })
    succeeded(check, await scene.plain(alone, facts.add('paint@1.0.0')))
    const alike = usualOf(facts, (await scene.read(alone, facts.lockfile)) ?? '')
    check.equal(after, alike, 'as the client alone writes it')
    check.notMatch(after, /127\.0\.0\.1:\d+\/[\w-]{20}/u)
    // And is what the client alone installs from then on.
    scene.forget()
    const manifestAfter = JSON.parse((await scene.read(folder, 'package.json')) ?? '') as object
    const next = await scene.project(manifestAfter, { ...facts.files, [facts.lockfile]: after })
    succeeded(check, await scene.plain(next, facts.frozen))
  })

  await named('an optional dependency is refused: the client ends well, and the run does not', async (check, scene) => {
    const manifest = { ...base(facts), dependencies: { brush: '1.0.0' }, optionalDependencies: { paint: '1.0.1' } }
    const open = await scene.project(manifest, facts.files)
    succeeded(check, await scene.plain(open, facts.install))
    check.not((await scene.traces(open)).length, 0)
    await scene.isOwned()
    const folder = await scene.project(manifest, facts.files)
    const ran = await scene.guarded(folder, facts.install)
    check.equal(ran.code, 1)
    check.match(ran.stderr, /refused +paint@1\.0\.1/u)
    check.strictSame(await scene.traces(folder), [])
    check.equal(await scene.isOwned(), false)
  })

  const { tool } = facts
  if (tool === null) return
  await named(
    'a tool without a project: the honest one runs, the other does not, warm caches or not',
    async (check, scene) => {
      const folder = await scene.project(base(facts))
      succeeded(check, await scene.plain(folder, tool('spray@1.0.1')))
      check.equal(await scene.isOwned(), true, 'the client alone runs it, and has it in its caches now')
      for (const caches of ['warm', 'cold']) {
        if (caches === 'cold') scene.forget()
        const ran = await scene.guarded(folder, tool('spray@1.0.1'))
        check.equal(ran.code, 1, `${caches} caches`)
        check.match(ran.stderr, /refused +spray@1\.0\.1/u)
        check.equal(await scene.isOwned(), false)
      }
      const honest = await scene.guarded(folder, tool('spray@1.0.0', 'red'))
      succeeded(check, honest)
      check.equal(await scene.read(folder, 'sprayed'), 'red')
    },
  )
}

/** A lockfile that the client alone wrote, and the folder where it did so. */
export async function locked(
  check: Test,
  scene: RunScene,
  facts: ClientFacts,
  dependencies: Readonly<Record<string, string>>,
): Promise<{ readonly lock: string; readonly manifest: object; readonly folder: string }> {
  const manifest = { ...base(facts), dependencies }
  const folder = await scene.project(manifest, facts.files)
  succeeded(check, await scene.plain(folder, facts.install))
  const lock = await scene.read(folder, facts.lockfile)
  if (lock === null) throw new Error(`no lockfile in ${join(folder, facts.lockfile)}`)
  return { lock: usualOf(facts, lock), manifest, folder }
}

function usualOf({ usual = (lock) => lock }: ClientFacts, lock: string): string {
  return usual(lock)
}

/** The start of a manifest. */
export function base({ manifest = {} }: Pick<ClientFacts, 'manifest'>): object {
  return { name: 'shop', version: '1.0.0', license: 'MIT', private: true, ...manifest }
}

/** A command has to end well; what it said is shown where it did not. */
export function succeeded(check: Test, { code, stdout, stderr }: Ended): void {
  check.equal(code, 0, code === 0 ? 'ends well' : `${stdout}\n${stderr}`)
}
