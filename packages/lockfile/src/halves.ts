// SPDX-License-Identifier: Apache-2.0
import type { Json } from '@bonafide/core'
import type { LocatedFinding } from './entry.ts'
import { describe } from './fields.ts'
import { located } from './tree.ts'
import type { Tree, TreeNode } from './tree.ts'

/**
 * Compares the two trees of a lockfile that holds both. npm 7 and later read `packages`, npm 6 reads `dependencies`: where they differ,
 * what we verify is not what the older client installs.
 */
export function checkHalves(packages: Tree, dependencies: Tree): Map<string, LocatedFinding[]> {
  const findings = new Map<string, LocatedFinding[]>()
  const add = (node: TreeNode, found: string, wanted: string): void => {
    const fix = 'let npm write the lockfile anew: one of its halves was edited'
    const conflict = located('lock-integrity-conflict', node.name ?? node.treeName, node.where, { found, wanted, fix })
    findings.set(node.path, [...(findings.get(node.path) ?? []), conflict])
  }
  for (const old of dependencies.nodes.values()) {
    const node = packages.nodes.get(old.path)
    if (old.faults.length > 0) findings.set(old.path, [...old.faults])
    else if (node === undefined) add(old, `only in dependencies: ${summary(old)}`, 'the same entry in packages')
    else
      for (const [what, found, wanted] of differences(old, node))
        add(old, `dependencies: ${what} ${found}`, `packages: ${what} ${wanted}`)
  }
  for (const node of packages.nodes.values()) {
    const isPackage = node.kind === 'package' || node.kind === 'link'
    // below folders the old half leaves out what a cycle of links would repeat
    if (isPackage && node.path.startsWith('node_modules/') && !dependencies.nodes.has(node.path)) {
      add(node, `only in packages: ${summary(node)}`, 'the same entry in dependencies')
    }
  }
  return findings
}

function differences(old: TreeNode, node: TreeNode): [string, string, string][] {
  const pairs: [string, Json | undefined, Json | undefined][] = [
    ['kind', old.kind, node.kind],
    ['integrity', old.integrity, node.integrity],
    ['resolved', old.kind === 'link' ? null : old.resolved, old.kind === 'link' ? null : node.resolved],
    ['target', old.target, node.target],
  ]
  // what comes from outside has no version in the old half, and its name need not be the tree's
  if (old.version !== null) {
    pairs.push(['version', old.version, node.version], ['name', old.name ?? old.treeName, node.name ?? node.treeName])
  }
  if (old.claimsBundled) pairs.push(['bundled', true, node.claimsBundled])
  return pairs
    .filter(([, found, wanted]) => describe(found) !== describe(wanted))
    .map(([what, found, wanted]) => [what, describe(found), describe(wanted)])
}

function summary(node: TreeNode): string {
  return `${node.name ?? node.treeName ?? node.path}@${node.version ?? node.resolved ?? node.target ?? '?'}`
}
