// SPDX-License-Identifier: Apache-2.0
import { canonicalJson } from './canonical-json.ts'
import { logIdOf } from './key-pair.ts'
import type { KeyPair } from './key-pair.ts'
import { MerkleTree, leafHash } from './merkle-tree.ts'

/** An entry of the log, with everything that the log signed about it. */
export interface LoggedEntry {
  readonly uuid: string
  /** Its index over all trees that the log ever had. */
  readonly logIndex: number
  readonly logId: Buffer
  readonly integratedTime: Date
  readonly body: Buffer
  readonly promise: Buffer
  readonly proof: LogProof
}

/** The path from an entry to a signed root. */
export interface LogProof {
  /** Its index in the tree. */
  readonly logIndex: number
  readonly treeSize: number
  readonly rootHash: Buffer
  readonly hashes: readonly Buffer[]
  readonly checkpoint: string
}

/** A Rekor v1. */
export class TransparencyLog {
  readonly baseUrl: string
  readonly key: KeyPair
  readonly validFor: { readonly start: Date; readonly end?: Date }
  readonly #tree = new MerkleTree()
  readonly #treeId: bigint
  readonly #entries: LoggedEntry[] = []
  readonly #byUuid = new Map<string, LoggedEntry>()

  constructor(baseUrl: string, key: KeyPair, validFor: { readonly start: Date; readonly end?: Date }) {
    this.baseUrl = baseUrl
    this.key = key
    this.validFor = validFor
    this.#treeId = logIdOf(key).readBigUInt64BE() >> 1n
  }

  /** The id that the log has by its key. */
  get logId(): Buffer {
    return logIdOf(this.key)
  }

  /** Appends an entry, even one that the log has already. */
  append(body: Buffer, time: Date): LoggedEntry {
    const logId = logIdOf(this.key)
    const index = this.#tree.append(body)
    const logIndex = EARLIER_ENTRIES + index
    const entry: LoggedEntry = {
      uuid: this.uuidOf(body),
      logIndex,
      logId,
      integratedTime: time,
      body,
      promise: this.signPromise(body, logIndex, time),
      proof: this.#proof(index),
    }
    this.#entries.push(entry)
    if (!this.#byUuid.has(entry.uuid)) this.#byUuid.set(entry.uuid, entry)
    return entry
  }

  /** The id of an entry, which follows from its body alone. */
  uuidOf(body: Buffer): string {
    return `${this.#treeId.toString(16).padStart(16, '0')}${leafHash(body).toString('hex')}`
  }

  /** The first entry of an id, or undefined. */
  find(uuid: string): LoggedEntry | undefined {
    return this.#byUuid.get(uuid)
  }

  /** The entry of an index over all trees, or undefined. */
  at(logIndex: number): LoggedEntry | undefined {
    return this.#entries[logIndex - EARLIER_ENTRIES]
  }

  /** An entry with a proof in the tree as it is now, instead of the one in which the entry was the last. */
  provedNow(entry: LoggedEntry): LoggedEntry {
    return { ...entry, proof: this.#proof(entry.proof.logIndex) }
  }

  /** The signed entry timestamp: when the log took the entry in, and where it is going to stand. */
  signPromise(body: Buffer, logIndex: number, time: Date): Buffer {
    const promised = {
      body: body.toString('base64'),
      integratedTime: time.getTime() / 1000,
      logIndex,
      logID: logIdOf(this.key).toString('hex'),
    }
    return this.key.sign(Buffer.from(canonicalJson(promised)))
  }

  /** A signed note with the root of a tree (transparency-dev formats, checkpoints). It signs whatever root it is told. */
  signCheckpoint(treeSize: number, rootHash: Buffer): string {
    const host = new URL(this.baseUrl).host
    const note = `${host} - ${this.#treeId}\n${treeSize}\n${rootHash.toString('base64')}\n`
    const signature = Buffer.concat([logIdOf(this.key).subarray(0, 4), this.key.sign(Buffer.from(note))])
    return `${note}\n— ${host} ${signature.toString('base64')}\n`
  }

  #proof(logIndex: number): LogProof {
    const treeSize = this.#tree.size
    const rootHash = this.#tree.root()
    const checkpoint = this.signCheckpoint(treeSize, rootHash)
    return { logIndex, treeSize, rootHash, hashes: this.#tree.proof(logIndex), checkpoint }
  }
}

// The entries of trees that are closed: in the real log the two indexes of an entry differ by as much.
const EARLIER_ENTRIES = 121_904_262
