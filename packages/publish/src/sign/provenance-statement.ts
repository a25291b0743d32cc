// SPDX-License-Identifier: Apache-2.0
import { purl, sha512Hex } from '@bonafide/core'
import type { JsonObject } from '@bonafide/core'
import type { Environment } from '@bonafide/credentials'
import type { CiProvider } from '../ci-job.ts'
import type { PreparedPackage } from '../prepared-package.ts'
import { GITLAB_PARAMETERS } from './gitlab-parameters.ts'

/** What a job says of the bytes that it publishes, before anybody signed it. */
export type ProvenanceStatement =
  | { readonly kind: 'statement'; readonly predicateType: string; readonly statement: JsonObject }
  /** A CI system of which registries know no provenance. */
  | { readonly kind: 'unsupported' }
  /** Variables of the CI system that are not set. */
  | { readonly kind: 'incomplete'; readonly missing: readonly string[] }

/**
 * The SLSA statement about a package, exactly as npm's client writes it on that CI system: registries and consumers know these forms and no
 * others. Everything in it comes from variables, which the certificate has to confirm.
 */
export function provenanceStatement(
  prepared: Pick<PreparedPackage, 'name' | 'version' | 'integrity'>,
  provider: CiProvider,
  env: Environment,
): ProvenanceStatement {
  const form = provider === 'github' ? GITHUB : provider === 'gitlab' ? GITLAB : null
  if (form === null) return { kind: 'unsupported' }
  // npm's client writes "undefined" into such a field.
  const missing = form.needs.filter((name) => (env[name] ?? '') === '')
  if (missing.length > 0) return { kind: 'incomplete', missing }
  const { type, predicateType, predicate } = form
  const { name, version, integrity } = prepared
  const subject = [{ name: purl(name, version), digest: { sha512: sha512Hex(integrity) } }]
  const get = (variable: string): string => env[variable] ?? ''
  const statement = { _type: type, subject, predicateType, predicate: predicate(get, env) }
  return { kind: 'statement', predicateType, statement }
}

interface Form {
  readonly type: string
  readonly predicateType: string
  readonly needs: readonly string[]
  readonly predicate: (get: (variable: string) => string, env: Environment) => JsonObject
}

// SLSA provenance v1 in a statement v1; https://slsa-framework.github.io/github-actions-buildtypes/workflow/v1
const GITHUB: Form = {
  type: 'https://in-toto.io/Statement/v1',
  predicateType: 'https://slsa.dev/provenance/v1',
  needs: [
    'GITHUB_SERVER_URL',
    'GITHUB_REPOSITORY',
    'GITHUB_REPOSITORY_ID',
    'GITHUB_REPOSITORY_OWNER_ID',
    'GITHUB_REF',
    'GITHUB_SHA',
    'GITHUB_WORKFLOW_REF',
    'GITHUB_EVENT_NAME',
    'GITHUB_RUN_ID',
    'GITHUB_RUN_ATTEMPT',
    'RUNNER_ENVIRONMENT',
  ],
  predicate(get) {
    const repository = `${get('GITHUB_SERVER_URL')}/${get('GITHUB_REPOSITORY')}`
    const own = `${get('GITHUB_REPOSITORY')}/`
    const whole = get('GITHUB_WORKFLOW_REF')
    const workflow = whole.startsWith(own) ? whole.slice(own.length) : whole
    const at = workflow.indexOf('@')
    const run = `${repository}/actions/runs/${get('GITHUB_RUN_ID')}/attempts/${get('GITHUB_RUN_ATTEMPT')}`
    return {
      buildDefinition: {
        buildType: 'https://slsa-framework.github.io/github-actions-buildtypes/workflow/v1',
        externalParameters: {
          workflow: { ref: workflow.slice(at + 1), repository, path: workflow.slice(0, Math.max(at, 0)) },
        },
        internalParameters: {
          github: {
            event_name: get('GITHUB_EVENT_NAME'),
            repository_id: get('GITHUB_REPOSITORY_ID'),
            repository_owner_id: get('GITHUB_REPOSITORY_OWNER_ID'),
          },
        },
        resolvedDependencies: [
          { uri: `git+${repository}@${get('GITHUB_REF')}`, digest: { gitCommit: get('GITHUB_SHA') } },
        ],
      },
      runDetails: {
        builder: { id: `https://github.com/actions/runner/${get('RUNNER_ENVIRONMENT')}` },
        metadata: { invocationId: run },
      },
    }
  },
}

// SLSA provenance v0.2 in a statement v0.1.
const GITLAB: Form = {
  type: 'https://in-toto.io/Statement/v0.1',
  predicateType: 'https://slsa.dev/provenance/v0.2',
  needs: [
    'CI_PROJECT_URL',
    'CI_PROJECT_PATH',
    'CI_COMMIT_SHA',
    'CI_JOB_NAME',
    'CI_JOB_ID',
    'CI_JOB_URL',
    'CI_RUNNER_ID',
  ],
  predicate(get, env) {
    const set = (pairs: readonly (readonly [string, string])[]): JsonObject =>
      Object.fromEntries(pairs.flatMap(([key, name]) => (env[name] === undefined ? [] : [[key, get(name)]])))
    const source = { uri: `git+${get('CI_PROJECT_URL')}`, digest: { sha1: get('CI_COMMIT_SHA') } }
    return {
      buildType: 'https://github.com/npm/cli/gitlab/v0alpha1',
      builder: { id: `${get('CI_PROJECT_URL')}/-/runners/${get('CI_RUNNER_ID')}` },
      invocation: {
        configSource: { ...source, entryPoint: get('CI_JOB_NAME') },
        parameters: set(GITLAB_PARAMETERS.map((name) => [name, name])),
        environment: {
          ...set([
            ['name', 'CI_RUNNER_DESCRIPTION'],
            ['architecture', 'CI_RUNNER_EXECUTABLE_ARCH'],
            ['server', 'CI_SERVER_URL'],
            ['project', 'CI_PROJECT_PATH'],
          ]),
          job: set([['id', 'CI_JOB_ID']]),
          pipeline: set([
            ['id', 'CI_PIPELINE_ID'],
            ['ref', 'CI_CONFIG_PATH'],
          ]),
        },
      },
      metadata: {
        buildInvocationId: get('CI_JOB_URL'),
        completeness: { parameters: true, environment: true, materials: false },
        reproducible: false,
      },
      materials: [source],
    }
  },
}
