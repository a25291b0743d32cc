// SPDX-License-Identifier: Apache-2.0
import { finding } from '@bonafide/core'
import type { FindingCode, FindingDetail, Json, JsonPath, Location } from '@bonafide/core'
import type { LocatedFinding, Manager } from './entry.ts'
import { nearestPlace } from './tree-path.ts'

/** One dependency that a node lists, as written. */
export interface Ask {
  readonly name: string
  readonly spec: string
  /** An optional peer is asked for by nobody: it only takes what happens to be there. */
  readonly optionalPeer: boolean
}

/** One place in the tree, whichever version of the lockfile told it, with its fields narrowed and what was wrong with them. */
export interface TreeNode {
  /** Who wrote it, and has to write it anew where it is wrong. */
  readonly manager: Manager
  readonly path: string
  readonly kind: 'root' | 'folder' | 'container' | 'package' | 'link'
  /** The name in the tree; null for folders. */
  readonly treeName: string | null
  /** The node that this one stands in: a package, a folder, or the root. */
  readonly owner: string | null
  /** The name that the entry claims; null where it leaves the tree's name to stand. */
  readonly name: string | null
  readonly version: string | null
  readonly resolved: string | null
  readonly integrity: Json | undefined
  /** Where a link leads. */
  readonly target: string | null
  readonly claimsBundled: boolean
  /** What it says to carry in its own tarball; null where the lockfile's version does not tell. */
  readonly bundles: 'all' | readonly string[] | null
  readonly optional: boolean
  readonly dev: boolean
  readonly asks: readonly Ask[]
  readonly where: Location
  /** The keys that lead to it in the file. */
  readonly keys: JsonPath
  /** Wrong types and spellings: such an entry names no coordinate. */
  readonly faults: readonly LocatedFinding[]
}

/** All places of one lockfile, by path. Paths are outside keys: they live in a Map only. */
export class Tree {
  readonly nodes: ReadonlyMap<string, TreeNode>

  constructor(nodes: ReadonlyMap<string, TreeNode>) {
    this.nodes = nodes
  }

  /** The node that a dependency of `from` reaches: the nearest `node_modules` upwards. */
  resolve(from: string, name: string): TreeNode | null {
    const path = nearestPlace(from, name, (place) => this.nodes.has(place))
    return path === null ? null : (this.nodes.get(path) ?? null)
  }

  /** Where a link leads, or the node itself. One step: lockfiles hold no links to links. */
  follow(node: TreeNode): TreeNode | null {
    return node.target === null ? node : (this.nodes.get(node.target) ?? null)
  }
}

/** Makes a finding that knows its package and line. */
export function located(
  code: FindingCode,
  packageName: string | null,
  where: Location,
  detail: FindingDetail,
): LocatedFinding {
  return { ...finding(code, detail), package: packageName, where }
}
