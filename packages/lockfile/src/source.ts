// SPDX-License-Identifier: Apache-2.0
import { askingPackages } from './alias-askers.ts'
import type { LocatedFinding, OutsideEntry } from './entry.ts'
import type { Edge } from './edges.ts'
import { askedBy, mismatch, outsideEntry, undeclared } from './judging.ts'
import type { Judging } from './judging.ts'
import type { Spec } from './spec.ts'
import { namesTarball } from './tarball-url.ts'
import { joinTreePath } from './tree-path.ts'
import { located } from './tree.ts'
import type { TreeNode } from './tree.ts'

/** A source beyond the registry: genuine if somebody asks for that very one, injected if not. Null: it is a registry's after all. */
export function judgeOutside(
  node: TreeNode,
  name: string,
  source: Spec,
  asked: readonly Edge[],
  judging: Judging,
): OutsideEntry | null {
  if (source.type !== 'git' && source.type !== 'remote' && source.type !== 'file' && source.type !== 'folder')
    return null
  const exotic = asked.filter((edge) => edge.strength !== 'optional-peer' && isSameKind(edge.spec, source))
  const exact = exotic.filter((edge) => isSameSource(edge, source))
  // A registry's tarball beside somebody's URL: the others' entry, unless nobody else asks.
  if (exact.length === 0 && source.type === 'remote' && asked.some((edge) => isOfRegistry(edge.spec))) return null
  if (exotic.length === 0) return null
  const findings: LocatedFinding[] = []
  const wanted = [...new Set(exotic.map((edge) => edge.raw))].join(' or ')
  // another repository, commit, URL or file than the one that was asked for
  if (exact.length === 0) findings.push(mismatch(node, node.resolved ?? 'nothing', wanted))
  // a branch or tag instead of a commit moves
  if (source.type === 'git' && source.commit === null)
    findings.push(mismatch(node, node.resolved ?? 'nothing', 'a git URL that ends in the full commit'))
  const kind = source.type === 'folder' ? 'file' : source.type
  return claim(node, name, kind, exact.length > 0 ? exact : exotic, findings, judging)
}

/** An outside entry that somebody asks for: fine if the project does. */
export function claim(
  node: TreeNode,
  name: string,
  kind: OutsideEntry['kind'],
  by: readonly Edge[],
  findings: LocatedFinding[],
  judging: Judging,
): OutsideEntry {
  if (by.some((edge) => edge.strength === 'override' || judging.edges.isProject(edge.from)))
    return outsideEntry(node, name, kind, 'project', findings)
  // a registry package that pulls in what no registry ever saw (TanStack, May 2026)
  const askers = [...new Set(by.map((edge) => edge.from?.path ?? ''))].join(', ')
  const fix = 'ask the package for a release without it, or declare the dependency in your own package.json'
  const exotic = located('exotic-dependency', name, node.where, {
    found: `${by[0]?.raw ?? ''}, asked for by ${askers}`,
    wanted: 'a package of a registry',
    fix,
  })
  const edges = [...new Set(by.map((edge) => `${name}@${edge.raw}`))]
  // pnpm tells what packages got, and not what they asked for
  const place = node.manager === 'pnpm' ? node.resolved : null
  const entry = { ...outsideEntry(node, name, kind, 'package', [...findings, exotic]), edges }
  return askedBy(entry, askingPackages(by, judging, place))
}

/** The source of a package that is fetched from a registry. */
export function checkSource(
  node: TreeNode,
  name: string,
  source: Spec | null,
  asked: readonly Edge[],
  judging: Judging,
): LocatedFinding[] {
  const findings: LocatedFinding[] = []
  const required = asked.filter((edge) => edge.strength !== 'optional-peer')
  const isOutside = source !== null && source.type !== 'remote'
  // lockfile injection: a git URL or a file where everybody asks for a version
  if (isOutside) findings.push(undeclared(node, `resolved: ${node.resolved ?? ''}`, wantedBy(required), judging))
  // ... or some other tarball
  if (source !== null && !(source.type === 'remote' && namesTarball(source.url, name, node.version ?? ''))) {
    findings.push(mismatch(node, node.resolved ?? '', `a registry's tarball of ${name}@${node.version ?? '?'}`))
  }
  // dependency confusion: who counts asks for a repository, and a registry's package of that name stands here
  const asks = required.filter((edge) => edge.strength === 'ask')
  if (!asks.some((edge) => !isOfRegistry(edge.spec))) return findings
  const project = asks.filter((edge) => judging.edges.isProject(edge.from))
  const decisive = project.length > 0 ? project : asks
  const permitting = [...decisive, ...required.filter((edge) => edge.strength === 'override')]
  if (decisive.length > 0 && !permitting.some((edge) => isOfRegistry(edge.spec)) && findings.length === 0) {
    findings.push(mismatch(node, node.resolved ?? 'a package of the registry', wantedBy(decisive)))
  }
  return findings
}

function isOfRegistry(spec: Spec): boolean {
  return spec.type === 'registry' || spec.type === 'alias'
}

function isSameKind(spec: Spec, source: Spec): boolean {
  if (source.type === 'file' || source.type === 'folder') return spec.type === 'file' || spec.type === 'folder'
  return spec.type === source.type
}

function isSameSource(edge: Edge, source: Spec): boolean {
  const { spec } = edge
  if (spec.type === 'git' && source.type === 'git') {
    return spec.repository === source.repository && (spec.commit === null || spec.commit === source.commit)
  }
  if (spec.type === 'remote' && source.type === 'remote') return spec.url === source.url
  return (source.type === 'file' || source.type === 'folder') && pointsTo(edge, source.path)
}

/** A `file:` dependency counts from the folder of whoever asks; an absolute one cannot be compared with what the lockfile records. */
export function pointsTo(edge: Edge, place: string): boolean {
  if (edge.spec.type !== 'file' && edge.spec.type !== 'folder') return false
  const folder = edge.from?.kind === 'folder' || edge.from?.kind === 'package' ? edge.from.path : ''
  const wanted = joinTreePath(folder, edge.spec.path)
  return wanted === null || wanted === joinTreePath('', place)
}

function wantedBy(edges: readonly Edge[]): string {
  return edges.length === 0
    ? 'something that somebody asks for'
    : [...new Set(edges.map((edge) => edge.raw))].slice(0, 3).join(' or ')
}
