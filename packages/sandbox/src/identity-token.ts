// SPDX-License-Identifier: Apache-2.0
import { createPublicKey, verify } from 'node:crypto'
import { ISSUERS, ciKindOf } from './job.ts'
import type { CiKind, Job } from './job.ts'
import type { KeyPair, Seed } from './key-pair.ts'
import { announceSecret } from './secret-channel.ts'
import { circleCiClaims, gitHubClaims, gitLabClaims } from './token-claims.ts'
import type { CircleCiClaims, GitHubClaims, GitLabClaims } from './token-claims.ts'

/** A token that was verified, with the claims that its kind of CI system makes. `other`: an issuer that nobody has to know. */
export type VerifiedToken =
  | { readonly kind: 'github' | 'other'; readonly claims: GitHubClaims }
  | { readonly kind: 'gitlab'; readonly claims: GitLabClaims }
  | { readonly kind: 'circleci'; readonly claims: CircleCiClaims }

/** What a token has to say to count. */
export interface WantedToken {
  /** The exact issuer; without it, any that the sandbox plays. */
  readonly issuer?: string
  readonly audience: string
  readonly now: Date
}

/** A public key as a JSON web key (RFC 7517), as issuers publish theirs. */
export type PublishedKey = Readonly<Record<'kty' | 'crv' | 'x' | 'y' | 'alg' | 'use' | 'kid', string>>

/** The CI systems, as far as they vouch for jobs. Each issuer has a key of its own and cannot speak for another. */
export interface TokenIssuers {
  mint(job: Job, audience: string, now: Date, lifetimeSeconds: number): string
  /** Verifies signature, issuer, audience and time; the claims of a token are believed only when they come from here. */
  verify(token: string, wanted: WantedToken): VerifiedToken | { readonly problem: string }
  /** The key that a CI system publishes. */
  publishedKey(kind: CiKind): PublishedKey
}

/** Makes the issuers of identity tokens: JSON web tokens with ES256 (RFC 7518, section 3.4), since RSA keys do not follow from a seed. */
export function createTokenIssuers(seed: Seed): TokenIssuers {
  const keys = new Map<string, KeyPair>()
  const keyOf = (issuer: string): KeyPair => {
    const kind = ciKindOf(issuer)
    const label = `token issuer ${kind === 'other' ? issuer : kind}`
    const key = keys.get(label) ?? seed.keyPair(label)
    keys.set(label, key)
    return key
  }
  let minted = 0
  return {
    mint(job, audience, now, lifetimeSeconds) {
      minted += 1
      const iat = Math.floor(now.getTime() / 1000)
      const frame = { aud: audience, iat, exp: iat + lifetimeSeconds, jti: `sandbox-${minted}` }
      const kind = ciKindOf(job.issuer)
      const header = { alg: ALGORITHM, typ: 'JWT', kid: keyIdOf(kind) }
      const claims =
        kind === 'gitlab'
          ? gitLabClaims(job, frame)
          : kind === 'circleci'
            ? circleCiClaims(job, frame)
            : gitHubClaims(job, frame)
      const head = [header, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')
      const token = `${head}.${keyOf(job.issuer).sign(Buffer.from(head), 'compact').toString('base64url')}`
      announceSecret('identity-token', token)
      return token
    },
    verify(token, { issuer, audience, now }) {
      const parts = token.split('.')
      const [header, claims] = [jsonOf(parts[0]), jsonOf(parts[1])]
      if (parts.length !== 3 || header === null || claims === null) return { problem: 'the token is no JSON web token' }
      const { iss } = claims
      if (typeof iss !== 'string') return { problem: 'the token names no issuer' }
      const kind = ciKindOf(iss)
      // A token that says how it wants to be verified, or not at all (RFC 8725, section 3.1).
      if (header['alg'] !== ALGORITHM || header['kid'] !== keyIdOf(kind))
        return { problem: 'the token is signed with another key' }
      if (!isSigned(parts, keyOf(iss))) return { problem: 'the token was not minted here' }
      if (issuer !== undefined && iss !== issuer) return { problem: `the token is by ${iss}` }
      const { aud, nbf, exp } = claims
      if (aud !== audience) return { problem: `the token is for ${JSON.stringify(aud)}` }
      if (typeof nbf !== 'number' || typeof exp !== 'number') return { problem: 'the token has no time' }
      if (nbf * 1000 > now.getTime()) return { problem: 'the token is not valid yet' }
      if (exp * 1000 <= now.getTime()) return { problem: 'the token has expired' }
      // It is one of ours, and nothing else is ever signed with these keys.
      return { kind, claims } as unknown as VerifiedToken
    },
    publishedKey(kind) {
      const { x = '', y = '' } = publicKeyOf(keyOf(ISSUERS[kind])).export({ format: 'jwk' })
      return { kty: 'EC', crv: 'P-256', x, y, alg: ALGORITHM, use: 'sig', kid: keyIdOf(kind) }
    },
  }
}

const ALGORITHM = 'ES256'

function keyIdOf(kind: CiKind | 'other'): string {
  return `sandbox-${kind}`
}

function publicKeyOf({ publicKey }: KeyPair): ReturnType<typeof createPublicKey> {
  return createPublicKey({ key: publicKey, format: 'der', type: 'spki' })
}

function isSigned([header = '', claims = '', signature = '']: readonly string[], key: KeyPair): boolean {
  const bytes = Buffer.from(signature, 'base64url')
  // Another spelling of the same signature is no token that anybody minted.
  if (bytes.toString('base64url') !== signature) return false
  const signed = Buffer.from(`${header}.${claims}`)
  return verify('sha256', signed, { key: publicKeyOf(key), dsaEncoding: 'ieee-p1363' }, bytes)
}

function jsonOf(part: string | undefined): Readonly<Record<string, unknown>> | null {
  try {
    const value = JSON.parse(Buffer.from(part ?? '', 'base64url').toString()) as unknown
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : null
  } catch {
    return null
  }
}
