// SPDX-License-Identifier: Apache-2.0
import { createHash } from 'node:crypto'
import { logIdOf } from './key-pair.ts'
import type { KeyPair } from './key-pair.ts'
import { MerkleTree } from './merkle-tree.ts'

/** A certificate transparency log: it promises to show every certificate that it was handed, and does at once. */
export interface CertificateLog {
  readonly baseUrl: string
  readonly key: KeyPair
  readonly logId: Buffer
  readonly validFor: { readonly start: Date; readonly end?: Date }
  /** A signed certificate timestamp over a certificate that lacks only this timestamp (RFC 6962, section 3.2). */
  promise(content: Uint8Array, issuerKey: Buffer, time: Date): Buffer
  /** What it was handed, in order, each as a leaf of its tree (section 3.4). */
  readonly leaves: readonly Buffer[]
  readonly tree: MerkleTree
  /** The signature over a tree head, as `get-sth` has it (section 3.5). */
  signHead(size: number, time: Date): Buffer
}

/** Makes a certificate log. */
export function createCertificateLog(
  baseUrl: string,
  key: KeyPair,
  validFor: CertificateLog['validFor'],
): CertificateLog {
  const leaves: Buffer[] = []
  const tree = new MerkleTree()
  return {
    leaves,
    tree,
    signHead(size, time) {
      const numbers = Buffer.alloc(16)
      numbers.writeBigUInt64BE(BigInt(time.getTime()), 0)
      numbers.writeBigUInt64BE(BigInt(size), 8)
      // version 1, tree_hash
      return signed(key, Buffer.concat([Buffer.of(0, 1), numbers, tree.root(size)]))
    },
    baseUrl,
    key,
    logId: logIdOf(key),
    validFor,
    promise(content, issuerKey, time) {
      const timestamp = Buffer.alloc(8)
      timestamp.writeBigUInt64BE(BigInt(time.getTime()))
      const noExtensions = Buffer.alloc(2)
      const entry = Buffer.concat([
        Buffer.of(0, 0), // version 1; certificate_timestamp where it is signed, timestamped_entry where it is a leaf
        timestamp,
        Buffer.of(0, 1), // precert_entry
        createHash('sha256').update(issuerKey).digest(),
        uint24(content.length),
        content,
        noExtensions,
      ])
      leaves.push(entry)
      tree.append(entry)
      return Buffer.concat([Buffer.of(0), logIdOf(key), timestamp, noExtensions, signed(key, entry)])
    },
  }
}

// A signature with its algorithms: sha256 and ecdsa, by their numbers in TLS (RFC 5246, section 7.4.1.4.1).
function signed(key: KeyPair, content: Buffer): Buffer {
  const signature = key.sign(content)
  const length = Buffer.alloc(2)
  length.writeUInt16BE(signature.length)
  return Buffer.concat([Buffer.of(4, 3), length, signature])
}

function uint24(value: number): Buffer {
  const bytes = Buffer.alloc(3)
  bytes.writeUIntBE(value, 0, 3)
  return bytes
}
