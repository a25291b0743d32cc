// SPDX-License-Identifier: Apache-2.0
import { uuidOf } from './job.ts'
import type { Job } from './job.ts'

/** The variables that programs in a CI job see. */
export type CiEnvironment = Readonly<Record<string, string>>

/** How a job's identity tokens are to be. */
export interface CiOptions {
  /**
   * Audiences by the variables that hold the tokens; GitHub has none, since its jobs ask when they want one. By default `NPM_ID_TOKEN` for
   * the sandbox's registry and, on GitLab, `SIGSTORE_ID_TOKEN`. Null: a job that may not have any.
   */
  readonly idTokens?: Readonly<Record<string, string>> | null
  readonly lifetimeSeconds?: number
}

/** The identity tokens of a GitLab job by the names of their variables, as `id_tokens` of its pipeline file asks for them. */
export type IdTokens = Readonly<Record<string, string>>

/** What GitHub sets; with a place to ask for identity tokens where the workflow has `id-token: write`. */
export function gitHubEnvironment(
  job: Job,
  request: { readonly url: string; readonly token: string } | null,
): CiEnvironment {
  return {
    CI: 'true',
    GITHUB_ACTIONS: 'true',
    GITHUB_SERVER_URL: job.host,
    GITHUB_REPOSITORY: job.repository,
    GITHUB_REPOSITORY_ID: job.repositoryId,
    GITHUB_REPOSITORY_OWNER: job.owner,
    GITHUB_REPOSITORY_OWNER_ID: job.ownerId,
    GITHUB_ACTOR: job.owner,
    GITHUB_ACTOR_ID: job.ownerId,
    GITHUB_EVENT_NAME: job.trigger,
    GITHUB_JOB: 'publish',
    GITHUB_REF: job.ref,
    GITHUB_REF_NAME: refName(job.ref),
    GITHUB_REF_TYPE: isTag(job.ref) ? 'tag' : 'branch',
    GITHUB_RUN_ATTEMPT: job.runAttempt,
    GITHUB_RUN_ID: job.runId,
    GITHUB_RUN_NUMBER: '1',
    GITHUB_SHA: job.commit,
    GITHUB_WORKFLOW: job.workflowName,
    GITHUB_WORKFLOW_REF: job.workflowUrl.slice(job.host.length + 1),
    GITHUB_WORKFLOW_SHA: job.commit,
    RUNNER_ENVIRONMENT: job.runner,
    RUNNER_OS: 'Linux',
    ...(request === null
      ? {}
      : { ACTIONS_ID_TOKEN_REQUEST_URL: request.url, ACTIONS_ID_TOKEN_REQUEST_TOKEN: request.token }),
  }
}

/** What GitLab sets, identity tokens among it. */
export function gitLabEnvironment(job: Job, tokens: IdTokens): CiEnvironment {
  const name = job.repository.slice(job.repository.lastIndexOf('/') + 1)
  return {
    CI: 'true',
    GITLAB_CI: 'true',
    CI_SERVER_URL: job.host,
    CI_SERVER_HOST: 'gitlab.com',
    CI_PROJECT_ID: job.repositoryId,
    CI_PROJECT_NAME: name,
    CI_PROJECT_PATH: job.repository,
    CI_PROJECT_URL: job.repositoryUrl,
    CI_PROJECT_NAMESPACE: job.owner,
    CI_PROJECT_NAMESPACE_ID: job.ownerId,
    CI_PROJECT_VISIBILITY: job.visibility,
    CI_COMMIT_SHA: job.commit,
    CI_COMMIT_SHORT_SHA: job.commit.slice(0, 8),
    CI_COMMIT_REF_NAME: refName(job.ref),
    [isTag(job.ref) ? 'CI_COMMIT_TAG' : 'CI_COMMIT_BRANCH']: refName(job.ref),
    CI_CONFIG_PATH: job.workflow,
    CI_JOB_ID: job.runId,
    CI_JOB_NAME: 'publish',
    CI_JOB_STAGE: 'deploy',
    CI_JOB_URL: job.runUrl,
    CI_PIPELINE_ID: `1${job.runId}`,
    CI_PIPELINE_SOURCE: job.trigger,
    CI_PIPELINE_URL: `${job.repositoryUrl}/-/pipelines/1${job.runId}`,
    CI_RUNNER_ID: '12270840',
    CI_RUNNER_DESCRIPTION: 'saas-linux-small-amd64',
    CI_RUNNER_EXECUTABLE_ARCH: 'linux/amd64',
    ...tokens,
  }
}

/** What CircleCI sets; `NPM_ID_TOKEN` is what the step before `npm publish` has asked for. */
export function circleCiEnvironment(job: Job, tokens: IdTokens): CiEnvironment {
  const name = job.repository.slice(job.repository.lastIndexOf('/') + 1)
  return {
    CI: 'true',
    CIRCLECI: 'true',
    CIRCLE_ORGANIZATION_ID: job.issuer.slice(job.issuer.lastIndexOf('/') + 1),
    CIRCLE_PROJECT_ID: uuidOf(`project ${job.repository}`),
    CIRCLE_PROJECT_USERNAME: job.owner,
    CIRCLE_PROJECT_REPONAME: name,
    CIRCLE_REPOSITORY_URL: job.repositoryUrl,
    CIRCLE_SHA1: job.commit,
    [isTag(job.ref) ? 'CIRCLE_TAG' : 'CIRCLE_BRANCH']: refName(job.ref),
    CIRCLE_JOB: 'publish',
    CIRCLE_BUILD_NUM: job.runId,
    CIRCLE_PIPELINE_ID: uuidOf(`pipeline ${job.runId}`),
    CIRCLE_WORKFLOW_ID: uuidOf(`workflow ${job.runId} ${job.workflowName}`),
    ...tokens,
  }
}

function isTag(ref: string): boolean {
  return ref.startsWith('refs/tags/')
}

function refName(ref: string): string {
  return ref.replace(/^refs\/(?:heads|tags)\//u, '')
}
