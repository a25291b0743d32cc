// SPDX-License-Identifier: Apache-2.0
import { isPackageName } from '@bonafide/core'
import { checkAlias } from './alias.ts'
import { aliasAskers } from './alias-askers.ts'
import type { BundleHost, LocatedFinding, LockEntry, OutsideEntry } from './entry.ts'
import { describe } from './fields.ts'
import { askedBy, invalidEntry, malformed, mismatch, outsideEntry, registryEntry, undeclared } from './judging.ts'
import type { Judging } from './judging.ts'
import { checkSource, claim, judgeOutside, pointsTo } from './source.ts'
import { parseSpec } from './spec.ts'
import type { TreeNode } from './tree.ts'
import { isWorkspace } from './workspace.ts'

/**
 * Says what one place in the tree is. The kind follows from who asks for it, not from what the entry calls itself.
 * Null: no package (the project, its folders, npm's store).
 */
export function judgeNode(node: TreeNode, judging: Judging): LockEntry | null {
  switch (node.kind) {
    case 'root':
    case 'container':
      return node.faults.length === 0 ? null : invalidEntry(node, [])
    case 'folder': {
      // a package dressed as a folder: those are nobody's to fetch
      const fetched = node.resolved !== null || node.integrity !== undefined
      if (fetched)
        return invalidEntry(node, [
          malformed(node, `resolved: ${node.resolved ?? describe(node.integrity)}`, 'a folder, which is not fetched'),
        ])
      return node.faults.length === 0 ? null : invalidEntry(node, [])
    }
    case 'link':
      return judgeLink(node, judging)
    case 'package':
      return judgePackage(node, judging)
    default:
      return node.kind satisfies never
  }
}

function judgePackage(node: TreeNode, judging: Judging): LockEntry {
  const name = node.name ?? node.treeName ?? ''
  const faults: LocatedFinding[] = []
  if (!isPackageName(name)) faults.push(malformed(node, `name: ${describe(name)}`, 'the name of a package'))
  if (node.faults.length > 0 || faults.length > 0) return invalidEntry(node, faults)

  const bundle = judgeBundled(node, name, judging)
  if (bundle.entry !== null) return bundle.entry

  const source = node.resolved === null ? null : parseSpec(node.resolved)
  const asked = judging.edges.into(node)
  const outside = source === null ? null : judgeOutside(node, name, source, asked, judging)
  if (outside !== null) return outside
  const findings = [
    ...bundle.findings,
    ...checkSource(node, name, source, asked, judging),
    ...checkAlias(node, name, asked, judging),
  ]
  return askedBy(registryEntry(node, name, findings), aliasAskers(name, asked, judging))
}

/** An entry that hides in somebody's bundle is judged by itself unless the bundle is real (see `findBundles`). */
function judgeBundled(
  node: TreeNode,
  name: string,
  judging: Judging,
): { entry: OutsideEntry | null; findings: readonly LocatedFinding[] } {
  if (!node.claimsBundled) return { entry: null, findings: [] }
  const host = judging.hosts.get(node)
  const isFetched = node.resolved !== null || node.integrity !== undefined
  if (host !== undefined && !isFetched) {
    const carrier: BundleHost = {
      path: host.path,
      name: host.name ?? host.treeName ?? host.path,
      version: host.version,
    }
    return { entry: { ...outsideEntry(node, name, 'bundled', 'package', []), host: carrier }, findings: [] }
  }
  const folder = node.path.slice(0, Math.max(node.path.indexOf('/node_modules/'), 0))
  const byProject = host === undefined && (judging.projectBundles || bundlesSomething(judging.tree.nodes.get(folder)))
  if (byProject) return { entry: null, findings: [] }
  // verification dodged by a flag
  const found =
    host === undefined ? 'marked as bundled, but no package declares it' : 'marked as bundled, with a source of its own'
  return {
    entry: null,
    findings: [undeclared(node, found, 'a package in whose tarball it comes, and nothing to fetch', judging)],
  }
}

function bundlesSomething(node: TreeNode | undefined): boolean {
  return node?.kind === 'folder' && node.bundles !== null && (node.bundles === 'all' || node.bundles.length > 0)
}

function judgeLink(node: TreeNode, judging: Judging): LockEntry | null {
  const target = judging.tree.follow(node)
  const place = node.target ?? ''
  if (node.faults.length > 0) return invalidEntry(node, [])
  if (place !== '' && target === null)
    return invalidEntry(node, [malformed(node, `a link to ${place}`, 'an entry for that folder')])
  // npm's linked layout: the store's own entry is judged, by the dependents that come through this link
  if (judging.hidden && target?.kind === 'package' && place.startsWith('node_modules/.store/')) return null
  const name = target?.name ?? node.treeName ?? ''
  const isFolder = target === null || target.kind === 'folder' || target.kind === 'root'
  if (!isFolder || !isPackageName(name))
    return invalidEntry(node, [undeclared(node, `a link to ${place}`, 'a link to a folder with a package', judging)])
  const asked = judging.edges
    .into(node)
    .filter((edge) => edge.spec.type === 'folder' && edge.strength !== 'optional-peer')
  if (asked.length === 0 && isWorkspace(place, judging.workspaces))
    return outsideEntry(node, name, 'workspace', 'project', [])
  // a dependency swapped for a folder that somebody put into the repository
  if (asked.length === 0)
    return invalidEntry(node, [
      undeclared(node, `a link to ${place}`, 'a workspace, or a dependency on that folder', judging),
    ])
  const exact = asked.filter((edge) => pointsTo(edge, place))
  const findings =
    exact.length > 0 ? [] : [mismatch(node, `a link to ${place}`, asked.map((edge) => edge.raw).join(' or '))]
  return claim(node, name, 'link', exact.length > 0 ? exact : asked, findings, judging)
}
