// SPDX-License-Identifier: Apache-2.0
import { Secret } from '@bonafide/core'
import type { Place } from '@bonafide/core'
import type { Credential, CredentialForm, Layer, PublishClient } from '../credential.ts'

/** One setting of a client that may be a credential, in the order in which the client looks: the first of a key is in force. */
export interface Setting {
  /** With its variables replaced. */
  readonly key: string
  /** As it is written. */
  readonly written: string
  readonly value: string
  readonly layer: Layer
  readonly place: Place
  /** The variable that the value names and that nobody set. */
  readonly unexpanded: string | null
}

/** What one client would do with one place. */
export interface Reading extends Omit<Credential, 'readers' | 'sentBy'> {
  readonly client: PublishClient
  readonly isSent: boolean
}

/** What one client reads, and where it would publish to. */
export interface ClientView {
  readonly client: PublishClient
  /** With a slash at the end; null where the client says nothing that is a URL. */
  readonly registry: string | null
  readonly readings: readonly Reading[]
}

/** The parts of a key such as `//host/path/:_authToken`; `prefix` is empty for one without a registry. */
export interface CredentialKey {
  readonly prefix: string
  readonly name: string
}

const FORMS: Readonly<Record<string, CredentialForm>> = {
  _authToken: 'token',
  _auth: 'basic',
  _password: 'password',
  certfile: 'certificate',
  cert: 'certificate',
  tokenHelper: 'helper',
}

/** Splits a key of an `.npmrc`; null where it is of another kind. `username`, `keyfile` and `key` are halves, and not credentials by themselves. */
export function splitKey(key: string): CredentialKey | null {
  const colon = /^(?:https?:)?\/\//u.test(key) ? key.lastIndexOf(':') : -1
  const prefix = colon === -1 ? '' : key.slice(0, colon)
  const name = key.slice(colon + 1)
  return Object.hasOwn(FORMS, name) ? { prefix, name } : null
}

/** What a client of npm's kind reads. */
export interface Reader {
  readonly client: PublishClient
  /** The last words of the keys that it takes for credentials. */
  readonly names: readonly string[]
  /** The registry that a key names, where a key may name more. */
  readonly uriOf?: (prefix: string) => string
}

/** What a client of npm's kind reads from a list of settings: each credential among them, and which of them it would send. */
export function readingsOf(
  { client, names, uriOf }: Reader,
  settings: readonly Setting[],
  sent: ReadonlySet<Setting>,
  registry: string,
): readonly Reading[] {
  return settings.flatMap((setting) => {
    const { layer, place, written, value, unexpanded, key } = setting
    const isSent = sent.has(setting)
    const common = { client, layer, place, key: written, unexpanded, isSent }
    const split = splitKey(key)
    if (split === null) {
      const inUrl = isRegistryKey(key) ? secretInUrl(value) : null
      return inUrl === null ? [] : [{ ...common, form: 'password', registry: nerfDart(value), secret: inUrl }]
    }
    const form = FORMS[split.name]
    if (form === undefined || value === '' || !names.includes(split.name)) return []
    const own = isSent ? nerfDart(registry) : registryOfKey(uriOf?.(split.prefix) ?? split.prefix, registry)
    return [{ ...common, form, registry: own, secret: secretOf(form, value) }]
  })
}

/** `registry` and `@scope:registry`. */
export function isRegistryKey(key: string): boolean {
  return key === 'registry' || /^@[^/:]+:registry$/u.test(key)
}

/** The secret in a registry's URL, such as `https://user:secret@registry.example/`; null where there is none. */
export function secretInUrl(text: string): Secret | null {
  if (!URL.canParse(text)) return null
  const { username, password } = new URL(text)
  const secret = password === '' ? username : password
  return secret === '' ? null : new Secret(decoded(secret))
}

/** A registry's URL as npm's keys have it: `//host/path/`; null where it is no URL. */
export function nerfDart(url: string): string | null {
  if (!URL.canParse(url)) return null
  const { host, pathname } = new URL(url)
  return `//${host}${pathname.endsWith('/') ? pathname : `${pathname}/`}`
}

/**
 * Where a key's credential goes: to the registry that is published to where the key covers it or a package in it, else to the one that
 * the key names.
 */
function registryOfKey(prefix: string, registry: string): string | null {
  const target = nerfDart(registry)
  if (prefix === '') return target
  const own = prefix.replace(/^https?:/u, '').replace(/\/?$/u, '/')
  return target !== null && (target.startsWith(own) || own.startsWith(target)) ? target : own
}

function secretOf(form: CredentialForm, value: string): Secret | null {
  // A path, a program: what it holds is for others to read.
  if (form === 'certificate' || form === 'helper') return null
  return new Secret(form === 'password' ? Buffer.from(value, 'base64').toString('utf8') : value)
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
