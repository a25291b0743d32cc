// SPDX-License-Identifier: Apache-2.0
import { BonafideError, isJsonObject, parseJson } from '@bonafide/core'
import type { DuplicateKey, Json, JsonDocument, JsonObject } from '@bonafide/core'
import { findBundles } from './bundle.ts'
import { workspacesOf } from './completeness.ts'
import { readDependencies } from './dependencies.ts'
import { Edges } from './edges.ts'
import type { LocatedFinding, LockEntry, Lockfile } from './entry.ts'
import { describe } from './fields.ts'
import { foreignManagerOfJson } from './foreign.ts'
import { checkHalves } from './halves.ts'
import { isWithin } from './graph/lockfile-parts.ts'
import { judgeNode } from './judge.ts'
import type { DraftLockfile, LockfileOptions } from './draft.ts'
import { parseManifest, readWorkspaces } from './manifest.ts'
import type { Manifest } from './manifest.ts'
import { readPackages } from './packages.ts'
import { located } from './tree.ts'
import type { Tree } from './tree.ts'

/**
 * Reads an npm lockfile: `package-lock.json` or `npm-shrinkwrap.json` of versions 1, 2 and 3, or `node_modules/.package-lock.json`.
 *
 * @throws BonafideError as `openLockfile`
 */
export function openNpm(text: string, file: string): DraftLockfile {
  const document = parseDocument(text, file)
  const packages = isJsonObject(document.value) ? document.value['packages'] : undefined
  const folders = isJsonObject(packages) ? Object.keys(packages).filter(isWithin) : []
  return {
    wants: folders.map((folder) => `${folder}/package.json`),
    read: (options) => readNpm(document, file, options),
    holdsOf({ entries }, { manifest }) {
      // What is installed may be less than what is asked for.
      if (isHidden(file)) return () => true
      const paths = new Set(entries.map(({ path }) => path))
      const isProject = workspacesOf(manifest)
      return ({ folder, name }) =>
        (folder !== '' && !isProject(folder)) ||
        foldersAround(folder).some((place) => paths.has(`${place}node_modules/${name}`))
    },
  }
}

// A folder and those around it, where what it asks for may stand.
function foldersAround(folder: string): readonly string[] {
  const steps = folder === '' ? [] : folder.split('/')
  return [...steps.map((_, nth) => `${steps.slice(0, nth + 1).join('/')}/`), '']
}

function isHidden(file: string): boolean {
  return /(?:^|[/\\])\.package-lock\.json$/u.test(file)
}

function readNpm(document: JsonDocument, file: string, options: LockfileOptions): Lockfile {
  const root = document.value
  if (!isJsonObject(root)) throw malformed(file, document, [], `${file} is not an object`, describe(root), 'an object')
  const version = readVersion(document, root, file)
  const manifest = options.manifest === undefined ? null : parseManifest(options.manifest, 'package.json')
  const { tree, halves } = readTrees(document, root, version, file)
  const entries = judgeAll(tree, file, manifest, root)
  return assemble({ file, version, document, root, entries, halves })
}

function parseDocument(text: string, file: string): JsonDocument {
  const document = parseJson(text)
  if (!('problem' in document)) return document
  const { problem, line, column } = document
  const isConflict = /^(?:<{7}|={7}|>{7})/mu.test(text)
  const hint = isConflict
    ? 'resolve the merge conflict, for instance with npm install'
    : 'restore the file from version control, or let npm write it anew'
  throw new BonafideError('BONAFIDE_LOCKFILE_MALFORMED', `${file} is not JSON: ${problem}`, {
    path: file,
    line,
    column,
    found: problem,
    wanted: 'JSON',
    hint,
  })
}

function readVersion(document: JsonDocument, root: JsonObject, file: string): 1 | 2 | 3 {
  const version = root['lockfileVersion']
  const place = document.locate(['lockfileVersion'])
  const foreign = foreignManagerOfJson(root)
  if (foreign !== null) throw unsupported(file, place, `${file} is a lockfile of ${foreign}`, foreign)
  if (version === 1 || version === 2 || version === 3) return version
  if (version === undefined) {
    throw unsupported(
      file,
      place,
      `${file} has no lockfileVersion`,
      'no lockfileVersion',
      'let npm 7 or later write the lockfile anew',
    )
  }
  if (typeof version === 'number') {
    // npm 12 writes 4 where patches or manifest extensions change what is installed
    throw unsupported(file, place, `${file} has lockfileVersion ${version}`, `lockfileVersion ${version}`)
  }
  throw malformed(
    file,
    document,
    ['lockfileVersion'],
    `${file} has a lockfileVersion that is not a number`,
    describe(version),
    '1, 2 or 3',
  )
}

