// SPDX-License-Identifier: Apache-2.0
import { isNonEmpty, isVersion, parseIntegrity } from '@bonafide/core'
import type { AskingPackage } from './asking-package.ts'
import type { InvalidEntry, LocatedFinding, OutsideEntry, RegistryEntry } from './entry.ts'
import type { Edges } from './edges.ts'
import { describe } from './fields.ts'
import { MANAGERS } from './manager.ts'
import { located } from './tree.ts'
import type { Tree, TreeNode } from './tree.ts'

/** What it takes to judge one place: the others, who asks for what, and what the project declares. */
export interface Judging {
  readonly tree: Tree
  readonly edges: Pick<Edges, 'into' | 'isProject'>
  readonly hosts: ReadonlyMap<TreeNode, TreeNode>
  readonly workspaces: readonly string[]
  /** The project bundles dependencies of its own: npm marks them, and installs them like any other. */
  readonly projectBundles: boolean
  /** npm's own record of what it installed, the only kind that may link into its store. */
  readonly hidden: boolean
  /** Somebody knows what the project asks for: the lockfile (from version 2 on) or its `package.json`. */
  readonly knowsProject: boolean
  /** Code of the project may change what packages ask for. */
  readonly isHooked?: boolean
}

function common(
  node: TreeNode,
  name: string,
): { name: string; alias: string | null; path: string; where: TreeNode['where'] } {
  return {
    name,
    alias: node.treeName === null || node.treeName === name ? null : node.treeName,
    path: node.path,
    where: node.where,
  }
}

/** An entry of the registry, or an invalid one where its version is none. */
export function registryEntry(
  node: TreeNode,
  name: string,
  findings: readonly LocatedFinding[],
): RegistryEntry | InvalidEntry {
  const { version, resolved, optional, dev } = node
  if (version === null || !isVersion(version))
    return invalidEntry(node, [...findings, malformed(node, `version: ${describe(version)}`, 'an exact version')])
  return {
    kind: 'registry',
    ...common(node, name),
    version,
    integrity: parseIntegrity(node.integrity),
    resolved,
    optional,
    dev,
    findings,
  }
}

/** An entry from outside, without a host. */
export function outsideEntry(
  node: TreeNode,
  name: string,
  kind: OutsideEntry['kind'],
  requestedBy: OutsideEntry['requestedBy'],
  findings: readonly LocatedFinding[],
): OutsideEntry {
  return {
    kind,
    ...common(node, name),
    version: node.version,
    resolved: node.resolved,
    requestedBy,
    edges: [],
    host: null,
    findings,
  }
}

/** An entry with the packages that are said to ask for it; `usersOf` where places do not tell who is led where by a name. */
export function askedBy<T extends RegistryEntry | InvalidEntry | OutsideEntry>(
  entry: T,
  packages: readonly AskingPackage[],
  usersOf?: (name: string) => ReadonlySet<string>,
): T {
  if (packages.length === 0) return entry
  const users = usersOf === undefined ? {} : { users: new Map(packages.map(({ as }) => [as, usersOf(as)])) }
  return { ...entry, askedBy: packages, ...users }
}

/** An entry that is refused for what is wrong with it already, and for `more`. */
export function invalidEntry(node: TreeNode, more: readonly LocatedFinding[]): InvalidEntry {
  const findings = [...node.faults, ...more]
  const sure = isNonEmpty(findings)
    ? findings
    : ([malformed(node, 'an entry', 'an entry that its manager would write')] as const)
  return {
    kind: 'invalid',
    ...common(node, node.name ?? node.treeName ?? node.path),
    version: node.version,
    findings: sure,
  }
}

/** The entry is not what npm writes. */
export function malformed(node: TreeNode, found: string, wanted: string): LocatedFinding {
  return located('lock-entry-malformed', node.name ?? node.treeName, node.where, {
    found,
    wanted,
    fix: `let ${MANAGERS[node.manager].name} write the lockfile anew`,
  })
}

/** The source is not the one that was asked for. */
export function mismatch(node: TreeNode, found: string, wanted: string): LocatedFinding {
  const fix = `find out who changed the entry, then let ${MANAGERS[node.manager].name} write it anew`
  return located('lock-resolved-mismatch', node.name ?? node.treeName, node.where, { found, wanted, fix })
}

/** Nobody asks for this. */
export function undeclared(node: TreeNode, found: string, wanted: string, judging: Judging): LocatedFinding {
  const fix = judging.knowsProject
    ? `find out who added the entry, then let ${MANAGERS[node.manager].name} write the lockfile anew`
    : 'this lockfile does not say what the project asks for: give its package.json too'
  return located('lock-entry-undeclared', node.name ?? node.treeName, node.where, { found, wanted, fix })
}
