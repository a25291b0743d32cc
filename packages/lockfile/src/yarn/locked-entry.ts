// SPDX-License-Identifier: Apache-2.0
import type { IntegrityField, Location } from '@bonafide/core'
import type { LocatedFinding } from '../entry.ts'
import { located } from '../tree.ts'
import type { Descriptor } from './descriptor.ts'
import type { Item } from './outline.ts'
import type { Place } from './place.ts'

/** One thing that is asked for by a key of the lockfile. */
export interface AskedPlace extends Descriptor {
  readonly place: Place
}

/** One dependency that an entry lists. */
export interface Dependency {
  readonly name: string
  readonly range: string
}

/** One block of a yarn.lock, whichever Yarn wrote it: what is asked for, and what it holds for all of that. */
export interface LockedEntry {
  readonly asked: readonly AskedPlace[]
  /** The name of what it holds: the registry's for a registry's package. */
  readonly name: string
  readonly held: Place
  readonly version: string | null
  readonly resolved: string | null
  readonly integrity: IntegrityField
  readonly dependencies: readonly Dependency[]
  /** How other entries refer to it (`::locator=`, patches); null where they do not. */
  readonly locator: string | null
  readonly where: Location
  readonly faults: readonly LocatedFinding[]
}

const REWRITE = 'let Yarn write the lockfile anew, and look at what changed before you commit it'

/** Reads the fields of one block, noting what Yarn does not write. */
export class EntryFields {
  readonly faults: LocatedFinding[] = []
  readonly #items = new Map<string, Item>()
  readonly #label: string
  readonly #file: string

  constructor(items: readonly Item[], label: string, file: string, known: ReadonlySet<string>) {
    this.#label = label
    this.#file = file
    for (const item of items) {
      const [key = ''] = item.keys
      // two values for one field: which of them counts is up to the reader
      if (this.#items.has(key)) this.#twice(key, item.line)
      // what a client obeys and we do not know, such as Yarn 1's prebuilt variants
      else if (!known.has(key)) this.fault(`a field ${key}`, 'the fields that Yarn writes', item.line)
      this.#items.set(key, item)
    }
  }

  fault(found: string, wanted: string, line: number): void {
    const where = { file: this.#file, line }
    this.faults.push(located('lock-entry-malformed', this.#label, where, { found, wanted, fix: REWRITE }))
  }

  text(key: string): string | null {
    const item = this.#items.get(key)
    if (item === undefined) return null
    if (typeof item.value === 'string') return item.value
    this.fault(`${key}: a block`, `${key}: a text`, item.line)
    return null
  }

  /** The names and texts below a key. */
  pairs(key: string): readonly Dependency[] {
    const item = this.#items.get(key)
    if (item === undefined) return []
    if (typeof item.value === 'string') {
      this.fault(`${key}: ${item.value}`, `${key}: names and ranges`, item.line)
      return []
    }
    const seen = new Set<string>()
    return item.value.flatMap(({ keys, value, line }) => {
      const [name = ''] = keys
      if (seen.has(name)) this.#twice(name, line)
      seen.add(name)
      if (typeof value === 'string') return [{ name, range: value }]
      this.fault(`${key}.${name}: a block`, `${key}.${name}: a text`, line)
      return []
    })
  }

  #twice(key: string, line: number): void {
    this.faults.push(duplicate(key, this.#label, { file: this.#file, line }))
  }
}

/** A key that stands twice. */
export function duplicate(key: string, label: string | null, where: Location): LocatedFinding {
  return located('lock-duplicate-key', label, where, {
    found: `${JSON.stringify(key)} twice`,
    wanted: 'each key once',
    fix: 'restore the file from version control: Yarn never writes a key twice',
  })
}
