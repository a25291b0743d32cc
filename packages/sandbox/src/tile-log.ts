// SPDX-License-Identifier: Apache-2.0
import { createHash } from 'node:crypto'
import { logIdOf } from './key-pair.ts'
import type { KeyPair } from './key-pair.ts'
import { MerkleTree } from './merkle-tree.ts'
import type { LogProof } from './transparency-log.ts'

/** An entry of a Rekor v2: no time and no promise, only the path to a signed root. */
export interface TileEntry {
  readonly logIndex: number
  readonly logId: Buffer
  readonly body: Buffer
  readonly proof: LogProof
}

/** A Rekor v2: one shard of a log, with a key of its own. */
export class TileLog {
  readonly baseUrl: string
  readonly key: KeyPair
  readonly validFor: { readonly start: Date; readonly end?: Date }
  readonly #tree = new MerkleTree()

  constructor(baseUrl: string, key: KeyPair, validFor: { readonly start: Date; readonly end?: Date }) {
    this.baseUrl = baseUrl
    this.key = key
    this.validFor = validFor
  }

  /** The name under which the log signs. */
  get origin(): string {
    return new URL(this.baseUrl).host
  }

  /** The id by which checkpoints name the key (C2SP signed-note): over name and key for Ed25519, over the key alone for ECDSA. */
  get logId(): Buffer {
    const { curve, publicKey } = this.key
    if (curve !== 'Ed25519') return logIdOf(this.key)
    const ed25519 = Buffer.of(1)
    return createHash('sha256')
      .update(Buffer.concat([Buffer.from(`${this.origin}\n`), ed25519, publicKey.subarray(-32)]))
      .digest()
  }

  /** Appends an entry, even one that the log has already. */
  append(body: Buffer): TileEntry {
    const logIndex = this.#tree.append(body)
    const [treeSize, rootHash] = [this.#tree.size, this.#tree.root()]
    const checkpoint = this.signCheckpoint(treeSize, rootHash)
    return {
      logIndex,
      logId: this.logId,
      body,
      proof: { logIndex, treeSize, rootHash, hashes: this.#tree.proof(logIndex), checkpoint },
    }
  }

  /** The newest checkpoint. */
  checkpoint(): string {
    return this.signCheckpoint(this.#tree.size, this.#tree.root())
  }

  /** A signed note with the root of a tree. It signs whatever root, under whatever name, it is told. */
  signCheckpoint(treeSize: number, rootHash: Buffer, origin: string = this.origin): string {
    const note = `${origin}\n${treeSize}\n${rootHash.toString('base64')}\n`
    const signature = Buffer.concat([this.logId.subarray(0, 4), this.key.sign(Buffer.from(note))])
    return `${note}\n— ${origin} ${signature.toString('base64')}\n`
  }
}
