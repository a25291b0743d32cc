// SPDX-License-Identifier: Apache-2.0
import { moment } from './moment.ts'

/** One thing that a project does. Its lockfile changes with `lock`; the others are commands that somebody runs over it. */
export type ProjectStep =
  | { readonly kind: 'lock'; readonly at: Date; readonly specs: readonly string[] }
  | { readonly kind: 'adopt'; readonly at: Date }
  | { readonly kind: 'verify'; readonly at: Date }
  | { readonly kind: 'decide'; readonly at: Date; readonly words: readonly string[] }
  | { readonly kind: 'write'; readonly at: Date; readonly file: string; readonly text: string }

/** What is told of a project: what its lockfile holds, and when somebody looks at it. Steps happen as they are told. */
export class ProjectStory {
  readonly #steps: ProjectStep[] = []
  readonly #locked = new Map<string, string>()
  #at = new Date(0)

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
    return this.#add({ kind: 'adopt', at: this.#when(at) })
  }

  /** Takes these versions in place of the ones it has, adds those that it had not, and looks at the outcome. */
  updatesTo(specs: readonly string[], at: string): this {
    return this.#lock(specs, at).looks(at)
  }

  /** Looks at the lockfile as it is. */
  looks(at: string): this {
    return this.#add({ kind: 'verify', at: this.#when(at) })
  }

  /** A person decides something, with a command of bonafide. */
  decides(words: readonly string[], at: string): this {
    return this.#add({ kind: 'decide', at: this.#when(at), words })
  }

  /** Somebody writes a file of the project: its policy, for instance. */
  writes(file: string, text: string, at: string): this {
    return this.#add({ kind: 'write', at: this.#when(at), file, text })
  }

  #lock(specs: readonly string[], at: string): this {
    for (const spec of specs) {
      const end = spec.lastIndexOf('@')
      if (end <= 0) throw new RangeError(`not a name and a version: ${spec}`)
      this.#locked.set(spec.slice(0, end), spec.slice(end + 1))
    }
    return this.#add({
      kind: 'lock',
      at: this.#when(at),
      specs: [...this.#locked].map(([name, version]) => `${name}@${version}`),
    })
  }

  // A story in which a project goes back in time is told wrong.
  #when(text: string): Date {
    const at = moment(text)
    if (at < this.#at) throw new RangeError(`the project was at ${this.#at.toISOString()} already: ${text}`)
    this.#at = at
    return at
  }

  #add(step: ProjectStep): this {
    this.#steps.push(step)
    return this
  }
}
