// SPDX-License-Identifier: Apache-2.0
import type { Failure, Outcome } from './attempts.ts'

const FAILURES_IN_A_ROW = 8
const PAUSE = 10_000

/**
 * Remembers registries that do not answer, so that a dead one costs seconds and not seconds for each of a thousand packages.
 * After eight failures in a row an origin gets the same failure without a request for ten seconds. Any answer at all clears it.
 */
export interface OriginHealth {
  /** The failure to give at once, where the origin is known to be down. */
  verdict(url: URL): Failure | null
  /** Takes note of how asking ended. */
  record(url: URL, outcome: Outcome<unknown>): void
}

/** A memory with nothing in it. */
export function createOriginHealth(): OriginHealth {
  const origins = new Map<string, { failures: number; until: number; last: Failure }>()
  return {
    verdict(url) {
      const state = origins.get(url.origin)
      if (state === undefined || state.failures < FAILURES_IN_A_ROW || performance.now() > state.until) return null
      return 'url' in state.last ? { ...state.last, url: url.href } : state.last
    },
    record(url, outcome) {
      if (outcome.kind !== 'unreachable') {
        origins.delete(url.origin)
        return
      }
      const failures = (origins.get(url.origin)?.failures ?? 0) + 1
      origins.set(url.origin, { failures, until: performance.now() + PAUSE, last: outcome })
    },
  }
}
