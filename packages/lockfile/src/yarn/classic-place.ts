// SPDX-License-Identifier: Apache-2.0
import { parseGit } from '../git.ts'
import { parseSpec } from '../spec.ts'
import type { Place } from './place.ts'

// What Yarn 1 takes for a repository beyond what every client does: any http URL that ends in `.git`.
const HTTP_GIT = /^https?:\/\/[^#]+\.git(?:#.*)?$/iu
// Where Yarn 1 fetches the repositories of forges from, as tarballs of one commit.
const FORGE_TARBALLS: readonly [RegExp, string][] = [
  [/^https:\/\/codeload\.github\.com\/([^/]+\/[^/]+)\/tar\.gz\/([0-9a-f]{40})$/u, 'github.com'],
  [/^https:\/\/gitlab\.com\/([^?#]+)\/repository\/archive\.tar\.gz\?ref=([0-9a-f]{40})$/u, 'gitlab.com'],
  [/^https:\/\/bitbucket\.org\/([^/]+\/[^/]+)\/get\/([0-9a-f]{40})\.tar\.gz$/u, 'bitbucket.org'],
]

/** What a dependency of a Yarn 1 project asks for: `name` with the right-hand side. */
export function classicPlace(name: string, range: string): Place {
  if (range.startsWith('link:')) return { kind: 'link', path: range.slice(5), parent: null }
  const spec = parseSpec(HTTP_GIT.test(range) ? `git+${range}` : range)
  switch (spec.type) {
    case 'registry':
      return { kind: 'registry', name, range, archiveUrl: null }
    case 'alias':
      return { kind: 'registry', name: spec.name, range: spec.range, archiveUrl: null }
    case 'git':
      return { kind: 'git', repository: spec.repository, commit: spec.commit, url: range }
    case 'remote':
      return { kind: 'remote', url: range }
    case 'file':
    case 'folder':
      return { kind: 'file', path: range.startsWith('file:') ? range.slice(5) : range, parent: null }
    case 'unsupported':
      return { kind: 'unknown', text: range }
    default:
      return spec satisfies never
  }
}

/** What a field `resolved` says, and the checksum behind it. */
export interface ClassicSource {
  /** Null where it is a tarball's URL, which may be a registry's. */
  readonly place: Place | null
  /** Without what stands behind the `#`. */
  readonly url: string
  /** Null where there is none, as behind the URL of a repository, where a commit stands. */
  readonly checksum: string | null
}

/** Reads a field `resolved`, which is all that Yarn 1 goes by. */
export function classicSource(resolved: string): ClassicSource {
  const hash = resolved.lastIndexOf('#')
  const url = hash === -1 ? resolved : resolved.slice(0, hash)
  const place = placeOf(resolved, url)
  const checksum = hash === -1 || place?.kind === 'git' ? null : resolved.slice(hash + 1)
  return { place, url, checksum }
}

function placeOf(resolved: string, url: string): Place | null {
  for (const [form, host] of FORGE_TARBALLS) {
    const [, path, commit] = form.exec(url) ?? []
    if (path !== undefined && commit !== undefined)
      return { kind: 'git', repository: `${host}/${path}`, commit, url: resolved }
  }
  if (/^git(?:\+[a-z]+)?:|^ssh:/iu.test(resolved) || HTTP_GIT.test(resolved)) {
    const git = parseGit(/^http/iu.test(resolved) ? `git+${resolved}` : resolved)
    return git === null ? { kind: 'unknown', text: resolved } : { kind: 'git', ...git, url: resolved }
  }
  if (/^https?:\/\//iu.test(url)) return null
  return url.startsWith('file:')
    ? { kind: 'file', path: url.slice(5), parent: null }
    : { kind: 'unknown', text: resolved }
}
