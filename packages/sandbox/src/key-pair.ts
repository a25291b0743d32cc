// SPDX-License-Identifier: Apache-2.0
import { createHash } from 'node:crypto'
import { ed25519 } from '@noble/curves/ed25519.js'
import { p256, p384 } from '@noble/curves/nist.js'
import { hkdf } from '@noble/hashes/hkdf.js'
import { sha256 } from '@noble/hashes/sha2.js'

/** The curves that Sigstore and npm use: P-384 for authorities, Ed25519 for logs of Rekor v2, P-256 for everything else. */
export type Curve = 'P-256' | 'P-384' | 'Ed25519'

/** A key pair whose signatures are the same each time (RFC 6979, RFC 8032): P-256 with SHA-256, P-384 with SHA-384, Ed25519. */
export interface KeyPair {
  readonly curve: Curve
  /** SubjectPublicKeyInfo. */
  readonly publicKey: Buffer
  /** A signature. ECDSA's is in DER, as almost everything has it, or the two numbers alone, as JSON web tokens have it. */
  sign(data: Uint8Array, format?: 'der' | 'compact'): Buffer
}

/** Where all bytes of chance come from: the same seed and label give the same bytes (HKDF, RFC 5869). */
export interface Seed {
  bytes(label: string, length: number): Buffer
  keyPair(label: string, curve?: Curve): KeyPair
  /** The seed of another world, whose keys have nothing to do with this one's. */
  derive(label: string): Seed
}

// The algorithm with the curve's name, up to the point (RFC 5480, section 2; RFC 8410, section 4).
const SPKI_PREFIX: Readonly<Record<Curve, Buffer>> = {
  'P-256': Buffer.from('3059301306072a8648ce3d020106082a8648ce3d030107034200', 'hex'),
  'P-384': Buffer.from('3076301006072a8648ce3d020106052b81040022036200', 'hex'),
  Ed25519: Buffer.from('302a300506032b6570032100', 'hex'),
}
// Authorities do not normalise S, and a verifier must not mind.
const SIGNING = { lowS: false } as const

/** Makes a seed of a text. */
export function createSeed(text: string): Seed {
  const bytes = (label: string, length: number): Buffer =>
    Buffer.from(hkdf(sha256, Buffer.from(text), Buffer.from('bonafide sandbox'), Buffer.from(label), length))
  return {
    bytes,
    derive: (label) => createSeed(`${text}/${label}`),
    keyPair(label, curve = 'P-256') {
      if (curve === 'Ed25519') {
        const { secretKey, publicKey } = ed25519.keygen(bytes(`key ${label}`, 32))
        return {
          curve,
          publicKey: Buffer.concat([SPKI_PREFIX[curve], publicKey]),
          sign: (data) => Buffer.from(ed25519.sign(data, secretKey)),
        }
      }
      const algorithm = curve === 'P-256' ? p256 : p384
      const { secretKey, publicKey } = algorithm.keygen(bytes(`key ${label}`, algorithm.lengths.seed ?? 72))
      const point = algorithm.Point.fromBytes(publicKey).toBytes(false)
      return {
        curve,
        publicKey: Buffer.concat([SPKI_PREFIX[curve], point]),
        sign: (data, format = 'der') => Buffer.from(algorithm.sign(data, secretKey, { ...SIGNING, format })),
      }
    },
  }
}

/** The id that a log has by its key (RFC 6962, section 3.2). */
export function logIdOf(key: KeyPair): Buffer {
  return createHash('sha256').update(key.publicKey).digest()
}

/** A PEM block (RFC 7468). Rekor keeps certificates with a line feed at the end and npm's keys without. */
export function toPem(label: 'CERTIFICATE' | 'PUBLIC KEY', der: Uint8Array): string {
  const lines =
    Buffer.from(der)
      .toString('base64')
      .match(/.{1,64}/gu) ?? []
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----`
}
