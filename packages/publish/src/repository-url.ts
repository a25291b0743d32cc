// SPDX-License-Identifier: Apache-2.0
import hostedGitInfo from 'hosted-git-info'

/**
 * A repository in one spelling, `https://host/owner/name`, from any that npm takes in `package.json`: `owner/name`, `github:owner/name`,
 * `git+https://…`, `git@host:owner/name.git`. Null for what is none. The letters stay as they are: registries compare them exactly.
 */
export function parseRepository(text: string | null): string | null {
  if (text === null) return null
  const hosted = hostedGitInfo.fromUrl(text)
  // A gist has no owner to be compared with.
  if (hosted !== undefined && (hosted.type === 'gist' || hosted.user === null)) return null
  if (hosted !== undefined) return `https://${hosted.domain}/${hosted.user}/${hosted.project}`
  // A host that the library does not know, such as a company's own.
  const written = /^(?:[\w.-]+@)?(?<host>[\w.-]+):(?<path>(?!\/\/)[^\s]+)$/u.exec(text)?.groups
  const url = URL.parse(
    written === undefined ? text.replace(/^git\+/u, '') : `ssh://${written['host']}/${written['path']}`,
  )
  if (url === null || !['https:', 'http:', 'ssh:', 'git:'].includes(url.protocol)) return null
  const path = url.pathname.replace(/\/$/u, '').replace(/\.git$/u, '')
  return path.split('/').length < 3 ? null : `https://${url.host}${path}`
}
