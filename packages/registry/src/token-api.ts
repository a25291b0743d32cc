// SPDX-License-Identifier: Apache-2.0
import { setTimeout as sleep } from 'node:timers/promises'
import { isJsonObject } from '@bonafide/core'
import type { Json, JsonObject, Secret } from '@bonafide/core'
import { isOutageStatus } from './http-status.ts'
import { isTokenKey, parseListedToken } from './listed-token.ts'
import type { ListedToken } from './listed-token.ts'
import type { Connection } from './npm-settings.ts'
import { sendRegistryRequest } from './registry-request.ts'
import type { RegistryReply, RegistryRequest } from './registry-request.ts'

/** Who asks a registry about tokens, and by which token. */
export interface TokenApiOptions {
  /** With a slash at the end. */
  readonly registry: string
  /** Sent to this registry and nowhere else. */
  readonly token: Secret
  readonly connectionTo: (url: URL) => Connection
  /** How often a request that changes nothing is sent again after an outage, and how long is waited before: 2 times, 500 ms. */
  readonly retries?: number
  readonly pause?: number
  /** For one request, in milliseconds: 15 seconds. */
  readonly deadline?: number
  /** Told after every page how many tokens have been read, and how many there are where the registry says so. */
  readonly onPage?: (read: number, total: number | null) => void
}

/** Why there is no answer, as data. */
export type TokenApiFailure =
  /** 401 or 403: the registry does not know the token, or does not let it ask. */
  | { readonly kind: 'denied'; readonly status: number; readonly needsOtp: boolean; readonly url: string }
  /** 404, 405 or 410: the registry has no such thing. */
  | { readonly kind: 'absent'; readonly status: number; readonly url: string }
  /** An outage: no answer, 408, 429 or 5xx, after all retries. */
  | { readonly kind: 'unreachable'; readonly detail: string; readonly url: string; readonly wasSent: boolean }
  /** An answer that says nothing, or that must not be followed. */
  | { readonly kind: 'nonsense'; readonly detail: string; readonly url: string }

/** The tokens of an account. */
export type TokenList = { readonly kind: 'found'; readonly tokens: readonly ListedToken[] } | TokenApiFailure

/** Whose a token is. */
export type Whoami = { readonly kind: 'found'; readonly username: string } | TokenApiFailure

/** What came of a revocation. `absent` is as good as done. */
export type TokenRevocation = { readonly kind: 'revoked' } | TokenApiFailure

const TOKENS = '-/npm/v1/tokens'
const PER_PAGE = 100
// An account holds a thousand tokens at most, in pages of ten where a registry knows no other.
const MOST_PAGES = 200

/** All tokens of the account that a token belongs to: every page, or a failure. A list that lacks a page would hide what it is asked for. */
export async function listTokens(options: TokenApiOptions): Promise<TokenList> {
  const base = new URL(options.registry)
  const tokens = new Map<string, ListedToken>()
  const seen = new Set<string>()
  let url: URL | null = new URL(`${TOKENS}?page=0&perPage=${PER_PAGE}`, base)
  while (url !== null) {
    const { href } = url
    const where = `${url.origin}${url.pathname}`
    // Pages that lead to each other, or never end.
    if (seen.has(href) || seen.size >= MOST_PAGES) return { kind: 'nonsense', detail: 'pages without end', url: where }
    seen.add(href)
    const answer = await ask(url, 'GET', options)
    if (answer.kind !== 'answered') return answer
    const page = readPage(answer.json, base)
    if ('problem' in page) return { kind: 'nonsense', detail: page.problem, url: where }
    for (const token of page.tokens) tokens.set(token.key, token)
    options.onPage?.(tokens.size, page.total)
    url = page.next
  }
  return { kind: 'found', tokens: [...tokens.values()] }
}

/** Whose a token is, by the registry that it is for. Jobs' tokens have no owner, and are refused. */
export async function whoami(options: TokenApiOptions): Promise<Whoami> {
  const answer = await ask(new URL('-/whoami', options.registry), 'GET', options)
  if (answer.kind !== 'answered') return answer
  const username = isJsonObject(answer.json ?? undefined) ? (answer.json as JsonObject)['username'] : undefined
  if (typeof username === 'string' && username !== '') return { kind: 'found', username }
  return { kind: 'nonsense', detail: 'no username', url: answer.url }
}

