// SPDX-License-Identifier: Apache-2.0
// Every recorded version as an update, in the order in which they came out: who refuses honest versions, and how often.
import type { FindingCode } from '@bonafide/core'
import { NO_PINS, releaseLine } from '@bonafide/policy'
import type { PastRegistry } from './past-registry.ts'
import { peerRefuses } from './peer.ts'
import { look, startProject } from './project.ts'
import type { Habit, Judged } from './project.ts'
import type { PackageRecord, Release } from './record.ts'

/** What was said of one version. */
export interface Followed {
  readonly name: string
  readonly release: Release
  readonly refusals: readonly FindingCode[]
  readonly warnings: readonly FindingCode[]
  /** Whether it begins to depend on something of which nobody knows how old it was. */
  readonly isOpen: boolean
  readonly isPeerRefused: boolean
  /** Whether another version of its line came out while this one was cooling down. */
  readonly isOvertaken: boolean
  /** What it would have been refused for an hour after it came out, beside its youth; not looked at where a person exempts. */
  readonly atOnce: readonly FindingCode[]
}

const HOUR = 60 * 60 * 1000
/** How old a version is when it is judged: an hour older than the cooldown asks. */
const AGE_HOURS = 73
const COOLDOWN_HOURS = 72

/**
 * Follows a package from its first version on. Stable versions are updates of a project that takes no others; pre-releases are updates
 * of one that takes all. It holds the newest version of each line. The first version is adopted, and not counted.
 */
export async function follow(past: PastRegistry, record: PackageRecord, habit: Habit): Promise<readonly Followed[]> {
  const stable = record.releases.filter(({ isStable }) => isStable)
  const followed = await followAll(past, record, stable, habit)
  if (stable.length === record.releases.length) return followed
  const all = await followAll(past, record, record.releases, habit)
  return [...followed, ...all.filter(({ release }) => !release.isStable)]
}

async function followAll(
  past: PastRegistry,
  { name, releases: everything }: PackageRecord,
  releases: readonly Release[],
  habit: Habit,
): Promise<readonly Followed[]> {
  const project = startProject(past, name, habit)
  const held = new Map<string, Release>()
  const followed: Followed[] = []
  for (const [index, release] of releases.entries()) {
    const line = releaseLine(release.version)
    const now = hoursAfter(release, AGE_HOURS)
    if (index === 0) {
      await project.adopt([release], now)
    } else {
      // An hour after it came out; what a person does about refusals later makes no difference then.
      const young = habit === 'pin' ? await project.glance(release, hoursAfter(release, 1)) : null
      if (young?.isYoung === false) throw new Error(`${name}@${release.version} is no hour old, and was not too young`)
      const judged = await project.update(release, held.get(line), now)
      if (judged.isYoung) throw new Error(`${name}@${release.version} is three days old, and was too young`)
      const isOvertaken = releases
        .slice(index + 1)
        .some((later) => releaseLine(later.version) === line && later.at < hoursAfter(release, COOLDOWN_HOURS))
      followed.push({ ...said(name, release, judged, everything), isOvertaken, atOnce: young?.refusals ?? [] })
    }
    held.set(line, release)
  }
  return followed
}

/** The same versions, each seen for the first time: no pin, and nothing held. */
export async function meet(past: PastRegistry, { name, releases }: PackageRecord): Promise<readonly Followed[]> {
  const met: Followed[] = []
  for (const release of releases.slice(1)) {
    const judged = await look(past, name, release, { now: hoursAfter(release, AGE_HOURS), pins: NO_PINS, base: [] })
    met.push({ ...said(name, release, judged, releases), isOvertaken: false, atOnce: [] })
  }
  return met
}

function said(
  name: string,
  release: Release,
  { refusals, warnings, unknown }: Judged,
  releases: readonly Release[],
): Omit<Followed, 'isOvertaken' | 'atOnce'> {
  const isPeerRefused = peerRefuses(release, releases)
  return { name, release, refusals, warnings, isOpen: unknown.length > 0, isPeerRefused }
}

function hoursAfter({ at }: Release, hours: number): Date {
  return new Date(at.getTime() + hours * HOUR)
}
