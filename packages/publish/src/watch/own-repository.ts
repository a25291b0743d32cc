// SPDX-License-Identifier: Apache-2.0
import { isJsonObject } from '@bonafide/core'
import type { JsonObject } from '@bonafide/core'

const HOSTS: Readonly<Record<string, string>> = { github: 'github.com', gitlab: 'gitlab.com' }

/**
 * The repository that a manifest names, as certificates write it: `https://host/owner/name`. Null where it names none, or in a spelling
 * that npm does not know.
 */
export function repositoryOf({ repository }: JsonObject): string | null {
  const text = isJsonObject(repository) ? repository['url'] : repository
  return typeof text === 'string' ? repositoryUrl(text) : null
}

/** The repository that an address names, in any of the spellings of npm and git. */
export function repositoryUrl(address: string): string | null {
  const [, prefix = 'github', short] = /^(?:([a-z]+):)?([\w.-]+\/[\w./-]+)$/u.exec(address) ?? []
  if (short !== undefined && !short.startsWith('/')) {
    const host = HOSTS[prefix]
    return host === undefined ? null : plain(host, short)
  }
  const [, sshHost, sshPath] = /^(?:[\w.-]+@)([\w.-]+):(?!\d*\/\/)([^/].*)$/u.exec(address) ?? []
  if (sshHost !== undefined && sshPath !== undefined) return plain(sshHost, sshPath)
  const url = URL.parse(address.replace(/^git\+/u, ''))
  if (url === null || !['https:', 'http:', 'ssh:', 'git:'].includes(url.protocol)) return null
  return plain(url.host, url.pathname.slice(1))
}

function plain(host: string, path: string): string | null {
  const name = path
    .replace(/#.*$/u, '')
    .replace(/\/$/u, '')
    .replace(/\.git$/u, '')
  return name.includes('/') ? `https://${host}/${name}` : null
}
