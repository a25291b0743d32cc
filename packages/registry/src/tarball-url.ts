// SPDX-License-Identifier: Apache-2.0

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
  const file = name.startsWith('@') ? name.slice(name.indexOf('/') + 1) : name
  return registries.some((registry) => found === parseTarballUrl(`${registry}${name}/-/${file}-${version}.tgz`))
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
