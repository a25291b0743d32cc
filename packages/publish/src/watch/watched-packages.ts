// SPDX-License-Identifier: Apache-2.0
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { BonafideError, isJsonObject, isPackageName, parseJson } from '@bonafide/core'
import type { JsonObject } from '@bonafide/core'
import { findWorkspaceManifests } from '@bonafide/verify'
import { parse as parseYaml } from 'yaml'

/** A package that a folder releases. */
export interface WatchedPackage {
  readonly name: string
  /** Its `package.json`, from the folder. */
  readonly path: string
  readonly manifest: JsonObject
  /** The manifest of the folder itself, for what a package of a workspace does not say. */
  readonly root: JsonObject
}

/**
 * Finds the packages of a folder that can be published: its own, and those of its workspaces (npm, Yarn, pnpm, Bun), but none that is private.
 *
 * @throws BonafideError `BONAFIDE_USAGE` where there is none, or a manifest cannot be read
 */
export async function findWatchedPackages(folder: string, shown: string): Promise<readonly WatchedPackage[]> {
  const text = await textOf(join(folder, 'package.json'))
  const pnpm = await textOf(join(folder, 'pnpm-workspace.yaml'))
  if (text === null)
    throw new BonafideError('BONAFIDE_USAGE', 'there is no package to watch', {
      path: shown,
      found: 'no package.json',
      wanted: 'the folder of a package, or of a workspace',
    })
  const below = new Set([
    ...(await findWorkspaceManifests(folder, text)),
    ...(pnpm === null ? [] : await findWorkspaceManifests(folder, JSON.stringify({ workspaces: pnpmPatterns(pnpm) }))),
  ])
  const root = manifestIn(text, 'package.json')
  const all = [{ path: 'package.json', manifest: root }]
  for (const path of [...below].sort())
    all.push({ path, manifest: manifestIn((await textOf(join(folder, path))) ?? '', path) })
  const published = all.flatMap(({ path, manifest }) => {
    const { name } = manifest
    const isPublished = manifest['private'] !== true && typeof name === 'string' && isPackageName(name)
    return isPublished ? [{ name, path, manifest, root }] : []
  })
  if (published.length === 0)
    throw new BonafideError('BONAFIDE_USAGE', 'there is no package to watch', {
      path: shown,
      found: 'no package.json with a name that is not private',
      wanted: 'a package that is published from here',
    })
  return published
}

function pnpmPatterns(text: string): unknown {
  const document: unknown = parseYaml(text)
  return typeof document === 'object' && document !== null && 'packages' in document ? document.packages : []
}

function manifestIn(text: string, path: string): JsonObject {
  const document = parseJson(text.replace(/^\uFEFF/u, ''))
  if (!('problem' in document) && isJsonObject(document.value)) return document.value
  throw new BonafideError('BONAFIDE_USAGE', 'a manifest cannot be read', {
    path,
    found: 'no JSON object',
    wanted: 'JSON',
  })
}

async function textOf(path: string): Promise<string | null> {
  return readFile(path, 'utf8').catch(() => null)
}
