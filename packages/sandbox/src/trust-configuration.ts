// SPDX-License-Identifier: Apache-2.0
import { Refusal, isObject } from './answer.ts'
import type { VerifiedToken } from './identity-token.ts'
import type { Publisher } from './release.ts'

/** What a trusted publisher may do. */
export type TrustPermission = 'createPackage' | 'createStagedPackage'

/** Which jobs may publish a package; every claim has to be exactly that of the job. */
export type TrustSpec = { readonly permissions: readonly TrustPermission[] } & (
  | { readonly type: 'github'; readonly claims: GitHubTrust }
  | { readonly type: 'gitlab'; readonly claims: GitLabTrust }
  | { readonly type: 'circleci'; readonly claims: CircleCiTrust }
)

/** A workflow of GitHub, on whatever ref: npm's trust knows no refs. */
export interface GitHubTrust {
  readonly repository: string
  /** The file in `.github/workflows` that was started, not one that it calls. */
  readonly workflow_ref: { readonly file: string }
  readonly environment?: string
}

/** A pipeline of GitLab. */
export interface GitLabTrust {
  readonly project_path: string
  readonly ci_config_ref_uri: { readonly file: string }
  readonly environment?: string
}

/** A pipeline of CircleCI. */
export interface CircleCiTrust {
  readonly 'oidc.circleci.com/org-id': string
  readonly 'oidc.circleci.com/project-id': string
  readonly 'oidc.circleci.com/pipeline-definition-id': string
  readonly 'oidc.circleci.com/vcs-origin': string
  /** All of them have to be in use. */
  readonly 'oidc.circleci.com/context-ids'?: readonly string[]
}

/** A configuration as it is kept. */
export type TrustConfiguration = TrustSpec & { readonly id: string }

const CIRCLECI = ['org-id', 'project-id', 'pipeline-definition-id', 'vcs-origin'].map(
  (name) => `oidc.circleci.com/${name}`,
)
const CONTEXTS = 'oidc.circleci.com/context-ids'

/** Whether a job is one of those that a configuration means. Machines of one's own are none: the registry trusts hosted runners. */
export function isTrusted(spec: TrustSpec, { kind, claims }: VerifiedToken): boolean {
  switch (spec.type) {
    case 'github': {
      if (kind !== 'github') return false
      const { repository, workflow_ref, environment } = spec.claims
      return (
        claims.repository === repository &&
        claims.workflow_ref === `${repository}/.github/workflows/${workflow_ref.file}@${claims.ref}` &&
        claims.runner_environment === 'github-hosted' &&
        (environment === undefined || claims.environment === environment)
      )
    }
    case 'gitlab': {
      if (kind !== 'gitlab') return false
      const { project_path, ci_config_ref_uri, environment } = spec.claims
      return (
        claims.project_path === project_path &&
        claims.ci_config_ref_uri === `gitlab.com/${project_path}//${ci_config_ref_uri.file}@${claims.ref_path}` &&
        claims.runner_environment === 'gitlab-hosted' &&
        (environment === undefined || claims.environment === environment)
      )
    }
    case 'circleci': {
      if (kind !== 'circleci') return false
      const [wanted, found] = [spec.claims, claims].map((all) => new Map(Object.entries(all))) as [
        Map<string, unknown>,
        Map<string, unknown>,
      ]
      const inUse = claims[CONTEXTS]
      return (
        CIRCLECI.every((name) => typeof wanted.get(name) === 'string' && wanted.get(name) === found.get(name)) &&
        (spec.claims[CONTEXTS] ?? []).every((context) => inUse.includes(context))
      )
    }
    default:
      throw new TypeError(`no such type: ${JSON.stringify(spec satisfies never)}`)
  }
}

const PUBLISHERS: Readonly<Record<TrustSpec['type'], Pick<Publisher, 'name' | 'email'>>> = {
  github: { name: 'GitHub Actions', email: 'npm-oidc-no-reply@github.com' },
  gitlab: { name: 'GitLab CI/CD', email: 'npm-oidc-no-reply@gitlab.com' },
  circleci: { name: 'CircleCI', email: 'npm-oidc-no-reply@circleci.com' },
}

/** How `_npmUser` tells of a version that a trusted publisher sent. */
export function trustedPublisherOf({ type, id }: TrustConfiguration): Publisher {
  return { ...PUBLISHERS[type], trustedPublisher: { id: type, oidcConfigId: `oidc:${id}` } }
}

/** Reads a configuration as clients send it. As on the public registry, nobody asks whether there is such a workflow. */
export function readTrustSpec(value: unknown): TrustSpec {
  const { type, claims, permissions } = isObject(value) ? value : {}
  if (!isObject(claims) || !isTexts(permissions) || permissions.length === 0)
    throw new Refusal(400, 'no such configuration')
  if (permissions.some((one) => one !== 'createPackage' && one !== 'createStagedPackage'))
    throw new Refusal(400, 'no such permission')
  if (!hasClaims(type, claims)) throw new Refusal(400, 'the claims are not those of the type')
  return { type, claims, permissions } as unknown as TrustSpec
}

function hasClaims(type: unknown, claims: Readonly<Record<string, unknown>>): boolean {
  const { repository, workflow_ref: workflow, project_path: project, ci_config_ref_uri: pipeline, environment } = claims
  const hasEnvironment = environment === undefined || isText(environment)
  switch (type) {
    case 'github':
      return isText(repository) && isObject(workflow) && isText(workflow['file']) && hasEnvironment
    case 'gitlab':
      return isText(project) && isObject(pipeline) && isText(pipeline['file']) && hasEnvironment
    case 'circleci':
      return CIRCLECI.every((name) => isText(claims[name])) && isTexts(claims[CONTEXTS] ?? [])
    default:
      return false
  }
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every(isText)
}
