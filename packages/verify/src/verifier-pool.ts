// SPDX-License-Identifier: Apache-2.0
import { availableParallelism } from 'node:os'
import { extname } from 'node:path'
import { Worker } from 'node:worker_threads'
import { verifyDocument } from '@bonafide/attestation'
import type { DocumentOutcome, Trust } from '@bonafide/attestation'
import type { Coordinate } from '@bonafide/core'

/** The trust material as text, for threads to parse: parsed keys stay in the thread that parsed them. */
export interface TrustTexts {
  readonly trustedRoot: string
  readonly registryKeys: string
  readonly privateRoots?: readonly { readonly text: string; readonly scopes: readonly string[] }[]
}

/** A document to verify. */
export interface Task {
  readonly id: number
  readonly coordinate: Coordinate
  readonly text: string
  readonly now: Date
}

/** What came of a {@link Task}. */
export interface Reply {
  readonly id: number
  readonly outcome: DocumentOutcome
}

/** Verifies a document, in whichever thread. */
export type VerifyDocument = (coordinate: Coordinate, text: string, now: Date) => Promise<DocumentOutcome>

/** Verifies documents on all cores. */
export interface VerifierPool {
  readonly verify: VerifyDocument
  /** Ends the threads. */
  close(): Promise<void>
}

/** How a pool is to be. */
export interface PoolOptions {
  /** By default one for each core but the first, and at most eight; without any everything is verified where it arrives. */
  readonly threads?: number
  /** From which document on threads are worth starting. */
  readonly from?: number
}

const MOST_THREADS = 8
// Loading the libraries takes a thread as long as verifying some thirty documents.
const WORTH_IT = 64
// A thread that owes so many is behind; while all are, this one takes a share, as long as it is not behind itself.
const BEHIND = 8

/**
 * Makes a pool. The first documents are verified where they arrive; threads start once there are enough to be worth it, and what they do not
 * keep up with is verified here too. A thread that fails decides nothing: what it owes is verified here instead, and so the answer never
 * depends on where it was made.
 */
export function createVerifierPool(trust: Trust, texts: TrustTexts, options: PoolOptions = {}): VerifierPool {
  const { threads = Math.min(availableParallelism() - 1, MOST_THREADS), from = WORTH_IT } = options
  const own = verifyHere(trust)
  let asked = 0
  let members: readonly Member[] = []
  return {
    verify(coordinate, text, now) {
      asked += 1
      if (asked < from || threads < 1) return own.verify(coordinate, text, now)
      if (members.length === 0) members = Array.from({ length: threads }, () => startMember(texts))
      const [idlest] = members.filter((member) => member.isAlive()).sort((left, right) => left.owes() - right.owes())
      return idlest === undefined || (idlest.owes() >= BEHIND && own.owes() < BEHIND)
        ? own.verify(coordinate, text, now)
        : idlest.verify(coordinate, text, now).catch(() => own.verify(coordinate, text, now))
    },
    async close() {
      await Promise.all(members.map((member) => member.close()))
    },
  }
}

// One document at a time, and the network in between: answers that lie unread while a thousand documents are verified look like none.
function verifyHere(trust: Trust): Pick<Member, 'verify' | 'owes'> {
  const waiting: (() => void)[] = []
  const next = (): void => {
    waiting.shift()?.()
    if (waiting.length > 0) setImmediate(next)
  }
  return {
    owes: () => waiting.length,
    verify: (coordinate, text, now) =>
      new Promise((resolve, reject) => {
        waiting.push(() => {
          try {
            resolve(verifyDocument(coordinate, text, trust, now))
          } catch (error) {
            reject(error instanceof Error ? error : new Error(String(error)))
          }
        })
        if (waiting.length === 1) setImmediate(next)
      }),
  }
}

interface Member {
  readonly verify: VerifyDocument
  readonly isAlive: () => boolean
  /** How many documents it was given and has not answered yet. */
  readonly owes: () => number
  readonly close: () => Promise<unknown>
}

interface Waiting {
  readonly resolve: (outcome: DocumentOutcome) => void
  readonly reject: (error: Error) => void
}

function startMember(workerData: TrustTexts): Member {
  // The source's neighbour while tests run from source, the compiled one otherwise.
  const worker = new Worker(new URL(`./verify-worker${extname(import.meta.url)}`, import.meta.url), { workerData })
  const waiting = new Map<number, Waiting>()
  let isAlive = true
  let next = 0
  // Only a thread that owes an answer keeps the process from ending.
  const rest = (): void => {
    if (waiting.size === 0) worker.unref()
  }
  const fail = (error: Error): void => {
    isAlive = false
    for (const { reject } of waiting.values()) reject(error)
    waiting.clear()
    rest()
  }
  worker.on('message', ({ id, outcome }: Reply) => {
    waiting.get(id)?.resolve(outcome)
    waiting.delete(id)
    rest()
  })
  worker.on('error', fail)
  worker.on('exit', () => fail(new Error('the thread ended')))
  rest()
  return {
    isAlive: () => isAlive,
    owes: () => waiting.size,
    verify: (coordinate, text, now) =>
      new Promise((resolve, reject) => {
        next += 1
        waiting.set(next, { resolve, reject })
        worker.ref()
        const task: Task = { id: next, coordinate, text, now }
        worker.postMessage(task)
      }),
    close: () => worker.terminate(),
  }
}
