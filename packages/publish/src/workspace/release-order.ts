// SPDX-License-Identifier: Apache-2.0
import { isJsonObject } from '@bonafide/core'
import type { JsonObject, NonEmpty } from '@bonafide/core'

/** A package that has a place among others. */
export interface Ordered {
  readonly name: string
  readonly manifest: JsonObject
}

/** In which order packages that depend on each other are released. */
export interface ReleaseOrder<T> {
  readonly order: readonly T[]
  /** Packages that depend on each other in a circle, by name: of these, none can be first. */
  readonly circles: readonly NonEmpty<string>[]
}

const EDGES = ['dependencies', 'optionalDependencies', 'peerDependencies'] as const

/**
 * Puts packages behind those that they need where they are installed; of those that do not need each other, by name. A package that is there
 * before what it depends on cannot be installed meanwhile. What only its developers need does not count.
 */
export function releaseOrder<T extends Ordered>(packages: readonly T[]): ReleaseOrder<T> {
  const sorted = packages.toSorted((left, right) => (left.name < right.name ? -1 : 1))
  const byName = new Map(sorted.map((one) => [one.name, one]))
  const components = new Components(byName, (one) => neededBy(one).filter((name) => byName.has(name)))
  const found = components.all()
  return {
    order: found.flat(),
    circles: found.flatMap(([first, ...others]) =>
      first === undefined || others.length === 0 ? [] : [[first.name, ...others.map(({ name }) => name)] as const],
    ),
  }
}

function neededBy({ name, manifest }: Ordered): readonly string[] {
  const names = EDGES.flatMap((field) => {
    const entries = manifest[field]
    return isJsonObject(entries) ? Object.keys(entries) : []
  })
  return [...new Set(names)].filter((one) => one !== name).sort()
}

interface Mark {
  readonly index: number
  lowest: number
  isOpen: boolean
}

// Tarjan's strongly connected components come out behind all that they lead to: dependencies first.
class Components<T extends Ordered> {
  readonly #nodes: ReadonlyMap<string, T>
  readonly #edgesOf: (node: T) => readonly string[]
  readonly #marks = new Map<string, Mark>()
  readonly #stack: T[] = []
  readonly #found: T[][] = []

  constructor(nodes: ReadonlyMap<string, T>, edgesOf: (node: T) => readonly string[]) {
    this.#nodes = nodes
    this.#edgesOf = edgesOf
  }

  all(): readonly (readonly T[])[] {
    for (const node of this.#nodes.values()) if (!this.#marks.has(node.name)) this.#visit(node)
    return this.#found
  }

  #visit(node: T): Mark {
    const own: Mark = { index: this.#marks.size, lowest: this.#marks.size, isOpen: true }
    this.#marks.set(node.name, own)
    this.#stack.push(node)
    for (const name of this.#edgesOf(node)) {
      const next = this.#nodes.get(name)
      const known = this.#marks.get(name)
      if (known?.isOpen === true) own.lowest = Math.min(own.lowest, known.index)
      else if (known === undefined && next !== undefined) own.lowest = Math.min(own.lowest, this.#visit(next).lowest)
    }
    if (own.lowest === own.index) this.#close(node)
    return own
  }

  #close(first: T): void {
    const component: T[] = []
    for (let node = this.#stack.pop(); node !== undefined; node = this.#stack.pop()) {
      const mark = this.#marks.get(node.name)
      if (mark !== undefined) mark.isOpen = false
      component.push(node)
      if (node === first) break
    }
    this.#found.push(component.sort((left, right) => (left.name < right.name ? -1 : 1)))
  }
}
