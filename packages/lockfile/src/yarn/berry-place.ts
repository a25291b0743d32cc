// SPDX-License-Identifier: Apache-2.0
import { isPackageName } from '@bonafide/core'
import { parseGit } from '../git.ts'
import type { Place } from './place.ts'

/** The parts of a range of Yarn's: `protocol:source#selector::parameters`. */
interface RangeParts {
  readonly protocol: string
  readonly source: string
  readonly selector: string | null
  readonly parameters: ReadonlyMap<string, string>
}

// A forge's shortcut for a repository: one slash, and nothing of a path or a URL.
const SHORTCUT = /^[\w.-]+\/[\w.-]+(?:#.*)?$/u

/** A range as the keys of a lockfile spell it: Yarn writes `npm:` before versions, ranges and tags, and older ones leave it out. */
export function withProtocol(range: string): string {
  if (/^[a-z][a-z\d+.-]*:/iu.test(range) || range.includes('/') || range.startsWith('git@')) return range
  return `npm:${range}`
}

/** What a range or a locator of Yarn 2 or later says, for a package that is called `name` there. */
export function berryPlace(name: string, range: string): Place {
  const text = withProtocol(range)
  const parts = splitRange(text)
  if (parts === null) return { kind: 'unknown', text: range }
  const { protocol, source, selector, parameters } = parts
  const parent = parameters.get('locator') ?? null
  switch (protocol) {
    case 'npm:':
      return selector === null
        ? registryPlace(name, source, parameters.get('__archiveUrl') ?? null, text)
        : unknown(text)
    case 'workspace:':
      return { kind: 'workspace', path: source }
    case 'link:':
    case 'portal:':
      return { kind: 'link', path: text.slice(0, protocol.length) + source, parent }
    case 'file:':
      return { kind: 'file', path: selector ?? source, parent }
    case 'patch:':
      return patchPlace(source, selector, parent, text)
    default:
      return elsewhere(text)
  }
}

function registryPlace(name: string, source: string, archiveUrl: string | null, text: string): Place {
  const at = source.indexOf('@', 1)
  const alias = at === -1 ? source : source.slice(0, at)
  // `npm:is-odd@3.0.1`, or `npm:is-odd`: a tag can be called like a package, so a name alone is a tag
  if (at === -1 && !source.startsWith('@')) return { kind: 'registry', name, range: source, archiveUrl }
  return isPackageName(alias)
    ? { kind: 'registry', name: alias, range: at === -1 ? '' : source.slice(at + 1), archiveUrl }
    : unknown(text)
}

function patchPlace(source: string, selector: string | null, parent: string | null, text: string): Place {
  const inner = decode(source)
  return inner === null || selector === null ? unknown(text) : { kind: 'patch', inner, files: selector, parent }
}

function elsewhere(text: string): Place {
  const hash = text.indexOf('#')
  const [url, fragment] = hash === -1 ? [text, ''] : [text.slice(0, hash), text.slice(hash + 1)]
  const isHttp = /^https?:\/\//iu.test(url)
  const isRepository = SHORTCUT.test(text) || /\.git$/iu.test(url) || !isHttp
  const git = isRepository ? parseGit(isHttp && /\.git$/iu.test(url) ? `git+${url}` : url) : parseGit(url)
  if (git !== null) {
    const commit = new URLSearchParams(fragment.replaceAll('+', '%2B')).get('commit') ?? fragment
    return { kind: 'git', repository: git.repository, commit: /^[\da-f]{40}$/u.test(commit) ? commit : null, url: text }
  }
  if (isHttp) return { kind: 'remote', url: text }
  // a path without a protocol
  return /^(?:\.|~\/|\/)/u.test(text) ? { kind: 'file', path: text, parent: null } : unknown(text)
}

function splitRange(text: string): RangeParts | null {
  const colons = text.indexOf('::')
  const [range, query] = colons === -1 ? [text, ''] : [text.slice(0, colons), text.slice(colons + 2)]
  const parameters = new Map<string, string>()
  for (const pair of query === '' ? [] : query.split('&')) {
    const equals = pair.indexOf('=')
    const value = decode(pair.slice(equals + 1))
    const name = pair.slice(0, Math.max(equals, 0))
    // A parameter twice, one that cannot be read, or a second spelling: Yarn reads `%5F_archiveUrl` as `__archiveUrl`, and fetches from there.
    if (!/^\w+$/u.test(name) || value === null || parameters.has(name)) return null
    parameters.set(name, value)
  }
  const protocol = /^[a-z][a-z\d+.-]*:/iu.exec(range)?.[0] ?? ''
  const hash = range.indexOf('#')
  return {
    protocol,
    source: range.slice(protocol.length, hash === -1 ? undefined : hash),
    selector: hash === -1 ? null : range.slice(hash + 1),
    parameters,
  }
}

function decode(text: string): string | null {
  try {
    return decodeURIComponent(text)
  } catch {
    return null
  }
}

function unknown(text: string): Place {
  return { kind: 'unknown', text }
}
