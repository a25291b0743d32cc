// SPDX-License-Identifier: Apache-2.0
// Plays a story to a sandbox and lets its projects do what they do, with the real command: adopt, update, look, decide.
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ScenarioPlayer } from '@bonafide/sandbox'
import type { ProjectStep, Scenario } from '@bonafide/sandbox'
import type { Report } from '@bonafide/verify'
import { runMain, startWorld } from '../support/world.ts'
import type { Place } from './place.ts'
import type { Ran, World } from '../support/world.ts'

/** A policy to look with: fields laid over those of the project's own `bonafide.json`, its rules one by one. */
export interface Variant {
  readonly name: string
  readonly rules: Readonly<Record<string, string>>
}

/** What a project saw when it looked, once for each variant of its policy. */
export interface Looked {
  readonly at: Date
  readonly reports: ReadonlyMap<string, Report>
  /** The same as text, under the last variant. */
  readonly text: string
}

/** How a story is played. */
export interface PlayOptions {
  readonly variants: readonly Variant[]
  readonly words?: readonly string[] | undefined
  readonly policy?: Readonly<Record<string, unknown>> | undefined
  readonly tamper?: ((world: World, lockfile: string) => string | Promise<string>) | undefined
  /** Looks with other eyes than the command's, at the end of each look. */
  readonly alsoLook?: (place: Place) => Promise<void>
}

/** What came of a story. */
export interface Played {
  readonly looks: readonly Looked[]
  /** What each adoption printed, in the order of time. */
  readonly deeds: readonly Ran[]
}

/** Plays a story from its beginning to its end. */
export async function playStory(story: Scenario, options: PlayOptions): Promise<Played> {
  const world = await startWorld(story.title)
  try {
    const play = new Play(world, story, options)
    for (const step of story.steps) await play.step(step)
    return play
  } finally {
    await world.close()
  }
}

async function edit(file: string, change: (text: string) => string): Promise<void> {
  const text = await readFile(file, 'utf8').catch(() => '')
  const edited = change(text)
  if (edited === text) throw new Error(`the edit of ${file} changed nothing`)
  await writeFile(file, edited)
}

class Play implements Played {
  readonly looks: Looked[] = []
  readonly deeds: Ran[] = []
  readonly #world: World
  readonly #player: ScenarioPlayer
  readonly #options: PlayOptions

  constructor(world: World, story: Scenario, options: PlayOptions) {
    this.#world = world
    this.#player = new ScenarioPlayer(world.sandbox, story)
    this.#options = options
  }

  async step(step: ProjectStep): Promise<void> {
    await this.#player.until(step.at)
    const folder = join(this.#world.root, `project-${step.project}`)
    switch (step.kind) {
      case 'lock': {
        const { packageJson, packageLock } = this.#player.project(step.specs)
        await mkdir(folder, { recursive: true })
        await writeFile(join(folder, 'package.json'), packageJson)
        await writeFile(join(folder, 'package-lock.json'), packageLock)
        return
      }
      case 'edit':
        return edit(join(folder, step.file), step.edit)
      case 'adopt': {
        const { policy } = this.#options
        if (policy !== undefined)
          await writeFile(join(folder, 'bonafide.json'), JSON.stringify({ version: 1, ...policy }, null, 2))
        this.deeds.push(await this.#run(folder, step.at, ['init']))
        return
      }
      case 'decide':
        return this.#decide(folder, step.at, step.words)
      case 'verify':
        this.looks.push(await this.#look(folder, step.at))
        return
      default:
        return step satisfies never
    }
  }

  async #look(folder: string, at: Date): Promise<Looked> {
    const { variants, words = [], tamper } = this.#options
    const lockfile = join(folder, 'package-lock.json')
    if (tamper !== undefined) await writeFile(lockfile, await tamper(this.#world, await readFile(lockfile, 'utf8')))
    const file = join(folder, 'bonafide.json')
    const own = await readFile(file, 'utf8')
    const { rules: ownRules = {}, ...fields } = JSON.parse(own) as { rules?: Record<string, string> }
    const reports = new Map<string, Report>()
    let text = ''
    for (const { name, rules } of variants) {
      await writeFile(file, JSON.stringify({ ...fields, rules: { ...ownRules, ...rules } }, null, 2))
      const { stdout, stderr } = await this.#run(folder, at, ['verify', '--json', ...words])
      const report = JSON.parse(stdout) as Report
      if (!('packages' in report)) throw new Error(`no report: ${stderr}`)
      reports.set(name, report)
      if (name === variants.at(-1)?.name) text = (await this.#run(folder, at, ['verify', ...words])).stdout
    }
    await writeFile(file, own)
    await this.#options.alsoLook?.({ folder, at, world: this.#world })
    return { at, reports, text }
  }

  // A person who has seen both and says yes.
  async #decide(folder: string, at: Date, words: readonly string[]): Promise<void> {
    const { status, stderr } = await this.#run(folder, at, [...words, '--yes'])
    if (status !== 0) throw new Error(`${words.join(' ')} ended with ${status}: ${stderr}`)
  }

  #run(folder: string, at: Date, words: readonly string[]): Promise<Ran> {
    return runMain([...words, '--now', at.toISOString(), ...this.#world.trust], folder, this.#world.env)
  }
}
