// SPDX-License-Identifier: Apache-2.0
// `npm run fuzz -- --flips N --seed S`: flips bytes of genuine documents on all cores, and fails on a crash or a wrong pass.
import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { Worker, isMainThread, parentPort, workerData } from 'node:worker_threads'
import { addTally, describeTally, emptyTally, flipBytes } from './flips.ts'
import type { Tally } from './flips.ts'
import { genuineDocuments } from './genuine.ts'

interface Share {
  readonly flips: number
  readonly seed: number
}

if (isMainThread) {
  const { values } = parseArgs({
    options: { flips: { type: 'string', default: '100000' }, seed: { type: 'string', default: '1' } },
  })
  const [flips, seed] = [wholeNumber('flips', values.flips), wholeNumber('seed', values.seed)]
  const cores = availableParallelism()
  // Each core has a seed of its own that follows from the one that was given.
  const shares = Array.from({ length: cores }, (_, core) => ({
    flips: Math.floor((flips + core) / cores),
    seed: seed * cores + core,
  }))
  const sum = emptyTally()
  for (const tally of await Promise.all(shares.map(runShare))) addTally(sum, tally)
  console.log([`seed ${seed}, ${cores} cores`, ...describeTally(sum)].join('\n'))
  if (sum.failures.length > 0 || sum.flips !== flips) process.exitCode = 1
} else {
  const { flips, seed } = workerData as Share
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a port of a worker, not a window
  parentPort?.postMessage(flipBytes(await genuineDocuments(), flips, seed))
}

function runShare(share: Share): Promise<Tally> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL(import.meta.url), { workerData: share })
    worker.once('message', resolve)
    worker.once('error', reject)
    worker.once('exit', () => reject(new Error('a worker ended without an answer')))
  })
}

function wholeNumber(name: string, text: string): number {
  const number = Number(text)
  if (!/^\d{1,9}$/u.test(text)) throw new RangeError(`--${name} ${text} is no whole number`)
  return number
}
