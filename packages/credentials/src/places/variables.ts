// SPDX-License-Identifier: Apache-2.0
import { Secret } from '@bonafide/core'
import type { Credential, CredentialSource } from '../credential.ts'
import { isNpmToken } from '../npm-token.ts'
import { classifyToken } from '../token-kind.ts'

/** Variables that by their names hold a token, whatever it looks like. */
const BY_NAME: ReadonlySet<string> = new Set([
  'node_auth_token',
  'npm_token',
  'npm_auth_token',
  'npm_publish_token',
  'npm_access_token',
  'npm_api_key',
  'npm_auth',
])

const NPM_TOKEN = /(?<![0-9A-Za-z_])npm_[0-9A-Za-z]{36}(?![0-9A-Za-z_])/gu

/**
 * Finds variables that hold something shaped like a token, which a script or another tool could read. The names count in any case.
 * A whole `.npmrc` in a variable counts too, by the tokens in it.
 */
export function findInVariables(env: CredentialSource['env'], known: ReadonlySet<string>): readonly Credential[] {
  return Object.entries(env).flatMap(([name, value]) => {
    if (value === undefined || value === '' || known.has(name)) return []
    const text = value.trim()
    const isToken = BY_NAME.has(name.toLowerCase()) || classifyToken(text) !== 'unknown'
    const inside = isToken ? [text] : [...new Set(text.match(NPM_TOKEN) ?? [])].filter(isNpmToken)
    return inside.map((token) => ({
      form: 'variable',
      layer: 'environment',
      place: { kind: 'variable', name },
      key: name,
      registry: null,
      secret: new Secret(token),
      unexpanded: null,
      readers: [],
      sentBy: [],
    }))
  })
}