/** The tree that a current client installs, and where the other half of the file differs from it. */
function readTrees(
  document: JsonDocument,
  root: JsonObject,
  version: 1 | 2 | 3,
  file: string,
): { tree: Tree; halves: Map<string, LocatedFinding[]> } {
  const { packages, dependencies } = root
  if (dependencies !== undefined && !isJsonObject(dependencies)) {
    throw malformed(
      file,
      document,
      ['dependencies'],
      `${file} has dependencies of a wrong type`,
      describe(dependencies),
      'an object',
    )
  }
  if (version === 1) {
    // npm 7 and later would read the packages of such a file, whatever its version says
    if (packages !== undefined)
      throw malformed(
        file,
        document,
        ['packages'],
        `${file} of version 1 holds packages`,
        'packages',
        'dependencies alone',
      )
    return { tree: readDependencies(document, dependencies ?? emptyObject(), file), halves: new Map() }
  }
  if (!isJsonObject(packages)) {
    throw malformed(
      file,
      document,
      ['packages'],
      `${file} of version ${version} has no packages`,
      describe(packages),
      'packages: an object',
    )
  }
  const tree = readPackages(document, packages, file)
  // npm writes both halves of version 2; a file that has but one, such as a hidden lockfile, says nothing twice
  const hasHalves = dependencies !== undefined
  return {
    tree,
    halves: hasHalves ? checkHalves(tree, readDependencies(document, dependencies, file)) : new Map(),
  }
}

function judgeAll(tree: Tree, file: string, manifest: Manifest | null, root: JsonObject): LockEntry[] {
  const rootNode = tree.nodes.get('')
  const packages = root['packages']
  const rootEntry = isJsonObject(packages) ? packages[''] : undefined
  const judging = {
    tree,
    edges: new Edges(tree, manifest),
    hosts: findBundles(tree),
    workspaces: manifest?.workspaces ?? (isJsonObject(rootEntry) ? readWorkspaces(rootEntry['workspaces']) : []),
    projectBundles:
      manifest?.bundles ??
      (rootNode?.bundles !== undefined && rootNode.bundles !== null && rootNode.bundles.length > 0),
    hidden: isHidden(file),
    knowsProject: manifest !== null || rootNode !== undefined,
  }
  return [...tree.nodes.values()].map((node) => judgeNode(node, judging)).filter((entry) => entry !== null)
}

interface Parts {
  readonly file: string
  readonly version: 1 | 2 | 3
  readonly document: JsonDocument
  readonly root: JsonObject
  readonly entries: readonly LockEntry[]
  readonly halves: ReadonlyMap<string, LocatedFinding[]>
}

/** Hangs each finding about a place on its entry; what has no entry is a finding of the file, so that it cannot be lost. */
function assemble({ file, version, document, root, entries, halves }: Parts): Lockfile {
  const extra = new Map([...halves].map(([path, list]) => [path, [...list]]))
  const findings: LocatedFinding[] = []
  for (const duplicate of document.duplicates) {
    const path = placeOf(duplicate)
    const found = located(
      'lock-duplicate-key',
      null,
      { file, line: duplicate.line },
      {
        found: `${JSON.stringify(duplicate.path.at(-1))} twice`,
        wanted: 'each key once',
        fix: 'restore the file from version control: npm never writes a key twice',
      },
    )
    if (path === null) findings.push(found)
    else extra.set(path, [...(extra.get(path) ?? []), found])
  }
  const judged = entries.map((entry): LockEntry => {
    const more = extra.get(entry.path)
    if (more === undefined) return entry
    extra.delete(entry.path)
    const named = more.map((one) => ({ ...one, package: entry.name }))
    // the first of a non-empty list stays first
    return entry.kind === 'invalid'
      ? { ...entry, findings: [...entry.findings, ...named] }
      : { ...entry, findings: [...entry.findings, ...named] }
  })
  for (const list of extra.values()) findings.push(...list)
  const packages = root['packages']
  const project = isJsonObject(packages) && isJsonObject(packages['']) ? packages[''] : root
  return {
    file,
    manager: 'npm',
    format: String(version),
    project: { name: textOf(project['name']), version: textOf(project['version']) },
    entries: judged,
    findings,
  }
}

/** The place in the tree that a key belongs to; null for keys of the file itself. */
function placeOf(duplicate: DuplicateKey): string | null {
  const [half, first, ...rest] = duplicate.path
  if (half === 'packages' && typeof first === 'string') return first
  if (half !== 'dependencies' || typeof first !== 'string') return null
  let path = `node_modules/${first}`
  for (let nth = 0; rest[nth] === 'dependencies' && nth + 1 < rest.length; nth += 2)
    path += `/node_modules/${String(rest[nth + 1])}`
  return path
}

function textOf(value: Json | undefined): string | null {
  return typeof value === 'string' && value !== '' ? value : null
}

function emptyObject(): JsonObject {
  return Object.create(null) as JsonObject
}

function malformed(
  file: string,
  document: JsonDocument,
  path: readonly string[],
  message: string,
  found: string,
  wanted: string,
): BonafideError {
  const hint = 'restore the file from version control, or let npm write it anew'
  return new BonafideError('BONAFIDE_LOCKFILE_MALFORMED', message, {
    path: file,
    ...document.locate(path),
    found,
    wanted,
    hint,
  })
}

function unsupported(
  file: string,
  place: { line: number; column: number },
  message: string,
  found: string,
  hint?: string,
): BonafideError {
  const advice = hint ?? 'give an npm lockfile of version 1, 2 or 3'
  return new BonafideError('BONAFIDE_LOCKFILE_UNSUPPORTED', message, {
    path: file,
    ...place,
    found,
    wanted: 'an npm lockfile of version 1, 2 or 3',
    hint: advice,
  })
}
