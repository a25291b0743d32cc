// SPDX-License-Identifier: Apache-2.0

/**
 * What a CI job's variables say of the change that it runs for. `base`: they name the branch or commit that it is to be merged into.
 * `unnamed`: it is a pull request's job, and nothing names its base. `none`: nothing says that it is one.
 */
export type PullRequestJob =
  | { readonly kind: 'base'; readonly variable: string; readonly ref: string }
  | { readonly kind: 'unnamed'; readonly variable: string }
  | { readonly kind: 'none' }

type Env = Readonly<Record<string, string | undefined>>

// The branch that the change is to be merged into, as it is now. Not the commit that it grew from, which its author chooses: from an
// old one, a looser policy would judge.
const BRANCHES = [
  // GitHub, Gitea and Forgejo; set in jobs of pull_request and pull_request_target alone.
  'GITHUB_BASE_REF',
  'CI_MERGE_REQUEST_TARGET_BRANCH_NAME',
  'BITBUCKET_PR_DESTINATION_BRANCH',
  // `refs/heads/main` for a repository on Azure, and `main` for one on GitHub.
  'SYSTEM_PULLREQUEST_TARGETBRANCH',
  'BUILDKITE_PULL_REQUEST_BASE_BRANCH',
  // Jenkins, in multibranch projects.
  'CHANGE_TARGET',
] as const

// CircleCI says that there is a pull request, and not into what. GitLab does say so.
const UNNAMED = ['CI_MERGE_REQUEST_IID', 'CIRCLE_PULL_REQUEST'] as const

/**
 * Reads the variables by which CI systems tell the job of a pull request. The answer may only make a run stricter: whoever takes it must
 * not go on with the files at hand where the base cannot be read.
 */
export function pullRequestJob(env: Env): PullRequestJob {
  // GitLab names the commit in pipelines for merged results alone; it is the target's tip, and lies in the clone.
  const tip = env['CI_MERGE_REQUEST_TARGET_BRANCH_SHA'] ?? ''
  if (tip !== '') return { kind: 'base', variable: 'CI_MERGE_REQUEST_TARGET_BRANCH_SHA', ref: tip }
  for (const variable of BRANCHES) {
    const value = env[variable] ?? ''
    // The whole name: `origin/main` alone could be a tag that somebody pushed.
    if (value !== '')
      return { kind: 'base', variable, ref: `refs/remotes/origin/${value.replace(/^refs\/heads\//u, '')}` }
  }
  for (const variable of UNNAMED) if ((env[variable] ?? '') !== '') return { kind: 'unnamed', variable }
  return { kind: 'none' }
}
