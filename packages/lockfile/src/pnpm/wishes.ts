// SPDX-License-Identifier: Apache-2.0
import { isJsonObject, parseJson } from '@bonafide/core'
import type { Json, JsonObject } from '@bonafide/core'
import type { LockfileOptions } from '../draft.ts'
import { extensionsIn, parseManifest } from '../manifest.ts'
import type { Importer, ProjectUse, ProjectWishes } from '../graph/graph.ts'
import { objectAt } from './documents.ts'
import type { PnpmDocument } from './documents.ts'
import { parseYaml } from './yaml.ts'

/** pnpm's settings of a project: its workspaces, catalogs, overrides and config dependencies. */
export const WORKSPACE_FILE = 'pnpm-workspace.yaml'
/** Code of the project that may change what anybody asks for, each time that pnpm resolves. */
export const HOOK_FILES = ['.pnpmfile.cjs', '.pnpmfile.mjs'] as const

/** What the project's own files ask for. What none of them tells is taken from the lockfile, which whoever edits it edits too. */
export class Wishes implements ProjectWishes {
  /** Something that the project points elsewhere, by the name under which anybody asks for it. */
  readonly overrides: ReadonlyMap<string, readonly string[]>
  /** Code of the project changes what is asked for: the lockfile's word then counts beside the manifests'. */
  readonly hasHooks: boolean
  readonly #options: LockfileOptions
  readonly #workspace: JsonObject | null
  readonly #lock: JsonObject
  readonly #asks = new Map<string, ReadonlyMap<string, readonly string[]> | null>()

  constructor({ root, format }: PnpmDocument, options: LockfileOptions) {
    this.#options = options
    this.#lock = format === '13.0' ? objectAt(root, ['settings']) : root
    const text = options.files?.get(WORKSPACE_FILE)
    const document = text === undefined ? null : parseYaml(text, 1, { comments: true })
    const isUnread = document !== null && 'problem' in document
    this.#workspace =
      document !== null && !isUnread && isJsonObject(document.value) ? document.value : isUnread ? null : EMPTY
    const isKnown = options.files !== undefined && !isUnread
    if (!isKnown) this.#workspace = null
    this.overrides = readOverrides(
      isKnown
        ? [
            objectAt(this.#workspace ?? EMPTY, ['overrides']),
            ...manifestOverrides(options.manifest),
            ...extensionsIn(objectAt(this.#workspace ?? EMPTY, ['packageExtensions'])),
            ...extensionsIn(objectAt(readObject(options.manifest), ['pnpm', 'packageExtensions'])),
          ]
        : [objectAt(this.#lock, ['overrides'])],
      this.#asksIn(options.manifest),
    )
    const settings = this.#workspace ?? EMPTY
    this.hasHooks =
      typeof root['pnpmfileChecksum'] === 'string' || typeof this.#lock['pnpmfileChecksum'] === 'string'
        ? options.files === undefined ||
          isUnread ||
          HOOK_FILES.some((name) => options.files?.has(name) === true) ||
          'configDependencies' in settings ||
          'pnpmfile' in settings
        : false
  }

  /** Whether the project's own files say what it asks for, and not the lockfile alone. */
  get areKnown(): boolean {
    return this.#options.manifest !== undefined
  }

  /** The name of a project as its own manifest has it; null where nobody tells. */
  nameOf({ from, name }: Importer): string | null {
    const { manifest, files } = this.#options
    const text = from.kind === 'root' ? manifest : files?.get(`${from.path}/package.json`)
    const document = text === undefined ? null : parseJson(text)
    const said =
      document === null || 'problem' in document || !isJsonObject(document.value) ? null : document.value['name']
    return typeof said === 'string' ? said : name
  }

  /** The texts by which a project asks for a dependency; empty where it does not. */
  of(importer: Importer, use: ProjectUse): readonly string[] {
    const own = this.#own(importer, use)
    const texts = own ?? [use.specifier]
    const hooked = own !== null && this.hasHooks ? [...texts, use.specifier] : texts
    return hooked.map((text) => this.#fromCatalog(use.name, text))
  }

  // Null: no file of the project tells, so that the lockfile has to.
  #own({ kind, from }: Importer, { name }: ProjectUse): readonly string[] | null {
    if (kind === 'manager') return ['*']
    if (kind === 'config') {
      if (this.#workspace === null) return null
      const said = objectAt(this.#workspace, ['configDependencies'])[name]
      const text = isJsonObject(said) ? 'configured' : said
      // the digest that may stand behind the version
      return typeof text === 'string' ? [text.split('+')[0] ?? text] : []
    }
    const { manifest, files } = this.#options
    const known = this.#asks.get(from.path)
    if (known !== undefined) return known === null ? null : (known.get(name) ?? [])
    const text = from.kind === 'root' ? manifest : files?.get(`${from.path}/package.json`)
    // A project that is not there asks for nothing: whoever edits the lockfile might have made it up.
    const isMissing = text === undefined && files !== undefined && from.kind !== 'root'
    const asks = text === undefined ? (isMissing ? new Map<string, readonly string[]>() : null) : this.#asksIn(text)
    this.#asks.set(from.path, asks)
    return asks === null ? null : (asks.get(name) ?? [])
  }

  #asksIn(manifest: string | undefined): ReadonlyMap<string, readonly string[]> {
    const asks = new Map<string, string[]>()
    if (manifest === undefined) return asks
    for (const { name, spec } of parseManifest(manifest, 'package.json').asks) {
      const known = asks.get(name)
      if (known === undefined) asks.set(name, [spec])
      else known.push(spec)
    }
    return asks
  }

  #fromCatalog(name: string, text: string): string {
    if (!text.startsWith('catalog:')) return text
    const catalog = text.slice('catalog:'.length).trim() || 'default'
    if (this.#workspace !== null) {
      const own = objectAt(this.#workspace, catalog === 'default' ? ['catalog'] : ['catalogs', catalog])[name]
      const other = catalog === 'default' ? objectAt(this.#workspace, ['catalogs', 'default'])[name] : undefined
      const found = own ?? other
      return typeof found === 'string' ? found : text
    }
    const said = objectAt(this.#lock, ['catalogs', catalog, name])['specifier']
    return typeof said === 'string' ? said : text
  }
}

const EMPTY = Object.create(null) as JsonObject

function manifestOverrides(manifest: string | undefined): readonly JsonObject[] {
  const root = readObject(manifest)
  return [objectAt(root, ['pnpm', 'overrides']), objectAt(root, ['resolutions'])]
}

function readObject(text: string | undefined): JsonObject {
  const document = text === undefined ? null : parseJson(text)
  return document === null || 'problem' in document || !isJsonObject(document.value) ? EMPTY : document.value
}

/** `a>b@^2` is about `b`, wherever it stands; `$name` stands for what the project asks for by that name. */
function readOverrides(
  sources: readonly JsonObject[],
  direct: ReadonlyMap<string, readonly string[]>,
): ReadonlyMap<string, readonly string[]> {
  const overrides = new Map<string, string[]>()
  for (const [key, value] of sources.flatMap((source): [string, Json][] => Object.entries(source))) {
    if (typeof value !== 'string') continue
    const last = key.split(/(?<=[^ |@])>/u).at(-1) ?? key
    const at = last.indexOf('@', 1)
    const name = at === -1 ? last : last.slice(0, at)
    const texts = value.startsWith('$') ? (direct.get(value.slice(1)) ?? []) : [value]
    overrides.set(name, [...(overrides.get(name) ?? []), ...texts])
  }
  return overrides
}
