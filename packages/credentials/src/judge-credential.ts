// SPDX-License-Identifier: Apache-2.0
import type { Secret } from '@bonafide/core'
import { LONGEST_TOKEN_LIFETIME } from '@bonafide/policy'
import type { PublishPolicy } from '@bonafide/policy'
import { coversPackage } from '@bonafide/registry'
import type { ListedToken } from '@bonafide/registry'
import type { Credential, FoundCredentials } from './credential.ts'
import type {
  CredentialFacts,
  CredentialStanding,
  CredentialVerdict,
  JudgedCredential,
  ListedReason,
} from './judged-credential.ts'
import { readTokenClaims } from './token-claims.ts'
import { classifyPassword, classifyToken } from './token-kind.ts'
import type { TokenKind } from './token-kind.ts'
import { hasEnded, judgeLifetime, lifetimeOf, limitOf } from './token-lifetime.ts'
import type { Lifespan } from './token-lifetime.ts'
import { isForAnotherRegistry, isOnlyAnId, isPlugin } from './token-registry.ts'

/** By what a credential is judged. */
export interface JudgingOptions {
  readonly found: Pick<FoundCredentials, 'package' | 'registry' | 'registries'>
  readonly now: Date
  readonly policy: Pick<PublishPolicy, 'maxTokenLifetime'>
}

/** What a credential is, by its shape and by the key that it stands under. */
export function kindOf({ form, secret, unexpanded }: Credential): TokenKind {
  if (secret === null) return unexpanded === null ? 'unknown' : 'unexpanded'
  const text = secret.reveal()
  if (form !== 'basic' && form !== 'password') return classifyToken(text)
  // `_auth` and `_password` are base64; what is sent is the password in it.
  const decoded = Buffer.from(text, 'base64').toString('utf8')
  const kinds = [text, decoded].map((each) =>
    classifyPassword(form === 'basic' ? each.slice(each.indexOf(':') + 1) : each),
  )
  return kinds.find((kind) => kind !== 'basic') ?? 'basic'
}

/** Variables that hold who a job is. The registry gives a token for it, and takes none of them to publish. */
export function isIdentity({ form, place, secret }: Credential, kind: TokenKind): boolean {
  return (
    form === 'variable' &&
    place.kind === 'variable' &&
    // A token that is hidden under such a name is no identity, and neither is one that outlives every job.
    kind === 'jwt' &&
    isOfOneJob(secret) &&
    /^(?:NPM_ID_TOKEN|SIGSTORE_ID_TOKEN|ACTIONS_ID_TOKEN_REQUEST_TOKEN|CI_JOB_JWT(?:_V[12])?|CIRCLE_OIDC_TOKEN(?:_V2)?)$/u.test(
      place.name,
    )
  )
}

function isOfOneJob(secret: Secret | null): boolean {
  const { created = null, expires = null } = (secret === null ? null : readTokenClaims(secret.reveal())) ?? {}
  if (expires === null) return false
  return created === null || expires.getTime() - created.getTime() <= LONGEST_TOKEN_LIFETIME * 1000
}

/**
 * Judges a credential by what is known of it: whether it could publish the package, and whether it dies soon enough if so. What cannot be
 * known counts as living for ever. Pure: the time and the registry's word are given.
 */
export function judgeCredential(
  credential: Credential,
  standing: CredentialStanding,
  options: JudgingOptions,
): JudgedCredential {
  const kind = kindOf(credential)
  const { token } = { token: null, ...standing }
  const lifespan = lifespanOf(credential, kind, token)
  const dates = lifespan?.from === 'documented' ? null : lifespan
  const lifetime = lifespan === null ? null : lifetimeOf(lifespan, options.now)
  const facts: CredentialFacts = {
    created: dates?.created ?? null,
    expires: dates?.expires ?? null,
    lifetime: lifetime?.seconds ?? null,
    lifetimeFrom: lifetime?.from ?? null,
    bypass2fa: token?.bypass2fa ?? null,
    rights: token?.rights ?? null,
    scopes: token?.scopes ?? [],
    username: 'username' in standing ? standing.username : null,
    key: token?.key ?? null,
  }
  const verdict = verdictOf(credential, kind, standing, lifespan, options)
  return { credential, kind, standing, facts, verdict, limit: limitOf(options.policy) }
}

