// SPDX-License-Identifier: Apache-2.0
import { lstat, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { nameAtVersion, parseJson } from '@bonafide/core'
import { parseInstallManifest } from '@bonafide/policy'

/** The parts of npm's tree that are used here: a place for a package, as Arborist has it. */
export interface TreeNode {
  readonly name: string
  readonly packageName: string | null
  readonly version: string | null
  /** Its place below the project, with slashes; empty for the project itself. */
  readonly location: string
  readonly path: string
  readonly realpath: string
  resolved: string | null
  integrity: string | null
  readonly isLink: boolean
  readonly isProjectRoot: boolean
  readonly isWorkspace: boolean
  readonly inBundle: boolean
  readonly inDepBundle: boolean
  /** An optional one that cannot be installed here. */
  readonly inert: boolean
  readonly optional: boolean
  readonly edgesOut: ReadonlyMap<string, TreeEdge>
  /** What the lockfile or the registry says of the package; its own `package.json` for folders of the project. */
  readonly package: Record<string, unknown>
  /** A patch of the project's that is applied after unpacking. */
  readonly patched?: { readonly path: string } | null
  /** One of npm's linked layout, which has no `integrity` of its own. */
  readonly isInStore?: boolean
  shouldOmit(omitted: ReadonlySet<string>): boolean
}

/** A dependency of one place on a name. */
export interface TreeEdge {
  readonly name: string
  readonly spec: string
  readonly type: string
  readonly to: TreeNode | null
  readonly error: string | null
}

/** A tree with the file that it is written to. */
export interface Tree extends TreeNode {
  readonly inventory: ReadonlyMap<string, TreeNode>
  readonly meta: { toString(options?: object): string; readonly lockfileVersion: number | null }
}

/** npm's installer. */
export interface Installer {
  idealTree: Tree | null
  readonly actualTree: Tree | null
  readonly diff: { readonly children: readonly unknown[] } | null
  readonly options: Record<string, unknown>
  buildIdealTree(options?: object): Promise<Tree>
  reify(options?: object): Promise<Tree>
}

/** A class of installers. */
export type InstallerClass = new (options: object) => Installer

/** Loads npm's installer, which takes a fifth of a second: only who installs pays for it. */
export async function loadArborist(): Promise<InstallerClass> {
  const { default: Arborist } = await import('@npmcli/arborist')
  return guarded(Arborist as InstallerClass)
}

// Shared by the parts of Arborist: what becomes of an optional package that could not be installed.
const FAILURE: unique symbol = Symbol.for('handleOptionalFailure') as never
// Likewise: called before the commands of a package are linked.
const COMMANDS: unique symbol = Symbol.for('checkBins') as never

interface Inside {
  [FAILURE](node: TreeNode, attempt: Promise<unknown>): Promise<TreeNode>
  [COMMANDS](node: TreeNode): Promise<void>
  createIsolatedTree(): Promise<Tree>
  loadActual(options?: { readonly root?: Tree; readonly transplantFilter?: unknown }): Promise<Tree>
}

// What pacote and cacache call bytes that are not what they should be, or are not there.
const BYTES: ReadonlySet<string> = new Set([
  'EINTEGRITY',
  'EBADSIZE',
  'ENOTCACHED',
  'ENOENT',
  'Z_DATA_ERROR',
  'Z_BUF_ERROR',
  'TAR_BAD_ARCHIVE',
  'TAR_ABORT',
  'E404',
  'EBONAFIDE',
])

// 1. npm leaves out an optional package whose tarball does not come or does not match, and calls the installation a success. A swapped tarball of
// an optional package would go by in silence.
// 2. Where there is no lockfile, npm plans from what lies in node_modules, with no integrity and from wherever it came. A plan is made of
// package.json, the lockfile and the registry alone; for its plan npm asks with a root and nothing else.
// 3. npm links the commands that the lockfile or the metadata tells, such as a `git` or a `node` that the package never had.
// 4. npm's linked layout forgets the integrity of what it unpacks.
function guarded(Arborist: InstallerClass): InstallerClass {
  const Base = Arborist as unknown as new (options: object) => Installer & Inside
  return class extends Base {
    override [FAILURE](node: TreeNode, attempt: Promise<unknown>): Promise<TreeNode> {
      let swapped: unknown = null
      const watched = attempt.catch((error: unknown) => {
        const code = error instanceof Error && 'code' in error ? String(error.code) : ''
        if (BYTES.has(code)) swapped = error
        throw error
      })
      return super[FAILURE](node, watched).then((done) => {
        if (swapped !== null) throw swapped
        return done
      })
    }

    override loadActual(options: Parameters<Inside['loadActual']>[0] = {}): Promise<Tree> {
      const isForPlan = options.root !== undefined && options.transplantFilter === undefined
      return isForPlan ? Promise.resolve(options.root) : super.loadActual(options)
    }

    override async [COMMANDS](node: TreeNode): Promise<void> {
      if (!node.isProjectRoot) {
        await ownCommandFolder(node)
        await keepOwnCommands(node)
      }
      return super[COMMANDS](node)
    }

    override async createIsolatedTree(): Promise<Tree> {
      const planned = [...(this.idealTree?.inventory.values() ?? [])].filter(({ isLink }) => !isLink)
      const bound = new Map(planned.map((node) => [labelOf(node), node.integrity]))
      const tree = await super.createIsolatedTree()
      for (const node of tree.inventory.values())
        if (node.isInStore === true && !node.isLink) node.integrity = bound.get(labelOf(node)) ?? null
      return tree
    }
  }
}

/** A package by its own name, whatever it is called where it lies. */
export function labelOf(node: Pick<TreeNode, 'name' | 'packageName' | 'version'>): string {
  return nameAtVersion(node.packageName ?? node.name, node.version ?? '')
}

// A folder of commands that is a link would have them written to wherever it leads.
async function ownCommandFolder({ path, name }: TreeNode): Promise<void> {
  const folder = join(path, ...name.split('/').map(() => '..'), '.bin')
  const found = await lstat(folder).catch(() => null)
  if (found?.isSymbolicLink() === true) await rm(folder, { force: true })
}

// Of the commands that are told, those that the unpacked package.json has too, or that lie in its folder of commands.
async function keepOwnCommands(node: TreeNode): Promise<void> {
  const text = await readFile(join(node.path, 'package.json'), 'utf8').catch(() => null)
  // npm asks once before anything is unpacked, too.
  if (text === null) return
  const document = parseJson(text)
  const own = parseInstallManifest('problem' in document ? null : document.value)
  const told = parseInstallManifest({ name: own.name, bin: node.package['bin'] }).bin
  const kept = [...told].filter(
    ([name, path]) => own.bin.get(name) === path || (own.binFolder !== null && path.startsWith(`${own.binFolder}/`)),
  )
  if (kept.length < told.size) node.package['bin'] = Object.fromEntries([...kept, ...own.bin])
}
