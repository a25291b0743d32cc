// SPDX-License-Identifier: Apache-2.0
import type { LocatedFinding } from './entry.ts'
import type { Edge } from './edges.ts'
import { undeclared } from './judging.ts'
import type { Judging } from './judging.ts'
import type { TreeNode } from './tree.ts'

/**
 * Holds a package's real name against the names by which it is asked for: `node_modules/axios` that holds `evil`, or an alias whose
 * target was exchanged. npm compares the version only.
 *
 * Where the project asks, one of its dependencies (or overrides) has to want this package; no package may point a name elsewhere on the
 * project's behalf. Where only packages ask, all of them have to.
 */
export function checkAlias(node: TreeNode, name: string, asked: readonly Edge[], judging: Judging): LocatedFinding[] {
  // nearly all: the tree's own name, and whoever asks means it
  if (node.treeName === name && !asked.some((edge) => edge.strength === 'ask' && isByName(edge) && !wants(edge, name)))
    return []
  const required = asked.filter((edge) => edge.strength !== 'optional-peer' && isByName(edge))
  const names = new Set(required.map((edge) => edge.asked))
  // an alias that nobody asks for at all
  if (node.treeName !== null && node.treeName !== name) names.add(node.treeName)
  const findings: LocatedFinding[] = []
  for (const label of names) {
    const all = required.filter((edge) => edge.asked === label)
    // An override permits and never obliges: npm applies it to parts of the tree only (not below a linked folder, for instance).
    if (all.some((edge) => edge.strength === 'override' && wants(edge, name))) continue
    const by = all.filter((edge) => edge.strength === 'ask')
    const project = by.filter((edge) => judging.edges.isProject(edge.from))
    const isDeclared =
      project.length > 0
        ? project.some((edge) => wants(edge, name))
        : by.every((edge) => wants(edge, name)) && (by.length > 0 || label === name)
    if (isDeclared) continue
    const wanted = by.find((edge) => !wants(edge, name))
    findings.push(
      undeclared(
        node,
        `${name} in the place of ${label}`,
        wanted === undefined ? `a dependency "npm:${name}@..."` : `${label}: ${wanted.raw}`,
        judging,
      ),
    )
  }
  return findings
}

function isByName(edge: Edge): boolean {
  return edge.spec.type === 'registry' || edge.spec.type === 'alias'
}

function wants(edge: Edge, name: string): boolean {
  return edge.spec.type === 'alias' ? edge.spec.name === name : edge.asked === name
}