function verdictOf(
  credential: Credential,
  kind: TokenKind,
  standing: CredentialStanding,
  lifespan: Lifespan | null,
  options: JudgingOptions,
): CredentialVerdict {
  const { found, now } = options
  const isPassword = credential.form === 'basic' || credential.form === 'password'
  // Nothing is let off by its looks that a person may have chosen.
  if (kind === 'setup-node-dummy' && !isPassword) return listed('dummy')
  if (kind === 'unexpanded' && !isPassword) return listed('unset-variable')
  if (isIdentity(credential, kind)) return listed('identity')
  if (isOnlyAnId(credential, kind)) return listed('no-token')
  if (isPlugin(credential)) return listed('plugin')
  if (isForAnotherRegistry(credential, kind, found)) return listed('other-registry')
  if (standing.kind === 'listed') {
    const { token } = standing
    if (hasEnded(token.expires, now)) return listed('expired')
    // A token that only installs, or only publishes something else, by the registry's own word on exactly this one.
    if (token.rights === 'read-only') return listed('read-only')
    if (!coversPackage(token, found.package)) return listed('other-packages')
    if (token.rights === 'stage-only') return listed('stage-only')
  }
  if (isPassword && kind === 'basic') return { kind: 'refused', why: 'no-end' }
  const known = lifespan === null ? null : judgeLifetime(lifespan, options)
  // What is long-lived by its own word is so, whoever else could have been asked.
  if (known?.kind === 'refused' && known.why !== 'unknown-lifetime') return known
  if (standing.kind === 'unreachable') return { kind: 'undecided', why: 'unreachable' }
  if (lifespan === null || known === null) return { kind: 'refused', why: 'unknown-lifetime' }
  if (lifespan.from === 'token' && hasEnded(lifespan.expires, now)) {
    // A registry that takes a token whose own end has passed keeps to no end: it has to say itself that it does not know this one.
    if ('isStranger' in standing && standing.isStranger) return listed('expired')
    return { kind: 'refused', why: standing.kind === 'not-asked' ? 'unknown-lifetime' : 'no-end' }
  }
  return known
}

function listed(why: ListedReason): CredentialVerdict {
  return { kind: 'listed', why }
}

function lifespanOf({ form, secret }: Credential, kind: TokenKind, token: ListedToken | null): Lifespan | null {
  if (token !== null) return { created: token.created, expires: token.expires, from: 'registry' }
  // A password of somebody's choice that looks like a token with a near end.
  if (secret === null || form === 'basic' || form === 'password') return null
  const text = secret.reveal()
  if (kind === 'jwt' || kind === 'gitlab-job' || kind === 'codeartifact') {
    const claims = readTokenClaims(text)
    if (claims === null) return null
    return { created: claims.created, expires: claims.expires ?? 'never', from: 'token' }
  }
  const longest = kind === 'github' && !text.startsWith('ghs_') ? undefined : DOCUMENTED.get(kind)
  return longest === undefined ? null : { from: 'documented', longest }
}

// The longest lifetime of all tokens of a kind, in seconds; of GitHub's only those of its apps have one.
const DOCUMENTED: ReadonlyMap<TokenKind, number> = new Map([
  // A job's `GITHUB_TOKEN`, the longest-lived token of an installation:
  // https://docs.github.com/en/actions/concepts/security/github_token
  ['github', 24 * 3600],
  // https://cloud.google.com/sdk/gcloud/reference/auth/print-access-token: an hour, and twelve where an organisation allows it.
  ['google', 12 * 3600],
])
