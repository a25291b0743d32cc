// SPDX-License-Identifier: Apache-2.0
import { readFile, realpath } from 'node:fs/promises'
import { join, relative, sep } from 'node:path'
import { BonafideError, isJsonObject } from '@bonafide/core'
import type { JsonObject } from '@bonafide/core'
import mapWorkspaces from '@npmcli/map-workspaces'
import { parseDocument } from 'yaml'
import { readManifest } from '../pack-folder.ts'

/** A package of a workspace. */
export interface WorkspaceMember {
  readonly name: string
  /** Empty where its manifest names none. */
  readonly version: string
  readonly folder: string
  /** The folder from the root, with slashes; `.` for the root itself. */
  readonly shown: string
  readonly manifest: JsonObject
}

/**
 * The packages of a workspace: those that `workspaces` of its `package.json` names (npm, Yarn, Bun), or `pnpm-workspace.yaml`. The root is one of
 * them only with pnpm, as with the managers themselves.
 *
 * @throws BonafideError `BONAFIDE_PACKAGE_UNREADABLE` where there is no workspace, or a part of it cannot be read
 */
export async function readWorkspaceMembers(folder: string): Promise<readonly WorkspaceMember[]> {
  const root = await realpath(folder).catch(() => folder)
  const manifest = await readManifest(root)
  const pnpm = await readFile(join(root, 'pnpm-workspace.yaml'), 'utf8').catch(() => null)
  const patterns = pnpm === null ? manifest?.['workspaces'] : pnpmPatterns(pnpm)
  if (patterns === undefined || patterns === null)
    throw unreadable(folder, 'no workspace', 'workspaces in package.json, or packages in pnpm-workspace.yaml')
  const folders = await mapWorkspaces({ cwd: root, pkg: { workspaces: patterns } }).catch((error: unknown) => {
    // Two packages of one name, or patterns that are none.
    throw unreadable(folder, error instanceof Error ? error.message : 'none', 'packages, each with a name of its own')
  })
  const places = [...folders.values()].filter((place) => place !== root)
  if (pnpm !== null && typeof manifest?.['name'] === 'string') places.unshift(root)
  return Promise.all(places.map((place) => readMember(root, place)))
}

async function readMember(root: string, place: string): Promise<WorkspaceMember> {
  const shown = relative(root, place).split(sep).join('/') || '.'
  const manifest = await readManifest(place)
  const name = manifest?.['name']
  if (manifest === null || shown.startsWith('..'))
    throw unreadable(shown, manifest === null ? 'no package.json' : 'a folder outside', 'a package in the workspace')
  const { version } = manifest
  // Nobody can publish what has no name; managers name it by its folder.
  if (typeof name !== 'string' && !isPrivate(manifest))
    throw unreadable(`${shown}/package.json`, 'no name', 'a name, or "private": true')
  return {
    name: typeof name === 'string' ? name : shown,
    version: typeof version === 'string' ? version : '',
    folder: place,
    shown,
    manifest,
  }
}

/** Whether a manifest says that its package is not to be published. */
export function isPrivate(manifest: JsonObject): boolean {
  return manifest['private'] !== undefined && manifest['private'] !== false
}

// pnpm looks into no folder of tests unless it is told to.
const IGNORED = ['!**/bower_components/**', '!**/test/**', '!**/tests/**']

function pnpmPatterns(text: string): readonly string[] | null {
  const document = parseDocument(text)
  const value: unknown = document.errors.length === 0 ? document.toJS({ maxAliasCount: 0 }) : null
  const packages = isJsonObject(value as JsonObject) ? (value as { readonly packages?: unknown }).packages : undefined
  if (!Array.isArray(packages) || !packages.every((one) => typeof one === 'string')) return null
  return [...packages, ...IGNORED]
}

function unreadable(path: string, found: string, wanted: string): BonafideError {
  return new BonafideError('BONAFIDE_PACKAGE_UNREADABLE', 'the workspace cannot be read', {
    path,
    found,
    wanted,
    hint: 'name the root of a workspace, or a folder of tarballs with SHA512SUMS and --sha512; one package needs no -r',
  })
}
