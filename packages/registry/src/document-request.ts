// SPDX-License-Identifier: Apache-2.0
import type { Answer } from './answer.ts'
import type { Reading } from './attempts.ts'
import { readJson } from './json-body.ts'
import { ABBREVIATED, parsePackument } from './packument.ts'
import type { Packument } from './packument.ts'
import { attestationsUrl, keysUrl, packumentUrl } from './registry-url.ts'

/** Which document of which registry. */
export type DocumentId =
  | { readonly registry: string; readonly ask: 'keys' }
  | { readonly registry: string; readonly ask: 'attestations'; readonly name: string; readonly version: string }
  | {
      readonly registry: string
      readonly ask: 'packument'
      readonly name: string
      readonly form: 'abbreviated' | 'full'
    }

/** The key of a document in the caches: no two documents share one. */
export function documentKey(id: DocumentId): string {
  switch (id.ask) {
    case 'keys':
      return `1|${id.registry}|keys`
    case 'attestations':
      return `1|${id.registry}|attestations|${id.name}@${id.version}`
    case 'packument':
      return `1|${id.registry}|packument|${id.form}|${id.name}`
    default:
      return unknownDocument(id)
  }
}

function unknownDocument(id: never): never {
  throw new TypeError(`no such document: ${JSON.stringify(id)}`)
}

/** A package's metadata together with the document that it was read from, for whoever hands it on. */
export interface PackumentDocument {
  readonly packument: Packument
  /** As it came, fields included that nobody here knows; unsigned and unchecked. */
  readonly document: unknown
}

/** One document to ask for, and how it is read: the same wherever it comes from. */
export interface DocumentRequest<T> {
  readonly id: DocumentId
  readonly url: URL
  readonly key: string
  readonly accept: string
  readonly maxBytes: number
  /** Whether a cached copy answers without asking again. */
  readonly immutable: boolean
  readonly read: (body: Buffer) => Reading<T>
}

/** A package's metadata. */
export function packumentRequest(
  registry: string,
  name: string,
  need: 'abbreviated' | 'full',
  maxBytes: number = 45_000_000,
): DocumentRequest<PackumentDocument> {
  const id: DocumentId = { registry, ask: 'packument', name, form: need }
  return {
    id,
    url: new URL(packumentUrl(registry, name)),
    key: documentKey(id),
    accept: need === 'full' ? 'application/json' : ABBREVIATED,
    maxBytes,
    immutable: false,
    read: (body) =>
      readJson(body, (document) => {
        const packument = parsePackument(name, document)
        return 'problem' in packument
          ? { nonsense: 'wrong-shape', detail: packument.problem }
          : { value: { packument, document } }
      }),
  }
}

/** A version's attestations. */
export function attestationsRequest(
  registry: string,
  name: string,
  version: string,
  maxBytes: number = 4 * 1024 * 1024,
): DocumentRequest<{ readonly text: string }> {
  const id: DocumentId = { registry, ask: 'attestations', name, version }
  return {
    id,
    url: new URL(attestationsUrl(registry, name, version)),
    key: documentKey(id),
    accept: 'application/json',
    maxBytes,
    // What is attested about published bytes does not change; it is verified again each time all the same.
    immutable: true,
    read: (body) =>
      readJson(body, (document) =>
        typeof document === 'object' &&
        document !== null &&
        'attestations' in document &&
        Array.isArray(document.attestations)
          ? { value: { text: body.toString('utf8') } }
          : { nonsense: 'wrong-shape', detail: 'no list of attestations' },
      ),
  }
}

/** Whether a registry has signing keys. */
export function keysRequest(registry: string): DocumentRequest<boolean> {
  const id: DocumentId = { registry, ask: 'keys' }
  return {
    id,
    url: new URL(keysUrl(registry)),
    key: documentKey(id),
    accept: 'application/json',
    maxBytes: 1024 * 1024,
    immutable: false,
    read: (body) =>
      readJson(body, (document) => ({
        value:
          typeof document === 'object' &&
          document !== null &&
          'keys' in document &&
          Array.isArray(document.keys) &&
          document.keys.length > 0,
      })),
  }
}

/** The answer to whether a registry serves signing keys: that there is no such document, or no such endpoint, is one. */
export function asProbe(answer: Answer<boolean>): Answer<boolean> {
  if (answer.kind === 'absent' || (answer.kind === 'unreachable' && isNoEndpoint(answer.detail)))
    return { kind: 'found', value: false, source: 'network', url: answer.url }
  return answer
}

/** Whether the detail of a failure says that there is no such endpoint: registries without signatures say 404, Nexus says 400. */
export function isNoEndpoint(detail: string): boolean {
  return ['HTTP 400', 'HTTP 405', 'HTTP 501'].includes(detail)
}
