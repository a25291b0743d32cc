// SPDX-License-Identifier: Apache-2.0
import { isJsonObject, parseJson } from '@bonafide/core'
import type { JsonDocument } from '@bonafide/core'
import type { Holds, LockfileOptions } from './draft.ts'
import type { LocatedFinding, Lockfile } from './entry.ts'
import { MANAGERS } from './manager.ts'
import { readWorkspaces } from './manifest.ts'
import { parseSpec } from './spec.ts'
import { located } from './tree.ts'
import { isWorkspace } from './workspace.ts'

const ASKED = ['dependencies', 'devDependencies'] as const

/**
 * Finds what the project and its workspaces ask for and the lockfile does not hold: a lockfile that says nothing of a dependency is no
 * word for any version of it, and whoever installs without freezing gets whichever is newest.
 *
 * Looks at dependencies and development dependencies of a registry only. What is optional may be missing; folders, archives, repositories
 * and workspaces are no versions that anybody chooses.
 */
export function checkCompleteness(
  { file, manager }: Pick<Lockfile, 'file' | 'manager'>,
  { manifest, files = new Map() }: LockfileOptions,
  holds: Holds,
): LocatedFinding[] {
  if (manifest === undefined) return []
  const texts: (readonly [folder: string, text: string])[] = [['', manifest]]
  for (const [path, text] of files)
    if (path.endsWith('/package.json')) texts.push([path.slice(0, -'/package.json'.length), text])
  const documents = texts.map(([folder, text]) => [folder, parseJson(text)] as const)
  const projects = new Set(documents.map(([, document]) => nameIn(document)))
  const base = file.slice(0, Math.max(file.lastIndexOf('/'), file.lastIndexOf('\\')) + 1)
  return documents.flatMap(([folder, document]) => {
    if ('problem' in document) return []
    const where = `${base}${folder === '' ? '' : `${folder}/`}package.json`
    return missingIn(document, (name, specs) => projects.has(name) || holds({ folder, name, specs })).map(
      ({ name, spec, line }) =>
        located(
          'lock-incomplete',
          name,
          { file: where, line },
          {
            found: `nothing in ${file}`,
            wanted: `${name}@${spec}`,
            fix: `${MANAGERS[manager].lock}, then bonafide verify`,
          },
        ),
    )
  })
}

interface Missing {
  readonly name: string
  readonly spec: string
  readonly line: number
}

function missingIn(
  document: JsonDocument,
  isHeld: (name: string, specs: readonly string[]) => boolean,
): readonly Missing[] {
  const root = isJsonObject(document.value) ? document.value : {}
  const optional = isJsonObject(root['optionalDependencies']) ? root['optionalDependencies'] : {}
  const asked = new Map<string, { readonly specs: string[]; readonly line: number }>()
  for (const group of ASKED) {
    const named = root[group]
    for (const [name, spec] of Object.entries(isJsonObject(named) ? named : {})) {
      // npm takes what stands in both as optional.
      if (typeof spec !== 'string' || Object.hasOwn(optional, name) || !isOfRegistry(spec)) continue
      const known = asked.get(name)
      if (known === undefined) asked.set(name, { specs: [spec], line: document.locate([group, name]).line })
      else known.specs.push(spec)
    }
  }
  return [...asked].flatMap(([name, { specs, line }]) => {
    const [spec = ''] = specs
    return isHeld(name, specs) ? [] : [{ name, spec, line }]
  })
}

function isOfRegistry(spec: string): boolean {
  const { type } = parseSpec(spec)
  return type === 'registry' || type === 'alias' || spec.startsWith('catalog:')
}

function nameIn(document: ReturnType<typeof parseJson>): string | null {
  const value = 'problem' in document || !isJsonObject(document.value) ? null : document.value['name']
  return typeof value === 'string' ? value : null
}

/**
 * Which folders are workspaces by the project's own word, for lockfiles that name folders which are none: nobody installs the development
 * dependencies of a folder that is only linked to. None at all where a pattern leaves some out again.
 */
export function workspacesOf(manifest: string | undefined): (folder: string) => boolean {
  const document = manifest === undefined ? null : parseJson(manifest)
  const root = document === null || 'problem' in document || !isJsonObject(document.value) ? null : document.value
  const patterns = readWorkspaces(root?.['workspaces'])
  if (patterns.some((pattern) => pattern.startsWith('!'))) return () => false
  return (folder) => isWorkspace(folder, patterns)
}
