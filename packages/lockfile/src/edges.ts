// SPDX-License-Identifier: Apache-2.0
import { parseSpec } from './spec.ts'
import type { Spec } from './spec.ts'
import type { Manifest } from './manifest.ts'
import type { Tree, TreeNode } from './tree.ts'

/** Somebody asks for a place in the tree: who, by which name, and for what. */
export interface Edge {
  readonly from: TreeNode | null
  /** The name by which the dependent asks, which a link or an alias may show under another. */
  readonly asked: string
  readonly spec: Spec
  readonly raw: string
  /** `ask`: a dependency. `optional-peer`: takes what is there. `override`: the project's `overrides` put it there. */
  readonly strength: 'ask' | 'optional-peer' | 'override'
}

/** Who asks for what: what tells a declared exotic dependency or alias from one that was written into the lockfile. */
export class Edges {
  readonly #into = new Map<string, Edge[]>()
  readonly #specs = new Map<string, Spec>()
  readonly #tree: Tree

  constructor(tree: Tree, manifest: Manifest | null) {
    this.#tree = tree
    for (const node of tree.nodes.values()) {
      if (node.kind === 'link' || node.kind === 'container') continue
      // The project's own package.json outranks the copy of it in the lockfile, which whoever edits the lockfile edits too.
      if (node.kind === 'root' && manifest !== null) continue
      for (const ask of node.asks) {
        this.#add(node.path, {
          from: node,
          asked: ask.name,
          ...this.#read(ask.spec),
          strength: ask.optionalPeer ? 'optional-peer' : 'ask',
        })
      }
    }
    for (const ask of manifest?.asks ?? [])
      this.#add('', { from: null, asked: ask.name, ...this.#read(ask.spec), strength: 'ask' })
    for (const override of manifest?.overrides ?? []) {
      for (const node of tree.nodes.values()) {
        if (node.treeName === override.name)
          this.#put(node, { from: null, asked: override.name, ...this.#read(override.spec), strength: 'override' })
      }
    }
  }

  into(node: TreeNode): readonly Edge[] {
    return this.#into.get(node.path) ?? []
  }

  /** The project itself, a folder of it (a workspace, a linked one), or a local tarball that the project asks for. */
  isProject(from: TreeNode | null): boolean {
    if (from === null || from.kind === 'root') return true
    if (from.kind === 'folder') return !from.path.split('/').includes('node_modules')
    const isLocalTarball = from.resolved !== null && parseSpec(from.resolved).type === 'file'
    return (
      isLocalTarball && this.into(from).some((edge) => edge.spec.type === 'file' && this.#isProjectFolder(edge.from))
    )
  }

  #isProjectFolder(from: TreeNode | null): boolean {
    return (from === null || from.kind === 'root' || from.kind === 'folder') && this.isProject(from)
  }

  #read(raw: string): { spec: Spec; raw: string } {
    const spec = this.#specs.get(raw) ?? parseSpec(raw)
    this.#specs.set(raw, spec)
    return { spec, raw }
  }

  #add(fromPath: string, edge: Edge): void {
    const node = this.#tree.resolve(fromPath, edge.asked)
    if (node !== null) this.#put(node, edge)
  }

  #put(node: TreeNode, edge: Edge): void {
    const target = this.#tree.follow(node)
    for (const reached of target === null || target === node ? [node] : [node, target]) {
      const edges = this.#into.get(reached.path)
      if (edges === undefined) this.#into.set(reached.path, [edge])
      else edges.push(edge)
    }
  }
}
