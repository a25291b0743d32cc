// SPDX-License-Identifier: Apache-2.0
// Everything that is measured, in one value.
import { follow, meet } from './follow.ts'
import type { Followed } from './follow.ts'
import { PACKAGES, drawMonths } from './month.ts'
import type { Month } from './month.ts'
import { openPast } from './past-registry.ts'
import type { PastRegistry } from './past-registry.ts'
import type { Habit } from './project.ts'
import { readRecords } from './record.ts'
import type { PackageRecord } from './record.ts'
import { replayYear } from './year.ts'
import type { Year } from './year.ts'

/** The years of all packages under one habit, and the months that were drawn of them. */
export interface Yearly {
  readonly years: readonly Year[]
  /** New versions that a month brings to a lockfile of a thousand packages. */
  readonly pace: number
  readonly months: readonly Month[]
  /** The same at the pace that was measured on real lockfiles. */
  readonly slower: readonly Month[]
}

/** What was measured. */
export interface Measured {
  readonly packages: number
  /** Packages whose whole record goes through a year. */
  readonly whole: number
  readonly met: readonly Followed[]
  readonly followed: Readonly<Record<Habit, readonly Followed[]>>
  readonly yearly: Readonly<Record<Habit, Yearly>>
}

/** New versions that enter a lockfile of a thousand packages in a month: the most that was measured on three public repositories. */
export const REAL_PACE = 145

const PROJECTS = 200
const SEED = 1

/** Measures all of it: half a minute. */
export async function measure(): Promise<Measured> {
  const { merged, whole } = readRecords()
  const past = openPast(merged)
  const yearly = { pin: await measureYears(past, whole, 'pin'), exempt: await measureYears(past, whole, 'exempt') }
  return {
    packages: merged.length,
    whole: new Set(yearly.pin.years.map(({ name }) => name)).size,
    met: await all(merged, (record) => meet(past, record)),
    followed: {
      pin: await all(merged, (record) => follow(past, record, 'pin')),
      exempt: await all(merged, (record) => follow(past, record, 'exempt')),
    },
    yearly,
  }
}

async function measureYears(past: PastRegistry, records: readonly PackageRecord[], habit: Habit): Promise<Yearly> {
  const byPackage: (readonly Year[])[] = []
  for (const record of records) {
    const years = await all([0, 1, 2, 3, 4, 5, 6], async (offset) => {
      const year = await replayYear(past, record, offset, habit)
      return year === null ? [] : [year]
    })
    if (years.length > 0) byPackage.push(years)
  }
  const years = byPackage.flat()
  const entryMonths = sum(years.map(({ entries }) => entries * 12))
  const pace = (sum(years.map(({ updates }) => updates.length)) / entryMonths) * PACKAGES
  return {
    years,
    pace,
    months: drawMonths(byPackage, PROJECTS, SEED),
    slower: drawMonths(byPackage, PROJECTS, SEED, REAL_PACE / pace),
  }
}

// One after the other: the past tells what was asked of it since the last question.
async function all<T, R>(items: readonly T[], of: (item: T) => Promise<readonly R[]>): Promise<readonly R[]> {
  const results: R[] = []
  for (const item of items) results.push(...(await of(item)))
  return results
}

/** The sum of numbers. */
export function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}
