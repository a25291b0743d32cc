// SPDX-License-Identifier: Apache-2.0
import { isJsonObject, parseJson } from '@bonafide/core'
import type { Json, JsonObject } from '@bonafide/core'
import type { LockfileOptions } from '../draft.ts'
import type { Importer, ProjectUse, ProjectWishes } from '../graph/graph.ts'
import { parseManifest } from '../manifest.ts'

/** What the project's manifests ask for; where there is none, the lockfile's copy of them. */
export class BunWishes implements ProjectWishes {
  readonly overrides: ReadonlyMap<string, readonly string[]>
  readonly #options: LockfileOptions
  /** What holds `catalog`, `catalogs` and `overrides`: the project's manifest, or the lockfile. */
  readonly #source: JsonObject
  readonly #asks = new Map<string, ReadonlyMap<string, readonly string[]> | null>()

  constructor(root: JsonObject, options: LockfileOptions) {
    this.#options = options
    this.#source = objectIn(options.manifest) ?? root
    // npm's reader of overrides follows their nesting, and `$name`
    const copy = options.manifest ?? JSON.stringify({ overrides: root['overrides'] ?? {} })
    const overrides = new Map<string, string[]>()
    const add = (name: string, spec: string): void => {
      const known = overrides.get(name)
      if (known === undefined) overrides.set(name, [spec])
      else known.push(spec)
    }
    for (const { name, spec } of parseManifest(copy, 'package.json').overrides) add(name, spec)
    const resolutions = this.#source['resolutions']
    for (const [path, spec] of Object.entries(isJsonObject(resolutions) ? resolutions : {}))
      if (typeof spec === 'string') add(/(?:@[^/]+\/)?[^/]+$/u.exec(path)?.[0] ?? path, spec)
    this.overrides = new Map(
      [...overrides].map(([name, specs]) => [name, specs.map((spec) => this.#meant(name, spec))]),
    )
  }

  of(importer: Importer, { name, specifier }: ProjectUse): readonly string[] {
    const asks = this.#asksOf(importer)
    return (asks === null ? [specifier] : (asks.get(name) ?? [])).map((text) => this.#meant(name, text))
  }

  nameOf({ from, name }: Importer): string | null {
    const said = objectIn(this.#textOf(from.path))?.['name']
    return typeof said === 'string' ? said : name
  }

  #textOf(folder: string): string | undefined {
    return folder === '' ? this.#options.manifest : this.#options.files?.get(`${folder}/package.json`)
  }

  #asksOf({ from }: Importer): ReadonlyMap<string, readonly string[]> | null {
    const known = this.#asks.get(from.path)
    if (known !== undefined) return known
    const text = this.#textOf(from.path)
    // A project that is not there asks for nothing: whoever edits the lockfile might have made it up.
    const isMissing = from.kind !== 'root' && this.#options.files !== undefined
    const asks = text === undefined ? (isMissing ? new Map<string, readonly string[]>() : null) : asksIn(text)
    this.#asks.set(from.path, asks)
    return asks
  }

  #meant(name: string, text: string): string {
    if (!text.startsWith('catalog:')) return text
    const catalog = text.slice('catalog:'.length).trim()
    const workspaces = this.#source['workspaces']
    const places = [this.#source, ...(isJsonObject(workspaces) ? [workspaces] : [])]
    for (const place of places) {
      const named = place['catalogs']
      const list: Json | undefined =
        catalog === '' ? place['catalog'] : isJsonObject(named) ? named[catalog] : undefined
      const found = isJsonObject(list) ? list[name] : undefined
      if (typeof found === 'string') return found
    }
    return text
  }
}

function asksIn(manifest: string): ReadonlyMap<string, readonly string[]> {
  const asks = new Map<string, string[]>()
  for (const { name, spec } of parseManifest(manifest, 'package.json').asks) {
    const known = asks.get(name)
    if (known === undefined) asks.set(name, [spec])
    else known.push(spec)
  }
  return asks
}

function objectIn(text: string | undefined): JsonObject | null {
  const document = text === undefined ? null : parseJson(text)
  return document === null || 'problem' in document || !isJsonObject(document.value) ? null : document.value
}
