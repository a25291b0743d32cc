// SPDX-License-Identifier: Apache-2.0
import { createHash } from 'node:crypto'

/**
 * An append-only Merkle tree (RFC 6962, section 2). Appending costs one hash on average: the hashes of complete subtrees are kept, and
 * roots and proofs, of any size that the tree once had, are put together from them.
 */
export class MerkleTree {
  // complete[height][index]: the hash of the complete subtree of 2^height leaves.
  readonly #complete: Buffer[][] = [[]]

  /** How many leaves there are. */
  get size(): number {
    return this.#complete[0]?.length ?? 0
  }

  /** Appends a leaf and tells its index. */
  append(leaf: Uint8Array): number {
    const index = this.size
    let hash = leafHash(leaf)
    for (let height = 0; ; height += 1) {
      const row = (this.#complete[height] ??= [])
      row.push(hash)
      const left = row.at(-2)
      if (row.length % 2 === 1 || left === undefined) return index
      hash = nodeHash(left, hash)
    }
  }

  /** The root of the first `size` leaves. */
  root(size: number = this.size): Buffer {
    return size === 0 ? createHash('sha256').digest() : this.#range(0, size)
  }

  /** The path from a leaf to the root of the first `size` leaves, from the bottom up (RFC 6962, section 2.1.1). */
  proof(index: number, size: number = this.size): readonly Buffer[] {
    if (index < 0 || index >= size || size > this.size) throw new RangeError(`no leaf ${index} in a tree of ${size}`)
    return this.#path(index, 0, size)
  }

  #path(index: number, start: number, end: number): Buffer[] {
    if (end - start === 1) return []
    const middle = start + splitPoint(end - start)
    return index < middle
      ? [...this.#path(index, start, middle), this.#range(middle, end)]
      : [...this.#path(index, middle, end), this.#range(start, middle)]
  }

  #range(start: number, end: number): Buffer {
    const length = end - start
    const height = Math.log2(length)
    const kept = Number.isInteger(height) ? this.#complete[height]?.[start / length] : undefined
    if (kept !== undefined) return kept
    const middle = start + splitPoint(length)
    return nodeHash(this.#range(start, middle), this.#range(middle, end))
  }
}

/** The hash of a leaf: another prefix than nodes have, so that neither can pass for the other. */
export function leafHash(leaf: Uint8Array): Buffer {
  return createHash('sha256').update(Buffer.of(0)).update(leaf).digest()
}

function nodeHash(left: Buffer, right: Buffer): Buffer {
  return createHash('sha256').update(Buffer.of(1)).update(left).update(right).digest()
}

// The largest power of two below the length.
function splitPoint(length: number): number {
  return 2 ** (Math.ceil(Math.log2(length)) - 1)
}
