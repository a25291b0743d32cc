// SPDX-License-Identifier: Apache-2.0
import { parseSpec } from '../spec.ts'
import type { Spec } from '../spec.ts'
import { namesTarball } from '../tarball-url.ts'
import { joinTreePath, wayTo } from '../tree-path.ts'
import type { Importer, GraphPackage } from './graph.ts'

/** The name that a `workspace:` dependency asks for (`workspace:other@*`), which is mostly the dependency's own. */
export function workspaceName(text: string, name: string): string {
  const rest = text.slice('workspace:'.length)
  const at = rest.indexOf('@', 1)
  return at === -1 || rest.startsWith('.') ? name : rest.slice(0, at)
}

/**
 * What a dependency asks for, with the spellings that pnpm adds to npm's, for the package that it got. What pnpm knows and we do not
 * stays `unsupported`, and so declares nothing.
 */
export function specOf(
  text: string,
  name: string,
  folder: string,
  { node, isVersion }: GraphPackage,
  projects: ReadonlyMap<string, Importer>,
): Spec {
  if (text.startsWith('workspace:')) {
    // a project of the workspace that is copied instead of linked (`injected`)
    const source = node.resolved === null ? null : parseSpec(node.resolved)
    const place = source?.type === 'folder' ? joinTreePath('', source.path) : null
    const isProject = place !== null && projects.has(place) && workspaceName(text, name) === node.name
    return isProject ? { type: 'folder', path: wayTo(folder, place) } : { type: 'unsupported' }
  }
  if (text.startsWith('jsr:')) return jsrSpec(text.slice('jsr:'.length), name)
  const spec = parseSpec(text)
  // the URL of a tarball that is the registry's own is locked as the version that it names
  if (spec.type === 'remote' && isVersion && namesTarball(spec.url, node.name ?? '', node.version ?? ''))
    return { type: 'alias', name: node.name ?? '', range: node.version ?? '' }
  return spec
}

/** JSR's packages stand in an npm registry under a scope of their own. */
export function jsrSpec(text: string, name: string): Spec {
  const at = text.indexOf('@', 1)
  const wanted = text.startsWith('@') ? (at === -1 ? text : text.slice(0, at)) : name
  const [scope = '', base = ''] = wanted.slice(1).split('/')
  return wanted.startsWith('@')
    ? { type: 'alias', name: `@jsr/${scope}__${base}`, range: '*' }
    : { type: 'unsupported' }
}
