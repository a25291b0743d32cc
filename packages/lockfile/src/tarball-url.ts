// SPDX-License-Identifier: Apache-2.0

const PLAIN = /^https?:\/\/[a-z0-9.-]+(?::\d+)?\/[\w@./-]+$/u

/**
 * Tells whether a tarball URL names this package and version, in one of the forms that registries use:
 *
 * - `<registry>/<name>/-/<file>-<version>.tgz`, where some repeat the scope before the file, and some write `download` for `-`;
 * - `<registry>/download/<name>/<version>/<digest>` (GitHub Packages).
 *
 * Whether it is the URL that the registry itself gives is compared elsewhere, against the registry.
 */
export function namesTarball(url: string, name: string, version: string): boolean {
  const path = readPath(url)
  if (path === null) return false
  const base = name.slice(name.indexOf('/') + 1)
  const file = `${base}-${version}.tgz`
  const scoped = name === base ? [file] : [file, `${name.slice(0, name.indexOf('/'))}/${file}`]
  if (scoped.some((end) => path.endsWith(`/${name}/-/${end}`) || path.endsWith(`/${name}/download/${end}`))) return true
  const [head, digest] = splitLast(path)
  return head.endsWith(`/download/${name}/${version}`) && /^[0-9a-f]{40,128}$/u.test(digest)
}

/**
 * The path, with a scope's `@` and slash unescaped and nothing else: an escaped slash elsewhere would hide another package's folder.
 * Null for URLs with credentials or a fragment, which no registry gives, and for what is no http URL.
 */
function readPath(text: string): string | null {
  // Nearly all are plain: nothing that parsing would change, so the path is what follows the host.
  if (PLAIN.test(text) && !text.includes('/.')) return text.slice(text.indexOf('/', text.indexOf('//') + 2))
  const url = URL.parse(text)
  if (url === null || (url.protocol !== 'https:' && url.protocol !== 'http:')) return null
  if (url.username !== '' || url.password !== '' || url.hash !== '') return null
  return url.pathname.replaceAll(/\/(?:@|%40)([^/%]+)(?:\/|%2f)/giu, '/@$1/')
}

function splitLast(path: string): [string, string] {
  const slash = path.lastIndexOf('/')
  return [path.slice(0, slash), path.slice(slash + 1)]
}
