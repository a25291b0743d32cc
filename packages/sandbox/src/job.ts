// SPDX-License-Identifier: Apache-2.0
import { createHash } from 'node:crypto'

/** The issuers of the CI systems that the sandbox can play; CircleCI's is followed by the organisation. */
export const ISSUERS = {
  github: 'https://token.actions.githubusercontent.com',
  gitlab: 'https://gitlab.com',
  circleci: 'https://oidc.circleci.com/org',
} as const

/** A CI system that the sandbox can play. */
export type CiKind = keyof typeof ISSUERS

/** Which CI system an issuer is; `other` is a GitHub under another name. */
export function ciKindOf(issuer: string): CiKind | 'other' {
  if (issuer === ISSUERS.github) return 'github'
  if (issuer === ISSUERS.gitlab) return 'gitlab'
  return issuer === ISSUERS.circleci || issuer.startsWith(`${ISSUERS.circleci}/`) ? 'circleci' : 'other'
}

/** A workflow that signs, where it is not the one that was started: a reusable workflow, perhaps of another repository. */
export interface SignerSpec {
  readonly repository: string
  readonly workflow: string
  readonly ref: string
  readonly commit?: string
}

/** The job that builds a version. Only the repository has to be told; all else has a default that looks like the real thing. */
export interface JobSpec {
  /** `owner/name`. */
  readonly repository: string
  readonly repositoryId?: string
  readonly ownerId?: string
  /** The workflow that was started; by default `.github/workflows/release.yml`, `.gitlab-ci.yml` or `.circleci/config.yml`. */
  readonly workflow?: string
  readonly workflowName?: string
  /** By default the tag `v` and the version. */
  readonly ref?: string
  readonly commit?: string
  /** By default `push`. */
  readonly trigger?: string
  /** By default `github-hosted`, or `gitlab-hosted` on GitLab. */
  readonly runner?: string
  readonly runId?: string
  readonly runAttempt?: string
  /** A deployment environment; with it the certificate carries the extensions .23 and .24. */
  readonly environment?: string
  readonly visibility?: 'public' | 'private'
  readonly signer?: SignerSpec
  /** The OpenID Connect issuer; by default GitHub's. */
  readonly issuer?: string
}

/** A job with everything known about it. */
export interface Job {
  readonly issuer: string
  /** Where the CI system's repositories live: `https://github.com` or `https://gitlab.com`. */
  readonly host: string
  readonly repository: string
  readonly repositoryUrl: string
  readonly repositoryId: string
  readonly ownerUrl: string
  readonly owner: string
  readonly ownerId: string
  readonly workflow: string
  readonly workflowName: string
  /** URL of the workflow that was started, with its ref. */
  readonly workflowUrl: string
  /** URL of the workflow whose steps sign: the certificate's name. */
  readonly signerUrl: string
  readonly signerCommit: string
  readonly ref: string
  readonly commit: string
  readonly trigger: string
  readonly runner: string
  readonly runId: string
  readonly runAttempt: string
  readonly runUrl: string
  readonly visibility: string
  readonly environment: string | null
}

const WORKFLOWS: Readonly<Record<CiKind | 'other', string>> = {
  github: '.github/workflows/release.yml',
  gitlab: '.gitlab-ci.yml',
  circleci: '.circleci/config.yml',
  other: '.github/workflows/release.yml',
}

/** Fills in what a spec leaves out. The same spec and version give the same job. */
export function resolveJob(spec: JobSpec, name: string, version: string): Job {
  const { issuer: system = ISSUERS.github } = spec
  const kind = ciKindOf(system)
  const gitlab = kind === 'gitlab'
  const host = gitlab ? 'https://gitlab.com' : 'https://github.com'
  const separator = gitlab ? '//' : '/'
  const ref = spec.ref ?? `refs/tags/v${version}`
  const workflow = spec.workflow ?? WORKFLOWS[kind]
  // On GitLab the owner may be a group within a group.
  const owner = spec.repository.slice(0, spec.repository.lastIndexOf('/'))
  const commit = spec.commit ?? digest('sha1', `${spec.repository} ${ref} ${name}@${version}`)
  const runId = spec.runId ?? numberOf(`run ${spec.repository} ${name}@${version}`, 11)
  const runAttempt = spec.runAttempt ?? '1'
  const repositoryUrl = `${host}/${spec.repository}`
  const workflowUrl = `${repositoryUrl}${separator}${workflow}@${ref}`
  const { signer } = spec
  return {
    issuer: system === ISSUERS.circleci ? `${system}/${uuidOf(`organisation ${owner}`)}` : system,
    host,
    repository: spec.repository,
    repositoryUrl,
    repositoryId: spec.repositoryId ?? numberOf(`repository ${spec.repository}`, 9),
    owner,
    ownerUrl: `${host}/${owner}`,
    ownerId: spec.ownerId ?? numberOf(`owner ${owner}`, 8),
    workflow,
    workflowName: spec.workflowName ?? 'release',
    workflowUrl,
    signerUrl:
      signer === undefined ? workflowUrl : `${host}/${signer.repository}${separator}${signer.workflow}@${signer.ref}`,
    signerCommit:
      signer === undefined ? commit : (signer.commit ?? digest('sha1', `${signer.repository} ${signer.ref}`)),
    ref,
    commit,
    trigger: spec.trigger ?? 'push',
    runner: spec.runner ?? (gitlab ? 'gitlab-hosted' : 'github-hosted'),
    runId,
    runAttempt,
    runUrl: gitlab
      ? `${repositoryUrl}/-/jobs/${runId}`
      : `${repositoryUrl}/actions/runs/${runId}/attempts/${runAttempt}`,
    visibility: spec.visibility ?? 'public',
    environment: spec.environment ?? null,
  }
}

/** A UUID that follows from a text, in the form of a random one (RFC 9562, section 5.4). */
export function uuidOf(text: string): string {
  const bytes = createHash('sha256').update(text).digest().subarray(0, 16)
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80
  const hex = bytes.toString('hex')
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
}

function digest(algorithm: string, text: string): string {
  return createHash(algorithm).update(text).digest('hex')
}

// A number that looks like one of GitHub's ids and never starts with a zero.
function numberOf(text: string, digits: number): string {
  const value = BigInt(`0x${digest('sha256', text).slice(0, 16)}`)
  const low = 10n ** BigInt(digits - 1)
  return String(low + (value % (9n * low)))
}
