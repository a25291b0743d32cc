// SPDX-License-Identifier: Apache-2.0
import { isJsonObject } from '@bonafide/core'
import type { Json, JsonDocument, JsonObject, Location } from '@bonafide/core'
import type { LocatedFinding } from '../entry.ts'
import { describe } from '../fields.ts'
import { projectPlace } from '../graph/project-place.ts'
import type { Graph, GraphPackage, Importer, ProjectUse, Use } from '../graph/graph.ts'
import { located } from '../tree.ts'
import { readKey, readTuple } from './tuple.ts'
import type { Ask, BunTuple } from './tuple.ts'

const GROUPS = ['dependencies', 'optionalDependencies', 'devDependencies', 'peerDependencies'] as const

/** Reads the packages and workspaces of a Bun lockfile. Where a dependency leads follows from the keys, as in a tree of folders. */
export function readBunGraph(document: JsonDocument, root: JsonObject, file: string): Graph {
  const reading = new Reading(document, root, file)
  return reading.graph()
}

class Reading {
  readonly #document: JsonDocument
  readonly #root: JsonObject
  readonly #file: string
  readonly #findings: LocatedFinding[] = []
  readonly #tuples = new Map<string, BunTuple>()

  constructor(document: JsonDocument, root: JsonObject, file: string) {
    this.#document = document
    this.#root = root
    this.#file = file
  }

  graph(): Graph {
    const packages = objectOf(this.#root['packages'])
    for (const [key, value] of Object.entries(packages))
      this.#tuples.set(key, readTuple(key, value, this.#where(['packages', key]), ['packages', key]))
    const importers = Object.entries(objectOf(this.#root['workspaces'])).flatMap(([folder, value]) =>
      this.#importer(folder, value),
    )
    const uses = new Map([...this.#tuples].map(([key, tuple]) => [key, this.#usesFrom(key, tuple.asks)]))
    const needed = this.#needed(importers, uses)
    const items = new Map(
      [...this.#tuples].map(([key, { item }]): [string, GraphPackage] => [
        key,
        { ...item, uses: uses.get(key) ?? [], node: { ...item.node, optional: !needed.has(key) } },
      ]),
    )
    return {
      importers,
      packages: items,
      find: ({ reference }) => items.get(reference) ?? null,
      findings: this.#findings,
    }
  }

  #importer(folder: string, value: Json): readonly Importer[] {
    const path = ['workspaces', folder]
    const where = this.#where(path)
    if (!isJsonObject(value)) {
      this.#fault(folder, where, describe(value), 'the dependencies of a project')
      return []
    }
    const name = typeof value['name'] === 'string' ? value['name'] : null
    // what is of one project only stands below the name of that project
    const start = folder === '' || name === null ? '' : name
    const optional = new Set(Array.isArray(value['optionalPeers']) ? (value['optionalPeers'] as readonly Json[]) : [])
    const uses = GROUPS.flatMap((group) =>
      Object.entries(objectOf(value[group])).flatMap(([asked, specifier]): ProjectUse[] => {
        const at = this.#where([...path, group, asked])
        if (typeof specifier !== 'string') {
          this.#fault(asked, at, describe(specifier), 'a text')
          return []
        }
        const reference = this.#find(start, asked)
        if (reference === null || (group === 'peerDependencies' && optional.has(asked))) return []
        return [{ name: asked, reference, specifier, where: at, isDev: group === 'devDependencies' }]
      }),
    )
    return [{ kind: 'project', from: projectPlace('bun', folder, where, path), name, uses }]
  }

  /** What is not there is no use: optional peers, and what Bun leaves out. */
  #usesFrom(key: string, asks: readonly Ask[]): readonly (Use & { readonly isOptional: boolean })[] {
    return asks.flatMap(({ name, specifier, isOptionalPeer, isOptional }) => {
      const reference = this.#find(key, name)
      return reference === null ? [] : [{ name, reference, specifier, isOptionalPeer, isOptional }]
    })
  }

  /** The key of the nearest package of a name: below the one who asks, or below those around it. */
  #find(from: string, name: string): string | null {
    const names = from === '' ? [] : [...(readKey(from) ?? [])]
    for (;;) {
      const key = [...names, name].join('/')
      if (this.#tuples.has(key)) return key
      if (names.pop() === undefined) return null
    }
  }

  #needed(
    importers: readonly Importer[],
    uses: ReadonlyMap<string, readonly (Use & { readonly isOptional: boolean })[]>,
  ): ReadonlySet<string> {
    const needed = new Set<string>()
    const workspaces = objectOf(this.#root['workspaces'])
    const queue = importers.flatMap((importer) => {
      const optional = objectOf(objectOf(workspaces[importer.from.path])['optionalDependencies'])
      return importer.uses.flatMap(({ name, reference }) => (name in optional ? [] : [reference]))
    })
    for (let key = queue.pop(); key !== undefined; key = queue.pop()) {
      if (needed.has(key)) continue
      needed.add(key)
      for (const use of uses.get(key) ?? []) if (!use.isOptional) queue.push(use.reference)
    }
    return needed
  }

  #where(path: readonly string[]): Location {
    return { file: this.#file, line: this.#document.locate(path).line }
  }

  #fault(about: string, where: Location, found: string, wanted: string): void {
    const fix = 'let Bun write the lockfile anew, and look at what changed before you commit it'
    this.#findings.push(located('lock-entry-malformed', about, where, { found, wanted, fix }))
  }
}

function objectOf(value: Json | undefined): JsonObject {
  return isJsonObject(value) ? value : (Object.create(null) as JsonObject)
}
