// SPDX-License-Identifier: Apache-2.0
import { isPackageName } from '@bonafide/core'
import { checkAlias } from '../alias.ts'
import { aliasAskers } from '../alias-askers.ts'
import type { Edge } from '../edges.ts'
import type { LocatedFinding, LockEntry } from '../entry.ts'
import { askedBy, invalidEntry, malformed, outsideEntry, registryEntry, undeclared } from '../judging.ts'
import type { Judging } from '../judging.ts'
import { checkSource, judgeOutside } from '../source.ts'
import { nameUsers } from '../name-users.ts'
import { parseSpec } from '../spec.ts'
import type { Spec } from '../spec.ts'
import { wayTo } from '../tree-path.ts'
import { Tree } from '../tree.ts'
import type { TreeNode } from '../tree.ts'
import type { Graph, GraphPackage, Importer, ProjectUse, ProjectWishes, Use } from './graph.ts'
import { judgeLink, judgePackageLink } from './link.ts'
import { specOf } from './asked-spec.ts'

/** What a graph holds, each judged by whoever asks for it. */
export function judgeGraph(
  graph: Graph,
  wishes: ProjectWishes,
): { readonly entries: readonly LockEntry[]; readonly findings: readonly LocatedFinding[] } {
  return new GraphJudge(graph, wishes).judge()
}

/** One project's dependency on a package. Each has to be what that project wants: no other project answers for it. */
interface Asking {
  readonly use: ProjectUse
  readonly edges: readonly Edge[]
}

class GraphJudge {
  readonly #graph: Graph
  readonly #wishes: ProjectWishes
  readonly #projects: ReadonlyMap<string, Importer>
  readonly #asked = new Map<GraphPackage, Asking[]>()
  readonly #askedByPackages = new Map<GraphPackage, Edge[]>()
  /** Names that packages use for another package, where the lockfile tells only what they led to. */
  readonly #aliased = new Map<GraphPackage, Edge[]>()
  #users: ((name: string) => ReadonlySet<string>) | null = null
  readonly #links: LockEntry[] = []
  /** Folders that some project asks for. */
  readonly #linked = new Set<string>()
  readonly #findings: LocatedFinding[] = []
  readonly #judging: Judging

