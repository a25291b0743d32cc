// SPDX-License-Identifier: Apache-2.0
import { isJsonObject, isPackageName, parseJson } from '@bonafide/core'
import type { JsonDocument, JsonObject } from '@bonafide/core'
import { isWorkspace } from '@bonafide/lockfile'
import type { RepositoryFiles, Unread } from './pipeline.ts'
import { itemsOf, readTree, textOf, valueAt } from './yaml-tree.ts'

/** One `package.json` of a repository. */
export interface PackageFile {
  readonly path: string
  /** The package's name; empty where it says none. */
  readonly name: string
  /** The folder from the top, with a slash at its end; empty for the top. */
  readonly folder: string
  readonly manifest: JsonObject
  readonly document: JsonDocument
}

/** Every `package.json`: the one in the folder, and those of its workspaces. */
export interface PackageFiles {
  readonly all: readonly PackageFile[]
  /** Those that somebody could publish: with a name that registries take, and not private. */
  readonly publishable: readonly PackageFile[]
  readonly unread: readonly Unread[]
}

/** Reads the packages of a repository, for npm's, Yarn's and Bun's workspaces and for pnpm's. */
export function readPackages(files: RepositoryFiles): PackageFiles {
  const unread: Unread[] = []
  const root = readPackage('', files, unread)
  const patterns = [...listOf(root?.manifest ?? {}), ...pnpmPatterns(files, unread)]
  const folders = foldersBelow(patterns, files).filter((folder) => isIn(folder, patterns))
  const all = [root, ...folders.map((folder) => readPackage(`${folder}/`, files, unread))].filter((one) => one !== null)
  const publishable = all.filter(({ name, manifest }) => isPackageName(name) && manifest['private'] !== true)
  return { all, publishable, unread }
}

function readPackage(folder: string, files: RepositoryFiles, unread: Unread[]): PackageFile | null {
  const path = `${folder}package.json`
  const text = files.read(path)
  if (text === null) return null
  const document = parseJson(text)
  if ('problem' in document) {
    unread.push({ file: path, line: document.line, kind: 'broken', reason: document.problem })
    return null
  }
  if (!isJsonObject(document.value)) return null
  const { name } = document.value
  return { path, folder, name: typeof name === 'string' ? name : '', manifest: document.value, document }
}

function listOf({ workspaces }: JsonObject): readonly string[] {
  const list = isJsonObject(workspaces) ? workspaces['packages'] : workspaces
  return Array.isArray(list) ? (list as readonly unknown[]).filter((one) => typeof one === 'string') : []
}

function pnpmPatterns(files: RepositoryFiles, unread: Unread[]): readonly string[] {
  const text = files.read('pnpm-workspace.yaml')
  if (text === null) return []
  const read = readTree(text)
  if (read.ok) return itemsOf(valueAt(read.tree, 'packages')).flatMap((item) => textOf(item) ?? [])
  unread.push({ file: 'pnpm-workspace.yaml', line: read.line, kind: 'broken', reason: read.reason })
  return []
}

function isIn(folder: string, patterns: readonly string[]): boolean {
  const without = patterns.filter((pattern) => pattern.startsWith('!')).map((pattern) => pattern.slice(1))
  return isWorkspace(folder, patterns) && !isWorkspace(folder, without)
}

// How deep below a folder that a pattern names workspaces are looked for, and how many folders at most.
const DEEPEST = 4
const MOST = 5000

// The folders below the names with which the patterns begin.
function foldersBelow(patterns: readonly string[], files: RepositoryFiles): readonly string[] {
  const found = new Set<string>()
  const visit = (folder: string, depth: number): void => {
    if (found.size > MOST || folder.split('/').includes('node_modules')) return
    if (folder !== '') found.add(folder)
    if (depth === 0) return
    for (const name of files.list(folder).filter((one) => !one.startsWith('.') && !/\.[a-z]{1,5}$/u.test(one)))
      visit(folder === '' ? name : `${folder}/${name}`, depth - 1)
  }
  for (const pattern of patterns.filter((one) => !one.startsWith('!'))) {
    const steps = pattern
      .replace(/^\.\//u, '')
      .split('/')
      .filter((step) => step !== '')
    const plain = steps.findIndex((step) => /[*?{[(]/u.test(step))
    const rest = plain === -1 ? 0 : steps.slice(plain).includes('**') ? DEEPEST : steps.length - plain
    visit(steps.slice(0, plain === -1 ? steps.length : plain).join('/'), rest)
  }
  return [...found].toSorted()
}

// What a publish from a folder runs, in npm's order.
const LIFECYCLE = ['prepublish', 'prepublishOnly', 'prepack', 'prepare', 'postpack', 'publish', 'postpublish']

/** The scripts that a publish from a folder of any of the packages runs, as `name: text`; the guard itself is none. */
export function lifecycleOf({ publishable }: Pick<PackageFiles, 'publishable'>): readonly string[] {
  const texts = publishable.flatMap(({ manifest }) =>
    LIFECYCLE.flatMap((name) => {
      const text = scriptOf(manifest, name)
      return text === null || /^(?:npx\s+)?bonafide guard$/u.test(text.trim()) ? [] : [`${name}: ${text}`]
    }),
  )
  return [...new Set(texts)]
}

/** The scripts of one name: of the root, or of the others where that has none. */
export function scriptsOf({ all }: Pick<PackageFiles, 'all'>, name: string): readonly string[] {
  const [root] = all
  const own = root === undefined ? null : scriptOf(root.manifest, name)
  return own === null ? all.flatMap(({ manifest }) => scriptOf(manifest, name) ?? []) : [own]
}

/** A script of a package; null where it has none of this name. */
export function scriptOf({ scripts }: JsonObject, name: string): string | null {
  const text = isJsonObject(scripts) ? scripts[name] : undefined
  return typeof text === 'string' ? text : null
}
