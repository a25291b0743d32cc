// SPDX-License-Identifier: Apache-2.0
import { isJsonObject, isPackageName } from '@bonafide/core'
import type { Json, JsonDocument, JsonObject } from '@bonafide/core'
import { Fields, describe } from './fields.ts'
import { parseSpec } from './spec.ts'
import { joinTreePath } from './tree-path.ts'
import { Tree } from './tree.ts'
import type { TreeNode } from './tree.ts'

/**
 * Reads `dependencies`, the tree of version 1 lockfiles and the half of version 2 that npm 6 reads: entries within entries. One field,
 * `version`, says what the entry is: a version, an alias, a git or tarball URL, or a folder.
 */
export function readDependencies(document: JsonDocument, dependencies: JsonObject, file: string): Tree {
  const nodes = new Map<string, TreeNode>()
  readLevel({ document, file, nodes }, dependencies, '', ['dependencies'])
  return new Tree(nodes)
}

interface Reading {
  readonly document: JsonDocument
  readonly file: string
  readonly nodes: Map<string, TreeNode>
}

function readLevel(reading: Reading, level: JsonObject, owner: string, keys: readonly string[]): void {
  for (const [name, value] of Object.entries(level)) {
    const node = readNode(reading, name, value, owner, [...keys, name])
    reading.nodes.set(node.path, node)
    // what stands under a link stands in the folder that it leads to
    const inside = node.target ?? node.path
    if (node.target !== null && !reading.nodes.has(node.target)) {
      reading.nodes.set(node.target, {
        ...node,
        path: node.target,
        kind: 'folder',
        treeName: null,
        owner: null,
        target: null,
        resolved: null,
        integrity: undefined,
      })
    }
    const below = isJsonObject(value) ? value['dependencies'] : undefined
    if (isJsonObject(below)) readLevel(reading, below, inside, [...keys, name, 'dependencies'])
  }
}

function readNode(reading: Reading, name: string, value: Json, owner: string, keys: readonly string[]): TreeNode {
  const where = { file: reading.file, line: reading.document.locate(keys).line }
  const fields = new Fields(value, name, where, 'npm')
  if (!isPackageName(name)) fields.fault(describe(name), 'the name of a package')
  const below = fields.raw('dependencies')
  if (below !== undefined && !isJsonObject(below))
    fields.fault(`dependencies: ${describe(below)}`, 'dependencies: an object')
  const version = fields.text('version')
  if (version === null && fields.faults.length === 0) fields.fault('nothing', 'version: a text')
  const resolved = fields.resolved()
  const requires = fields.raw('requires')
  const source = readVersion(version ?? '')
  const from = fields.text('from')
  // npm 6 fetches what `from` says where no integrity stands beside the version
  const fromElsewhere = from !== null && parseSpec(from).type !== 'registry' && parseSpec(from).type !== 'alias'
  if (source.name !== undefined && fromElsewhere) fields.fault(`from: ${from}`, 'no from beside a version')
  return {
    manager: 'npm',
    path: owner === '' ? `node_modules/${name}` : `${owner}/node_modules/${name}`,
    kind: source.target === undefined ? 'package' : 'link',
    treeName: name,
    owner,
    name: source.name ?? null,
    version: source.version ?? null,
    resolved: source.resolved ?? resolved,
    integrity: fields.raw('integrity'),
    target: source.target ?? null,
    claimsBundled: fields.flag('bundled'),
    bundles: null,
    optional: fields.flag('optional'),
    dev: fields.flag('dev'),
    asks: typeof requires === 'boolean' ? [] : fields.asks('requires'),
    where,
    keys,
    faults: fields.faults,
  }
}

/** What the field `version` says; `name` is null for a plain version and missing for what comes from outside. */
function readVersion(version: string): { name?: string | null; version?: string; resolved?: string; target?: string } {
  const spec = parseSpec(version)
  switch (spec.type) {
    case 'alias':
      return { name: spec.name, version: spec.range }
    case 'git':
    case 'remote':
    case 'file':
      return { resolved: version }
    case 'folder':
      return { target: joinTreePath('', spec.path) ?? spec.path }
    case 'registry':
    case 'unsupported':
      return { name: null, version }
    default:
      return spec satisfies never
  }
}
