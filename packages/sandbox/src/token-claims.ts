// SPDX-License-Identifier: Apache-2.0
import { uuidOf } from './job.ts'
import type { Job } from './job.ts'

/** What every identity token says (RFC 7519, section 4.1). */
export interface CommonClaims {
  readonly iss: string
  readonly aud: string
  readonly sub: string
  readonly iat: number
  readonly nbf: number
  readonly exp: number
  readonly jti: string
}

/** What a token of GitHub Actions says. An issuer that the sandbox does not know speaks like GitHub under another name. */
export interface GitHubClaims extends CommonClaims {
  readonly ref: string
  readonly ref_type: string
  readonly ref_protected: string
  readonly sha: string
  readonly base_ref: string
  readonly head_ref: string
  readonly repository: string
  readonly repository_id: string
  readonly repository_owner: string
  readonly repository_owner_id: string
  readonly repository_visibility: string
  readonly actor: string
  readonly actor_id: string
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

/** What a token of GitLab CI says. */
export interface GitLabClaims extends CommonClaims {
  readonly namespace_id: string
  readonly namespace_path: string
  readonly project_id: string
  readonly project_path: string
  readonly project_visibility: string
  readonly user_id: string
  readonly user_login: string
  readonly user_email: string
  readonly user_access_level: string
  readonly pipeline_id: string
  readonly pipeline_source: string
  readonly job_id: string
  /** The branch or tag without `refs/`. */
  readonly ref: string
  readonly ref_type: string
  readonly ref_path: string
  readonly ref_protected: string
  readonly sha: string
  readonly runner_id: number
  readonly runner_environment: string
  /** `HOST/PROJECT//FILE@REF`: the file that the pipeline runs. */
  readonly ci_config_ref_uri: string
  readonly ci_config_sha: string
  readonly environment?: string
  readonly environment_protected?: string
}

/** What a token of CircleCI says: ids, where the source lives, and no workflow. */
export interface CircleCiClaims extends CommonClaims {
  readonly 'oidc.circleci.com/org-id': string
  readonly 'oidc.circleci.com/project-id': string
  readonly 'oidc.circleci.com/pipeline-definition-id': string
  readonly 'oidc.circleci.com/pipeline-id': string
  readonly 'oidc.circleci.com/workflow-id': string
  readonly 'oidc.circleci.com/job-id': string
  readonly 'oidc.circleci.com/context-ids': readonly string[]
  readonly 'oidc.circleci.com/vcs-origin': string
  readonly 'oidc.circleci.com/vcs-ref': string
  readonly 'oidc.circleci.com/ssh-rerun': boolean
}

/** What stands in a token besides the job. */
export interface TokenFrame {
  readonly aud: string
  readonly iat: number
  readonly exp: number
  readonly jti: string
}

/** The claims of GitHub for a job. */
export function gitHubClaims(job: Job, frame: TokenFrame): GitHubClaims {
  return {
    iss: job.issuer,
    sub:
      job.environment === null
        ? `repo:${job.repository}:ref:${job.ref}`
        : `repo:${job.repository}:environment:${job.environment}`,
    ...frame,
    nbf: frame.iat,
    ref: job.ref,
    ref_type: refType(job.ref),
    ref_protected: 'false',
    sha: job.commit,
    base_ref: '',
    head_ref: '',
    repository: job.repository,
    repository_id: job.repositoryId,
    repository_owner: job.owner,
    repository_owner_id: job.ownerId,
    repository_visibility: job.visibility,
    actor: job.owner,
    actor_id: job.ownerId,
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

/** The claims of GitLab for a job. */
export function gitLabClaims(job: Job, frame: TokenFrame): GitLabClaims {
  const ref = shortRef(job.ref)
  return {
    iss: job.issuer,
    sub: `project_path:${job.repository}:ref_type:${refType(job.ref)}:ref:${ref}`,
    ...frame,
    nbf: frame.iat,
    namespace_id: job.ownerId,
    namespace_path: job.owner,
    project_id: job.repositoryId,
    project_path: job.repository,
    project_visibility: job.visibility,
    user_id: job.ownerId,
    user_login: job.owner,
    user_email: `${job.owner}@sandbox.test`,
    user_access_level: 'owner',
    pipeline_id: `1${job.runId}`,
    pipeline_source: job.trigger,
    job_id: job.runId,
    ref,
    ref_type: refType(job.ref),
    ref_path: job.ref,
    ref_protected: 'true',
    sha: job.commit,
    runner_id: 12_270_840,
    runner_environment: job.runner,
    ci_config_ref_uri: job.signerUrl.slice('https://'.length),
    ci_config_sha: job.signerCommit,
    ...(job.environment === null ? {} : { environment: job.environment, environment_protected: 'false' }),
  }
}

/** The claims of CircleCI for a job. The issuer is that of the organisation. */
export function circleCiClaims(job: Job, frame: TokenFrame): CircleCiClaims {
  const org = job.issuer.slice(job.issuer.lastIndexOf('/') + 1)
  const project = uuidOf(`project ${job.repository}`)
  return {
    iss: job.issuer,
    sub: `org/${org}/project/${project}/user/${uuidOf(`user ${job.owner}`)}`,
    ...frame,
    nbf: frame.iat,
    'oidc.circleci.com/org-id': org,
    'oidc.circleci.com/project-id': project,
    'oidc.circleci.com/pipeline-definition-id': uuidOf(`pipeline definition ${job.repository} ${job.workflow}`),
    'oidc.circleci.com/pipeline-id': uuidOf(`pipeline ${job.runId}`),
    'oidc.circleci.com/workflow-id': uuidOf(`workflow ${job.runId} ${job.workflowName}`),
    'oidc.circleci.com/job-id': uuidOf(`job ${job.runId} ${job.runAttempt}`),
    'oidc.circleci.com/context-ids': job.environment === null ? [] : [uuidOf(`context ${job.environment}`)],
    'oidc.circleci.com/vcs-origin': `${job.host.slice('https://'.length)}/${job.repository}`,
    'oidc.circleci.com/vcs-ref': job.ref,
    'oidc.circleci.com/ssh-rerun': false,
  }
}

function refType(ref: string): string {
  return ref.startsWith('refs/tags/') ? 'tag' : 'branch'
}

function shortRef(ref: string): string {
  return ref.replace(/^refs\/(?:heads|tags)\//u, '')
}
