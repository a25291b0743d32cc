// SPDX-License-Identifier: Apache-2.0

/** A git repository in one spelling, so that two ways to name it can be compared with `===`. */
export interface GitSource {
  /** `host/path`, without protocol, user, `.git` and trailing slash. */
  readonly repository: string
  /** The full commit, where the text names one; a branch, tag or range is none. */
  readonly commit: string | null
}

const SHORTCUTS = new Map([
  ['github', 'github.com'],
  ['gitlab', 'gitlab.com'],
  ['bitbucket', 'bitbucket.org'],
  ['gist', 'gist.github.com'],
  ['sourcehut', 'git.sr.ht'],
])
// On these hosts npm reads `https://host/user/repo` as a repository and not as a tarball (hosted-git-info).
const FORGES = new Set(SHORTCUTS.values())
const GIT_PROTOCOLS = new Set(['git', 'ssh', 'git+ssh', 'git+https', 'git+http', 'git+file', 'git+rsync', 'git+ftp'])

/** Tells whether an http URL leads to one of the hosts where it may mean a repository. */
function leadsToForge(url: string): boolean {
  const start = url.indexOf('//') + 2
  const slash = url.indexOf('/', start)
  const authority = url.slice(start, slash === -1 ? url.length : slash).toLowerCase()
  const host = authority.slice(authority.lastIndexOf('@') + 1)
  return FORGES.has(host.startsWith('www.') ? host.slice(4) : host)
}

/** Reads a git URL, an scp-like address, or a shortcut (`github:user/repo`, `user/repo`). Null: it names no repository. */
export function parseGit(text: string): GitSource | null {
  // nearly all URLs are a registry's: leave those early
  if (/^https?:\/\//iu.test(text) && !leadsToForge(text)) return null
  const hash = text.indexOf('#')
  const [body, fragment] = hash === -1 ? [text, ''] : [text.slice(0, hash), text.slice(hash + 1)]
  const repository = readRepository(body)
  return repository === null
    ? null
    : { repository, commit: /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/u.test(fragment) ? fragment : null }
}

function readRepository(body: string): string | null {
  const scheme = /^([a-z+]+):/iu.exec(body)?.[1]?.toLowerCase()
  if (scheme === undefined) {
    if (/^[^@/:\s]+@[^:/\s]+:[^\s]+$/u.test(body)) return fromAddress(body)
    // `user/repo`: one slash, and nothing that a path, a scope or a URL would have
    return /^[^@/:.\s][^@/:\s]*\/[^@/:\s]+$/u.test(body) ? spelling('github.com', body) : null
  }
  const host = SHORTCUTS.get(scheme)
  if (host !== undefined) {
    const path = body.slice(scheme.length + 1)
    // a gist is known by its id alone; the user before it is for people
    return spelling(host, scheme === 'gist' ? path.slice(path.lastIndexOf('/') + 1) : path)
  }
  const address = /^[a-z+]+:\/\//iu.exec(body)?.[0]
  if (GIT_PROTOCOLS.has(scheme))
    return fromAddress(address === undefined ? body.slice(scheme.length + 1) : body.slice(address.length))
  if (address === undefined || (scheme !== 'https' && scheme !== 'http')) return null
  return fromForge(body.slice(address.length))
}

/** `https://forge/user/repo`, and `.../tree/branch`; any longer path is a file that the forge serves. */
function fromForge(rest: string): string | null {
  // most URLs are a registry's: leave those early
  const authority = rest.slice(0, Math.max(rest.indexOf('/'), 0))
  if (
    !FORGES.has(
      authority
        .slice(authority.lastIndexOf('@') + 1)
        .toLowerCase()
        .replace(/^www\./u, ''),
    )
  )
    return null
  const repository = fromAddress(rest)
  const [host = '', ...path] = repository?.split('/') ?? []
  if (!FORGES.has(host)) return null
  const isGist = host === SHORTCUTS.get('gist')
  if (isGist) return path.length <= 2 ? spelling(host, path.at(-1) ?? '') : null
  // groups nest there, and files stand behind `/-/`
  if (host === SHORTCUTS.get('gitlab'))
    return path.length >= 2 && !path.includes('-') && !path.includes('archive.tar.gz') ? repository : null
  return path.length === 2 || path[2] === 'tree' ? spelling(host, path.slice(0, 2).join('/')) : null
}

function fromAddress(rest: string): string | null {
  const address = rest.slice(rest.slice(0, pathStart(rest)).lastIndexOf('@') + 1)
  const start = pathStart(address)
  return spelling(address.slice(0, start).toLowerCase(), address.slice(start + 1))
}

/** Where the path begins: at the first slash, or at a colon that no port follows (`git@host:user/repo`). */
function pathStart(address: string): number {
  const slash = address.indexOf('/')
  const colon = /:(?!\d+(?:\/|$))/u.exec(address.slice(address.indexOf('@') + 1))
  const at = colon === null ? -1 : colon.index + address.indexOf('@') + 1
  if (slash === -1) return at === -1 ? address.length : at
  return at !== -1 && at < slash ? at : slash
}

function spelling(host: string, path: string): string | null {
  let clean = path
  while (clean.startsWith('/')) clean = clean.slice(1)
  while (clean.endsWith('/')) clean = clean.slice(0, -1)
  clean = clean.replace(/\.git$/u, '')
  return clean === '' ? null : `${host.startsWith('www.') ? host.slice(4) : host}/${clean}`
}
