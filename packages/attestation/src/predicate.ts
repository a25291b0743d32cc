// SPDX-License-Identifier: Apache-2.0
import { finding, isJsonObject } from '@bonafide/core'
import type { Coordinate, Finding, Json, JsonObject } from '@bonafide/core'
import type { Identity } from './identity.ts'
import type { Statement } from './statement.ts'

/**
 * Holds an SLSA predicate against the certificate that signed it (SLSA provenance v0.2 and v1, as npm's clients write them).
 *
 * The job writes the predicate itself, from variables that its own steps can set, so it proves nothing; but one that contradicts the
 * certificate was written to deceive whoever reads only the predicate (registry pages do).
 */
export function checkPredicate(statement: Statement, identity: Identity, entry: string): readonly Finding[] {
  const claims =
    statement.predicateType === 'https://slsa.dev/provenance/v1'
      ? claimsOfV1(statement.predicate)
      : claimsOfV02(statement.predicate)
  if (typeof claims === 'string') {
    return [finding('predicate-malformed', { found: claims, wanted: 'the fields of SLSA provenance', fix: FIX, entry })]
  }
  const expected = expectations(identity)
  const findings: Finding[] = []
  for (const [what, claimed] of claims) {
    const wanted = expected.get(what)
    // What an early certificate does not say cannot be contradicted.
    if (wanted === undefined || wanted === null || claimed === undefined) continue
    if (claimed === null || !wanted.includes(claimed)) {
      findings.push(
        finding('predicate-mismatch', {
          found: `${what} ${claimed ?? '(not a text)'} in the predicate`,
          wanted: `${what} ${wanted.join(' or ')}, as the certificate has it`,
          fix: FIX,
          entry,
        }),
      )
    }
  }
  return findings
}

/**
 * Holds a publish attestation's predicate against the coordinate (npm attestation, publish v0.1).
 */
export function checkPublishPredicate(statement: Statement, coordinate: Coordinate, entry: string): readonly Finding[] {
  const { name, version } = statement.predicate
  // One signed statement that says two things: its subject names this version, its predicate another.
  if (name === coordinate.name && version === coordinate.version) return []
  return [
    finding('publish-mismatch', {
      found: `${JSON.stringify(name ?? null)} ${JSON.stringify(version ?? null)}`,
      wanted: `${coordinate.name}@${coordinate.version}`,
      fix: FIX,
      entry,
    }),
  ]
}

const FIX = 'ask the maintainers how this version was built'

/** What a predicate claims, by name of the fact; null where the field holds something else than a text, undefined where it is absent. */
type Claims = readonly (readonly [what: string, claimed: string | null | undefined])[]

function expectations(identity: Identity): ReadonlyMap<string, readonly string[] | null> {
  const source = `git+${identity.repository}`
  const repositoryPath = new URL(identity.repository).pathname.slice(1)
  return new Map<string, readonly string[] | null>([
    ['repository', [identity.repository]],
    ['repository path', [repositoryPath]],
    ['source', [`${source}@${identity.ref}`]],
    ['material', [`${source}@${identity.ref}`, source]],
    ['commit', [identity.commit]],
    ['ref', [identity.ref]],
    ['workflow', [identity.workflow]],
    // npm 9 wrote the whole reference of the workflow where later clients write its path.
    ['entry point', [identity.workflow, `${repositoryPath}/${identity.workflow}@${identity.ref}`]],
    ['trigger', identity.trigger === null ? null : [identity.trigger]],
    ['repository id', identity.repositoryId === null ? null : [identity.repositoryId]],
    ['owner id', identity.ownerId === null ? null : [identity.ownerId]],
    ['runner', identity.runner === null ? null : [`https://github.com/actions/runner/${identity.runner}`]],
    ['run', identity.runUrl === null ? null : [identity.runUrl]],
  ])
}

function claimsOfV1(predicate: JsonObject): Claims | string {
  const definition = object(predicate['buildDefinition'])
  const workflow = object(object(definition?.['externalParameters'])?.['workflow'])
  const github = object(object(definition?.['internalParameters'])?.['github'])
  const run = object(predicate['runDetails'])
  const dependencies = definition?.['resolvedDependencies']
  const source = Array.isArray(dependencies) ? object(dependencies[0] as Json) : undefined
  if (workflow === undefined || source === undefined) return 'no workflow or no source in the build definition'
  return [
    ['repository', text(workflow['repository']) ?? null],
    ['ref', text(workflow['ref']) ?? null],
    ['workflow', text(workflow['path']) ?? null],
    ['source', text(source['uri']) ?? null],
    ['commit', text(object(source['digest'])?.['gitCommit']) ?? null],
    ['trigger', text(github?.['event_name'])],
    ['repository id', text(github?.['repository_id'])],
    ['owner id', text(github?.['repository_owner_id'])],
    ['runner', text(object(run?.['builder'])?.['id'])],
    ['run', text(object(run?.['metadata'])?.['invocationId'])],
  ]
}

function claimsOfV02(predicate: JsonObject): Claims | string {
  const invocation = object(predicate['invocation'])
  const source = object(invocation?.['configSource'])
  if (source === undefined) return 'no configSource in the invocation'
  const commit = text(object(source['digest'])?.['sha1']) ?? null
  const environment = object(invocation?.['environment'])
  const materials = predicate['materials']
  const material = Array.isArray(materials) ? object(materials[0] as Json) : undefined
  if (predicate['buildType'] === GITLAB_BUILD_TYPE) {
    return [
      ['material', text(source['uri']) ?? null],
      ['commit', commit],
    ]
  }
  return [
    ['source', text(source['uri']) ?? null],
    ['commit', commit],
    ['entry point', text(source['entryPoint']) ?? null],
    ['repository path', text(environment?.['GITHUB_REPOSITORY'])],
    ['ref', text(environment?.['GITHUB_REF'])],
    ['commit', text(environment?.['GITHUB_SHA'])],
    ['trigger', text(environment?.['GITHUB_EVENT_NAME'])],
    ['repository id', text(environment?.['GITHUB_REPOSITORY_ID'])],
    ['owner id', text(environment?.['GITHUB_REPOSITORY_OWNER_ID'])],
    ['material', material === undefined ? undefined : (text(material['uri']) ?? null)],
    ['commit', material === undefined ? undefined : (text(object(material['digest'])?.['sha1']) ?? null)],
  ]
}

const GITLAB_BUILD_TYPE = 'https://github.com/npm/cli/gitlab/v0alpha1'

function object(value: Json | undefined): JsonObject | undefined {
  return isJsonObject(value) ? value : undefined
}

function text(value: Json | undefined): string | null | undefined {
  if (value === undefined) return undefined
  return typeof value === 'string' ? value : null
}