/**
 * Revokes a token by its id, and is sent once: what may have been done is not repeated blindly.
 *
 * @throws TypeError for an id that is none
 */
export async function revokeToken(
  key: string,
  { otp, ...options }: TokenApiOptions & { readonly otp?: string | undefined },
): Promise<TokenRevocation> {
  // An id from a list that leads to another address.
  if (!isTokenKey(key)) throw new TypeError('not the id of a token')
  const answer = await ask(
    new URL(`${TOKENS}/token/${key}`, options.registry),
    'DELETE',
    { ...options, retries: 0 },
    otp,
  )
  return answer.kind === 'answered' ? { kind: 'revoked' } : answer
}

type Answered = Extract<RegistryReply, { kind: 'answered' }>

async function ask(
  url: URL,
  method: RegistryRequest['method'],
  { token, connectionTo, retries = 2, pause = 500, deadline = 15_000 }: TokenApiOptions,
  otp?: string,
): Promise<Answered | TokenApiFailure> {
  const headers = otp === undefined ? {} : { 'npm-otp': otp }
  for (let tries = 0; ; tries += 1) {
    const reply = await sendRegistryRequest({ url, method, token, headers, connectionTo, deadline })
    const answer = sort(reply)
    if (answer.kind !== 'unreachable' || tries >= retries) return answer
    const asked = reply.kind === 'answered' ? Number(reply.headers.get('retry-after') ?? Number.NaN) * 1000 : Number.NaN
    const wait = Number.isFinite(asked) ? asked : pause * 2 ** tries
    // Whoever publishes waits for this: a registry that wants more patience is out of order for now.
    if (wait > 10_000) return answer
    await sleep(wait)
  }
}

function sort(reply: RegistryReply): Answered | TokenApiFailure {
  if (reply.kind === 'unreachable') {
    const { detail, url, wasSent } = reply
    return { kind: 'unreachable', detail, url, wasSent }
  }
  const { status, headers, url } = reply
  if (status >= 200 && status < 300) return reply
  if (status === 401 || status === 403) {
    const needsOtp = /\botp\b/iu.test(headers.get('www-authenticate') ?? '')
    return { kind: 'denied', status, needsOtp, url }
  }
  if (status === 404 || status === 405 || status === 410) return { kind: 'absent', status, url }
  if (isOutageStatus(status)) return { kind: 'unreachable', detail: `HTTP ${status}`, url, wasSent: true }
  return { kind: 'nonsense', detail: `HTTP ${status}`, url }
}

interface TokenPage {
  readonly tokens: readonly ListedToken[]
  readonly total: number | null
  readonly next: URL | null
}

function readPage(json: Json | null, base: URL): TokenPage | { readonly problem: string } {
  if (!isJsonObject(json ?? undefined)) return { problem: 'not a list of tokens' }
  const { objects, urls, total } = json as JsonObject
  if (!Array.isArray(objects)) return { problem: 'not a list of tokens' }
  const tokens: ListedToken[] = []
  for (const item of objects as readonly Json[]) {
    const token = parseListedToken(item)
    // One that is passed over may be the one that is looked for.
    if (token === null) return { problem: 'a token without an id' }
    tokens.push(token)
  }
  const link = isJsonObject(urls) ? urls['next'] : undefined
  const next = link === undefined || link === null || link === '' ? null : nextUrl(link, base)
  if (next === 'elsewhere') return { problem: 'the next page lies elsewhere' }
  return { tokens, total: typeof total === 'number' ? total : null, next }
}

// A list whose next page is somebody else's server, which would get the token. As npm has it, a path counts from the registry's own.
function nextUrl(link: Json, base: URL): URL | 'elsewhere' {
  if (typeof link !== 'string') return 'elsewhere'
  const isAbsolute =
    /^[a-z][a-z0-9+.-]*:/iu.test(link) || /^[/\\]{2}/u.test(link) || link.startsWith(base.pathname + TOKENS)
  const text = isAbsolute ? link : `${base.href}${link.replace(/^[/\\]+/u, '')}`
  if (!URL.canParse(text, base.href)) return 'elsewhere'
  const url = new URL(text, base)
  const isOwn = url.origin === base.origin && url.pathname === `${base.pathname}${TOKENS}`
  return isOwn && url.username === '' && url.password === '' ? url : 'elsewhere'
}
