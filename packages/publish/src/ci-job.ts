// SPDX-License-Identifier: Apache-2.0

/** The CI systems whose jobs can publish without a token; `other` is any that hands over `NPM_ID_TOKEN`. */
export type CiProvider = 'github' | 'gitlab' | 'circleci' | 'other'

/**
 * The job that runs, by its own variables. Whoever may write the environment may write these: what counts is the identity token and the
 * certificate, and this has to agree with them.
 */
export interface CiJob {
  readonly provider: CiProvider
  /** `owner/name`, or a GitLab project's path; null where the CI system does not say. */
  readonly repository: string | null
  /** `https://host/owner/name`. */
  readonly repositoryUrl: string | null
  /** The whole ref: `refs/tags/v1.2.3`, `refs/heads/main`. */
  readonly ref: string | null
  /** Lower-case hexadecimal. */
  readonly commit: string | null
  /** The event, in the CI system's own word. */
  readonly trigger: string | null
  /** `github-hosted`, `self-hosted`, and so on, in the CI system's own word. */
  readonly runner: string | null
  /** The workflow's file in the repository. */
  readonly workflow: string | null
  /** Where a person finds the job. */
  readonly runUrl: string | null
}
