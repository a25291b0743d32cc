// SPDX-License-Identifier: Apache-2.0
import { setTimeout as sleep } from 'node:timers/promises'
import { isJsonObject, Secret } from '@bonafide/core'
import type { Place } from '@bonafide/core'
import { CLOCK_SKEW } from '@bonafide/policy'
import { isLoopback, isOutageStatus, sendRegistryRequest } from '@bonafide/registry'
import type { Connection, RegistryReply, UnreachableReason } from '@bonafide/registry'
import type { CiJob, Environment } from './ci-job.ts'
import { parseIdentityToken } from './identity-claims.ts'
import type { IdentityClaims } from './identity-claims.ts'

/** Whose identity is wanted, and for whom. */
export interface IdentityTokenRequest {
  readonly job: CiJob
  readonly env: Environment
  /** `npm:HOST` for a registry (`registryAudience`), `sigstore` for Fulcio. */
  readonly audience: string
  readonly connectionTo: (url: URL) => Connection
  readonly now: Date
  /** How often the CI system is asked again, and milliseconds before the first time; the pause doubles. */
  readonly patience?: { readonly retries: number; readonly delay: number }
  /** Milliseconds for one attempt. */
  readonly deadline?: number
}

/** Why there is no token to be had. */
export type NoIdentityToken =
  /** The job may not have one: no permission, no `id_tokens`. */
  | 'not-offered'
  /** The CI system says no. */
  | 'denied'
  /** Its address would send the job's secret in the clear, or is none. */
  | 'insecure'
  | 'malformed'
  | 'expired'
  | 'not-yet-valid'
  | 'wrong-audience'

/** What came of asking. */
export type IdentityTokenAnswer =
  | { readonly kind: 'found'; readonly token: Secret; readonly claims: IdentityClaims; readonly where: Place }
  | {
      readonly kind: 'none'
      readonly reason: NoIdentityToken
      readonly detail: string
      readonly where: Place | null
    }
  | { readonly kind: 'unreachable'; readonly reason: UnreachableReason; readonly detail: string; readonly url: string }

const PATIENCE = { retries: 2, delay: 500 }
const DEADLINE = 20_000
const REQUEST_URL = 'ACTIONS_ID_TOKEN_REQUEST_URL'
const REQUEST_TOKEN = 'ACTIONS_ID_TOKEN_REQUEST_TOKEN'

/**
 * Gets the identity token of a job for one audience. The variable (`NPM_ID_TOKEN` for registries, `SIGSTORE_ID_TOKEN` for Fulcio) wins in
 * every CI system, as it does in npm; without it GitHub is asked. Never throws for what the network does.
 */
export async function fetchIdentityToken(request: IdentityTokenRequest): Promise<IdentityTokenAnswer> {
  const { job, env, audience, now } = request
  const name = audience === 'sigstore' ? 'SIGSTORE_ID_TOKEN' : 'NPM_ID_TOKEN'
  const given = env[name]
  const where: Place = { kind: 'variable', name }
  if (given !== undefined && given !== '') return readToken(given, audience, now, where)
  if (job.provider === 'github') return askGitHub(request)
  return { kind: 'none', reason: 'not-offered', detail: `${name} is not set`, where }
}

async function askGitHub(request: IdentityTokenRequest): Promise<IdentityTokenAnswer> {
  const { env, audience, now, connectionTo, patience = PATIENCE, deadline = DEADLINE } = request
  const [address = '', secret = ''] = [env[REQUEST_URL], env[REQUEST_TOKEN]]
  const where: Place = { kind: 'variable', name: REQUEST_URL }
  if (address === '' || secret === '')
    return {
      kind: 'none',
      reason: 'not-offered',
      detail: `${address === '' ? REQUEST_URL : REQUEST_TOKEN} is not set`,
      where,
    }
  const url = URL.parse(address)
  // The job's secret in the clear, or to wherever a variable leads.
  if (url === null || (url.protocol !== 'https:' && !(url.protocol === 'http:' && isLoopback(url.hostname))))
    return { kind: 'none', reason: 'insecure', detail: `${REQUEST_URL} is no https URL`, where }
  url.searchParams.set('audience', audience)
  const asked = { url, method: 'GET', token: new Secret(secret), connectionTo, deadline } as const
  for (let tries = 0; ; tries += 1) {
    const reply = await sendRegistryRequest(asked)
    if (!mayPass(reply) || tries >= patience.retries) return readReply(reply, audience, now, where)
    await sleep(patience.delay * 2 ** tries)
  }
}

// Asking for a token changes nothing, and GitHub's own library asks again too.
function mayPass(reply: RegistryReply): boolean {
  if (reply.kind === 'unreachable') return reply.reason !== 'tls' && reply.reason !== 'proxy'
  return isOutageStatus(reply.status)
}

function readReply(reply: RegistryReply, audience: string, now: Date, where: Place): IdentityTokenAnswer {
  const { url } = reply
  if (reply.kind === 'unreachable') return { kind: 'unreachable', reason: reply.reason, detail: reply.detail, url }
  const { status, json } = reply
  if (isOutageStatus(status)) return { kind: 'unreachable', reason: 'status', detail: `HTTP ${status}`, url }
  if (status !== 200) return { kind: 'none', reason: 'denied', detail: `HTTP ${status}`, where: { kind: 'url', url } }
  const value = isJsonObject(json) ? json['value'] : null
  if (typeof value !== 'string')
    return { kind: 'none', reason: 'malformed', detail: 'no token in the answer', where: { kind: 'url', url } }
  return readToken(value, audience, now, where)
}

function readToken(text: string, audience: string, now: Date, where: Place): IdentityTokenAnswer {
  const token = new Secret(text)
  const claims = parseIdentityToken(token)
  const none = (reason: NoIdentityToken, detail: string): IdentityTokenAnswer => ({
    kind: 'none',
    reason,
    detail,
    where,
  })
  if (claims === null) return none('malformed', 'no JSON web token')
  // A token for somebody else, who could have handed it on; or for a registry that a setting has put in place of ours.
  if (!claims.audience.includes(audience))
    return none('wrong-audience', `for ${claims.audience.length === 0 ? 'nobody' : claims.audience.join(', ')}`)
  const { expires, notBefore } = claims
  if (expires === null) return none('malformed', 'it names no end')
  if (expires.getTime() + CLOCK_SKEW * 1000 <= now.getTime()) return none('expired', `ended ${expires.toISOString()}`)
  if (notBefore !== null && notBefore.getTime() - CLOCK_SKEW * 1000 > now.getTime())
    return none('not-yet-valid', `begins ${notBefore.toISOString()}`)
  return { kind: 'found', token, claims, where }
}
