// SPDX-License-Identifier: Apache-2.0
import { createHash } from 'node:crypto'
import { canonicalJson } from './canonical-json.ts'
import type { Envelope } from './envelope.ts'

/** The kinds of entry that npm's attestations have in Rekor v1. */
export type LogKind = 'dsse' | 'intoto'

/** The version of each kind. */
export const KIND_VERSION: Readonly<Record<LogKind, string>> = { dsse: '0.0.1', intoto: '0.0.2' }

/**
 * What Rekor v1 keeps of an envelope, in the canonical form that it signs and hashes: digests, the signature and who made it, never
 * the payload.
 *
 * @param verifier - certificate or public key as PEM, with or without a line feed at the end, as it was sent
 * @param sent - the text of a `dsse` envelope, where a client sent it
 */
export function logBody(kind: LogKind, envelope: Envelope, verifier: string, sent?: string): Buffer {
  const { payload, payloadType, signatures } = envelope
  const [{ sig, keyid }] = signatures
  const payloadHash = sha256(Buffer.from(payload, 'base64'))
  if (kind === 'dsse') {
    // Clients send an empty key id as none at all, and Rekor hashes the text that was sent.
    const usual = JSON.stringify({ payload, payloadType, signatures: [keyid === '' ? { sig } : { sig, keyid }] })
    return body('dsse', {
      envelopeHash: sha256(sent ?? usual),
      payloadHash,
      signatures: [{ signature: sig, verifier: base64(verifier) }],
    })
  }
  const key = keyid === '' ? {} : { keyid }
  const hash = sha256(canonicalJson({ payload, payloadType, signatures: [{ ...key, sig, publicKey: verifier }] }))
  return body('intoto', {
    content: {
      envelope: { payloadType, signatures: [{ ...key, publicKey: base64(verifier), sig: base64(sig) }] },
      hash,
      payloadHash,
    },
  })
}

function body(kind: LogKind, spec: object): Buffer {
  return Buffer.from(canonicalJson({ apiVersion: KIND_VERSION[kind], kind, spec }))
}

function sha256(data: string | Buffer): { readonly algorithm: 'sha256'; readonly value: string } {
  return { algorithm: 'sha256', value: createHash('sha256').update(data).digest('hex') }
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64')
}
