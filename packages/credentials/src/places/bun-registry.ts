// SPDX-License-Identifier: Apache-2.0
import { Secret } from '@bonafide/core'
import type { Place } from '@bonafide/core'
import type { CredentialForm, Layer } from '../credential.ts'
import type { BunVariable } from './bun-sources.ts'
import type { Bunfig, BunfigEntry } from './bunfig.ts'
import { secretInUrl } from './setting.ts'

/** A credential that Bun has from elsewhere than the keys of an `.npmrc`. */
export interface BunCredential {
  readonly form: CredentialForm
  readonly layer: Layer
  readonly place: Place
  readonly key: string
  readonly secret: Secret
  readonly unexpanded: string | null
}

/** What a `bunfig.toml` says about one registry. */
export interface BunRegistry {
  /** `registry`, or a scope without its `@`. */
  readonly name: string
  /** Null where it is the usual one. */
  readonly url: string | null
  /** The first is sent. */
  readonly credentials: readonly BunCredential[]
}

type Variables = ReadonlyMap<string, BunVariable>

/** The registries of a `bunfig.toml`, each under its own name. */
export function registriesOf(bunfig: Bunfig, variables: Variables): readonly BunRegistry[] {
  const groups = new Map<string, BunfigEntry[]>()
  for (const entry of bunfig.entries) {
    const [first, second] = entry.path
    const name =
      first === 'registry' ? 'registry' : first === 'scopes' && second !== undefined ? `@${bareScope(second)}` : null
    if (name !== null) groups.set(name, [...(groups.get(name) ?? []), entry])
  }
  return [...groups].map(([name, entries]) => registryOf(name, entries, bunfig.path, variables))
}

/** What stands in a registry's URL: `https://user:secret@host/`, `https://:token@host/`, `https://host/:_authToken=token`. */
export function credentialInUrl(
  url: string,
  origin: Pick<BunCredential, 'layer' | 'place' | 'key'>,
): BunCredential | null {
  const inPath = /:_authToken=(?<token>[^/?#]+)/u.exec(url)?.groups?.['token']
  if (inPath !== undefined) return { ...origin, form: 'token', secret: new Secret(inPath), unexpanded: null }
  const secret = secretInUrl(url)
  if (secret === null) return null
  return { ...origin, form: new URL(url).username === '' ? 'token' : 'password', secret, unexpanded: null }
}

function registryOf(name: string, entries: readonly BunfigEntry[], path: string, variables: Variables): BunRegistry {
  const field = (wanted: string): BunfigEntry | undefined =>
    entries.find((one) => one.path.length === depth + 1 && one.path.at(-1) === wanted)
  const depth = name === 'registry' ? 1 : 2
  const whole = entries.find((one) => one.path.length === depth) ?? field('url')
  const originOf = (entry: BunfigEntry): Pick<BunCredential, 'layer' | 'place' | 'key'> => ({
    layer: 'bunfig',
    place: { kind: 'file', path, line: entry.line },
    key: ['install', ...entry.path].join('.'),
  })
  const credentials: BunCredential[] = []
  const add = (entry: BunfigEntry | undefined, form: CredentialForm): void => {
    if (entry === undefined || entry.value === '') return
    const { text, missing } = expand(entry.value, variables)
    credentials.push({ ...originOf(entry), form, secret: new Secret(text), unexpanded: missing })
  }
  add(field('token'), 'token')
  add(field('password'), 'password')
  const written = whole === undefined ? null : expand(whole.value, variables).text
  const inUrl = whole === undefined || written === null ? null : credentialInUrl(written, originOf(whole))
  // What Bun takes out of the path is no part of the address.
  const url = written === null ? null : written.replace(/:_authToken=[^/?#]*/u, '')
  return { name, url, credentials: inUrl === null ? credentials : [...credentials, inUrl] }
}

// A value that is one variable and nothing else.
function expand(text: string, variables: Variables): { readonly text: string; readonly missing: string | null } {
  const name = /^\$(?<name>\w+)$/u.exec(text)?.groups?.['name']
  if (name === undefined) return { text, missing: null }
  const found = variables.get(name)
  return { text: found?.value ?? text, missing: found === undefined ? name : null }
}

function bareScope(name: string): string {
  return name.replace(/^@/u, '').split('/')[0] ?? ''
}
