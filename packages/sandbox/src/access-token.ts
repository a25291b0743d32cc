// SPDX-License-Identifier: Apache-2.0
import { BlockList } from 'node:net'
import { crc32 } from 'node:zlib'
import type { Seed } from './key-pair.ts'
import type { Publisher } from './release.ts'

/** What a token may do to packages: look, stage versions for somebody to approve, or publish. */
export type Permission = 'read' | 'stage' | 'write'

/** What a token is for: a package, all packages of a scope (`@acme`), or an organisation, which gives no right over packages. */
export interface TokenScope {
  readonly type: 'package' | 'scope' | 'org'
  /** For packages, `*` is every one. */
  readonly name: string
}

/** What an exchanged token is good for: one package, on behalf of a job. */
export interface Grant {
  readonly package: string
  readonly publisher: Publisher
  readonly mayPublish: boolean
  readonly mayStage: boolean
}

/** A credential of the registry. */
export interface AccessToken {
  /** Its id, by which it is listed and revoked. */
  readonly key: string
  /** The credential itself. */
  readonly token: string
  /** `granular`: made by a person, listed; `session`: by logging in; `exchanged`: for a job's identity. */
  readonly kind: 'granular' | 'session' | 'exchanged'
  /** Whose it is; null for a job's. */
  readonly user: string | null
  readonly name: string
  readonly description: string
  readonly created: Date
  /** Null: it never ends, as the tokens of old. */
  readonly expiry: Date | null
  readonly permission: Permission
  readonly bypass2fa: boolean
  /** IPv4 ranges from which it works; everywhere where there are none. */
  readonly cidr: readonly string[]
  readonly scopes: readonly TokenScope[]
  readonly grant: Grant | null
  updated: Date
  accessed: Date | null
  revoked: Date | null
}

const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const RANDOM_LENGTH = 30
const CHECKSUM_LENGTH = 6

/** A token in npm's form: `npm_`, 30 characters by chance, and the CRC-32 of these in 6. The same seed and label give the same one. */
export function tokenText(seed: Seed, label: string): string {
  const random = base62(BigInt(`0x${seed.bytes(`token ${label}`, 32).toString('hex')}`), RANDOM_LENGTH)
  return `npm_${random}${base62(BigInt(crc32(random)), CHECKSUM_LENGTH)}`
}

function base62(number: bigint, length: number): string {
  let [rest, text] = [number, '']
  while (text.length < length) {
    text = `${BASE62[Number(rest % 62n)] ?? ''}${text}`
    rest /= 62n
  }
  return text
}

/** An id of the form of RFC 9562, version 4. */
export function seededUuid(seed: Seed, label: string): string {
  const bytes = seed.bytes(`uuid ${label}`, 16)
  bytes[6] = (bytes.readUInt8(6) & 0x0f) | 0x40
  bytes[8] = (bytes.readUInt8(8) & 0x3f) | 0x80
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/u, '$1-$2-$3-$4-$5')
}

/** Whether a token is still good. */
export function isAlive(token: AccessToken, now: Date): boolean {
  return token.revoked === null && (token.expiry === null || token.expiry > now)
}

/** Whether a token reaches a package. */
export function reaches({ grant, scopes }: AccessToken, name: string): boolean {
  if (grant !== null) return grant.package === name
  return scopes.some((scope) =>
    scope.type === 'scope'
      ? name.startsWith(`${scope.name}/`)
      : scope.type === 'package' && ['*', name].includes(scope.name),
  )
}

/** Whether a token works on this machine, from which all requests come. */
export function worksHere({ cidr }: AccessToken): boolean {
  if (cidr.length === 0) return true
  const ranges = new BlockList()
  for (const range of cidr) {
    const [address = '', bits = '32'] = range.split('/')
    ranges.addSubnet(address, Number(bits), 'ipv4')
  }
  return ranges.check('127.0.0.1')
}

/** A token as lists show it: all but eight and four of its characters are left out. */
export function listedToken(token: AccessToken): object {
  return { ...describedToken(token), token: `${token.token.slice(0, 8)}...${token.token.slice(-4)}` }
}

/** A token as it is shown once, when it is made. */
export function createdToken(token: AccessToken): object {
  return { ...describedToken(token), token: token.token }
}

function describedToken({ name, description, key, cidr, permission, scopes, ...token }: AccessToken): object {
  return {
    name,
    description,
    key,
    expiry: timeText(token.expiry),
    cidr,
    readonly: permission === 'read',
    bypass_2fa: token.bypass2fa,
    revoked: timeText(token.revoked),
    created: timeText(token.created),
    updated: timeText(token.updated),
    accessed: timeText(token.accessed),
    permissions: [{ name: 'package', action: permission }],
    scopes,
  }
}

function timeText(date: Date | null): string | null {
  return date?.toISOString() ?? null
}
