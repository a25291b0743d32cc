// SPDX-License-Identifier: Apache-2.0
import { isJsonObject, isPackageName, isVersion } from '@bonafide/core'
import type { Json, JsonObject, JsonPath, Location } from '@bonafide/core'
import { Fields, describe } from '../fields.ts'
import type { GraphPackage, Use } from '../graph/graph.ts'
import { parseSpec } from '../spec.ts'
import type { Spec } from '../spec.ts'
import { joinTreePath } from '../tree-path.ts'
import type { TreeNode } from '../tree.ts'

/** One entry of `packages`, read, with what it says that its package asks for. */
export interface BunTuple {
  readonly item: GraphPackage
  /** By the name that it uses; where they lead follows from the keys of the others. */
  readonly asks: readonly Ask[]
}

/** A dependency as a package of the lockfile lists it. */
export type Ask = Required<Pick<Use, 'name' | 'specifier' | 'isOptionalPeer'>> & { readonly isOptional: boolean }

// No tree is as deep; each step of a key is one more place in which to look.
const MAX_STEPS = 128

/** The names that a key is made of, outermost first (`a/@s/b`); null where it is none. */
export function readKey(key: string): readonly string[] | null {
  const steps = key.split('/')
  if (steps.length > MAX_STEPS) return null
  const names: string[] = []
  for (let nth = 0; nth < steps.length; nth += 1) {
    const step = steps[nth] ?? ''
    const name = step.startsWith('@') ? `${step}/${steps[(nth += 1)] ?? ''}` : step
    if (!isPackageName(name)) return null
    names.push(name)
  }
  return names
}

/**
 * Reads an entry: `[name@version, url, about, integrity]` for what is of a registry, `[name@source, about, ...]` for all else. Bun goes by
 * the first text alone, so that is what tells which it is.
 */
export function readTuple(key: string, value: Json, where: Location, keys: JsonPath): BunTuple {
  const fields = new Fields(Array.isArray(value) ? EMPTY : value, key, where, 'bun')
  const tuple: readonly Json[] = Array.isArray(value) ? (value as readonly Json[]) : []
  if (!Array.isArray(value)) fields.fault(describe(value), 'a list')
  const names = readKey(key)
  if (names === null) fields.fault(key, 'a key made of the names of packages')
  const [ident] = tuple
  const at = typeof ident === 'string' ? ident.indexOf('@', 1) : -1
  if (typeof ident !== 'string' || at === -1) fields.fault(describe(ident), 'a name and a version or source')
  const name = typeof ident === 'string' && at !== -1 ? ident.slice(0, at) : (names?.at(-1) ?? key)
  const rest = typeof ident === 'string' && at !== -1 ? ident.slice(at + 1) : ''
  const isOfVersion = isVersion(rest)
  const [url, about, integrity] = isOfVersion ? tuple.slice(1) : [undefined, tuple[1], integrityOf(tuple)]
  // how many there are tells Bun which is which
  if (isOfVersion && tuple.length !== 4)
    fields.fault(`${tuple.length} values`, 'a version, a URL, an object and an integrity')
  if (isOfVersion && typeof url !== 'string') fields.fault(describe(url), 'a URL, or nothing between quotes')
  if (about !== undefined && !isJsonObject(about)) fields.fault(describe(about), 'an object')
  const place = readPlace(rest)
  const asks = isJsonObject(about) ? readAsks(about, fields) : []
  const node: TreeNode = {
    manager: 'bun',
    path: names === null ? key : names.map((one) => `node_modules/${one}`).join('/'),
    kind: 'package',
    treeName: names?.at(-1) ?? null,
    owner: null,
    name,
    version: isOfVersion ? rest : null,
    resolved: isOfVersion ? (typeof url === 'string' && url !== '' ? url : null) : place.resolved,
    integrity,
    target: null,
    claimsBundled: false,
    bundles: null,
    optional: false,
    dev: false,
    asks: [],
    where,
    keys,
    faults: fields.faults,
  }
  const asker = place.source?.type === 'folder' ? { ...node, path: place.source.path } : null
  return {
    asks,
    item: {
      node,
      isVersion: isOfVersion,
      bundled: [],
      uses: [],
      ...(place.source === null ? {} : { source: place.source }),
      ...(place.folder === null ? {} : { folder: place.folder }),
      ...(asker === null ? {} : { asker }),
    },
  }
}

const EMPTY = Object.create(null) as JsonObject

// Behind the object there may be a tag of Bun's own, and an integrity.
function integrityOf(tuple: readonly Json[]): Json | undefined {
  return tuple.slice(2).find((item) => typeof item === 'string' && /^sha\d+-/u.test(item))
}

interface Place {
  readonly resolved: string | null
  readonly source: Spec | null
  readonly folder: string | null
}

function readPlace(rest: string): Place {
  if (rest === 'root:') return { resolved: rest, source: null, folder: '' }
  for (const scheme of ['workspace:', 'link:']) {
    if (!rest.startsWith(scheme)) continue
    const path = rest.slice(scheme.length)
    return { resolved: rest, source: null, folder: joinTreePath('', path) ?? path }
  }
  if (isVersion(rest)) return { resolved: null, source: null, folder: null }
  const spec = parseSpec(rest)
  // Bun writes the first letters of a commit of GitHub's.
  const [, commit] = /^github:[^#]+#([0-9a-f]{7,40})$/u.exec(rest) ?? []
  const source = spec.type === 'git' && commit !== undefined ? { ...spec, commit } : spec
  const local =
    source.type === 'file' || source.type === 'folder' ? `file:${joinTreePath('', source.path) ?? source.path}` : rest
  return { resolved: local, source, folder: null }
}

function readAsks(about: JsonObject, fields: Fields): readonly Ask[] {
  const peers = about['optionalPeers']
  const optionalPeers = new Set(Array.isArray(peers) ? (peers as readonly Json[]) : [])
  return (['dependencies', 'optionalDependencies', 'peerDependencies'] as const).flatMap((group) => {
    const value = about[group]
    if (value === undefined) return []
    if (!isJsonObject(value)) {
      fields.fault(`${group}: ${describe(value)}`, `${group}: an object`)
      return []
    }
    return Object.entries(value).flatMap(([name, specifier]): Ask[] => {
      if (typeof specifier !== 'string') {
        fields.fault(`${group}.${name}: ${describe(specifier)}`, `${group}.${name}: a text`)
        return []
      }
      const isOptionalPeer = group === 'peerDependencies' && optionalPeers.has(name)
      return [{ name, specifier, isOptionalPeer, isOptional: isOptionalPeer || group === 'optionalDependencies' }]
    })
  })
}
