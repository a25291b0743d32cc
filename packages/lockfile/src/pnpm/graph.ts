// SPDX-License-Identifier: Apache-2.0
import { isJsonObject, isVersion } from '@bonafide/core'
import type { Json, JsonObject, JsonPath, Location } from '@bonafide/core'
import type { LocatedFinding } from '../entry.ts'
import { Fields, describe } from '../fields.ts'
import { projectPlace } from '../graph/project-place.ts'
import type { Graph, GraphPackage, Importer, ProjectUse, Use } from '../graph/graph.ts'
import { wayTo } from '../tree-path.ts'
import { located } from '../tree.ts'
import { keyOfReference, readKey, withoutSuffix } from './dep-path.ts'
import type { KeyForm } from './dep-path.ts'
import { objectAt } from './documents.ts'
import type { PnpmDocument } from './documents.ts'
import { readResolution } from './resolution.ts'

const GROUPS = ['dependencies', 'optionalDependencies', 'devDependencies'] as const
const BEFORE = [
  ['configDependencies', 'config'],
  ['packageManagerDependencies', 'manager'],
] as const

/** Reads the packages and projects of a document. Wrong types become faults of the entry that has them, and findings where there is none. */
export function readGraph(document: PnpmDocument, file: string): Graph {
  const reading = new Reading(document, file)
  const importers = reading.importers()
  const packages = reading.packages()
  const find = ({ name, reference }: Use): GraphPackage | null => {
    const key = keyOfReference(name, reference, reading.keyForm)
    return key === null ? null : (packages.get(reading.keyForm === 'slash' ? key : withoutSuffix(key)) ?? null)
  }
  return { importers, packages, find, findings: reading.findings }
}

class Reading {
  readonly findings: LocatedFinding[] = []
  readonly keyForm: KeyForm
  readonly #document: PnpmDocument
  readonly #file: string
  readonly #is13: boolean

  constructor(document: PnpmDocument, file: string) {
    this.#document = document
    this.#file = file
    this.#is13 = document.format === '13.0'
    this.keyForm = document.format.startsWith('6.') ? 'slash' : 'plain'
  }

