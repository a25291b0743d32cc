// SPDX-License-Identifier: Apache-2.0
import { createHash } from 'node:crypto'
import { canonicalJson } from './canonical-json.ts'
import { preAuthEncoding } from './envelope.ts'
import type { Envelope } from './envelope.ts'

/** The kinds of entry that stand for an envelope: in Rekor v1 `dsse` and `intoto`, in Rekor v2 `dsse` and `hashedrekord`. */
export type LogKind = 'dsse' | 'intoto' | TileKind

/** The kinds of Rekor v2. */
export type TileKind = 'dsse-v2' | 'hashedrekord-v2'

/** What entries call each kind. */
export const KIND_VERSION: Readonly<Record<LogKind, { readonly kind: string; readonly version: string }>> = {
  dsse: { kind: 'dsse', version: '0.0.1' },
  intoto: { kind: 'intoto', version: '0.0.2' },
  'dsse-v2': { kind: 'dsse', version: '0.0.2' },
  'hashedrekord-v2': { kind: 'hashedrekord', version: '0.0.2' },
}

/** Whether a kind is one of Rekor v2. */
export function isTileKind(kind: LogKind): kind is TileKind {
  return kind === 'dsse-v2' || kind === 'hashedrekord-v2'
}

/**
 * What Rekor keeps of an envelope, in the canonical form that it signs and hashes: digests, the signature and who made it, never
 * the payload.
 *
 * @param verifier - certificate or public key as PEM, with or without a line feed at the end, as it was sent
 * @param sent - the text of a `dsse` envelope, where a client sent it
 */
export function logBody(kind: LogKind, envelope: Envelope, verifier: string, sent?: string): Buffer {
  const { payload, payloadType, signatures } = envelope
  const [{ sig, keyid }] = signatures
  if (isTileKind(kind)) return tileBody(kind, envelope, verifier)
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

/**
 * What Rekor v2 keeps of a signature.
 *
 * @param digest - of the payload (`dsse`), or of the very bytes that were signed (`hashedrekord`)
 */
export function tileEntryBody(kind: TileKind, digest: Buffer, signature: Buffer, verifier: TileVerifier): Buffer {
  const hash = { algorithm: 'SHA2_256', digest: digest.toString('base64') }
  const signed = { content: signature.toString('base64'), verifier }
  return kind === 'dsse-v2'
    ? body(kind, { dsseV002: { payloadHash: hash, signatures: [signed] } })
    : body(kind, { hashedRekordV002: { data: hash, signature: signed } })
}

/** Who signed, as entries of Rekor v2 name it. */
export interface TileVerifier {
  readonly keyDetails: string
  readonly x509Certificate?: { readonly rawBytes: string }
  readonly publicKey?: { readonly rawBytes: string }
}

function tileBody(kind: TileKind, { payload, payloadType, signatures }: Envelope, verifier: string): Buffer {
  const bytes = Buffer.from(payload, 'base64')
  const hashed = kind === 'dsse-v2' ? bytes : preAuthEncoding(payloadType, bytes)
  const rawBytes = verifier.replaceAll(/-----[^-]+-----|\n/gu, '')
  const named = verifier.includes('CERTIFICATE') ? { x509Certificate: { rawBytes } } : { publicKey: { rawBytes } }
  return tileEntryBody(kind, createHash('sha256').update(hashed).digest(), Buffer.from(signatures[0].sig, 'base64'), {
    keyDetails: 'PKIX_ECDSA_P256_SHA_256',
    ...named,
  })
}

function body(logKind: LogKind, spec: object): Buffer {
  const { kind, version } = KIND_VERSION[logKind]
  return Buffer.from(canonicalJson({ apiVersion: version, kind, spec }))
}

function sha256(data: string | Buffer): { readonly algorithm: 'sha256'; readonly value: string } {
  return { algorithm: 'sha256', value: createHash('sha256').update(data).digest('hex') }
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64')
}
