// SPDX-License-Identifier: Apache-2.0
// Attacks of the cases, armed: their versions leave a trace where they are unpacked, and another where one of their files is run.
import { Scenario } from '@bonafide/sandbox'
import type { FindingCode } from '@bonafide/core'
import type { AttackCase } from '../cases/attack-case.ts'
import { attack as axios } from '../cases/attacks/2026-03-31-axios.ts'
import { attack as tanstack } from '../cases/attacks/2026-05-11-tanstack.ts'
import { attack as worm } from '../cases/attacks/2025-11-24-shai-hulud-2.ts'
import { attack as namesake } from '../cases/further/b07-namesake.ts'
import { attack as withdrawn } from '../cases/further/b31-withdrawn-replayed.ts'
import { MARK, OWNED } from '../gateway/run-scene.ts'

type ScenarioEvent = Scenario['events'][number]
type Publishing = Extract<ScenarioEvent, { readonly kind: 'publish' }>

/** What a project asks for itself: versions by name. */
export type Asked = Readonly<Record<string, string>>

/** A project that an attack reaches, as its story tells it. */
export interface Victim {
  readonly title: string
  /** The story, with the address of a repository in which the git dependency is. */
  readonly story: (git: string) => Scenario
  /** What it asked for when it adopted bonafide, and when that was. */
  readonly honest: { readonly asked: Asked; readonly at: Date }
  /** What it asks for once the attack is out, and when its lockfile was written. */
  readonly attacked: { readonly asked: Asked; readonly at: Date }
  /** When it is installed. */
  readonly installedAt: Date
  /** The refused versions, each with one of the codes that say why. */
  readonly refused: readonly (readonly [spec: string, code: FindingCode])[]
  /** Packages whose scripts the project allows, as somebody does who needs them. */
  readonly scripts: readonly string[]
  /** Whether a script of it runs when it is installed; else its payload runs once it is loaded. */
  readonly hasScript: boolean
}

/** The victims: a stolen token with a new package as its payload, a worm, a foreign repository, a git dependency, a withdrawn version. */
export const VICTIMS: readonly Victim[] = [
  victim('axios 1.14.1 and the script of plain-crypto-js', axios),
  victim('a worm adds an install script', worm),
  victim('a repository of the same name and another number', namesake),
  victim('a package brings a git dependency', tanstack),
  victim('a withdrawn version, out of a cache', withdrawn),
]

function victim(title: string, { story, looks }: AttackCase): Victim {
  const [honest, attacked] = story.steps.filter(({ project, kind }) => project === 0 && kind === 'lock')
  const installed = story.steps.findLast(({ project, kind }) => project === 0 && kind === 'verify')
  const last = looks[story.steps.filter(({ project, kind }) => project === 0 && kind === 'verify').length - 1]
  if (honest?.kind !== 'lock' || attacked?.kind !== 'lock' || installed === undefined || last === undefined)
    throw new RangeError(`a story without a victim: ${story.title}`)
  const names = new Set(honest.specs.map(nameOf))
  const published = new Set(story.events.flatMap((event) => (event.kind === 'publish' ? [specOf(event)] : [])))
  const refused = Object.entries(last)
    .filter(([spec]) => published.has(spec))
    .flatMap(([spec, found]) => found.refuse.slice(0, 1).map((code) => [spec, code] as const))
  const bad = new Set(refused.map(([spec]) => spec))
  const scripts = story.events.flatMap((event) =>
    event.kind === 'publish' && bad.has(specOf(event)) && event.release.manifest?.['scripts'] !== undefined
      ? [event.release.name]
      : [],
  )
  return {
    title,
    story: (git) => new Armed(story, bad, git),
    honest: { asked: askedFor(honest.specs), at: honest.at },
    attacked: { asked: askedFor(attacked.specs.filter((spec) => names.has(nameOf(spec)))), at: attacked.at },
    installedAt: installed.at,
    refused,
    scripts,
    hasScript: scripts.length > 0,
  }
}

/** The name in `NAME@VERSION`. */
export function nameOf(spec: string): string {
  return spec.slice(0, spec.lastIndexOf('@'))
}

function askedFor(specs: readonly string[]): Asked {
  return Object.fromEntries(specs.map((spec) => [nameOf(spec), spec.slice(spec.lastIndexOf('@') + 1)]))
}

function specOf(event: Publishing): string {
  return `${event.release.name}@${event.release.version}`
}

// The stories tell of scripts and have no payload: it is added to the versions that are refused.
class Armed extends Scenario {
  readonly #story: Scenario
  readonly #bad: ReadonlySet<string>
  readonly #git: string

  constructor(story: Scenario, bad: ReadonlySet<string>, git: string) {
    super(story.title)
    this.#story = story
    this.#bad = bad
    this.#git = git
  }

  override get events(): readonly ScenarioEvent[] {
    return this.#story.events.map((event) =>
      event.kind === 'publish' && this.#bad.has(specOf(event)) ? armed(event, this.#git) : event,
    )
  }
}

function armed(event: Publishing, git: string): ScenarioEvent {
  const release = pointed(event.release, git)
  const payload = `// ${MARK}\n${OWNED}\n`
  const scripts = Object.values((release.manifest?.['scripts'] ?? {}) as Readonly<Record<string, string>>)
  const run = scripts.flatMap((script) => /^node (\S+)$/u.exec(script)?.slice(1) ?? [])
  const files = Object.fromEntries(run.map((file) => [file, file.endsWith('.mjs') ? `// ${MARK}\n` : payload]))
  return { ...event, release: { ...release, files: { ...release.files, 'index.js': payload, ...files } } }
}

// Nobody reaches the repository of the story from here.
function pointed(release: Publishing['release'], git: string): Publishing['release'] {
  const manifest = JSON.stringify(release.manifest ?? {}).replaceAll(/"github:[^"]*"/gu, JSON.stringify(git))
  return { ...release, manifest: JSON.parse(manifest) as Readonly<Record<string, unknown>> }
}
