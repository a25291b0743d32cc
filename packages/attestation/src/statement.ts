// SPDX-License-Identifier: Apache-2.0
import { finding, isJsonObject, parseJson, purl, sha512Hex } from '@bonafide/core'
import type { Coordinate, Finding, Json, JsonObject } from '@bonafide/core'

/** The three predicates that npm versions carry. Whatever else a document holds does not help a verdict. */
export const PREDICATES = {
  publish: ['https://github.com/npm/attestation/tree/main/specs/publish/v0.1'],
  provenance: ['https://slsa.dev/provenance/v0.2', 'https://slsa.dev/provenance/v1'],
} as const

/** What a statement is for. */
export type StatementKind = keyof typeof PREDICATES

/** An in-toto statement that is about the coordinate it was asked for. Whether anybody signed it is another question. */
export interface Statement {
  readonly kind: StatementKind
  readonly predicateType: string
  readonly predicate: JsonObject
}

// Statement v0.1 and v1 differ in this field alone, as far as npm uses them.
const STATEMENT_TYPES: readonly string[] = ['https://in-toto.io/Statement/v0.1', 'https://in-toto.io/Statement/v1']

/** Tells what a predicate type is for; undefined for one that npm versions do not carry. */
export function statementKind(predicateType: string): StatementKind | undefined {
  if (PREDICATES.publish.some((known) => known === predicateType)) return 'publish'
  if (PREDICATES.provenance.some((known) => known === predicateType)) return 'provenance'
  return undefined
}

/**
 * Reads an in-toto statement and holds it against the coordinate (in-toto attestation, statement v0.1 and v1).
 *
 * @returns the statement, or the findings that stand against it; an unknown predicate type is a finding of level `warn`
 */
export function parseStatement(
  payload: Buffer,
  label: string,
  coordinate: Coordinate,
  entry: string,
): Statement | readonly [Finding, ...Finding[]] {
  const fix = `bonafide explain ${coordinate.name}@${coordinate.version}`
  const fail = (code: Parameters<typeof finding>[0], found: string, wanted: string): readonly [Finding] => [
    finding(code, { found, wanted, fix, entry }),
  ]
  const document = parseJson(payload.toString('utf8'))
  if ('problem' in document) return fail('statement-malformed', `no JSON: ${document.problem}`, 'an in-toto statement')
  const duplicate = document.duplicates[0]
  if (duplicate !== undefined)
    return fail('statement-malformed', `the key ${duplicate.path.join('.')} twice`, 'each key once')
  const statement = document.value
  if (!isJsonObject(statement)) return fail('statement-malformed', 'not an object', 'an in-toto statement')

  const predicateType = statement['predicateType']
  if (typeof predicateType !== 'string') return fail('statement-malformed', 'no predicateType', 'a predicate type')
  // A publish attestation dressed as provenance: the label is outside the signature.
  if (predicateType !== label)
    return fail('predicate-type-label', `labelled ${label}, signed ${predicateType}`, predicateType)
  const kind = statementKind(predicateType)
  if (kind === undefined) {
    return [
      finding('predicate-type-unknown', {
        found: predicateType,
        wanted: 'SLSA provenance or an npm publish attestation',
        fix,
        entry,
        level: 'warn',
      }),
    ]
  }
  const type = statement['_type']
  if (typeof type !== 'string' || !STATEMENT_TYPES.includes(type)) {
    return fail('statement-type', JSON.stringify(type ?? null), STATEMENT_TYPES.join(' or '))
  }
  const subject = checkSubject(statement['subject'], coordinate)
  if (subject !== null) return fail(...subject)
  const predicate = statement['predicate']
  if (!isJsonObject(predicate)) return fail('statement-malformed', 'no predicate', 'a predicate')
  return { kind, predicateType, predicate }
}

type Failure = readonly [code: Parameters<typeof finding>[0], found: string, wanted: string]

function checkSubject(subjects: Json | undefined, coordinate: Coordinate): Failure | null {
  // A second subject, for another package: whoever reads only the first accepts it for both.
  if (!Array.isArray(subjects) || subjects.length !== 1) {
    return ['subject-count', Array.isArray(subjects) ? `${subjects.length} subjects` : 'no subjects', 'one subject']
  }
  const subject: Json = subjects[0] ?? null
  const expected = purl(coordinate.name, coordinate.version)
  // Replay: the document of another version or package.
  const name = isJsonObject(subject) ? subject['name'] : undefined
  if (name !== expected) return ['subject-name', typeof name === 'string' ? name : 'no name', expected]
  const digest = isJsonObject(subject) ? subject['digest'] : undefined
  const sha512 = isJsonObject(digest) ? digest['sha512'] : undefined
  const wanted = sha512Hex(coordinate.integrity)
  // Swapped tarball: genuine attestation, other bytes.
  if (sha512 !== wanted) return ['subject-digest', typeof sha512 === 'string' ? sha512 : 'no sha512', wanted]
  return null
}
