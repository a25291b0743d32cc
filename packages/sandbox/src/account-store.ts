// SPDX-License-Identifier: Apache-2.0
import { isAlive, tokenText, seededUuid } from './access-token.ts'
import type { AccessToken, Grant, Permission, TokenScope } from './access-token.ts'
import type { SandboxClock } from './clock.ts'
import type { Seed } from './key-pair.ts'
import { announceSecret } from './secret-channel.ts'

/** A person with an account. */
export interface Account {
  readonly name: string
  readonly email: string
  readonly password: string
  /** Whether a one-time password is asked for when something is written, unless a token bypasses that. */
  readonly twoFactor: boolean
  /** The one-time password; it stays the same. */
  readonly otp: string
}

/** An account to be made. */
export interface AccountSpec {
  readonly name: string
  readonly email?: string
  /** Made of the seed where it is not told. */
  readonly password?: string
  readonly twoFactor?: boolean
}

/** A token to be made. By default one of the account `sandbox` for a week, which may publish everything that is its own. */
export interface TokenSpec {
  readonly user?: string
  readonly name?: string
  readonly description?: string
  readonly permission?: Permission
  /** When it was made; by default now. */
  readonly created?: Date
  /** Null: never, as the tokens of old. */
  readonly expiry?: Date | null
  readonly bypass2fa?: boolean
  readonly cidr?: readonly string[]
  /** By default all packages of its owner. */
  readonly scopes?: readonly TokenScope[]
}

const HOUR = 3_600_000
const WEEK = 7 * 24 * HOUR
/** How long a token lives that somebody gets by logging in. */
const SESSION = 2 * HOUR
/** How long a token lives that was exchanged for a job's identity. */
const EXCHANGED = HOUR

/** Who the registry knows, and the credentials that it gave out. */
export class AccountStore {
  readonly #seed: Seed
  readonly #clock: SandboxClock
  readonly #accounts = new Map<string, Account>()
  readonly #tokens = new Map<string, AccessToken>()

  constructor(seed: Seed, clock: SandboxClock) {
    this.#seed = seed
    this.#clock = clock
    this.addUser({ name: 'sandbox' })
  }

  /** Makes an account. Throws where there is one of that name. */
  addUser({ name, email, password, twoFactor = false }: AccountSpec): Account {
    if (this.#accounts.has(name)) throw new Error(`there is a user ${name}`)
    const account = {
      name,
      email: email ?? `${name}@sandbox.test`,
      password: password ?? this.#seed.bytes(`password ${name}`, 12).toString('base64url'),
      twoFactor,
      otp: String(this.#seed.bytes(`one-time password ${name}`, 4).readUInt32BE() % 1_000_000).padStart(6, '0'),
    }
    announceSecret('password', account.password)
    announceSecret('one-time-password', account.otp)
    this.#accounts.set(name, account)
    return account
  }

  /** The account of a name, or undefined. */
  user(name: string): Account | undefined {
    return this.#accounts.get(name)
  }

  /** Makes a token, of whatever age and length of life. Throws where there is no such user. */
  createToken(spec: TokenSpec = {}): AccessToken {
    const { user = 'sandbox', created = this.#clock.now() } = spec
    if (!this.#accounts.has(user)) throw new Error(`there is no user ${user}`)
    const { expiry = new Date(created.getTime() + WEEK) } = spec
    return this.#keep({ ...spec, kind: 'granular', user, created, expiry, grant: null })
  }

  /** A token for somebody who logged in. */
  createSession(user: string): AccessToken {
    const created = this.#clock.now()
    const expiry = new Date(created.getTime() + SESSION)
    return this.#keep({ kind: 'session', user, created, expiry, grant: null })
  }

  /** A token for a job, for one package and an hour. */
  createExchanged(grant: Grant): AccessToken {
    const created = this.#clock.now()
    const expiry = new Date(created.getTime() + EXCHANGED)
    return this.#keep({ kind: 'exchanged', user: null, created, expiry, grant })
  }

  /** The token that somebody shows, where it is one and still good; that it was used is kept. */
  use(token: string): AccessToken | undefined {
    const known = this.#tokens.get(token)
    if (known === undefined || !isAlive(known, this.#clock.now())) return undefined
    known.accessed = this.#clock.now()
    return known
  }

  /** The tokens of a person that have not been revoked, oldest first; those of sessions and jobs are on no list. */
  tokensOf(user: string): readonly AccessToken[] {
    return [...this.#tokens.values()].filter(
      (token) => token.kind === 'granular' && token.user === user && token.revoked === null,
    )
  }

  /** Whose a token is, by its key or itself; undefined for a job's, and where there is none. */
  owner(keyOrToken: string): string | undefined {
    return this.#find(keyOrToken)?.user ?? undefined
  }

  /** Revokes a token by its key or itself. Tells whether there was one to revoke. */
  revoke(keyOrToken: string): boolean {
    const found = this.#find(keyOrToken)
    if (found === undefined || found.revoked !== null) return false
    found.revoked = this.#clock.now()
    found.updated = found.revoked
    return true
  }

  #find(keyOrToken: string): AccessToken | undefined {
    return this.#tokens.get(keyOrToken) ?? [...this.#tokens.values()].find(({ key }) => key === keyOrToken)
  }

  #keep(
    spec: Pick<AccessToken, 'kind' | 'user' | 'created' | 'expiry' | 'grant'> & Omit<TokenSpec, 'user'>,
  ): AccessToken {
    const label = String(this.#tokens.size + 1)
    const { kind, user, created, expiry, grant } = spec
    const token: AccessToken = {
      key: seededUuid(this.#seed, `token ${label}`),
      token: tokenText(this.#seed, label),
      kind,
      user,
      name: spec.name ?? `${kind} ${label}`,
      description: spec.description ?? '',
      created,
      expiry,
      permission: spec.permission ?? 'write',
      bypass2fa: spec.bypass2fa ?? false,
      cidr: spec.cidr ?? [],
      scopes: spec.scopes ?? [{ type: 'package', name: '*' }],
      grant,
      updated: created,
      accessed: null,
      revoked: null,
    }
    announceSecret('token', token.token)
    this.#tokens.set(token.token, token)
    return token
  }
}
