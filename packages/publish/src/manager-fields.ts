// SPDX-License-Identifier: Apache-2.0
import { isJsonObject } from '@bonafide/core'
import type { Json, JsonObject } from '@bonafide/core'

// What pnpm and Yarn put in place of the same field of the manifest when they pack, and npm does not.
const OVERRIDING: readonly string[] = [
  'bin',
  'browser',
  'cpu',
  'directory',
  'engines',
  'es2015',
  'esnext',
  'executableFiles',
  'exports',
  'imports',
  'libc',
  'main',
  'module',
  'os',
  'type',
  'types',
  'typesVersions',
  'typings',
  'umd:main',
  'unpkg',
]

const DEPENDENCIES = ['dependencies', 'optionalDependencies', 'peerDependencies'] as const

/** Ranges that mean something in a workspace alone, as `field.name: range`. */
export function workspaceRanges(manifest: JsonObject): readonly string[] {
  return DEPENDENCIES.flatMap((field) => {
    const entries = manifest[field]
    if (!isJsonObject(entries)) return []
    return Object.entries(entries).flatMap(([name, range]) =>
      typeof range === 'string' && WORKSPACE_RANGE.test(range) ? [`${field}.${name}: ${range}`] : [],
    )
  })
}

const WORKSPACE_RANGE = /^(?:workspace|catalog|portal|link|patch|jsr):/u

/** What in a manifest the project's own package manager would have replaced when it packed, in words. */
export function managerFields(manifest: JsonObject): readonly string[] {
  const config = manifest['publishConfig']
  const fields = isJsonObject(config)
    ? OVERRIDING.filter((field) => config[field] !== undefined && !isSame(config[field], manifest[field]))
    : []
  return [...workspaceRanges(manifest), ...fields.map((field) => `publishConfig.${field}`)]
}

function isSame(left: Json | undefined, right: Json | undefined): boolean {
  return JSON.stringify(left) === JSON.stringify(right)
}
