// SPDX-License-Identifier: Apache-2.0
import type { AskingPackage } from './asking-package.ts'
import type { Edge } from './edges.ts'
import type { Judging } from './judging.ts'
import { namesTarball } from './tarball-url.ts'
import type { TreeNode } from './tree.ts'

/** Who asks for a package under another name, where nothing of the project points that name there. */
export function aliasAskers(name: string, asked: readonly Edge[], judging: Judging): readonly AskingPackage[] {
  const aliased = asked.filter(
    (edge) =>
      edge.strength !== 'override' && edge.spec.type === 'alias' && edge.spec.name === name && edge.asked !== name,
  )
  if (aliased.length === 0) return []
  const isOfProject = (edge: Edge): boolean => edge.strength === 'override' || judging.edges.isProject(edge.from)
  const declared = new Set(
    asked.flatMap((edge) =>
      isOfProject(edge) && edge.spec.type === 'alias' && edge.spec.name === name ? [edge.asked] : [],
    ),
  )
  return askingPackages(
    aliased.filter((edge) => !isOfProject(edge) && !declared.has(edge.asked)),
    judging,
  )
}

/** The packages behind edges, each once; `place` stands for what the lockfile does not tell of their wishes. */
export function askingPackages(
  edges: readonly Edge[],
  { isHooked = false }: Pick<Judging, 'isHooked'>,
  place?: string | null,
): readonly AskingPackage[] {
  const all = edges.flatMap(({ from, asked: as, raw }): AskingPackage[] =>
    from === null ? [] : [{ ...identityOf(from), as, spec: place ?? raw, isHooked }],
  )
  return [...new Map(all.map((one) => [JSON.stringify(one), one])).values()]
}

function identityOf(node: TreeNode): Pick<AskingPackage, 'name' | 'version' | 'isPublished'> {
  const [name, version] = [node.name ?? node.treeName ?? node.path, node.version ?? '']
  const isFetched = node.resolved === null || namesTarball(node.resolved, name, version)
  return { name, version, isPublished: isFetched && !node.claimsBundled }
}
