// SPDX-License-Identifier: Apache-2.0
import { isPackageName } from '@bonafide/core'

/** What a key of `packages` says: the project, a folder of it, a package in a `node_modules`, or a level of npm's linked layout. */
export type TreePath =
  | { readonly kind: 'root' | 'folder' | 'container' }
  | { readonly kind: 'package'; readonly name: string; readonly owner: string }

/**
 * Reads a place in the tree. Null for every second spelling of one (`./`, `a/../b`, `//`, backslashes, `Node_Modules`): npm resolves the
 * path and would let such an entry replace the one that we judged.
 */
export function parseTreePath(path: string): TreePath | null {
  if (path === '') return { kind: 'root' }
  const steps = path.split('/')
  const firstInside = steps.findIndex((step) => step !== '..')
  if (firstInside === -1) return { kind: 'folder' }
  for (const [nth, step] of steps.entries()) {
    if (step === '' || step === '.' || step.includes('\\') || (step === '..' && nth > firstInside)) return null
    if (step !== 'node_modules' && step.toLowerCase() === 'node_modules') return null
  }
  const last = steps.lastIndexOf('node_modules')
  if (last === -1) return { kind: 'folder' }
  const rest = steps.slice(last + 1)
  const name = rest.join('/')
  if (isPackageName(name)) return { kind: 'package', name, owner: steps.slice(0, last).join('/') }
  if (rest[0] === '.store' && rest.length > 1 && rest.length <= 3) return { kind: 'container' }
  // a folder within a package's own folder: the target of a `file:` dependency of that package
  const depth = rest[0]?.startsWith('@') === true ? 2 : 1
  return rest.length > depth && isPackageName(rest.slice(0, depth).join('/')) ? { kind: 'folder' } : null
}

/** Joins a relative path to a place in the tree, in the one spelling that lockfiles use. Null for absolute paths and those from a home folder. */
export function joinTreePath(base: string, relative: string): string | null {
  if (/^(?:\/|~|[a-zA-Z]:)/u.test(relative)) return null
  const steps = base === '' ? [] : base.split('/')
  for (const step of relative.split('/')) {
    if (step === '' || step === '.') continue
    if (step === '..' && steps.length > 0 && steps.at(-1) !== '..') steps.pop()
    else steps.push(step)
  }
  return steps.join('/')
}

/**
 * The next place outwards where a client looks for a package, as Node.js does: the folder around this one. Null where it ends: at the
 * project, and for folders outside of it before they would reach the project's own packages.
 */
export function enclosing(place: string): string | null {
  if (place === '' || place === '..' || place.endsWith('/..')) return null
  const slash = place.lastIndexOf('/')
  return slash === -1 ? '' : place.slice(0, slash)
}

/** The nearest of some places at which a package would find another one by its name: within its own folder, or in one around it. */
export function nearestPlace(from: string, name: string, isPlace: (path: string) => boolean): string | null {
  for (let place: string | null = from; place !== null; place = enclosing(place)) {
    const path = place === '' ? `node_modules/${name}` : `${place}/node_modules/${name}`
    if (isPlace(path)) return path
  }
  return null
}

/** The way from one folder of the project to another, as a `file:` dependency would write it. */
export function wayTo(from: string, folder: string): string {
  const up = from === '' ? [] : from.split('/').map(() => '..')
  return [...up, folder].join('/') || '.'
}
