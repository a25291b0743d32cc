// SPDX-License-Identifier: Apache-2.0
import { isJsonObject } from '@bonafide/core'
import type { Json } from '@bonafide/core'
import { describe } from '../fields.ts'
import type { Fields } from '../fields.ts'

/** Where a package comes from, in the one spelling of sources, and what binds its bytes. */
export interface PnpmResolution {
  readonly resolved: string | null
  readonly integrity: Json | undefined
}

const KNOWN = new Set(['integrity', 'tarball', 'type', 'repo', 'commit', 'directory', 'path', 'gitHosted'])

/**
 * Reads `resolution`, which says what pnpm fetches. What it says has to agree with the key, since pnpm links by the one and fetches by
 * the other.
 */
export function readResolution(fields: Fields, is13: boolean, isOfVersion: boolean, version: string): PnpmResolution {
  const value = fields.raw('resolution')
  const integrity = is13 ? fields.raw('integrity') : isJsonObject(value) ? value['integrity'] : undefined
  // Version 13 leaves out what the key tells.
  if (is13 && value === undefined)
    return { resolved: isOfVersion ? null : version.startsWith('file:') ? version : sourceOf(version), integrity }
  if (!isJsonObject(value)) {
    fields.fault(`resolution: ${describe(value)}`, 'resolution: an object')
    return { resolved: null, integrity }
  }
  const text = (key: string): string | null => {
    const found = value[key]
    if (found === undefined) return null
    if (typeof found === 'string' && found !== '') return found
    fields.fault(`resolution.${key}: ${describe(found)}`, `resolution.${key}: a text`)
    return null
  }
  for (const key of Object.keys(value))
    if (!KNOWN.has(key)) fields.fault(`resolution.${key}`, 'a resolution of a kind that is read')
  const [type, tarball, repository, commit, directory] = ['type', 'tarball', 'repo', 'commit', 'directory'].map(text)
  if (type === 'git') return { resolved: `${gitUrl(repository ?? '')}#${commit ?? ''}`, integrity: undefined }
  if (type === 'directory') return { resolved: `file:${directory ?? ''}`, integrity: undefined }
  if (type !== null && type !== undefined) fields.fault(`resolution.type: ${type}`, 'git or directory')
  // a second source beside the first, for whoever looks there first
  if ((repository ?? commit ?? directory) !== null) fields.fault(`resolution: ${describe(value)}`, 'one source')
  if (tarball !== null && tarball !== undefined) return { resolved: sourceOf(tarball), integrity }
  if (isOfVersion || integrity !== undefined) return { resolved: isOfVersion ? null : sourceOf(version), integrity }
  fields.fault('resolution: no source', 'an integrity, a tarball, a repository or a folder')
  return { resolved: null, integrity }
}

function gitUrl(repository: string): string {
  return /^(?:https?|file):\/\//u.test(repository) ? `git+${repository}` : repository
}

const STEP = '([^/?#%]+)'
const COMMIT = '([0-9a-f]{40}|[0-9a-f]{64})'
const ARCHIVES: readonly (readonly [RegExp, string])[] = [
  [new RegExp(`^https://codeload\\.github\\.com/${STEP}/${STEP}/tar\\.gz/${COMMIT}$`, 'u'), 'github.com'],
  [
    new RegExp(
      `^https://gitlab\\.com/api/v4/projects/${STEP}%2F${STEP}/repository/archive\\.tar\\.gz\\?ref=${COMMIT}$`,
      'u',
    ),
    'gitlab.com',
  ],
  [
    new RegExp(`^https://gitlab\\.com/${STEP}/${STEP}/repository/archive\\.tar\\.gz\\?ref=${COMMIT}$`, 'u'),
    'gitlab.com',
  ],
  [new RegExp(`^https://bitbucket\\.org/${STEP}/${STEP}/get/${COMMIT}\\.tar\\.gz$`, 'u'), 'bitbucket.org'],
]

/** The archive of a commit that a forge serves is that commit; all else is itself. */
function sourceOf(tarball: string): string {
  for (const [pattern, host] of ARCHIVES) {
    const [, owner, name, hash] = pattern.exec(tarball) ?? []
    if (owner !== undefined) return `git+https://${host}/${owner}/${name}.git#${hash}`
  }
  return tarball
}
