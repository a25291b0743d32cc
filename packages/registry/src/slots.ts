// SPDX-License-Identifier: Apache-2.0

/** Runs at most so many jobs at a time, in the order they came. */
export type Slots = <T>(job: () => Promise<T>) => Promise<T>

/** A bound for jobs that run together. */
export function createSlots(size: number): Slots {
  let free = size
  const waiting: (() => void)[] = []
  return async (job) => {
    // A slot that is handed over never becomes free in between, so a newcomer cannot overtake.
    if (free > 0) free -= 1
    else await new Promise<void>((resolve) => void waiting.push(resolve))
    try {
      return await job()
    } finally {
      const next = waiting.shift()
      if (next === undefined) free += 1
      else next()
    }
  }
}
