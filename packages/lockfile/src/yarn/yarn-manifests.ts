// SPDX-License-Identifier: Apache-2.0
import { BonafideError, isJsonObject, parseJson } from '@bonafide/core'
import type { Json } from '@bonafide/core'
import type { LockfileOptions } from '../draft.ts'
import { readWorkspaces } from '../manifest.ts'
import type { Dependency } from './locked-entry.ts'

/** What one `package.json` of the project says. */
export interface YarnManifest {
  readonly name: string | null
  readonly version: string | null
  readonly dependencies: readonly Dependency[]
  readonly workspaces: readonly string[]
  /** `resolutions`, by the name whose ranges they replace: Yarn obeys those of the project's root only. */
  readonly resolutions: readonly Dependency[]
}

/** The project's own `package.json` files by their folder from the lockfile's, the root as the empty text. */
export type YarnManifests = ReadonlyMap<string, YarnManifest>

/**
 * Reads the manifests that were given.
 *
 * @throws BonafideError BONAFIDE_LOCKFILE_MALFORMED if one is no JSON object: the lockfile cannot be judged without it
 */
export function readManifests({ manifest, files = new Map() }: LockfileOptions): YarnManifests {
  const manifests = new Map<string, YarnManifest>()
  if (manifest !== undefined) manifests.set('', readManifest(manifest, 'package.json'))
  for (const [path, text] of files) {
    if (!path.endsWith('/package.json')) continue
    manifests.set(path.slice(0, -'/package.json'.length), readManifest(text, path))
  }
  return manifests
}

function readManifest(text: string, path: string): YarnManifest {
  const document = parseJson(text)
  const hint = 'mend the file, then try again'
  if ('problem' in document) {
    const { problem, line, column } = document
    throw new BonafideError('BONAFIDE_LOCKFILE_MALFORMED', `${path} is not JSON: ${problem}`, {
      path,
      line,
      column,
      hint,
    })
  }
  const root = document.value
  if (!isJsonObject(root))
    throw new BonafideError('BONAFIDE_LOCKFILE_MALFORMED', `${path} is not an object`, {
      path,
      line: 1,
      column: 1,
      hint,
    })
  return {
    name: textOf(root['name']),
    version: textOf(root['version']),
    dependencies: ['devDependencies', 'dependencies', 'optionalDependencies'].flatMap((key) => pairs(root[key])),
    workspaces: readWorkspaces(root['workspaces']),
    resolutions: pairs(root['resolutions']).map(({ name, range }) => ({ name: resolvedName(name), range })),
  }
}

/** The name that a key of `resolutions` is about: `**\/foo`, `a/foo`, `@s/a/@s/foo@npm:^1` are all about the last one. */
function resolvedName(key: string): string {
  const parts = key.split('/')
  // a range may hold slashes of its own; it begins at the first `@` behind a name
  const start = parts.findIndex((part) => part.indexOf('@', 1) > 0)
  const path = start === -1 ? parts : parts.slice(0, start + 1)
  const last = path.at(-1) ?? ''
  const at = last.indexOf('@', 1)
  const name = at === -1 ? last : last.slice(0, at)
  const scope = path.at(-2)
  return scope?.startsWith('@') === true ? `${scope}/${name}` : name
}

function pairs(value: Json | undefined): readonly Dependency[] {
  if (!isJsonObject(value)) return []
  return Object.entries(value).flatMap(([name, range]) => (typeof range === 'string' ? [{ name, range }] : []))
}

function textOf(value: Json | undefined): string | null {
  return typeof value === 'string' && value !== '' ? value : null
}
