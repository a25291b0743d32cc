// SPDX-License-Identifier: Apache-2.0
import { isJsonObject, Secret } from '@bonafide/core'
import type { Json, JsonObject } from '@bonafide/core'
import type { UnreachableReason } from './answer.ts'
import { isOutageStatus } from './http-status.ts'
import type { Connection } from './npm-settings.ts'
import { sendRegistryRequest } from './registry-request.ts'
import type { RegistryReply } from './registry-request.ts'
import { escapeName, parseRegistryUrl } from './registry-url.ts'

/** A job's identity that a registry is to give a token for. */
export interface ExchangeRequest {
  /** With or without a slash at the end; what its path says counts, see {@link exchangeIdentityToken}. */
  readonly registry: string
  /** The package that the token is to be good for. */
  readonly name: string
  readonly idToken: Secret
  readonly connectionTo: (url: URL) => Connection
  /** Milliseconds; half a minute unless told otherwise. */
  readonly deadline?: number
}

/** What a registry gave for an identity. Nothing in it but the secret holds a token. */
export type TokenExchange =
  /** `created` and `expires` are the registry's word; null where it says nothing that is a time. */
  | {
      readonly kind: 'granted'
      readonly token: Secret
      readonly created: Date | null
      readonly expires: Date | null
      readonly url: string
    }
  /** The registry knows this job and gives it nothing, or does not know it. */
  | { readonly kind: 'denied'; readonly status: number; readonly message: string; readonly url: string }
  /** No answer, or none to the question: 408, 429 and 5xx. Nobody could tell. */
  | { readonly kind: 'unreachable'; readonly reason: UnreachableReason; readonly detail: string; readonly url: string }
  /** An answer that says nothing. */
  | { readonly kind: 'nonsense'; readonly detail: string; readonly url: string }

/** What became of a token that was to be revoked. Holds no URL: that of the request holds the token. */
export type Revocation = { readonly kind: 'revoked' } | { readonly kind: 'failed'; readonly detail: string }

const DEADLINE = 30_000
// What a registry may say for itself in a report.
const LONGEST_MESSAGE = 300

/** The audience that an identity token has to be for, so that this registry takes it: its host without the port. */
export function registryAudience(registry: string): string {
  return `npm:${new URL(registry).hostname}`
}

/**
 * Exchanges a job's identity for a token that is good for one package. Asked once; without a token nothing else is tried.
 *
 * The question goes beneath the registry's path, as every other one does. npm and pnpm ask at the root of its host: see docs/decisions/0030.
 *
 * @throws TypeError for a registry that a token may not travel to: plain http beyond loopback
 */
export async function exchangeIdentityToken(asked: ExchangeRequest): Promise<TokenExchange> {
  const { registry, name, idToken, connectionTo, deadline = DEADLINE } = asked
  const path = `-/npm/v1/oidc/token/exchange/package/${escapeName(name)}`
  const url = beneath(registry, path)
  return readExchange(
    await sendRegistryRequest({ url, method: 'POST', token: idToken, connectionTo, deadline }),
    idToken,
  )
}

/**
 * Takes back a token by its own right, so that it is worth nothing from then on. Never throws for what the network does.
 *
 * @throws TypeError for a registry that a token may not travel to
 */
export async function revokeRegistryToken(asked: {
  readonly registry: string
  readonly token: Secret
  readonly connectionTo: (url: URL) => Connection
  readonly deadline?: number
}): Promise<Revocation> {
  const { registry, token, connectionTo, deadline = DEADLINE } = asked
  const url = beneath(registry, `-/user/token/${encodeURIComponent(token.reveal())}`)
  const reply = await sendRegistryRequest({ url, method: 'DELETE', token, connectionTo, deadline })
  // The reply's URL holds the token, and stays here.
  if (reply.kind === 'unreachable') return { kind: 'failed', detail: reply.detail }
  const isDone = reply.status >= 200 && reply.status < 300
  return isDone ? { kind: 'revoked' } : { kind: 'failed', detail: `HTTP ${reply.status}` }
}

function beneath(registry: string, path: string): URL {
  const base = parseRegistryUrl(registry)
  if (base === null) throw new TypeError('this is no registry’s URL')
  return new URL(path, base)
}

function readExchange(reply: RegistryReply, idToken: Secret): TokenExchange {
  const { url } = reply
  if (reply.kind === 'unreachable') return { kind: 'unreachable', reason: reply.reason, detail: reply.detail, url }
  const { status, json } = reply
  if (isOutageStatus(status)) return { kind: 'unreachable', reason: 'status', detail: `HTTP ${status}`, url }
  if (status >= 400) return { kind: 'denied', status, message: messageOf(json, idToken), url }
  // A redirect: another host would get the identity.
  if (status >= 300) return { kind: 'nonsense', detail: `HTTP ${status}, a redirect`, url }
  if (!isJsonObject(json)) return { kind: 'nonsense', detail: 'no JSON object', url }
  const { token } = json
  if (typeof token !== 'string' || !/^[\u0021-\u007e]{1,4096}$/u.test(token))
    return { kind: 'nonsense', detail: 'no token in the answer', url }
  return {
    kind: 'granted',
    token: new Secret(token),
    created: timeOf(json, 'created'),
    expires: timeOf(json, 'expires'),
    url,
  }
}

function timeOf(json: JsonObject, key: string): Date | null {
  const text = json[key]
  // A time without a zone would be another one on another machine.
  if (typeof text !== 'string' || !/^\d{4}-\d{2}-\d{2}T[\d:.]+(?:Z|[+-]\d{2}:\d{2})$/u.test(text)) return null
  const time = new Date(text)
  return Number.isNaN(time.getTime()) ? null : time
}

function messageOf(json: Json | null, idToken: Secret): string {
  const message = isJsonObject(json) ? (json['message'] ?? json['error']) : null
  if (typeof message !== 'string') return ''
  // A registry that says back what it was sent, into our log.
  return message.replaceAll(idToken.reveal(), '(the identity token)').slice(0, LONGEST_MESSAGE)
}