  constructor(graph: Graph, wishes: ProjectWishes) {
    this.#graph = graph
    this.#wishes = wishes
    this.#projects = new Map(
      graph.importers.filter(({ kind }) => kind === 'project').map((importer) => [importer.from.path, importer]),
    )
    const local = new Set<TreeNode>()
    this.#judging = {
      tree: new Tree(new Map()),
      edges: { into: () => [], isProject: (from) => from === null || from.kind !== 'package' || local.has(from) },
      hosts: new Map(),
      workspaces: [],
      projectBundles: false,
      hidden: false,
      knowsProject: true,
      isHooked: wishes.hasHooks === true,
    }
    for (const importer of graph.importers) for (const use of importer.uses) this.#take(importer, use, local)
    for (const owner of graph.packages.values()) for (const use of owner.uses) this.#takeOf(owner, use)
  }

  judge(): { readonly entries: readonly LockEntry[]; readonly findings: readonly LocatedFinding[] } {
    const needed = this.#neededBeyondDevelopment()
    const entries = [...this.#graph.packages.values()].flatMap((item) => {
      const node = { ...item.node, dev: !needed.has(item) }
      const [entry, ...bundled] = [this.#judgePackage(item, node), ...bundledIn(item, node)]
      return [entry, ...bundled]
    })
    return { entries: [...entries, ...this.#links], findings: this.#findings }
  }

  #take(importer: Importer, use: ProjectUse, local: Set<TreeNode>): void {
    const wanted = this.#wishes.of(importer, use)
    const permitted = this.#wishes.overrides.get(use.name) ?? []
    if (use.reference.startsWith('link:')) {
      this.#links.push(
        judgeLink({ importer, use, wanted, permitted, projects: this.#projects, wishes: this.#wishes }, this.#judging),
      )
      return
    }
    const item = this.#graph.find(use)
    if (item?.folder !== undefined) {
      this.#takeFolder(importer, use, item.folder)
      return
    }
    if (item === null) {
      const { from } = importer
      this.#findings.push(
        malformed({ ...from, name: use.name, where: use.where }, use.reference, 'a package that the lockfile holds'),
      )
      return
    }
    const edge = (from: TreeNode | null, raw: string, strength: Edge['strength']): Edge => ({
      from,
      asked: use.name,
      spec: specOf(raw, use.name, from?.path ?? '', item, this.#projects),
      raw,
      strength,
    })
    const edges = [
      ...wanted.map((raw) => edge(importer.from, raw, 'ask')),
      ...permitted.map((raw) => edge(null, raw, 'override')),
    ]
    const known = this.#asked.get(item)
    if (known === undefined) this.#asked.set(item, [{ use, edges }])
    else known.push({ use, edges })
    // a folder or an archive of the project: what that asks for, the project asks for
    const source = item.node.resolved === null ? null : parseSpec(item.node.resolved).type
    if (wanted.length > 0 && (source === 'folder' || source === 'file')) local.add(item.asker ?? item.node)
  }

  // Versions of a registry are what they are, whoever uses them. All else has to be somebody's.
  #takeOf(owner: GraphPackage, use: Use): void {
    if (use.reference.startsWith('link:')) {
      const link = judgePackageLink(owner, use, this.#projects, this.#wishes, this.#judging)
      if (link !== null) this.#links.push(link)
      return
    }
    const item = this.#graph.find(use)
    if (item === null) {
      const found = `${use.name}: ${use.reference}`
      this.#findings.push(malformed(owner.node, found, 'dependencies that the lockfile holds'))
    } else if (item.folder !== undefined) {
      const reference = `link:${item.folder}`
      const link = judgePackageLink(owner, { ...use, reference }, this.#projects, this.#wishes, this.#judging)
      if (link !== null) this.#links.push(link)
    } else if (!item.isVersion || use.specifier !== undefined) {
      const known = this.#askedByPackages.get(item)
      const edges = this.#edgesOf(owner, use, item)
      if (known === undefined) this.#askedByPackages.set(item, edges)
      else known.push(...edges)
    } else if (use.name !== item.node.name) {
      this.#aliased.set(item, [...(this.#aliased.get(item) ?? []), ...this.#aliasEdges(owner, use, item)])
    }
  }

  #edgesOf(
    owner: GraphPackage,
    { name, reference, specifier, isOptionalPeer = false }: Use,
    item: GraphPackage,
  ): Edge[] {
    const from = owner.asker ?? owner.node
    if (specifier === undefined) {
      const source = parseSpec(item.node.resolved ?? '')
      // What was asked for is not known, so it counts as what it led to; an absolute path equals any.
      const spec: Spec = source.type === 'file' || source.type === 'folder' ? { ...source, path: '/' } : source
      return [{ from, asked: name, spec, raw: reference, strength: 'ask' }]
    }
    const at = (raw: string, by: TreeNode | null, strength: Edge['strength']): Edge => ({
      from: by,
      asked: name,
      spec: specOf(raw, name, by?.path ?? '', item, this.#projects),
      raw,
      strength,
    })
    const permitted = (this.#wishes.overrides.get(name) ?? []).map((raw) => at(raw, null, 'override'))
    return [at(specifier, from, isOptionalPeer ? 'optional-peer' : 'ask'), ...permitted]
  }

  // What was asked for is not known, so it counts as an alias of what it led to.
  #aliasEdges(owner: GraphPackage, { name, reference }: Use, { node }: GraphPackage): Edge[] {
    const spec: Spec = { type: 'alias', name: node.name ?? '', range: node.version ?? '' }
    const permitted = (this.#wishes.overrides.get(name) ?? []).map((raw): Edge => {
      return { from: null, asked: name, spec: parseSpec(raw), raw, strength: 'override' }
    })
    return [{ from: owner.node, asked: name, spec, raw: reference, strength: 'ask' }, ...permitted]
  }

  // A folder under a key of its own: judged once there, and each project has to have meant it.
  #takeFolder(importer: Importer, use: ProjectUse, folder: string): void {
    const [wanted, permitted] = [this.#wishes.of(importer, use), this.#wishes.overrides.get(use.name) ?? []]
    const linked = { ...use, reference: `link:${wayTo(importer.from.path, folder)}` }
    const context = { importer, use: linked, wanted, permitted, projects: this.#projects, wishes: this.#wishes }
    const entry = judgeLink(context, this.#judging)
    if (entry.kind === 'invalid') this.#links.push(entry)
    else this.#linked.add(folder)
  }

  #judgeFolder(node: TreeNode, folder: string): LockEntry {
    const name = node.name ?? ''
    if (node.faults.length > 0 || !isPackageName(name)) return invalidEntry(node, [])
    const project = this.#projects.get(folder)
    const named = project === undefined ? null : this.#wishes.nameOf(project)
    if (project !== undefined && (named === null || named === name))
      return outsideEntry(node, name, 'workspace', 'project', [])
    if (project === undefined && this.#linked.has(folder)) return outsideEntry(node, name, 'link', 'project', [])
    // a folder that somebody put into the repository under the name of a package
    const found = `a link to ${folder}`
    return invalidEntry(node, [undeclared(node, found, 'a project of the workspace, by its own name', this.#judging)])
  }

  #judgePackage(item: GraphPackage, node: TreeNode): LockEntry {
    if (item.folder !== undefined) return this.#judgeFolder(node, item.folder)
    const asked = this.#asked.get(item) ?? []
    const byPackages = this.#askedByPackages.get(item) ?? []
    const [first, ...rest] = asked.map(({ use, edges }) => this.#judgeAsked(item, node, use, edges))
    const named = [...asked.flatMap(({ edges }) => edges), ...byPackages, ...(this.#aliased.get(item) ?? [])]
    const askers = item.isVersion ? aliasAskers(node.name ?? '', named, this.#judging) : []
    const usersOf = node.manager === 'pnpm' ? (one: string) => this.#usersOf(one) : undefined
    if (first === undefined) return askedBy(this.#judgeBy(item, node, byPackages), askers, usersOf)
    // names by which only packages ask for it
    const knows = byPackages.some(({ from }) => from !== null && item.isVersion)
    if (knows) rest.push(this.#judgeBy(item, node, [...asked.flatMap(({ edges }) => edges), ...byPackages]))
    return askedBy(joined(first, rest), askers, usersOf)
  }

  #usersOf(name: string): ReadonlySet<string> {
    this.#users ??= nameUsers(
      [...this.#graph.packages.values()].flatMap(({ node, uses, contexts = [uses.map((use) => use.name)] }) =>
        contexts.map((names) => ({ name: node.name ?? '', version: node.version ?? '', uses: names })),
      ),
    )
    return this.#users(name)
  }

  // The finding stands where the project's dependency stands, and the entry where the package does.
  #judgeAsked(item: GraphPackage, node: TreeNode, use: ProjectUse, edges: readonly Edge[]): LockEntry {
    const entry = { ...this.#judgeBy(item, { ...node, where: use.where }, edges), where: node.where }
    if (edges.some(({ strength }) => strength === 'ask') || use.name === node.name) return entry
    // a name that the project never asked for, put in front of another package
    const found = `${node.name ?? ''} in the place of ${use.name}`
    const extra = undeclared({ ...node, where: use.where }, found, `a dependency on ${use.name}`, this.#judging)
    return entry.kind === 'invalid'
      ? { ...entry, findings: [...entry.findings, extra] }
      : { ...entry, findings: [...entry.findings, extra] }
  }

  #judgeBy(item: GraphPackage, node: TreeNode, edges: readonly Edge[]): LockEntry {
    const name = node.name ?? ''
    if (node.faults.length > 0) return invalidEntry(node, [])
    if (!isPackageName(name)) return invalidEntry(node, [malformed(node, `name: ${name}`, 'the name of a package')])
    const source = item.source ?? (node.resolved === null ? null : parseSpec(node.resolved))
    const outside = source === null ? null : judgeOutside(node, name, source, edges, this.#judging)
    if (outside !== null) return outside
    return registryEntry(node, name, [
      ...checkSource(node, name, source, edges, this.#judging),
      ...checkAlias(node, name, edges, this.#judging),
    ])
  }

  #neededBeyondDevelopment(): ReadonlySet<GraphPackage> {
    const needed = new Set<GraphPackage>()
    const queue: Use[] = this.#graph.importers.flatMap(({ uses }) => uses.filter(({ isDev }) => !isDev))
    for (let use = queue.pop(); use !== undefined; use = queue.pop()) {
      const item = this.#graph.find(use)
      if (item === null || needed.has(item)) continue
      needed.add(item)
      queue.push(...item.uses)
    }
    return needed
  }
}

// Those that its tarball carries, where the lockfile only names them: nothing is fetched for them.
function bundledIn(item: GraphPackage, node: TreeNode): readonly LockEntry[] {
  return item.bundled.filter(isPackageName).map((name) => {
    const inner = {
      ...node,
      path: `${node.path}/node_modules/${name}`,
      treeName: name,
      name,
      version: null,
      resolved: null,
    }
    const host = { path: node.path, name: node.name ?? '', version: node.version }
    return { ...outsideEntry(inner, name, 'bundled', 'package', []), host }
  })
}

/** One entry of the judgements by several projects: refused where one of them refuses it. */
function joined(first: LockEntry, rest: readonly LockEntry[]): LockEntry {
  if (rest.length === 0) return first
  const all = [first, ...rest]
  const known = new Set<string>()
  const findings = all
    .flatMap((entry) => entry.findings)
    .filter((finding) => {
      const text = JSON.stringify(finding)
      return !known.has(text) && known.add(text).size > 0
    })
  const invalid = all.find((entry) => entry.kind === 'invalid')
  const [one, ...more] = findings
  if (invalid !== undefined && one !== undefined) return { ...invalid, findings: [one, ...more] }
  return first.kind === 'invalid' ? first : { ...first, findings }
}
