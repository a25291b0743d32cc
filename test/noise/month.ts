// SPDX-License-Identifier: Apache-2.0
// What a month brings to a project of a thousand packages: such projects are drawn from the years that were replayed.
import type { Event, Year } from './year.ts'

/** What a person has to decide in a month. */
export interface Month {
  /** Updates that are refused. */
  readonly updates: number
  /** New packages that are refused. */
  readonly entrances: number
  /** Both, by the peer's rule. */
  readonly peer: number
}

/** Packages in a lockfile, and names that are new to it in a month: the middle of what was measured on public repositories. */
export const PACKAGES = 1000
export const ENTRANCES = 10

const WEEKS = 52
const MONTHS = 12

/**
 * Draws projects, each of entries enough for a lockfile, and plays a year of each. Every package begins at another time of its year, or all
 * copies of one would be refused in the same month.
 *
 * @param years - of each package its years, by the day of the week
 * @param thinning - which share of the updates reaches the project
 */
export function drawMonths(
  years: readonly (readonly Year[])[],
  projects: number,
  seed: number,
  thinning = 1,
): readonly Month[] {
  const random = mulberry(seed)
  const pick = <T>(list: readonly T[]): T => {
    const item = list[Math.floor(random() * list.length)]
    if (item === undefined) throw new RangeError('nothing to draw from')
    return item
  }
  const months: Month[] = []
  for (let project = 0; project < projects; project += 1) {
    const updates = Array.from({ length: MONTHS }, (): Event[] => [])
    let entries = 0
    while (entries < PACKAGES) {
      const year = pick(pick(years))
      const shift = Math.floor(random() * WEEKS)
      entries += year.entries
      for (const event of year.updates) {
        if (random() >= thinning) continue
        updates[Math.floor((((event.week + shift) % WEEKS) * MONTHS) / WEEKS)]?.push(event)
      }
    }
    for (const events of updates) {
      const entrances = Array.from({ length: ENTRANCES }, () => pick(pick(pick(years)).entrances))
      months.push({
        updates: events.filter(isRefused).length,
        entrances: entrances.filter(isRefused).length,
        peer: [...events, ...entrances].filter(({ isPeerRefused }) => isPeerRefused).length,
      })
    }
  }
  return months
}

/** The value below which this share of all values lies. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((left, right) => left - right)
  const value = sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]
  if (value === undefined) throw new RangeError('no values')
  return value
}

function isRefused({ refusals }: Event): boolean {
  return refusals.length > 0
}

// The same numbers for everybody: a generator of our own, with a seed.
function mulberry(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}
