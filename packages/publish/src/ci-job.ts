// SPDX-License-Identifier: Apache-2.0
import { workflowFile } from './workflow-file.ts'
import { parseRepository } from './repository-url.ts'

/** The CI systems whose jobs can publish without a token; `other` is any that hands over `NPM_ID_TOKEN`. */
export type CiProvider = 'github' | 'gitlab' | 'circleci' | 'other'

/** What variables and identity token both tell of a job; null where they do not say. */
export interface JobFacts {
  /** `owner/name`, or a GitLab project's path. */
  readonly repository: string | null
  /** The whole ref: `refs/tags/v1.2.3`, `refs/heads/main`. */
  readonly ref: string | null
  /** Lower-case hexadecimal. */
  readonly commit: string | null
  /** The event, in the CI system's own word. */
  readonly trigger: string | null
  /** `github-hosted`, `self-hosted`, and so on, in the CI system's own word. */
  readonly runner: string | null
  /** The file, in the repository, of the workflow that was started, whichever reusable one signs. */
  readonly workflow: string | null
}

/**
 * The job that runs, by its own variables. Whoever may write the environment may write these: what counts is the identity token and the
 * certificate, and this has to agree with them.
 */
export interface CiJob extends JobFacts {
  readonly provider: CiProvider
  /** `https://host/owner/name`. */
  readonly repositoryUrl: string | null
  /** Where a person finds the job. */
  readonly runUrl: string | null
}

/** The variables of a process. */
export type Environment = Readonly<Record<string, string | undefined>>

/**
 * The job that an environment belongs to; null where nothing says that this is one. Of several CI systems that are named the first counts,
 * in npm's order, and the identity token has to agree.
 */
export function readCiJob(env: Environment): CiJob | null {
  if (isSet(env, 'GITHUB_ACTIONS')) return gitHubJob(env)
  if (isSet(env, 'GITLAB_CI')) return gitLabJob(env)
  if (isSet(env, 'CIRCLECI')) return circleCiJob(env)
  return textOf(env, 'NPM_ID_TOKEN') === null ? null : NOTHING_SAID
}

const NOTHING_SAID: CiJob = {
  provider: 'other',
  repository: null,
  repositoryUrl: null,
  ref: null,
  commit: null,
  trigger: null,
  runner: null,
  workflow: null,
  runUrl: null,
}

function gitHubJob(env: Environment): CiJob {
  const repository = textOf(env, 'GITHUB_REPOSITORY')
  const server = textOf(env, 'GITHUB_SERVER_URL')
  const repositoryUrl = server === null || repository === null ? null : `${server}/${repository}`
  const run = textOf(env, 'GITHUB_RUN_ID')
  const attempt = textOf(env, 'GITHUB_RUN_ATTEMPT')
  return {
    provider: 'github',
    repository,
    repositoryUrl,
    ref: textOf(env, 'GITHUB_REF'),
    commit: textOf(env, 'GITHUB_SHA'),
    trigger: textOf(env, 'GITHUB_EVENT_NAME'),
    runner: textOf(env, 'RUNNER_ENVIRONMENT'),
    workflow: workflowFile(textOf(env, 'GITHUB_WORKFLOW_REF'), repository, '/'),
    runUrl:
      repositoryUrl === null || run === null
        ? null
        : `${repositoryUrl}/actions/runs/${run}${attempt === null ? '' : `/attempts/${attempt}`}`,
  }
}

function gitLabJob(env: Environment): CiJob {
  const [tag, branch] = [textOf(env, 'CI_COMMIT_TAG'), textOf(env, 'CI_COMMIT_BRANCH')]
  const request = textOf(env, 'CI_MERGE_REQUEST_REF_PATH')
  const configuration = textOf(env, 'CI_CONFIG_PATH')
  return {
    provider: 'gitlab',
    repository: textOf(env, 'CI_PROJECT_PATH'),
    repositoryUrl: textOf(env, 'CI_PROJECT_URL'),
    ref: tag !== null ? `refs/tags/${tag}` : branch !== null ? `refs/heads/${branch}` : request,
    commit: textOf(env, 'CI_COMMIT_SHA'),
    trigger: textOf(env, 'CI_PIPELINE_SOURCE'),
    // Only the identity token tells.
    runner: null,
    // A file of another project stands there as FILE@PROJECT, and is none of this repository.
    workflow: configuration === null || configuration.includes('@') ? null : configuration,
    runUrl: textOf(env, 'CI_JOB_URL'),
  }
}

function circleCiJob(env: Environment): CiJob {
  const [tag, branch] = [textOf(env, 'CIRCLE_TAG'), textOf(env, 'CIRCLE_BRANCH')]
  // Not by CIRCLE_PROJECT_USERNAME, which is an organisation's id where the project came by an app.
  const repositoryUrl = parseRepository(textOf(env, 'CIRCLE_REPOSITORY_URL'))
  return {
    ...NOTHING_SAID,
    provider: 'circleci',
    repository: repositoryUrl?.split('/').slice(3).join('/') ?? null,
    repositoryUrl,
    ref: tag !== null ? `refs/tags/${tag}` : branch === null ? null : `refs/heads/${branch}`,
    commit: textOf(env, 'CIRCLE_SHA1'),
    runUrl: textOf(env, 'CIRCLE_BUILD_URL'),
  }
}

function isSet(env: Environment, name: string): boolean {
  const value = env[name]
  return value !== undefined && value !== '' && value !== 'false'
}

function textOf(env: Environment, name: string): string | null {
  const value = env[name]
  return value === undefined || value === '' ? null : value
}
