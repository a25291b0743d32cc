// SPDX-License-Identifier: Apache-2.0
import type { Job } from './job.ts'
import type { KeyPair } from './key-pair.ts'

/** What an identity token says: GitHub's claims, or those that GitLab has under the same names. */
export interface TokenClaims {
  readonly iss: string
  readonly aud: string
  readonly sub: string
  readonly iat: number
  readonly nbf: number
  readonly exp: number
  readonly jti: string
  readonly ref: string
  readonly sha: string
  readonly repository: string
  readonly repository_id: string
  readonly repository_owner: string
  readonly repository_owner_id: string
  readonly repository_visibility: string
  readonly workflow: string
  readonly workflow_ref: string
  readonly workflow_sha: string
  readonly job_workflow_ref: string
  readonly job_workflow_sha: string
  readonly event_name: string
  readonly runner_environment: string
  readonly run_id: string
  readonly run_number: string
  readonly run_attempt: string
  readonly environment?: string
}

/** Who vouches for jobs. */
export interface TokenIssuer {
  mint(job: Job, audience: string, now: Date, lifetimeSeconds: number): string
  /** The claims of a token that this issuer minted for this audience and that has not expired, or why there are none. */
  read(token: string, audience: string, now: Date): TokenClaims | { readonly problem: string }
}

/** Makes an issuer of identity tokens: JSON web tokens with ES256 (RFC 7518, section 3.4). */
export function createTokenIssuer(key: KeyPair): TokenIssuer {
  const signed = (head: string): string => `${head}.${key.sign(Buffer.from(head), 'compact').toString('base64url')}`
  let minted = 0
  return {
    mint(job, audience, now, lifetimeSeconds) {
      minted += 1
      const header = { alg: 'ES256', typ: 'JWT', kid: 'sandbox' }
      const claims = claimsOf(job, audience, Math.floor(now.getTime() / 1000), lifetimeSeconds, `sandbox-${minted}`)
      return signed([header, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.'))
    },
    read(token, audience, now) {
      const head = token.slice(0, token.lastIndexOf('.'))
      // Signatures are deterministic: what was minted here comes out the same when it is signed again.
      if (signed(head) !== token) return { problem: 'the token was not minted here' }
      const claims = JSON.parse(Buffer.from(head.split('.')[1] ?? '', 'base64url').toString()) as TokenClaims
      if (claims.aud !== audience) return { problem: `the token is for ${claims.aud}` }
      if (claims.exp * 1000 <= now.getTime()) return { problem: 'the token has expired' }
      return claims
    },
  }
}

/** The job that a token is about. */
export function jobOf(claims: TokenClaims): Job {
  const host = claims.iss === 'https://gitlab.com' ? 'https://gitlab.com' : 'https://github.com'
  const separator = host === 'https://gitlab.com' ? '//' : '/'
  const repositoryUrl = `${host}/${claims.repository}`
  const workflow = claims.workflow_ref.slice(
    claims.repository.length + separator.length,
    claims.workflow_ref.indexOf('@'),
  )
  return {
    issuer: claims.iss,
    host,
    repository: claims.repository,
    repositoryUrl,
    repositoryId: claims.repository_id,
    owner: claims.repository_owner,
    ownerUrl: `${host}/${claims.repository_owner}`,
    ownerId: claims.repository_owner_id,
    workflow,
    workflowName: claims.workflow,
    workflowUrl: `${host}/${claims.workflow_ref}`,
    signerUrl: `${host}/${claims.job_workflow_ref}`,
    signerCommit: claims.job_workflow_sha,
    ref: claims.ref,
    commit: claims.sha,
    trigger: claims.event_name,
    runner: claims.runner_environment,
    runId: claims.run_id,
    runAttempt: claims.run_attempt,
    runUrl:
      separator === '//'
        ? `${repositoryUrl}/-/jobs/${claims.run_id}`
        : `${repositoryUrl}/actions/runs/${claims.run_id}/attempts/${claims.run_attempt}`,
    visibility: claims.repository_visibility,
    environment: claims.environment ?? null,
  }
}

function claimsOf(job: Job, aud: string, iat: number, lifetimeSeconds: number, jti: string): TokenClaims {
  return {
    iss: job.issuer,
    aud,
    sub:
      job.environment === null
        ? `repo:${job.repository}:ref:${job.ref}`
        : `repo:${job.repository}:environment:${job.environment}`,
    iat,
    nbf: iat,
    exp: iat + lifetimeSeconds,
    jti,
    ref: job.ref,
    sha: job.commit,
    repository: job.repository,
    repository_id: job.repositoryId,
    repository_owner: job.owner,
    repository_owner_id: job.ownerId,
    repository_visibility: job.visibility,
    workflow: job.workflowName,
    workflow_ref: job.workflowUrl.slice(job.host.length + 1),
    workflow_sha: job.commit,
    job_workflow_ref: job.signerUrl.slice(job.host.length + 1),
    job_workflow_sha: job.signerCommit,
    event_name: job.trigger,
    runner_environment: job.runner,
    run_id: job.runId,
    run_number: '1',
    run_attempt: job.runAttempt,
    ...(job.environment === null ? {} : { environment: job.environment }),
  }
}
