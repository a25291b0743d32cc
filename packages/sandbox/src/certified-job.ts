// SPDX-License-Identifier: Apache-2.0
import type { VerifiedToken } from './identity-token.ts'
import type { Job } from './job.ts'
import type { GitHubClaims, GitLabClaims } from './token-claims.ts'

/**
 * The job that a verified token is about, as Fulcio puts it into a certificate; null for CircleCI, whose tokens name no workflow and get
 * no certificate.
 */
export function certifiedJob(token: VerifiedToken): Job | null {
  switch (token.kind) {
    case 'github':
    case 'other':
      return gitHubJob(token.claims)
    case 'gitlab':
      return gitLabJob(token.claims)
    case 'circleci':
      return null
    default:
      throw new TypeError(`no such kind of token: ${JSON.stringify(token satisfies never)}`)
  }
}

function gitHubJob(claims: GitHubClaims): Job {
  const host = 'https://github.com'
  const repositoryUrl = `${host}/${claims.repository}`
  return {
    issuer: claims.iss,
    host,
    repository: claims.repository,
    repositoryUrl,
    repositoryId: claims.repository_id,
    owner: claims.repository_owner,
    ownerUrl: `${host}/${claims.repository_owner}`,
    ownerId: claims.repository_owner_id,
    workflow: claims.workflow_ref.slice(claims.repository.length + 1, claims.workflow_ref.indexOf('@')),
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
    runUrl: `${repositoryUrl}/actions/runs/${claims.run_id}/attempts/${claims.run_attempt}`,
    visibility: claims.repository_visibility,
    environment: claims.environment ?? null,
  }
}

function gitLabJob(claims: GitLabClaims): Job {
  const host = 'https://gitlab.com'
  const repositoryUrl = `${host}/${claims.project_path}`
  const configUrl = `https://${claims.ci_config_ref_uri}`
  const file = configUrl.slice(configUrl.lastIndexOf('//') + 2)
  return {
    issuer: claims.iss,
    host,
    repository: claims.project_path,
    repositoryUrl,
    repositoryId: claims.project_id,
    owner: claims.namespace_path,
    ownerUrl: `${host}/${claims.namespace_path}`,
    ownerId: claims.namespace_id,
    workflow: file.slice(0, file.indexOf('@')),
    workflowName: '',
    workflowUrl: configUrl,
    signerUrl: configUrl,
    signerCommit: claims.ci_config_sha,
    ref: claims.ref_path,
    commit: claims.sha,
    trigger: claims.pipeline_source,
    runner: claims.runner_environment,
    runId: claims.job_id,
    runAttempt: '1',
    runUrl: `${repositoryUrl}/-/jobs/${claims.job_id}`,
    visibility: claims.project_visibility,
    environment: claims.environment ?? null,
  }
}
