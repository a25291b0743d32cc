// SPDX-License-Identifier: Apache-2.0
import type { Tree, TreeNode } from './tree.ts'

/**
 * Finds the packages that come within another package's tarball, with the package that carries them.
 *
 * What clients do (read in @npmcli/arborist 10.0.4): for `packages` they ignore the flag `inBundle`. What counts there is the parent
 * entry's `bundleDependencies`, plus whatever those need and find beside them (`Node.getBundler`). Such nodes are not fetched
 * (`reify`, `inDepBundle`), save when the host was unpacked and did not hold them (`bundleMissing`): then the name and version are
 * fetched from the registry, without an integrity. For version 1, which records no lists, `bundled` is believed where the parent
 * requires the package (`assignBundles`).
 *
 * Decision: an entry counts as bundled if the flag and the host's list agree, and it has nothing of its own to fetch; in
 * version 1 if it stands below a package. A flag that no list supports is an attempt to escape verification. A list without the flag
 * hides nothing, since the entry is then judged as any other.
 */
export function findBundles(tree: Tree): ReadonlyMap<TreeNode, TreeNode> {
  const hosts = new Map<TreeNode, TreeNode>()
  const children = childrenByOwner(tree)
  // Outermost first: what stands in a bundle belongs to the outermost host, whatever the inner ones declare.
  const byDepth = [...tree.nodes.values()].toSorted((a, b) => a.path.length - b.path.length)
  for (const host of byDepth) {
    if (host.kind !== 'package' || hosts.has(host)) continue
    const own = (children.get(host.path) ?? []).filter((child) => isNamed(host, child))
    // Everything that a carried package needs and finds within the host is carried with it.
    const queue = own
    for (let node = queue.pop(); node !== undefined; node = queue.pop()) {
      if (hosts.has(node) || !node.path.startsWith(`${host.path}/node_modules/`)) continue
      hosts.set(node, host)
      queue.push(...(children.get(node.path) ?? []))
      for (const ask of node.asks) {
        const reached = tree.resolve(node.path, ask.name)
        if (reached !== null) queue.push(reached)
      }
    }
  }
  return hosts
}

function isNamed(host: TreeNode, child: TreeNode): boolean {
  if (host.bundles === null) return child.claimsBundled
  return host.bundles === 'all'
    ? host.asks.some((ask) => ask.name === child.treeName)
    : host.bundles.includes(child.treeName ?? '')
}

function childrenByOwner(tree: Tree): ReadonlyMap<string, TreeNode[]> {
  const children = new Map<string, TreeNode[]>()
  for (const node of tree.nodes.values()) {
    if (node.owner === null || node.owner === '') continue
    const siblings = children.get(node.owner)
    if (siblings === undefined) children.set(node.owner, [node])
    else siblings.push(node)
  }
  return children
}