  importers(): readonly Importer[] {
    const { root } = this.#document
    const key = this.#is13 ? 'projects' : 'importers'
    const named = objectAt(root, [key])
    const importers = Object.keys(named).flatMap((folder) =>
      this.#importer(folder, named[folder] ?? null, [key, folder]),
    )
    // a project without a workspace, up to version 6
    if (this.keyForm === 'slash' && root[key] === undefined) importers.push(...this.#importer('.', root, []))
    return importers
  }

  #importer(folder: string, value: Json, path: JsonPath): readonly Importer[] {
    const where = this.#where(path)
    if (!isJsonObject(value)) {
      this.#fault(folder, where, describe(value), 'the dependencies of a project')
      return []
    }
    const from = projectPlace('pnpm', folder === '.' ? '' : folder, where, path)
    const name = typeof value['name'] === 'string' ? value['name'] : null
    const uses = GROUPS.flatMap((group) => this.#projectUses(value, group, path))
    const before = BEFORE.flatMap(([group, kind]): readonly Importer[] =>
      value[group] === undefined ? [] : [{ kind, from, name, uses: this.#projectUses(value, group, path) }],
    )
    return [{ kind: 'project', from, name, uses }, ...before]
  }

  #projectUses(project: JsonObject, group: string, path: JsonPath): readonly ProjectUse[] {
    const value = project[group]
    if (value === undefined || value === null) return []
    if (!isJsonObject(value)) {
      this.#fault(group, this.#where([...path, group]), describe(value), 'an object')
      return []
    }
    const isDev = group === 'devDependencies'
    return Object.entries(value).flatMap(([name, said]) => {
      const where = this.#where([...path, group, name])
      const use = typeof said === 'string' && this.#is13 ? this.#shortUse(name, said, String(path[1])) : longUse(said)
      if (use !== null) return [{ name, ...use, where, isDev }]
      this.#fault(name, where, describe(said), 'a specifier and a version')
      return []
    })
  }

  // Version 13 writes once what would be the same twice, and leaves out what catalogs and the workspace tell.
  #shortUse(
    name: string,
    text: string,
    from: string,
  ): { readonly specifier: string; readonly reference: string } | null {
    if (text.startsWith('workspace:')) {
      const folder = this.#folderOf(name)
      return {
        specifier: text,
        reference: folder === null ? 'link:' : `link:${wayTo(from === '.' ? '' : from, folder)}`,
      }
    }
    if (!text.startsWith('catalog:')) return { specifier: text, reference: text }
    const catalog = text.slice('catalog:'.length) || 'default'
    const version = objectAt(this.#document.root, ['settings', 'catalogs', catalog, name])['version']
    return typeof version === 'string' ? { specifier: text, reference: version } : null
  }

  #folderOf(name: string): string | null {
    const projects = objectAt(this.#document.root, ['projects'])
    const [folder] =
      Object.entries(projects).find(([, project]) => isJsonObject(project) && project['name'] === name) ?? []
    return folder === undefined ? null : folder === '.' ? '' : folder
  }

  packages(): ReadonlyMap<string, GraphPackage> {
    const { root } = this.#document
    const named = objectAt(root, ['packages'])
    const snapshots = this.#is13 || this.keyForm === 'slash' ? null : objectAt(root, ['snapshots'])
    const uses = new Map<string, { uses: Use[]; contexts: (readonly string[])[]; isOptional: boolean }>()
    for (const [key, value] of Object.entries(snapshots ?? {})) {
      const owner = withoutSuffix(key)
      const where = this.#where(['snapshots', key])
      // what has no package has no integrity either
      if (named[owner] === undefined)
        this.#fault(owner, where, `${key} in snapshots alone`, 'the same package in packages')
      if (!isJsonObject(value)) this.#fault(owner, where, describe(value), 'an object')
      const snapshot = isJsonObject(value) ? value : (Object.create(null) as JsonObject)
      const known = uses.get(owner) ?? { uses: [], contexts: [], isOptional: true }
      const used = this.#uses(snapshot, owner, where)
      known.uses.push(...used)
      known.contexts.push(used.map(({ name }) => name))
      known.isOptional &&= snapshot['optional'] === true
      uses.set(owner, known)
    }
    return new Map(
      Object.entries(named).map(([key, value]) => {
        const inner = isJsonObject(value) ? value : (Object.create(null) as JsonObject)
        const where = this.#where(['packages', key])
        const own =
          snapshots === null
            ? { ...this.#contextUses(inner, key, where), isOptional: inner['optional'] === true }
            : uses.get(key)
        return [key, this.#package(key, value, own ?? { uses: [], isOptional: false })]
      }),
    )
  }

  #package(
    key: string,
    value: Json,
    own: Pick<GraphPackage, 'uses' | 'contexts'> & { readonly isOptional: boolean },
  ): GraphPackage {
    const keys = ['packages', key]
    const where = this.#where(keys)
    const fields = new Fields(value, key, where, 'pnpm')
    // Up to version 6 a key that is no version leaves the name to a field; since then each key has one.
    const read = readKey(this.keyForm === 'slash' ? withoutSuffix(key) : key, this.keyForm)
    const name = read?.name ?? (this.keyForm === 'slash' ? fields.text('name') : null)
    if (name === null && fields.faults.length === 0) fields.fault(key, 'a key with the name of a package')
    // a second way to write a key, which pnpm would look up by another text
    if (this.keyForm === 'plain' && withoutSuffix(key) !== key) fields.fault(key, 'a key without brackets')
    const isOfVersion = read !== null && isVersion(read.version)
    const { resolved, integrity } = readResolution(fields, this.#is13, isOfVersion, read?.version ?? key)
    const bundled = fields.raw('bundledDependencies')
    return {
      isVersion: isOfVersion,
      bundled: Array.isArray(bundled) ? (bundled as readonly Json[]).filter((item) => typeof item === 'string') : [],
      uses: own.uses,
      ...(own.contexts === undefined ? {} : { contexts: own.contexts }),
      node: {
        manager: 'pnpm',
        path: key,
        kind: 'package',
        treeName: name,
        owner: null,
        name,
        version: isOfVersion ? read.version : fields.text('version'),
        resolved,
        integrity,
        target: null,
        claimsBundled: false,
        bundles: null,
        optional: own.isOptional,
        dev: false,
        asks: [],
        where,
        keys,
        faults: fields.faults,
      },
    }
  }

  // What is common to all peer contexts of version 13, with what each has beside it.
  #contextUses(value: JsonObject, owner: string, where: Location): Pick<GraphPackage, 'uses' | 'contexts'> {
    const { snapshots, ...common } = value
    const below = this.#is13 && Array.isArray(snapshots) ? (snapshots as readonly Json[]).filter(isJsonObject) : []
    const names = (one: JsonObject): readonly string[] => this.#uses(one, owner, where, false).map(({ name }) => name)
    const shared = names(common)
    const contexts = below.length === 0 ? [shared] : below.map((one) => [...shared, ...names({ snapshots: [one] })])
    return { uses: this.#uses(value, owner, where), contexts }
  }

  #uses(value: JsonObject, owner: string, where: Location, isTold = true): readonly Use[] {
    const contexts = value['snapshots']
    const below = this.#is13 && Array.isArray(contexts) ? (contexts as readonly Json[]).filter(isJsonObject) : []
    const peers = below.map((context) => context['peerDependencies'])
    const groups = [value, ...below].flatMap((one) => [one['dependencies'], one['optionalDependencies']])
    return [...groups, ...peers].flatMap((group) => {
      if (group === undefined) return []
      if (!isJsonObject(group)) {
        if (isTold) this.#fault(owner, where, describe(group), 'an object of dependencies')
        return []
      }
      return Object.entries(group).flatMap(([name, said]) => {
        const reference = this.#is13 && isJsonObject(said) ? said['version'] : said
        if (typeof reference === 'string') return [{ name, reference }]
        if (isTold) this.#fault(owner, where, `${name}: ${describe(said)}`, 'the version of a dependency')
        return []
      })
    })
  }

  #where(path: JsonPath): Location {
    return { file: this.#file, line: this.#document.document.locate(path).line }
  }

  #fault(about: string, where: Location, found: string, wanted: string): void {
    const fix = 'let pnpm write the lockfile anew, and look at what changed before you commit it'
    this.findings.push(located('lock-entry-malformed', about, where, { found, wanted, fix }))
  }
}

function longUse(said: Json): { readonly specifier: string; readonly reference: string } | null {
  if (!isJsonObject(said)) return null
  const { specifier, version } = said
  return typeof specifier === 'string' && typeof version === 'string' ? { specifier, reference: version } : null
}
