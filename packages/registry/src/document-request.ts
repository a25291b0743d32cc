// SPDX-License-Identifier: Apache-2.0
import type { Answer } from './answer.ts'
import type { Reading } from './attempts.ts'
import { readJson } from './json-body.ts'
import { ABBREVIATED, parsePackument } from './packument.ts'
import type { Packument } from './packument.ts'
import { attestationsUrl, keysUrl, packumentUrl } from './registry-url.ts'

/** A package's metadata together with the document that it was read from, for whoever hands it on. */
export interface PackumentDocument {
  readonly packument: Packument
  /** As it came, fields included that nobody here knows; unsigned and unchecked. */
  readonly document: unknown
}

/** One document to ask for. */
export interface DocumentRequest<T> {
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
  return {
    url: new URL(packumentUrl(registry, name)),
    key: `1|${registry}|packument|${need}|${name}`,
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
  return {
    url: new URL(attestationsUrl(registry, name, version)),
    key: `1|${registry}|attestations|${name}@${version}`,
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
  return {
    url: new URL(keysUrl(registry)),
    key: `1|${registry}|keys`,
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

/** "No such endpoint" is an answer to this question: registries without signatures say 404, Nexus says 400. */
export function asProbe(answer: Answer<boolean>): Answer<boolean> {
  const isNo =
    answer.kind === 'absent' ||
    (answer.kind === 'unreachable' && ['HTTP 400', 'HTTP 405', 'HTTP 501'].includes(answer.detail))
  return isNo ? { kind: 'found', value: false, source: 'network', url: answer.url } : answer
}
