// SPDX-License-Identifier: Apache-2.0
import { isPackageName } from '@bonafide/core'
import { parseGit } from './git.ts'
import type { GitSource } from './git.ts'

/**
 * What a dependency asks for, by the rules of npm-package-arg (`npa.resolve`), which every npm client follows. Only the kind and the
 * place are read: whether a version satisfies a range is the client's business and changes no identity.
 */
export type Spec =
  | { readonly type: 'registry' }
  | { readonly type: 'alias'; readonly name: string; readonly range: string }
  | ({ readonly type: 'git' } & GitSource)
  | { readonly type: 'remote'; readonly url: string }
  | { readonly type: 'file' | 'folder'; readonly path: string }
  | { readonly type: 'unsupported' }

/** Reads the right-hand side of a dependency, a `resolved` field, or the `version` of a version 1 lockfile. Never throws. */
export function parseSpec(raw: string): Spec {
  const text = raw.trim()
  // versions, ranges and tags: nearly all
  if (!/[/:\\]/u.test(text) && !text.startsWith('.') && !isTarball(text)) return { type: 'registry' }
  const lower = text.toLowerCase()
  if (lower.startsWith('file:') || lower.startsWith('link:')) return local(text.slice(5))
  if (/^(?:\.|~\/|[/\\]|[a-zA-Z]:[/\\])/u.test(text)) return local(text)
  if (lower.startsWith('npm:')) return alias(text.slice(4))
  const git = parseGit(text)
  if (git !== null) return { type: 'git', ...git }
  if (lower.startsWith('https://') || lower.startsWith('http://')) return { type: 'remote', url: text }
  // Anything else that looks like a URL (`workspace:`, `catalog:`, `javascript:`): npm refuses it, so it declares nothing.
  if (/^[a-z][a-z0-9+.-]*:/iu.test(text)) return { type: 'unsupported' }
  return local(text)
}

function local(path: string): Spec {
  // `file:///x` and `file:/x` are one place; relative paths stay as they are
  const clean = path.replace(/^\/\/+/u, '/').replaceAll('\\', '/')
  return { type: isTarball(clean) ? 'file' : 'folder', path: clean }
}

function alias(text: string): Spec {
  const at = text.indexOf('@', 1)
  const [name, range] = at === -1 ? [text, '*'] : [text.slice(0, at), text.slice(at + 1)]
  // npm refuses nested aliases and aliases of anything but a registry package
  return isPackageName(name) && parseSpec(range).type === 'registry'
    ? { type: 'alias', name, range }
    : { type: 'unsupported' }
}

function isTarball(path: string): boolean {
  return /\.(?:tgz|tar\.gz|tar)$/iu.test(path)
}
