// SPDX-License-Identifier: Apache-2.0
import { isPackageName } from '@bonafide/core'
import type { Edge } from '../edges.ts'
import type { LockEntry } from '../entry.ts'
import { invalidEntry, outsideEntry, undeclared } from '../judging.ts'
import type { Judging } from '../judging.ts'
import { claim, pointsTo } from '../source.ts'
import { parseSpec } from '../spec.ts'
import { joinTreePath } from '../tree-path.ts'
import type { TreeNode } from '../tree.ts'
import type { GraphPackage, Importer, ProjectUse, ProjectWishes, Use } from './graph.ts'
import { workspaceName } from './asked-spec.ts'

/** A dependency that the lockfile leads to a folder, with what the project asks for and what its overrides permit. */
export interface LinkedUse {
  readonly importer: Importer
  readonly use: ProjectUse
  readonly wanted: readonly string[]
  readonly permitted: readonly string[]
  readonly projects: ReadonlyMap<string, Importer>
  readonly wishes: ProjectWishes
}

/** A folder in the place of a dependency: one of the workspace, or one that the project links by its path. */
export function judgeLink(linked: LinkedUse, judging: Judging): LockEntry {
  const { importer, use, wanted, permitted, projects, wishes } = linked
  const way = use.reference.slice('link:'.length)
  const folder = way === '' ? null : joinTreePath(importer.from.path, way)
  const target = folder === null ? undefined : projects.get(folder)
  const named = target === undefined ? null : wishes.nameOf(target)
  const name = named !== null && isPackageName(named) ? named : use.name
  const node = linkNode(importer.from, use, name)
  const isMeant = (text: string, from: TreeNode | null): boolean => {
    // A workspace that version 13 does not name is one all the same: no other folder can be meant.
    if (text.startsWith('workspace:'))
      return (target !== undefined || way === '') && (named === null || isWanted(text, use.name, named))
    const spec = parseSpec(text)
    if (spec.type === 'folder')
      return pointsTo({ from, asked: use.name, spec, raw: text, strength: 'ask' }, folder ?? way)
    if (target === undefined) return false
    if (spec.type === 'alias') return named === null || named === spec.name
    // a range that a project of the workspace satisfies
    return spec.type === 'registry' && (named === null || named === use.name)
  }
  const isDeclared =
    wanted.some((text) => isMeant(text, importer.from)) || permitted.some((text) => isMeant(text, null))
  if (isDeclared)
    return outsideEntry(node, name, target === undefined && way !== '' ? 'link' : 'workspace', 'project', [])
  // a dependency swapped for a folder that somebody put into the repository
  const fault = undeclared(node, use.reference, wanted.join(' or ') || `no dependency on ${use.name}`, judging)
  return invalidEntry(node, [fault])
}

function isWanted(text: string, name: string, found: string): boolean {
  return text.startsWith('workspace:.') || workspaceName(text, name) === found
}

/** A folder that a package uses: a peer from the workspace, or what an override links. Null: nothing but the project's own. */
export function judgePackageLink(
  owner: GraphPackage,
  use: Use,
  projects: ReadonlyMap<string, Importer>,
  wishes: ProjectWishes,
  judging: Judging,
): LockEntry | null {
  const folder = joinTreePath('', use.reference.slice('link:'.length)) ?? use.reference
  const edge = (raw: string): Edge => ({ from: null, asked: use.name, spec: parseSpec(raw), raw, strength: 'override' })
  const isOverride = (wishes.overrides.get(use.name) ?? []).some((raw) => pointsTo(edge(raw), folder))
  if (projects.has(folder) || isOverride) return null
  const node = linkNode(owner.node, { ...use, where: owner.node.where }, use.name)
  const by: Edge = { ...edge(use.reference), from: owner.node, strength: 'ask' }
  return claim(node, use.name, 'link', [by], [], judging)
}

function linkNode(from: TreeNode, use: Pick<ProjectUse, 'name' | 'reference' | 'where'>, name: string): TreeNode {
  return {
    ...from,
    path: from.path === '' ? `node_modules/${use.name}` : `${from.path}/node_modules/${use.name}`,
    kind: 'link',
    treeName: use.name,
    name,
    version: null,
    resolved: use.reference,
    integrity: undefined,
    where: use.where,
    faults: [],
  }
}
