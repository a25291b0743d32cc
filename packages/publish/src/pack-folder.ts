// SPDX-License-Identifier: Apache-2.0
import { readFile, realpath } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { isJsonObject, parseJson } from '@bonafide/core'
import type { JsonObject } from '@bonafide/core'
import mapWorkspaces from '@npmcli/map-workspaces'

/** The workspace that a folder belongs to: its ignore files count for the folder too. */
export interface WorkspacePlace {
  readonly root: string
  /** The folders of its packages. */
  readonly folders: readonly string[]
}

/**
 * Packs a folder into the bytes that `npm pack` makes of it, and runs nothing.
 *
 * @throws Error where npm cannot pack it
 */
export async function packFolder(folder: string): Promise<Buffer> {
  const { default: pack } = await import('libnpmpack')
  const path = await realpath(folder)
  const { root, folders } = await workspaceOf(path)
  const packed = await pack(`file:${path}`, { ignoreScripts: true, dryRun: true, prefix: root, workspaces: folders })
  // What npm's library hangs on its buffer is left behind.
  return Buffer.from(packed)
}

// As npm finds it: the nearest folder above whose package.json counts this one among its workspaces; else the folder itself.
async function workspaceOf(path: string): Promise<WorkspacePlace> {
  for (let below = path, root = dirname(path); root !== below; below = root, root = dirname(root))
    if ((await workspaceFolders(root)).includes(path)) return { root, folders: [path] }
  return { root: path, folders: [] }
}

async function workspaceFolders(root: string): Promise<readonly string[]> {
  const manifest = await readManifest(root)
  if (manifest?.['workspaces'] === undefined) return []
  return [...(await mapWorkspaces({ cwd: root, pkg: manifest })).values()]
}

/** The `package.json` of a folder; null where there is none that can be read. */
export async function readManifest(folder: string): Promise<JsonObject | null> {
  const text = await readFile(join(folder, 'package.json'), 'utf8').catch(() => null)
  if (text === null) return null
  const document = parseJson(text)
  return 'problem' in document || !isJsonObject(document.value) ? null : document.value
}
