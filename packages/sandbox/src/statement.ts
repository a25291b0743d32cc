// SPDX-License-Identifier: Apache-2.0
import { purl, sha512Hex } from '@bonafide/core'
import type { Coordinate } from '@bonafide/core'
import { ISSUERS } from './job.ts'
import type { Job } from './job.ts'

/** The predicate types of npm's attestations. */
export const PREDICATE_TYPES = {
  publish: 'https://github.com/npm/attestation/tree/main/specs/publish/v0.1',
  slsaV02: 'https://slsa.dev/provenance/v0.2',
  slsaV1: 'https://slsa.dev/provenance/v1',
} as const

/** The two forms of provenance. */
export type ProvenanceType = (typeof PREDICATE_TYPES)['slsaV02' | 'slsaV1']

/** An in-toto statement. */
export interface Statement {
  readonly _type: string
  readonly subject: readonly Subject[]
  readonly predicateType: string
  readonly predicate: object
}

/** What a statement is about. */
export interface Subject {
  readonly name: string
  readonly digest: Readonly<Record<string, string>>
}

/** The one subject that a statement about a version has. */
export function subjectOf({ name, version, integrity }: Coordinate): Subject {
  return { name: purl(name, version), digest: { sha512: sha512Hex(integrity) } }
}

/** The registry's statement that it accepted a version. */
export function publishStatement(coordinate: Coordinate, registry: string): Statement {
  return {
    _type: 'https://in-toto.io/Statement/v0.1',
    subject: [subjectOf(coordinate)],
    predicateType: PREDICATE_TYPES.publish,
    predicate: { name: coordinate.name, version: coordinate.version, registry },
  }
}

/** The statement of a CI job about what it built, as npm's client writes it on that system. */
export function provenanceStatement(coordinate: Coordinate, job: Job, type: ProvenanceType): Statement {
  const subject = [subjectOf(coordinate)]
  if (job.issuer === ISSUERS.gitlab) {
    const statement = { _type: 'https://in-toto.io/Statement/v0.1', subject, predicateType: PREDICATE_TYPES.slsaV02 }
    return { ...statement, predicate: gitlabPredicate(job) }
  }
  return type === PREDICATE_TYPES.slsaV1
    ? { _type: 'https://in-toto.io/Statement/v1', subject, predicateType: type, predicate: githubPredicate(job) }
    : { _type: 'https://in-toto.io/Statement/v0.1', subject, predicateType: type, predicate: earlyPredicate(job) }
}

function githubPredicate(job: Job): object {
  return {
    buildDefinition: {
      buildType: 'https://slsa-framework.github.io/github-actions-buildtypes/workflow/v1',
      externalParameters: { workflow: { ref: job.ref, repository: job.repositoryUrl, path: job.workflow } },
      internalParameters: {
        github: { event_name: job.trigger, repository_id: job.repositoryId, repository_owner_id: job.ownerId },
      },
      resolvedDependencies: [{ uri: `git+${job.repositoryUrl}@${job.ref}`, digest: { gitCommit: job.commit } }],
    },
    runDetails: {
      builder: { id: `https://github.com/actions/runner/${job.runner}` },
      metadata: { invocationId: job.runUrl },
    },
  }
}

// npm 9, early 2023.
function earlyPredicate(job: Job): object {
  const workflowRef = `${job.repository}/${job.workflow}@${job.ref}`
  return {
    buildType: 'https://github.com/npm/cli/gha@v1',
    builder: { id: 'https://github.com/npm/cli@9.5.0' },
    invocation: {
      configSource: {
        uri: `git+${job.repositoryUrl}@${job.ref}`,
        digest: { sha1: job.commit },
        entryPoint: workflowRef,
      },
      parameters: {},
      environment: {
        GITHUB_ACTOR_ID: job.ownerId,
        GITHUB_EVENT_NAME: job.trigger,
        GITHUB_REF: job.ref,
        GITHUB_REF_TYPE: job.ref.startsWith('refs/tags/') ? 'tag' : 'branch',
        GITHUB_REPOSITORY: job.repository,
        GITHUB_REPOSITORY_ID: job.repositoryId,
        GITHUB_REPOSITORY_OWNER_ID: job.ownerId,
        GITHUB_RUN_ATTEMPT: job.runAttempt,
        GITHUB_RUN_ID: job.runId,
        GITHUB_RUN_NUMBER: '1',
        GITHUB_SHA: job.commit,
        GITHUB_WORKFLOW_REF: workflowRef,
        GITHUB_WORKFLOW_SHA: job.commit,
      },
    },
    metadata: {
      buildInvocationId: `${job.runId}-${job.runAttempt}`,
      completeness: { parameters: false, environment: false, materials: false },
      reproducible: false,
    },
    materials: [{ uri: `git+${job.repositoryUrl}`, digest: { sha1: job.commit } }],
  }
}

function gitlabPredicate(job: Job): object {
  const source = { uri: `git+${job.repositoryUrl}`, digest: { sha1: job.commit } }
  return {
    buildType: 'https://github.com/npm/cli/gitlab/v0alpha1',
    builder: { id: `${job.repositoryUrl}/-/runners/12270840` },
    invocation: {
      configSource: { ...source, entryPoint: 'publish' },
      parameters: { CI: 'true', CI_COMMIT_SHA: job.commit, CI_COMMIT_REF_NAME: job.ref.replace(/^refs\/\w+\//u, '') },
      environment: {
        name: 'saas-linux-small-amd64',
        architecture: 'linux/amd64',
        server: job.host,
        project: job.repository,
      },
    },
    metadata: {
      buildInvocationId: job.runUrl,
      completeness: { parameters: true, environment: true, materials: false },
      reproducible: false,
    },
    materials: [source],
  }
}
