// SPDX-License-Identifier: Apache-2.0
import type { PublishPolicy } from '@bonafide/policy'
import { isSameToken, listTokens, whoami } from '@bonafide/registry'
import type { ListedToken, TokenApiFailure, TokenApiOptions } from '@bonafide/registry'
import type { CredentialVerdict } from './judged-credential.ts'
import { hasEnded, judgeLifetime, lifetimeOf } from './token-lifetime.ts'

/** A token of an account, judged as if it could publish whatever it is for. */
export interface JudgedToken {
  readonly token: ListedToken
  /** Seconds from its making to its end; null where it has none, or where nobody knows. */
  readonly lifetime: number | null
  /** `listed` is what cannot publish: it only reads, only stages, or has ended. */
  readonly verdict: CredentialVerdict
  /** Whether it is the one by which the registry was asked. */
  readonly isInUse: boolean
}

/** The tokens of the account that a token belongs to. */
export type AccountTokens =
  | { readonly kind: 'found'; readonly username: string | null; readonly tokens: readonly JudgedToken[] }
  | TokenApiFailure

/** By when and by what tokens are judged. */
export interface TokenRule {
  readonly now: Date
  readonly policy: Pick<PublishPolicy, 'maxTokenLifetime'>
}

/** Asks a registry for all tokens of the account, and judges each. The longest-lived come first. */
export async function readAccountTokens(api: TokenApiOptions, rule: TokenRule): Promise<AccountTokens> {
  const list = await listTokens(api)
  if (list.kind !== 'found') return list
  const caller = await whoami(api)
  const alive = list.tokens.filter(({ revoked }) => !revoked)
  const tokens = alive.map((token) => judgeToken(token, rule, isSameToken(token, api.token)))
  return {
    kind: 'found',
    username: caller.kind === 'found' ? caller.username : null,
    tokens: tokens.sort((one, other) => weightOf(other) - weightOf(one) || (one.token.key < other.token.key ? -1 : 1)),
  }
}

/** Judges a token of a list. Pure. */
export function judgeToken(token: ListedToken, rule: TokenRule, isInUse: boolean): JudgedToken {
  const lifespan = { from: 'registry', created: token.created, expires: token.expires } as const
  const lifetime = lifetimeOf(lifespan, rule.now)?.seconds ?? null
  const verdict = ((): CredentialVerdict => {
    if (hasEnded(token.expires, rule.now)) return { kind: 'listed', why: 'expired' }
    if (token.rights === 'read-only' || token.rights === 'stage-only') return { kind: 'listed', why: token.rights }
    return judgeLifetime(lifespan, rule)
  })()
  return { token, lifetime, verdict, isInUse }
}

function weightOf({ lifetime, verdict }: JudgedToken): number {
  const rank = verdict.kind === 'refused' ? 2 : verdict.kind === 'allowed' ? 1 : 0
  return rank * 1e12 + (lifetime ?? 1e11)
}
