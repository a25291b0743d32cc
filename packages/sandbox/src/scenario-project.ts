// SPDX-License-Identifier: Apache-2.0
import { moment } from './moment.ts'

/** One thing that a project does. Its lockfile changes with `lock`; the others are commands that somebody runs over it. */
export type ProjectStep = { readonly at: Date; readonly project: number } & Deed

type Deed =
  | { readonly kind: 'lock'; readonly specs: readonly string[] }
  | { readonly kind: 'adopt' | 'verify' }
  | { readonly kind: 'decide'; readonly words: readonly string[] }
  | { readonly kind: 'edit'; readonly file: string; readonly edit: (text: string) => string }

/** What is told of a project: what its lockfile holds, and when somebody looks at it. Steps happen as they are told. */
export class ProjectStory {
  /** Which of the scenario's projects it is, from 0. */
  readonly index: number
  readonly #steps: ProjectStep[] = []
  readonly #locked = new Map<string, string>()
  #at = new Date(0)

  constructor(index: number) {
    this.index = index
  }

  get steps(): readonly ProjectStep[] {
    return this.#steps
  }

  /** At a time, the lockfile holds exactly these versions, each as `NAME@VERSION`. */
  locks(specs: readonly string[], at: string): this {
    this.#locked.clear()
    return this.#lock(specs, at)
  }

  /** Adopts bonafide, as the lockfile is. */
  adopts(at: string): this {
    return this.#add(at, { kind: 'adopt' })
  }

  /** Takes these versions in place of the ones it has, adds those that it had not, and looks at the outcome. */
  updatesTo(specs: readonly string[], at: string): this {
    return this.#lock(specs, at).looks(at)
  }

  /** Looks at the lockfile as it is. */
  looks(at: string): this {
    return this.#add(at, { kind: 'verify' })
  }

  /** A person decides something, with a command of bonafide. */
  decides(words: readonly string[], at: string): this {
    return this.#add(at, { kind: 'decide', words })
  }

  /** Somebody edits a file of the project by hand; a file that is not there has no text. */
  edits(file: string, edit: (text: string) => string, at: string): this {
    return this.#add(at, { kind: 'edit', file, edit })
  }

  #lock(specs: readonly string[], at: string): this {
    for (const spec of specs) {
      const end = spec.lastIndexOf('@')
      if (end <= 0) throw new RangeError(`not a name and a version: ${spec}`)
      this.#locked.set(spec.slice(0, end), spec.slice(end + 1))
    }
    return this.#add(at, { kind: 'lock', specs: [...this.#locked].map(([name, version]) => `${name}@${version}`) })
  }

  #add(text: string, deed: Deed): this {
    const at = moment(text)
    // A story in which a project goes back in time is told wrong.
    if (at < this.#at) throw new RangeError(`the project was at ${this.#at.toISOString()} already: ${text}`)
    this.#at = at
    this.#steps.push({ at, project: this.index, ...deed })
    return this
  }
}
