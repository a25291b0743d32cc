// SPDX-License-Identifier: Apache-2.0
import { reaches, worksHere } from './access-token.ts'
import type { AccessToken } from './access-token.ts'
import type { Account, AccountStore } from './account-store.ts'
import { Refusal } from './answer.ts'
import type { Asked } from './answer.ts'
import type { PackageStore } from './package-store.ts'
import type { Publisher } from './release.ts'

/** What somebody wants to change about a package. */
export type Action = 'publish' | 'stage' | 'tag' | 'deprecate' | 'unpublish'

/** Who asks, and with what. */
export interface Caller {
  readonly token: AccessToken
  /** Null for a job. */
  readonly account: Account | null
  /** As `_npmUser` will tell. */
  readonly publisher: Publisher
}

/** Whether tokens that live longer than {@link LONG_LIFE} may write. */
export type LongLived = 'accept' | 'refuse'

/** From this lifetime on a token counts as long-lived: half a day, more than any that is got by logging in or by exchange. */
export const LONG_LIFE: number = 12 * 3_600_000

/** Decides what a request may do. Every refusal is an answer, thrown. */
export class Gate {
  readonly #accounts: AccountStore
  readonly #packages: PackageStore
  /** Whether tokens that live longer than {@link LONG_LIFE} may write; an owner may change it at any time. */
  longLived: LongLived

  constructor(accounts: AccountStore, packages: PackageStore, longLived: LongLived) {
    this.#accounts = accounts
    this.#packages = packages
    this.longLived = longLived
  }

  /** Who asks; null where nobody says, or what is shown is no good: to look at what is public, that makes no difference. */
  caller({ headers }: Asked): Caller | null {
    const shown = /^Bearer (?<token>\S+)$/u.exec(headers.authorization ?? '')?.groups?.['token']
    const token = shown === undefined ? undefined : this.#accounts.use(shown)
    if (token === undefined || !worksHere(token)) return null
    if (token.grant !== null) return { token, account: null, publisher: token.grant.publisher }
    const account = this.#accounts.user(token.user ?? '')
    if (account === undefined) return null
    return { token, account, publisher: { name: account.name, email: account.email } }
  }

  /** Who asks; 401 where nobody does whom the registry knows. */
  known(asked: Asked): Caller {
    const caller = this.caller(asked)
    if (caller !== null) return caller
    const hint =
      asked.headers.authorization === undefined
        ? 'you must be logged in'
        : 'the credential is unknown, revoked or expired, or does not work from here'
    throw new Refusal(401, hint, { 'www-authenticate': 'Bearer' })
  }

  /** The person who asks; 403 where it is a job. */
  person(asked: Asked): Caller & { readonly account: Account } {
    const { account, ...caller } = this.known(asked)
    // A job's token spent on something else than publishing.
    if (account === null) throw new Refusal(403, 'OIDC permission denied for this action')
    return { ...caller, account }
  }

  /** Lets somebody do something with a package, or refuses. */
  allow(asked: Asked, action: Action, name: string): Caller {
    const caller = this.known(asked)
    const { token, account } = caller
    if (!mayDo(token, action)) {
      const why = token.kind === 'exchanged' ? 'OIDC permission denied for this action' : `the token may not ${action}`
      throw new Refusal(403, why)
    }
    if (!reaches(token, name)) throw new Refusal(403, `the token is not for ${name}`)
    this.#refuseLongLived(token)
    if (account !== null) {
      this.#assertMaintainer(account, name)
      if (action !== 'stage' && account.twoFactor && !token.bypass2fa) this.assertOneTimePassword(asked, account)
    }
    return caller
  }

  /** Lets a maintainer decide who may publish: never a job, never a token that bypasses the second factor, which is always asked for. */
  govern(asked: Asked, name: string): Caller & { readonly account: Account } {
    const caller = this.person(asked)
    const { token, account } = caller
    if (token.permission !== 'write') throw new Refusal(403, `the token may not govern`)
    if (token.bypass2fa) throw new Refusal(403, 'a token that bypasses two-factor authentication may not govern')
    if (!reaches(token, name)) throw new Refusal(403, `the token is not for ${name}`)
    this.#assertMaintainer(account, name)
    this.assertOneTimePassword(asked, account)
    return caller
  }

  /** Whether somebody may know of a package. */
  mayRead(asked: Asked, name: string): boolean {
    const entry = this.#packages.get(name)
    if (entry === undefined || entry.access === 'public') return true
    const caller = this.caller(asked)
    if (caller === null || !reaches(caller.token, name)) return false
    return caller.account === null || entry.maintainers.some((one) => one.name === caller.account?.name)
  }

  /** Demands the one-time password of an account. */
  assertOneTimePassword({ headers }: Asked, account: Account): void {
    if (headers['npm-otp'] === account.otp) return
    throw new Refusal(401, 'you must provide a one-time pass', { 'www-authenticate': 'OTP' })
  }

  #refuseLongLived({ created, expiry }: AccessToken): void {
    if (this.longLived === 'accept') return
    if (expiry === null || expiry.getTime() - created.getTime() > LONG_LIFE)
      throw new Refusal(403, 'this registry takes short-lived tokens only')
  }

  // A package that is somebody else's, or a new one in a scope where all packages are.
  #assertMaintainer(account: Account, name: string): void {
    const scope = name.startsWith('@') ? name.slice(0, name.indexOf('/') + 1) : null
    const own = this.#packages.get(name)
    const relatives = own === undefined ? (scope === null ? [] : this.#packages.startingWith(scope)) : [own]
    const isOne = relatives.some(({ maintainers }) => maintainers.some((one) => one.name === account.name))
    if (relatives.length > 0 && !isOne) {
      const question = 'Are you logged in as the correct user?'
      throw new Refusal(403, `You do not have permission to publish "${name}". ${question}`)
    }
  }
}

function mayDo({ grant, permission }: AccessToken, action: Action): boolean {
  switch (action) {
    case 'publish':
      return grant === null ? permission === 'write' : grant.mayPublish
    case 'stage':
      return grant === null ? permission !== 'read' : grant.mayStage
    case 'tag':
    case 'deprecate':
      return grant === null && permission !== 'read'
    case 'unpublish':
      return grant === null && permission === 'write'
    default:
      throw new TypeError(`no such action: ${String(action satisfies never)}`)
  }
}
