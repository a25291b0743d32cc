// SPDX-License-Identifier: Apache-2.0
import { createHash } from 'node:crypto'
import { logIdOf } from './key-pair.ts'
import type { KeyPair } from './key-pair.ts'

/** A certificate transparency log: it promises to show every certificate that it was handed. */
export interface CertificateLog {
  readonly baseUrl: string
  readonly key: KeyPair
  readonly logId: Buffer
  readonly validFor: { readonly start: Date; readonly end?: Date }
  /** A signed certificate timestamp over a certificate that lacks only this timestamp (RFC 6962, section 3.2). */
  promise(content: Uint8Array, issuerKey: Buffer, time: Date): Buffer
}

/** Makes a certificate log. */
export function createCertificateLog(
  baseUrl: string,
  key: KeyPair,
  validFor: CertificateLog['validFor'],
): CertificateLog {
  return {
    baseUrl,
    key,
    logId: logIdOf(key),
    validFor,
    promise(content, issuerKey, time) {
      const timestamp = Buffer.alloc(8)
      timestamp.writeBigUInt64BE(BigInt(time.getTime()))
      const noExtensions = Buffer.alloc(2)
      const signed = Buffer.concat([
        Buffer.of(0, 0), // version 1, certificate_timestamp
        timestamp,
        Buffer.of(0, 1), // precert_entry
        createHash('sha256').update(issuerKey).digest(),
        uint24(content.length),
        content,
        noExtensions,
      ])
      const signature = key.sign(signed)
      const length = Buffer.alloc(2)
      length.writeUInt16BE(signature.length)
      // sha256 and ecdsa, by their numbers in TLS (RFC 5246, section 7.4.1.4.1).
      return Buffer.concat([Buffer.of(0), logIdOf(key), timestamp, noExtensions, Buffer.of(4, 3), length, signature])
    },
  }
}

function uint24(value: number): Buffer {
  const bytes = Buffer.alloc(3)
  bytes.writeUIntBE(value, 0, 3)
  return bytes
}
