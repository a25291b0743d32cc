// SPDX-License-Identifier: Apache-2.0
import { isPackageName, isVersion } from '@bonafide/core'

/** What a path below a gateway's base asks for. */
export type Requested =
  | { readonly kind: 'packument'; readonly name: string }
  /** One version's manifest; `version` may be a tag. */
  | { readonly kind: 'manifest'; readonly name: string; readonly version: string }
  | { readonly kind: 'tarball'; readonly name: string; readonly version: string }
  | { readonly kind: 'attestations'; readonly name: string; readonly version: string }
  | { readonly kind: 'ping' }
  /** Well-formed, and nothing of the above: some registries keep tarballs at paths of their own. */
  | { readonly kind: 'other'; readonly path: string }

/**
 * Reads a request's path below the gateway's base; null for one that no client writes.
 *
 * @param path - undecoded, without a slash at the start; a query is ignored
 * @param prefixes - the paths of upstream registries, such as `api/npm/`: npm puts the path of a locked URL below the gateway's whole
 */
export function parseRequested(path: string, prefixes: ReadonlySet<string>): Requested | null {
  const segments = segmentsOf(path.split('?', 1)[0] ?? '')
  if (segments === null) return null
  if (segments[0] === '-') return serviceOf(segments)
  return tarballOf(segments, prefixes) ?? packageOf(segments) ?? { kind: 'other', path: segments.join('/') }
}

/** The path of a tarball's URL as {@link Requested} has it; null where a request for it could not be told from another. */
export function pathOfUrl(url: string): string | null {
  if (!URL.canParse(url)) return null
  return segmentsOf(new URL(url).pathname.slice(1))?.join('/') ?? null
}

/** Where a registry of npm's kind keeps a tarball, below its base. */
export function tarballPath(name: string, version: string): string {
  return `${name}/-/${plainName(name)}-${version}.tgz`
}

/**
 * A path's segments, decoded once; a scope's `%2f` parts two of them.
 *
 * Second spellings of a path (`..%2f`, `%252f`, `\`, `//`), by which the judged version is another than the served one: none is read.
 */
function segmentsOf(path: string): readonly string[] | null {
  const segments: string[] = []
  for (const raw of path.split('/')) {
    const text = decode(raw)
    if (text === null) return null
    const parts = text.startsWith('@') ? text.split('/') : [text]
    if (parts.length > 2 || parts.some(isOdd)) return null
    segments.push(...parts)
  }
  return segments
}

function decode(raw: string): string | null {
  try {
    return decodeURIComponent(raw)
  } catch {
    return null
  }
}

function isOdd(segment: string): boolean {
  return segment === '' || segment === '.' || segment === '..' || /[%/\\\s\p{C}]/u.test(segment)
}

function serviceOf(segments: readonly string[]): Requested | null {
  const path = segments.join('/')
  if (path === '-/ping') return { kind: 'ping' }
  const prefix = '-/npm/v1/attestations/'
  if (!path.startsWith(prefix)) return null
  const at = path.lastIndexOf('@')
  const [name, version] = [path.slice(prefix.length, at), path.slice(at + 1)]
  return at > prefix.length && isPackageName(name) && isVersion(version)
    ? { kind: 'attestations', name, version }
    : null
}

// Name confusion (`a/-/b-1.0.0.tgz`): the file has to be the named package's own.
function tarballOf(segments: readonly string[], prefixes: ReadonlySet<string>): Requested | null {
  const dash = segments.length - 2
  const file = segments.at(-1)
  if (file === undefined || dash < 1 || segments[dash] !== '-') return null
  const isScoped = segments[dash - 2]?.startsWith('@') === true
  const start = isScoped ? dash - 2 : dash - 1
  const name = segments.slice(start, dash).join('/')
  const before = segments.slice(0, start).map((segment) => `${segment}/`)
  const [head, tail] = [`${plainName(name)}-`, '.tgz']
  if (!isPackageName(name) || !prefixes.has(before.join('')) || !file.startsWith(head) || !file.endsWith(tail))
    return null
  const version = file.slice(head.length, -tail.length)
  return isVersion(version) ? { kind: 'tarball', name, version } : null
}

function packageOf(segments: readonly string[]): Requested | null {
  const length = segments[0]?.startsWith('@') === true ? 2 : 1
  const name = segments.slice(0, length).join('/')
  const [version, ...more] = segments.slice(length)
  if (!isPackageName(name) || more.length > 0) return null
  return version === undefined ? { kind: 'packument', name } : { kind: 'manifest', name, version }
}

function plainName(name: string): string {
  return name.slice(name.indexOf('/') + 1)
}
