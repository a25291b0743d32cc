// SPDX-License-Identifier: Apache-2.0
import { glob } from 'node:fs/promises'
import { isJsonObject, parseJson } from '@bonafide/core'

/**
 * Finds the `package.json` of every workspace that a project's root names, by their path from its folder, for lockfiles that do not name
 * them. Follows no pattern out of the project, and looks into no `node_modules`.
 */
export async function findWorkspaceManifests(folder: string, manifest: string | undefined): Promise<readonly string[]> {
  const patterns = workspacePatterns(manifest).filter(
    (pattern) => !/^(?:[/~!]|[a-zA-Z]:)/u.test(pattern) && !pattern.split(/[/\\]/u).includes('..'),
  )
  const found = new Set<string>()
  const files = glob(
    patterns.map((pattern) => `${pattern.replace(/\/+$/u, '')}/package.json`),
    { cwd: folder, exclude: (name) => name === 'node_modules' || name === '.git' },
  )
  for await (const path of files) found.add(path.replaceAll('\\', '/'))
  return [...found].filter((path) => path.includes('/') && !path.split('/').includes('node_modules')).sort()
}

function workspacePatterns(manifest: string | undefined): readonly string[] {
  const document = manifest === undefined ? null : parseJson(manifest)
  if (document === null || 'problem' in document || !isJsonObject(document.value)) return []
  const { workspaces } = document.value
  const list = isJsonObject(workspaces) ? workspaces['packages'] : workspaces
  return Array.isArray(list) ? (list as readonly unknown[]).filter((pattern) => typeof pattern === 'string') : []
}
