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
// How many documents a thread has at hand, so that it never waits for the next; all others wait where whoever is free first takes them.
const AT_HAND = 4

/**
 * Makes a pool. The first documents are verified where they arrive; threads start once there are enough to be worth it, and whoever is free
 * takes the next one, this thread too. A thread that fails decides nothing: what it had at hand is taken by another, and so the answer never
 * depends on where it was made.
 */
export function createVerifierPool(trust: Trust, texts: TrustTexts, options: PoolOptions = {}): VerifierPool {
  const { threads = Math.min(availableParallelism() - 1, MOST_THREADS), from = WORTH_IT } = options
  const waiting = new Line()
  let asked = 0
  let isBusy = false
  let members: readonly Member[] = []
  // One document at a time, and the network in between: answers that lie unread while a thousand documents are verified look like none.
  const takeOne = (): void => {
    const job = waiting.take()
    isBusy = false
    if (job !== undefined) verifyHere(job, trust)
    deal()
  }
  const deal = (): void => {
    for (const member of members) while (member.hasRoom() && !waiting.isEmpty()) member.take(waiting.take())
    if (isBusy || waiting.isEmpty()) return
    isBusy = true
    setImmediate(takeOne)
  }
  const giveBack = (jobs: readonly Job[]): void => {
    for (const job of jobs) waiting.add(job)
    deal()
  }
  return {
    verify: (coordinate, text, now) =>
      new Promise((resolve, reject) => {
        asked += 1
        waiting.add({ coordinate, text, now, resolve, reject })
        if (asked >= from && threads > 0 && members.length === 0)
          members = Array.from({ length: threads }, () => startMember(texts, deal, giveBack))
        deal()
      }),
    async close() {
      await Promise.all(members.map((member) => member.close()))
    },
  }
}

interface Job extends Omit<Task, 'id'> {
  readonly resolve: (outcome: DocumentOutcome) => void
  readonly reject: (error: Error) => void
}

function verifyHere({ coordinate, text, now, resolve, reject }: Job, trust: Trust): void {
  try {
    resolve(verifyDocument(coordinate, text, trust, now))
  } catch (error) {
    reject(error instanceof Error ? error : new Error(String(error)))
  }
}

/** Jobs in the order in which they came; taking one costs the same however many wait. */
class Line {
  #jobs: (Job | undefined)[] = []
  #first = 0

  add(job: Job): void {
    this.#jobs.push(job)
  }

  take(): Job | undefined {
    const job = this.#jobs[this.#first]
    if (job === undefined) return undefined
    this.#jobs[this.#first] = undefined
    this.#first += 1
    if (this.isEmpty()) {
      this.#jobs = []
      this.#first = 0
    }
    return job
  }

  isEmpty(): boolean {
    return this.#first >= this.#jobs.length
  }
}

interface Member {
  /** Whether it is alive and would wait for its next document soon. */
  readonly hasRoom: () => boolean
  readonly take: (job: Job | undefined) => void
  readonly close: () => Promise<unknown>
}

function startMember(workerData: TrustTexts, onFree: () => void, giveBack: (jobs: readonly Job[]) => void): Member {
  // The source's neighbour while tests run from source, the compiled one otherwise.
  const worker = new Worker(new URL(`./verify-worker${extname(import.meta.url)}`, import.meta.url), { workerData })
  const atHand = new Map<number, Job>()
  let isAlive = true
  let next = 0
  // Only a thread that owes an answer keeps the process from ending.
  const rest = (): void => {
    if (atHand.size === 0) worker.unref()
  }
  const fail = (): void => {
    isAlive = false
    const jobs = [...atHand.values()]
    atHand.clear()
    rest()
    giveBack(jobs)
  }
  worker.on('message', ({ id, outcome }: Reply) => {
    atHand.get(id)?.resolve(outcome)
    atHand.delete(id)
    rest()
    onFree()
  })
  worker.on('error', fail)
  worker.on('exit', fail)
  rest()
  return {
    hasRoom: () => isAlive && atHand.size < AT_HAND,
    take(job) {
      if (job === undefined) return
      next += 1
      atHand.set(next, job)
      worker.ref()
      const { coordinate, text, now } = job
      const task: Task = { id: next, coordinate, text, now }
      worker.postMessage(task)
    },
    close: () => worker.terminate(),
  }
}
