// SPDX-License-Identifier: Apache-2.0
import type { ListedScope, ListedToken, TokenRights } from '@bonafide/registry'
import type { Credential } from './credential.ts'
import type { TokenKind } from './token-kind.ts'

/** What the registry that a credential is for said of it. */
export type CredentialStanding =
  /** Nobody was asked: there is no token to ask with, or none that may be sent anywhere. */
  | { readonly kind: 'not-asked' }
  /** The registry's own list has exactly one token that looks like this one, and it is not revoked. */
  | { readonly kind: 'listed'; readonly token: ListedToken; readonly username: string | null }
  /** The list has none: a session, a job's token, a registry that lists otherwise. */
  | { readonly kind: 'unlisted'; readonly username: string | null }
  /** The list has several that look like this one. */
  | { readonly kind: 'ambiguous'; readonly username: string | null }
  /** 401 or 403. `username` where the registry takes the token all the same, only not for this. */
  | { readonly kind: 'denied'; readonly status: number; readonly username: string | null; readonly isStranger: boolean }
  /** The registry has no list of tokens. `isStranger`: it says that it does not know this one. */
  | { readonly kind: 'no-list'; readonly username: string | null; readonly isStranger: boolean }
  /** Nobody could tell: an outage, or an answer that says nothing. */
  | { readonly kind: 'unreachable'; readonly detail: string }

/** Where a lifetime is known from. */
export type LifetimeSource =
  | 'registry'
  /** From the token itself. */
  | 'token'
  /** From its maker's documentation: the longest that one of this kind lives. */
  | 'documented'
  /** When it was made is not known: what is left of it. */
  | 'remaining'

/** What is known of a credential. */
export interface CredentialFacts {
  readonly created: Date | null
  /** `never` where it is known to have no end. */
  readonly expires: Date | 'never' | null
  /** Seconds from its making to its end. */
  readonly lifetime: number | null
  readonly lifetimeFrom: LifetimeSource | null
  readonly bypass2fa: boolean | null
  readonly rights: TokenRights | null
  readonly scopes: readonly ListedScope[]
  readonly username: string | null
  /** The id by which its registry revokes it. */
  readonly key: string | null
}

/** Why a credential is told of and not refused. */
export type ListedReason =
  | 'dummy'
  | 'unset-variable'
  /** A UUID in a variable whose name speaks of no token: sessions and runs have such ids. */
  | 'no-token'
  /** A plugin of Yarn's, which may make up what it sends. */
  | 'plugin'
  | 'identity'
  | 'other-registry'
  | 'read-only'
  | 'other-packages'
  | 'stage-only'
  | 'expired'

/** Why a credential is refused. */
export type RefusedReason = 'long-lived' | 'no-end' | 'unknown-lifetime'

/** What a credential comes to. */
export type CredentialVerdict =
  /** It could publish the package, and dies soon enough. */
  | { readonly kind: 'allowed' }
  /** It could not publish the package. */
  | { readonly kind: 'listed'; readonly why: ListedReason }
  | { readonly kind: 'refused'; readonly why: RefusedReason }
  | { readonly kind: 'undecided'; readonly why: 'unreachable' }

/** A credential with all that is known of it. */
export interface JudgedCredential {
  readonly credential: Credential
  readonly kind: TokenKind
  readonly standing: CredentialStanding
  readonly facts: CredentialFacts
  readonly verdict: CredentialVerdict
  /** The longest lifetime that the policy allows, in seconds, without clock skew. */
  readonly limit: number
}
