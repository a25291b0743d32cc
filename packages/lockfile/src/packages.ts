// SPDX-License-Identifier: Apache-2.0
import type { JsonDocument, JsonObject } from '@bonafide/core'
import { Fields } from './fields.ts'
import { joinTreePath, parseTreePath } from './tree-path.ts'
import { Tree } from './tree.ts'
import type { Ask, TreeNode } from './tree.ts'

// Only a patch-aware lockfile (version 4) may say that the bytes are changed after unpacking; npm obeys the key in any version.
const CHANGES_BYTES = ['patched'] as const
// npm writes no scripts into a lockfile, and runs those that somebody else did in place of the package's own.
const RUNS = ['scripts', 'gypfile'] as const

/** Reads `packages`, the tree of version 2 and 3 lockfiles: a flat object from place to entry. */
export function readPackages(document: JsonDocument, packages: JsonObject, file: string): Tree {
  const nodes = new Map<string, TreeNode>()
  for (const path of Object.keys(packages)) nodes.set(path, readNode(document, packages, path, file))
  return new Tree(nodes)
}

function readNode(document: JsonDocument, packages: JsonObject, path: string, file: string): TreeNode {
  const keys = ['packages', path]
  const where = { file, line: document.locate(keys).line }
  const place = parseTreePath(path)
  const fields = new Fields(packages[path] ?? null, place?.kind === 'package' ? place.name : path, where, 'npm')
  // an entry that replaces another by a second spelling of its place
  if (place === null) fields.fault(path, 'a place such as node_modules/name, in the one spelling that npm writes')
  for (const key of CHANGES_BYTES)
    if (fields.raw(key) !== undefined) fields.fault(key, 'a package that is installed as it was published')
  const isPackage = place === null || place.kind === 'package'
  // a script that nobody published; those of the project's own folders are read from their package.json
  if (isPackage)
    for (const key of RUNS)
      if (fields.raw(key) !== undefined)
        fields.fault(key, 'the scripts of the package itself, which stand in its tarball')
  const link = fields.flag('link')
  const resolved = fields.resolved(link)
  const target = link ? joinTreePath('', resolved ?? '') : null
  if (link && (target === null || resolved === null))
    fields.fault(`resolved: ${resolved ?? 'nothing'}`, 'resolved: the folder that the link leads to')
  return {
    manager: 'npm',
    path,
    kind: isPackage ? (link ? 'link' : 'package') : place.kind,
    treeName: place === null ? path : place.kind === 'package' ? place.name : null,
    owner: place?.kind === 'package' ? place.owner : null,
    name: fields.text('name'),
    version: fields.text('version'),
    resolved,
    integrity: fields.raw('integrity'),
    target,
    claimsBundled: fields.flag('inBundle'),
    bundles: fields.bundles(),
    optional: fields.flag('optional'),
    dev: fields.flag('dev'),
    asks: readAsks(fields, !isPackage),
    where,
    keys,
    faults: fields.faults,
  }
}

/** All that a node asks for. Development dependencies count for the project and its folders only: nobody installs those of a package. */
function readAsks(fields: Fields, isFolder: boolean): Ask[] {
  return [
    ...fields.asks('peerDependencies', fields.optionalPeers()),
    ...fields.asks('dependencies'),
    ...fields.asks('optionalDependencies'),
    ...(isFolder ? fields.asks('devDependencies') : []),
  ]
}
