// SPDX-License-Identifier: Apache-2.0
import { createdToken, listedToken } from './access-token.ts'
import type { Permission, TokenScope } from './access-token.ts'
import type { Account, AccountStore, TokenSpec } from './account-store.ts'
import { Refusal, jsonReply, objectBody, textOf } from './answer.ts'
import type { Asked, Handler, Reply } from './answer.ts'
import type { SandboxClock } from './clock.ts'
import type { Gate } from './gate.ts'
import { pageOf } from './page.ts'

const TOKENS = '/-/npm/v1/tokens'
const TOKEN = /^\/-\/npm\/v1\/tokens\/token\/(?<key>[^/]+)$/u
const DAY = 86_400_000
const LIMITS = { writeDays: 90, packages: 50, organizations: 50 } as const
const PERMISSIONS: ReadonlyMap<unknown, Permission> = new Map([
  ['read-only', 'read'],
  ['read-write-stage-only', 'stage'],
  ['read-write', 'write'],
])

/** Lists, makes and revokes a person's tokens. */
export function createTokenService(accounts: AccountStore, gate: Gate, clock: SandboxClock): Handler {
  const list = (asked: Asked): Reply => {
    const { account } = gate.person(asked)
    const { items, page, perPage, total } = pageOf(asked, accounts.tokensOf(account.name), 10)
    const link = (number: number): string => `${TOKENS}?page=${number}&perPage=${perPage}`
    const isLast = (page + 1) * perPage >= total
    return jsonReply(200, {
      objects: items.map(listedToken),
      total,
      urls: { ...(isLast ? {} : { next: link(page + 1) }), ...(page === 0 ? {} : { prev: link(page - 1) }) },
    })
  }
  const create = (asked: Asked): Reply => {
    const account = assertGoverning(asked, gate)
    const body = objectBody(asked)
    if (body['password'] !== account.password) throw new Refusal(401, 'the password is wrong')
    const token = accounts.createToken(readTokenBody(body, account.name, clock.now()))
    return jsonReply(201, createdToken(token))
  }
  const revoke = (asked: Asked, key: string): Reply => {
    const account = assertGoverning(asked, gate)
    if (accounts.owner(key) !== account.name || !accounts.revoke(key)) throw new Refusal(404, 'Not found')
    return { status: 204, headers: {}, body: Buffer.alloc(0) }
  }
  return (asked) => {
    const { method, decodedPath: path } = asked
    if (path === TOKENS && method === 'GET') return list(asked)
    if (path === TOKENS && method === 'POST') return create(asked)
    const key = TOKEN.exec(path)?.groups?.['key']
    return method === 'DELETE' && key !== undefined ? revoke(asked, key) : null
  }
}

// A stolen token that makes itself a successor.
function assertGoverning(asked: Asked, gate: Gate): Account {
  const { token, account } = gate.person(asked)
  if (token.permission !== 'write' || token.bypass2fa) throw new Refusal(403, 'the token may not make or revoke tokens')
  if (account.twoFactor) gate.assertOneTimePassword(asked, account)
  return account
}

// As the client and as the published description have it, where the two differ.
function readTokenBody(body: Readonly<Record<string, unknown>>, user: string, created: Date): TokenSpec {
  const permission = readPermission(body)
  const days = body['expires'] ?? (permission === 'read' ? 30 : 7)
  if (typeof days !== 'number' || !Number.isInteger(days) || days < 1) throw new Refusal(400, 'no such number of days')
  if (permission !== 'read' && days > LIMITS.writeDays)
    throw new Refusal(400, `a token that writes lives for ${LIMITS.writeDays} days at most`)
  return {
    user,
    name: textOf(body['name']) ?? 'token',
    description: textOf(body['description'] ?? body['token_description']) ?? '',
    permission,
    created,
    expiry: new Date(created.getTime() + days * DAY),
    bypass2fa: body['bypass_2fa'] === true,
    cidr: readTexts(body['cidr'] ?? body['cidr_whitelist']).map(assertRange),
    scopes: body['packages_and_scopes_permission'] === 'no-access' ? [] : readScopes(body),
  }
}

function readPermission(body: Readonly<Record<string, unknown>>): Permission {
  if (body['readonly'] === true) return 'read'
  const told = body['packages_and_scopes_permission']
  if (told === undefined || told === 'no-access') return told === undefined ? 'write' : 'read'
  const permission = PERMISSIONS.get(told)
  if (permission === undefined) throw new Refusal(400, 'no such permission')
  return permission
}

function readScopes(body: Readonly<Record<string, unknown>>): readonly TokenScope[] {
  const [packages, scopes, orgs] = ['packages', 'scopes', 'orgs'].map((field) => readTexts(body[field])) as [
    readonly string[],
    readonly string[],
    readonly string[],
  ]
  if (packages.length + scopes.length > LIMITS.packages || orgs.length > LIMITS.organizations)
    throw new Refusal(400, 'too many packages, scopes or organizations')
  const all = body['packages_all'] === true || packages.length + scopes.length + orgs.length === 0
  return [
    ...(all ? ['*'] : packages).map((name) => ({ type: 'package' as const, name })),
    ...scopes.map((name) => ({ type: 'scope' as const, name: name.startsWith('@') ? name : `@${name}` })),
    ...orgs.map((name) => ({ type: 'org' as const, name })),
  ]
}

function readTexts(value: unknown): readonly string[] {
  if (value === undefined || value === null) return []
  if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value
  throw new Refusal(400, 'a list of texts is wanted')
}

function assertRange(range: string): string {
  const [address = '', bits = '32', ...more] = range.split('/')
  const numbers = [...address.split('.'), bits]
  const isRange =
    more.length === 0 &&
    numbers.length === 5 &&
    numbers.every((number) => /^\d{1,3}$/u.test(number)) &&
    numbers.slice(0, 4).every((number) => Number(number) < 256) &&
    Number(bits) <= 32
  if (!isRange) throw new Refusal(400, 'no such range of IPv4 addresses')
  return range
}
