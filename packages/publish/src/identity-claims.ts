// SPDX-License-Identifier: Apache-2.0
import { isJsonObject, parseJson } from '@bonafide/core'
import type { JsonObject, Secret } from '@bonafide/core'
import type { JobFacts } from './ci-job.ts'
import { workflowFile } from './workflow-file.ts'

/**
 * What an identity token says of its job. No signature was checked: the registry and Fulcio do that, and what stands here may only make a
 * judgement stricter.
 */
export interface IdentityClaims extends JobFacts {
  readonly issuer: string | null
  readonly audience: readonly string[]
  readonly notBefore: Date | null
  readonly expires: Date | null
  /** `public`, `private` or `internal`, in the CI system's own word. */
  readonly visibility: string | null
  /** Whether a person is logged in to the machine of the job. */
  readonly isSshRerun: boolean
}

/** Reads a JSON web token (RFC 7519); null where it is none. The names of its claims tell which CI system speaks. */
export function parseIdentityToken(token: Secret): IdentityClaims | null {
  const parts = token.reveal().split('.')
  const [head, body] = parts.map((part) => Buffer.from(part, 'base64url').toString('utf8'))
  if (parts.length !== 3 || parts.includes('') || head === undefined || body === undefined) return null
  const [header, document] = [parseJson(head), parseJson(body)]
  if ('problem' in header || 'problem' in document || !isJsonObject(header.value)) return null
  // Of two equal claims each reader takes another.
  if (!isJsonObject(document.value) || document.duplicates.length > 0) return null
  const claims = document.value
  const { aud } = claims
  return {
    issuer: textOf(claims, 'iss'),
    audience: (Array.isArray(aud) ? aud : [aud]).filter((one): one is string => typeof one === 'string'),
    notBefore: timeOf(claims, 'nbf'),
    expires: timeOf(claims, 'exp'),
    ...jobOf(claims),
  }
}

type JobClaims = Omit<IdentityClaims, 'issuer' | 'audience' | 'notBefore' | 'expires'>

function jobOf(claims: JsonObject): JobClaims {
  if ('project_path' in claims) return gitLabClaims(claims)
  if ('oidc.circleci.com/project-id' in claims) return circleCiClaims(claims)
  const repository = textOf(claims, 'repository')
  return {
    repository,
    ref: textOf(claims, 'ref'),
    commit: textOf(claims, 'sha'),
    trigger: textOf(claims, 'event_name'),
    runner: textOf(claims, 'runner_environment'),
    workflow: workflowFile(textOf(claims, 'workflow_ref'), repository, '/'),
    visibility: textOf(claims, 'repository_visibility'),
    isSshRerun: false,
  }
}

function gitLabClaims(claims: JsonObject): JobClaims {
  const repository = textOf(claims, 'project_path')
  const ref = textOf(claims, 'ref')
  const folder = textOf(claims, 'ref_type') === 'tag' ? 'refs/tags/' : 'refs/heads/'
  const configuration = textOf(claims, 'ci_config_ref_uri')
  return {
    repository,
    ref: textOf(claims, 'ref_path') ?? (ref === null ? null : `${folder}${ref}`),
    commit: textOf(claims, 'sha'),
    trigger: textOf(claims, 'pipeline_source'),
    runner: textOf(claims, 'runner_environment'),
    // Behind the host: `gitlab.example/owner/name//FILE@REF`.
    workflow: workflowFile(configuration?.slice(configuration.indexOf('/') + 1) ?? null, repository, '//'),
    visibility: textOf(claims, 'project_visibility'),
    isSshRerun: false,
  }
}

function circleCiClaims(claims: JsonObject): JobClaims {
  const origin = textOf(claims, 'oidc.circleci.com/vcs-origin')
  return {
    repository: origin?.slice(origin.indexOf('/') + 1) ?? null,
    ref: textOf(claims, 'oidc.circleci.com/vcs-ref'),
    commit: null,
    trigger: null,
    runner: null,
    workflow: null,
    visibility: null,
    isSshRerun: claims['oidc.circleci.com/ssh-rerun'] === true,
  }
}

function textOf(claims: JsonObject, key: string): string | null {
  const value = claims[key]
  return typeof value === 'string' && value !== '' ? value : null
}

function timeOf(claims: JsonObject, key: string): Date | null {
  const value = claims[key]
  return typeof value === 'number' && Number.isFinite(value) && Math.abs(value) < 1e11 ? new Date(value * 1000) : null
}
