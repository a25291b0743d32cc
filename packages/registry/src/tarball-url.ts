// SPDX-License-Identifier: Apache-2.0
import { isMirrorUrl, isPackageName, isVersion } from '@bonafide/core'
import type { NonEmpty } from '@bonafide/core'

/**
 * Tells whether a lockfile's `resolved` is where the registry keeps exactly this version: the metadata's own `dist.tarball`, or the
 * canonical path below one of the registries in play. Says nothing about the bytes there.
 *
 * Refuses what only looks alike: another scheme, host, port or path prefix; another package or version; credentials; a query;
 * dot segments and backslashes, which clients resolve differently. A fragment is ignored: it never leaves the client (yarn keeps a
 * checksum there).
 */
export function isCanonicalTarball(
  resolved: string,
  name: string,
  version: string,
  tarball: string | null,
  registries: readonly string[],
): boolean {
  const found = parseTarballUrl(resolved)
  if (found === null) return false
  const claimed = tarball === null ? null : parseTarballUrl(tarball)
  if (claimed !== null && found === claimed) return true
  return registries.some((registry) => found === parseTarballUrl(canonicalTarballUrl(registry, name, version)))
}

/**
 * The URLs under which a registry is asked for a tarball, in order: what its metadata claims, where that is an exact URL of the
 * registry's own origin, and the canonical path.
 *
 * Metadata that sends us to a host of its choice, past the firewall or with a credential: nothing beyond the registry is asked.
 */
export function tarballUrls(registry: string, name: string, version: string, claimed: string | null): NonEmpty<URL> {
  const own = claimed === null ? null : parseTarballUrl(claimed)
  const canonical = new URL(canonicalTarballUrl(registry, name, version))
  const isOther = own !== null && own !== canonical.href && new URL(own).origin === canonical.origin
  return isOther ? [new URL(own), canonical] : [canonical]
}

/** Where a registry keeps the tarball of a version. */
export function canonicalTarballUrl(registry: string, name: string, version: string): string {
  const file = name.startsWith('@') ? name.slice(name.indexOf('/') + 1) : name
  return `${registry}${name}/-/${file}-${version}.tgz`
}

/** One spelling of a tarball's URL, or null where it is not an exact one. */
function parseTarballUrl(text: string): string | null {
  // Second spellings of a path: `..`, `%2e%2e`, backslashes, white space that URL parsers drop.
  if (/[\s\\]|\.\.|%2e/iu.test(text) || !URL.canParse(text)) return null
  const url = new URL(text)
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return null
  // Host confusion: `https://registry@evil.example/`.
  if (url.username !== '' || url.password !== '' || url.search !== '') return null
  url.hash = ''
  return url.href
}

/** The mirror, as a policy would name it, under whose canonical path a URL keeps this very version; null for every other URL. */
export function mirrorOf(url: string, name: string, version: string): string | null {
  const own = parseTarballUrl(url)
  const path = canonicalTarballUrl('', name, version)
  if (own === null || !own.endsWith(`/${path}`)) return null
  const mirror = own.slice(0, -path.length)
  return isMirrorUrl(mirror) ? mirror : null
}

/** What a tarball's URL names. */
export interface NamedTarball {
  readonly name: string
  readonly version: string
}

/**
 * Reads which version a URL is the canonical tarball of, below one of the registries; null for every other URL. Whether there is such a
 * version, and whether its bytes are right, the URL does not say.
 */
export function parseCanonicalTarball(url: string, registries: readonly string[]): NamedTarball | null {
  const own = parseTarballUrl(url)
  const registry = own === null ? undefined : registries.find((one) => own.startsWith(one))
  if (own === null || registry === undefined) return null
  const [name = '', file = '', ...more] = unescapeScope(own.slice(registry.length)).split('/-/')
  const base = name.slice(name.indexOf('/') + 1)
  if (more.length > 0 || !file.startsWith(`${base}-`) || !file.endsWith('.tgz')) return null
  const version = file.slice(base.length + 1, -'.tgz'.length)
  // One spelling: what is read is what would be written for it, scopes aside, which clients escape.
  return isPackageName(name) && isVersion(version) ? { name, version } : null
}

// `%40scope%2fname`, as clients write a scope; nothing else is unescaped.
function unescapeScope(path: string): string {
  return path.replace(/^(?:@|%40)([^/%]+)(?:\/|%2f)/iu, '@$1/')
}
