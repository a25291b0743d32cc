// SPDX-License-Identifier: Apache-2.0
import { revokeToken } from '@bonafide/registry'
import type { TokenApiOptions, TokenRevocation } from '@bonafide/registry'
import type { JudgedToken } from './account-tokens.ts'

/** What became of a token that was to be revoked. */
export interface RevokedToken {
  readonly key: string
  /** `gone`: there was none of that id any more. `not-tried`: an earlier one could not be revoked for a reason that holds for all. */
  readonly outcome: 'revoked' | 'gone' | 'denied' | 'otp-wanted' | 'unconfirmed' | 'not-tried'
  /** A status or an error code, where it was not revoked. */
  readonly detail: string | null
}

/** How tokens are revoked. */
export interface RevokeOptions {
  readonly api: TokenApiOptions
  /** A one-time password that somebody has given already. */
  readonly otp: string | undefined
  /** Asks for a one-time password; null where nobody gives one. Absent where nobody is there. */
  readonly askOtp?: (() => Promise<string | null>) | undefined
  readonly onRevoked?: (done: number, total: number) => void
}

// One that was mistyped, or that ran out on the way.
const MOST_PASSWORDS = 3

/**
 * Revokes tokens one by one, the one that is in use last: without it none of the others could be revoked. Ends at the first for a reason
 * that holds for the others as well.
 */
export async function revokeTokens(
  tokens: readonly JudgedToken[],
  { api, otp, askOtp, onRevoked }: RevokeOptions,
): Promise<readonly RevokedToken[]> {
  const order = [...tokens].sort((one, other) => Number(one.isInUse) - Number(other.isInUse))
  let password = otp
  const attempt = async (key: string): Promise<TokenRevocation> => {
    for (let tries = 0; ; tries += 1) {
      const answer = await revokeToken(key, { ...api, otp: password })
      if (answer.kind !== 'denied' || !answer.needsOtp || tries >= MOST_PASSWORDS) return answer
      const given = (await askOtp?.()) ?? null
      if (given === null || given.trim() === '') return answer
      password = given.trim()
    }
  }
  const done: RevokedToken[] = []
  for (const { token } of order) {
    const last = done.at(-1)
    if (last !== undefined && last.outcome !== 'revoked' && last.outcome !== 'gone') {
      done.push({ key: token.key, outcome: 'not-tried', detail: null })
      continue
    }
    done.push({ key: token.key, ...outcomeOf(await attempt(token.key)) })
    onRevoked?.(done.length, order.length)
  }
  return done
}

function outcomeOf(answer: TokenRevocation): Pick<RevokedToken, 'outcome' | 'detail'> {
  switch (answer.kind) {
    case 'revoked':
      return { outcome: 'revoked', detail: null }
    case 'absent':
      return { outcome: 'gone', detail: null }
    case 'denied':
      return { outcome: answer.needsOtp ? 'otp-wanted' : 'denied', detail: `HTTP ${answer.status}` }
    case 'unreachable':
    case 'nonsense':
      return { outcome: 'unconfirmed', detail: answer.detail }
    default:
      throw new TypeError(`no such answer: ${JSON.stringify(answer satisfies never)}`)
  }
}
