// SPDX-License-Identifier: Apache-2.0
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

interface Failing {
  [FAILURE](node: TreeNode, attempt: Promise<unknown>): Promise<TreeNode>
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
function guarded(Arborist: InstallerClass): InstallerClass {
  const Base = Arborist as unknown as new (options: object) => Installer & Failing
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

    override loadActual(options: Parameters<Failing['loadActual']>[0] = {}): Promise<Tree> {
      const isForPlan = options.root !== undefined && options.transplantFilter === undefined
      return isForPlan ? Promise.resolve(options.root) : super.loadActual(options)
    }
  }
}
