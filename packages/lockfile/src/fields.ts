// SPDX-License-Identifier: Apache-2.0
import { isJsonObject } from '@bonafide/core'
import type { Json, JsonObject, Location } from '@bonafide/core'
import type { LocatedFinding, Manager } from './entry.ts'
import { MANAGERS } from './manager.ts'
import { located } from './tree.ts'
import type { Ask } from './tree.ts'

/**
 * Reads the fields of one entry, noting each that is not what its manager writes. npm itself goes by truthiness (`"link": 1` is a link), so
 * a wrong type is a way to show two readers two trees.
 */
export class Fields {
  readonly faults: LocatedFinding[] = []
  readonly #object: JsonObject
  readonly #label: string
  readonly #where: Location
  readonly #manager: Manager

  constructor(value: Json, label: string, where: Location, manager: Manager) {
    this.#manager = manager
    this.#label = label
    this.#where = where
    this.#object = isJsonObject(value) ? value : (Object.create(null) as JsonObject)
    if (!isJsonObject(value)) this.fault(describe(value), 'an object')
  }

  fault(found: string, wanted: string): void {
    const fix = `let ${MANAGERS[this.#manager].name} write the lockfile anew, and look at what changed before you commit it`
    this.faults.push(located('lock-entry-malformed', this.#label, this.#where, { found, wanted, fix }))
  }

  raw(key: string): Json | undefined {
    return this.#object[key]
  }

  text(key: string): string | null {
    const value = this.#object[key]
    if (value === undefined) return null
    if (typeof value === 'string' && value !== '') return value
    this.fault(`${key}: ${describe(value)}`, `${key}: a text`)
    return null
  }

  /** `resolved` may be missing, and npm 6 wrote `false` for it; a client treats both alike. A link to the project itself has an empty one. */
  resolved(link = false): string | null {
    if (link && this.#object['resolved'] === '') return ''
    return this.#object['resolved'] === false ? null : this.text('resolved')
  }

  flag(key: string): boolean {
    const value = this.#object[key]
    if (value !== undefined && typeof value !== 'boolean')
      this.fault(`${key}: ${describe(value)}`, `${key}: true or false`)
    return value === true
  }

  /** The dependencies under one key, as written. */
  asks(key: string, optionalPeers: ReadonlySet<string> = new Set()): Ask[] {
    const value = this.#object[key]
    if (value === undefined) return []
    if (!isJsonObject(value)) {
      this.fault(`${key}: ${describe(value)}`, `${key}: an object`)
      return []
    }
    const asks: Ask[] = []
    for (const [name, spec] of Object.entries(value)) {
      if (typeof spec === 'string') asks.push({ name, spec, optionalPeer: optionalPeers.has(name) })
      else this.fault(`${key}.${name}: ${describe(spec)}`, `${key}.${name}: a text`)
    }
    return asks
  }

  optionalPeers(): ReadonlySet<string> {
    const meta = this.#object['peerDependenciesMeta']
    if (!isJsonObject(meta)) return new Set()
    return new Set(
      Object.entries(meta).flatMap(([name, about]) =>
        isJsonObject(about) && about['optional'] === true ? [name] : [],
      ),
    )
  }

  bundles(): 'all' | readonly string[] {
    const value = this.#object['bundleDependencies'] ?? this.#object['bundledDependencies']
    if (value === true) return 'all'
    if (value === undefined || value === false) return []
    const names = Array.isArray(value) ? (value as readonly Json[]) : null
    const texts = names?.filter((name) => typeof name === 'string') ?? []
    if (names === null || texts.length !== names.length)
      this.fault(`bundleDependencies: ${describe(value)}`, 'bundleDependencies: a list of names')
    return texts
  }
}

/** A value as a finding shows it: short, whatever the file holds. */
export function describe(value: Json | undefined): string {
  if (value === undefined) return 'nothing'
  const text = JSON.stringify(value)
  return text.length > 80 ? `${text.slice(0, 77)}...` : text
}
