// SPDX-License-Identifier: Apache-2.0
import { Secret, isJsonObject } from '@bonafide/core'
import type { Json, JsonObject } from '@bonafide/core'

/** What a token may do to packages. What a registry says in words that we do not know counts as `write`. */
export type TokenRights = 'read-only' | 'stage-only' | 'write'

/** What a token is for. `other` is in words that we do not know, and counts as everything. */
export interface ListedScope {
  readonly type: 'package' | 'scope' | 'org' | 'other'
  readonly name: string
}

/** A token as its registry lists it; of the token itself only what the registry leaves of it. */
export interface ListedToken {
  /** The id by which it is revoked. */
  readonly key: string
  /** What the registry leaves of it: the first eight and the last four characters. More than we show. */
  readonly left: Secret
  /** What may be shown of it: four and four. */
  readonly shown: string
  readonly name: string | null
  readonly created: Date | null
  readonly accessed: Date | null
  /** `never` where the registry says that it has no end; null where it says nothing. */
  readonly expires: Date | 'never' | null
  readonly revoked: boolean
  /** Whether it writes without a one-time password; null where the registry does not say. */
  readonly bypass2fa: boolean | null
  readonly rights: TokenRights
  /** Empty where the registry names none, which is then every package of the account. */
  readonly scopes: readonly ListedScope[]
  readonly cidr: readonly string[]
}

/** Reads one token of a list; null for what has no id. One of which nothing is left to see is kept: it is nobody's token in hand. */
export function parseListedToken(value: Json): ListedToken | null {
  if (!isJsonObject(value)) return null
  const { key } = value
  const token = typeof value['token'] === 'string' ? value['token'] : ''
  // An id becomes part of a URL, to which something is sent that deletes.
  if (typeof key !== 'string' || !isTokenKey(key)) return null
  // Older registries tell `automation` and `cidr_whitelist`, and no end: theirs have none that anybody could rely on.
  const bypass = value['bypass_2fa'] ?? value['automation']
  return {
    key,
    left: new Secret(token),
    shown: shownOf(token),
    name: typeof value['name'] === 'string' && value['name'] !== '' ? value['name'] : null,
    created: dateOf(value['created']),
    accessed: dateOf(value['accessed']),
    expires: endOf(value),
    // Null and false say "not revoked"; whatever else stands there does not.
    revoked: ![undefined, null, false].includes(value['revoked'] as null),
    bypass2fa: typeof bypass === 'boolean' ? bypass : null,
    rights: rightsOf(value),
    scopes: scopesOf(value['scopes']),
    cidr: textsOf(value['cidr'] ?? value['cidr_whitelist']),
  }
}

/** Whether a text can be the id of a token: of the digits and dashes that ids are made of, and nothing that changes a URL. */
export function isTokenKey(text: string): boolean {
  return /^[0-9A-Za-z][0-9A-Za-z-]{5,127}$/u.test(text)
}

/** Whether a list means this very token, by what it leaves of it: the first eight characters and the last four. */
export function isSameToken({ left }: Pick<ListedToken, 'left'>, token: Secret): boolean {
  const text = token.reveal()
  // Of a shorter one, twelve characters are too much to be left, and too little to tell by.
  return text.length >= 24 && left.reveal() === `${text.slice(0, 8)}...${text.slice(-4)}`
}

/** Whether a token reaches a package, as far as its registry says what it is for; what is not understood reaches everything. */
export function coversPackage({ scopes }: ListedToken, name: string | null): boolean {
  if (name === null || scopes.length === 0) return true
  return scopes.some(({ type, name: scope }) => {
    switch (type) {
      case 'package':
        return scope === name || (scope.includes('*') && name.startsWith(scope.slice(0, scope.indexOf('*'))))
      case 'scope':
        return scope === '*' || name.startsWith(`${scope.startsWith('@') ? '' : '@'}${scope}/`)
      // Rights over an organisation's settings and teams are none to publish its packages (npm's documentation, "About access tokens").
      case 'org':
        return false
      case 'other':
        return true
      default:
        return unknownScope(type)
    }
  })
}

function unknownScope(type: never): never {
  throw new TypeError(`no such scope: ${String(type)}`)
}

function endOf(value: JsonObject): Date | 'never' | null {
  const end = value['expiry'] === undefined ? value['expires'] : value['expiry']
  return end === null ? 'never' : dateOf(end)
}

const STAGING: ReadonlySet<unknown> = new Set(['stage', 'read-stage', 'stage-only', 'read-write-stage-only'])
const READING: ReadonlySet<unknown> = new Set(['read', 'read-only', 'no-access', 'none'])

// Only what says "no more than this" of every right that touches packages is believed.
function rightsOf(value: JsonObject): TokenRights {
  const { permissions, readonly: isReadonly } = value
  if (permissions === undefined || permissions === null) return isReadonly === true ? 'read-only' : 'write'
  if (!Array.isArray(permissions)) return 'write'
  const actions = (permissions as readonly Json[]).flatMap((item) => {
    if (!isJsonObject(item)) return ['?']
    return item['name'] === 'org' ? [] : [item['action']]
  })
  if (actions.every((action) => READING.has(action))) {
    // A list of no rights says nothing, unless the other field does.
    return actions.length > 0 || isReadonly === true ? 'read-only' : 'write'
  }
  return actions.every((action) => READING.has(action) || STAGING.has(action)) ? 'stage-only' : 'write'
}

function scopesOf(value: Json | undefined): readonly ListedScope[] {
  if (value === undefined || value === null) return []
  if (!Array.isArray(value)) return [{ type: 'other', name: '?' }]
  return (value as readonly Json[]).map((item): ListedScope => {
    const { type, name } = isJsonObject(item) ? item : { type: null, name: null }
    if (typeof name !== 'string') return { type: 'other', name: '?' }
    return { type: type === 'package' || type === 'scope' || type === 'org' ? type : 'other', name }
  })
}

function textsOf(value: Json | undefined): readonly string[] {
  return Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string') : []
}

const ISO8601 = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:Z|[+-]\d{2}:?\d{2})$/u

function dateOf(value: Json | undefined): Date | null {
  if (typeof value !== 'string' || !ISO8601.test(value)) return null
  const date = new Date(value)
  return Number.isNaN(date.getTime()) ? null : date
}

// Eight characters of a whole token, should a registry send that back, and of what the public registry leaves.
function shownOf(text: string): string {
  return text.length >= 15 ? `${text.slice(0, 4)}…${text.slice(-4)}` : '…'
}
