// SPDX-License-Identifier: Apache-2.0
import { BonafideError, isJsonObject, parseJson } from '@bonafide/core'
import type { Json, JsonObject } from '@bonafide/core'
import type { Ask } from './tree.ts'

/** What the project's own `package.json` asks for. */
export interface Manifest {
  readonly asks: readonly Ask[]
  /** `overrides`, flattened: which name was pointed where, anywhere in the tree. */
  readonly overrides: readonly { readonly name: string; readonly spec: string }[]
  readonly workspaces: readonly string[]
  readonly bundles: boolean
}

/**
 * Reads a `package.json`. A part of it that has another shape than npm documents asks for nothing: what is not declared is refused.
 *
 * @throws BonafideError BONAFIDE_LOCKFILE_MALFORMED if it is no JSON object: the lockfile cannot be judged without it.
 */
export function parseManifest(text: string, path: string): Manifest {
  const document = parseJson(text)
  if ('problem' in document) {
    const { problem, line, column } = document
    throw new BonafideError('BONAFIDE_LOCKFILE_MALFORMED', `${path} is not JSON: ${problem}`, {
      path,
      line,
      column,
      hint: 'mend the file, then try again',
    })
  }
  if (!isJsonObject(document.value)) {
    throw new BonafideError('BONAFIDE_LOCKFILE_MALFORMED', `${path} is not an object`, {
      path,
      line: 1,
      column: 1,
      hint: 'mend the file, then try again',
    })
  }
  const root = document.value
  const dependencies = ['peerDependencies', 'devDependencies', 'dependencies', 'optionalDependencies'].flatMap((key) =>
    texts(root[key]),
  )
  return {
    asks: dependencies.map(([name, spec]) => ({ name, spec, optionalPeer: false })),
    overrides: readOverrides(root['overrides'], null, new Map(dependencies)),
    workspaces: readWorkspaces(root['workspaces']),
    bundles: [root['bundleDependencies'], root['bundledDependencies']].some(
      (list) => list === true || (Array.isArray(list) && list.length > 0),
    ),
  }
}

/** The folders that count as workspaces: a list of patterns, or an object that holds one (the form that Yarn brought). */
export function readWorkspaces(value: Json | undefined): readonly string[] {
  const list = isJsonObject(value) ? value['packages'] : value
  return Array.isArray(list) ? (list as readonly Json[]).filter((pattern) => typeof pattern === 'string') : []
}

/**
 * What the project adds to the dependencies of packages (`packageExtensions`), whichever packages: the names that they may use, and for what.
 */
export function extensionsIn(extensions: JsonObject): readonly JsonObject[] {
  return Object.values(extensions).flatMap((extension) =>
    isJsonObject(extension)
      ? ['dependencies', 'optionalDependencies', 'peerDependencies'].flatMap((group) => {
          const added = extension[group]
          return isJsonObject(added) ? [added] : []
        })
      : [],
  )
}

function texts(value: Json | undefined): (readonly [string, string])[] {
  if (!isJsonObject(value)) return []
  return Object.entries(value).flatMap(([name, spec]) => (typeof spec === 'string' ? [[name, spec] as const] : []))
}

/** `overrides` nest; `.` stands for the parent itself, `$name` for what the project asks for by that name. */
function readOverrides(
  value: Json | undefined,
  parent: string | null,
  direct: ReadonlyMap<string, string>,
): { name: string; spec: string }[] {
  if (!isJsonObject(value)) return []
  return Object.entries(value).flatMap(([key, inner]) => {
    const at = key.indexOf('@', 1)
    const name = key === '.' ? parent : at === -1 ? key : key.slice(0, at)
    if (name === null) return []
    if (typeof inner !== 'string') return readOverrides(inner, name, direct)
    const spec = inner.startsWith('$') ? direct.get(inner.slice(1)) : inner
    return spec === undefined ? [] : [{ name, spec }]
  })
}
