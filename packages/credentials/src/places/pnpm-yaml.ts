// SPDX-License-Identifier: Apache-2.0
import type { Place } from '@bonafide/core'
import type { Layer } from '../credential.ts'
import { malformed, readTextFile } from './text-file.ts'
import { readYaml } from './yaml-text.ts'

/** A token of pnpm's setting `_auth`. */
export interface PnpmToken {
  readonly registry: string
  /** `@` for all packages, or `@scope`. */
  readonly scope: string
  readonly token: string
  readonly layer: Layer
  readonly place: Place
}

/** What a `config.yaml` or `pnpm-workspace.yaml` says about credentials and registries. */
export interface PnpmYaml {
  readonly tokens: readonly PnpmToken[]
  /** By `registry` and `@scope:registry`. */
  readonly registries: ReadonlyMap<string, string>
  readonly npmrcAuthFile: string | null
}

const NOTHING: PnpmYaml = { tokens: [], registries: new Map(), npmrcAuthFile: null }

/**
 * Reads a file of pnpm's settings. `_auth` counts in the user's alone: pnpm drops a repository's.
 *
 * @throws BonafideError `BONAFIDE_CREDENTIALS_UNREADABLE`, `BONAFIDE_CREDENTIALS_MALFORMED`
 */
export async function readPnpmYaml(path: string): Promise<PnpmYaml> {
  const text = await readTextFile(path)
  if (text === null) return NOTHING
  const entries = readYaml(path, text, 'core')
  const registries = new Map<string, string>()
  const tokens: PnpmToken[] = []
  let npmrcAuthFile: string | null = null
  for (const { path: keys, value, line } of entries) {
    const [first, second, third, fourth] = keys
    if (first === 'registry' && second === undefined) registries.set('registry', value)
    else if (first === 'npmrcAuthFile' && second === undefined) npmrcAuthFile = value
    else if (first === 'registries' && second !== undefined && third === undefined)
      registries.set(second === 'default' || second === '@' ? 'registry' : `${second}:registry`, value)
    else if (first === '_auth' && second !== undefined) {
      if (third === undefined || fourth !== 'authToken' || keys.length !== 4)
        throw malformed(path, line, '`_auth`: registries, scopes, `authToken`')
      tokens.push({ registry: second, scope: third, token: value, layer: 'pnpm', place: { kind: 'file', path, line } })
    }
  }
  return { tokens, registries, npmrcAuthFile }
}
