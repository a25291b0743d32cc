// SPDX-License-Identifier: Apache-2.0
// A project that updates every week, through the last year of a package's record.
import type { FindingCode } from '@bonafide/core'
import { NO_PINS, releaseLine } from '@bonafide/policy'
import type { PastRegistry } from './past-registry.ts'
import { peerRefuses } from './peer.ts'
import { look, startProject } from './project.ts'
import type { Habit } from './project.ts'
import { compareVersions } from './record.ts'
import type { PackageRecord, Release } from './record.ts'

/** An update, or a package that is new to the project. */
export interface Event {
  readonly week: number
  readonly name: string
  readonly version: string
  readonly refusals: readonly FindingCode[]
  readonly warnings: readonly FindingCode[]
  readonly isOpen: boolean
  readonly isPeerRefused: boolean
}

/** A year with one package. */
export interface Year {
  readonly name: string
  /** How many versions of it the lockfile holds: one, and one for each older line that is still looked after. */
  readonly entries: number
  /** What `init` left to decide at the beginning. */
  readonly left: number
  readonly updates: readonly Event[]
  /** What it would have been to take the package in, in each of twelve weeks. */
  readonly entrances: readonly Event[]
}

const HOUR = 60 * 60 * 1000
const DAY = 24 * HOUR
const WEEKS = 52
const ENTRANCES = 12

/**
 * Replays the last year of a record. Each week each entry moves to the newest stable version of its line that is three days old, and the
 * package's first entry to the newest of all.
 *
 * @param offset - by how many days the weeks begin earlier
 */
export async function replayYear(
  past: PastRegistry,
  { name, releases, until }: PackageRecord,
  offset: number,
  habit: Habit,
): Promise<Year | null> {
  const start = until.getTime() - WEEKS * 7 * DAY - offset * DAY
  const weekAt = (week: number): Date => new Date(start + week * 7 * DAY)
  const stable = releases.filter(({ isStable }) => isStable)
  const linesAlive = new Set(stable.flatMap(({ at, version }) => (at.getTime() > start ? [releaseLine(version)] : [])))
  const first = newest(stable, weekAt(0), null)
  if (first === null) return null
  const older = [...linesAlive]
    .filter((line) => line !== releaseLine(first.version))
    .flatMap((line) => newest(stable, weekAt(0), line) ?? [])
    .filter(({ version }) => compareVersions(version, first.version) < 0)

  const project = startProject(past, name, habit)
  const left = await project.adopt([first, ...older], weekAt(0))
  const event = (week: number, release: Release, judged: Awaited<ReturnType<typeof look>>): Event => ({
    week,
    name,
    version: release.version,
    refusals: judged.refusals,
    warnings: judged.warnings,
    isOpen: judged.unknown.length > 0,
    isPeerRefused: peerRefuses(release, releases),
  })
  const held = [first, ...older]
  const updates: Event[] = []
  const entrances: Event[] = []
  for (let week = 1; week <= WEEKS; week += 1) {
    const now = weekAt(week)
    for (const [index, before] of held.entries()) {
      const next = newest(stable, now, index === 0 ? null : releaseLine(before.version))
      if (next === null || compareVersions(next.version, before.version) <= 0) continue
      updates.push(event(week, next, await project.update(next, before, now)))
      held[index] = next
    }
    const newcomer = held[0]
    if (newcomer === undefined || week % Math.floor(WEEKS / ENTRANCES) !== 0 || entrances.length === ENTRANCES) continue
    entrances.push(event(week, newcomer, await look(past, name, newcomer, { now, pins: NO_PINS, base: [] })))
  }
  return { name, entries: held.length, left: left.length, updates, entrances }
}

// Three days old, by the highest number: what a client takes, with a cooldown set.
function newest(stable: readonly Release[], now: Date, line: string | null): Release | null {
  const settled = stable.filter(
    ({ at, version }) => now.getTime() - at.getTime() >= 72 * HOUR && (line === null || releaseLine(version) === line),
  )
  return settled.reduce<Release | null>(
    (best, one) => (best === null || compareVersions(one.version, best.version) >= 0 ? one : best),
    null,
  )
}
