// SPDX-License-Identifier: Apache-2.0
import type { Location } from '@bonafide/core'
import type { ReportVerdict } from '@bonafide/policy'
import type { PackageReport, Report } from '@bonafide/verify'
import type { UndecidedRequest } from './gateway-log.ts'
import type { ChildEnd } from './guarded-child.ts'
import type { HiddenVersion } from './hidden-versions.ts'

/** A version that a lockfile holds after a run, and that nobody verified before nor asked the gateway for. */
export interface UnaccountedVersion {
  readonly name: string
  readonly version: string
  readonly locations: readonly Location[]
}

/**
 * What a run came to. This is what `--report` writes: `schemaVersion` changes when a field changes its meaning or goes away.
 */
export interface RunReport {
  readonly schemaVersion: 1
  /** Whatever the child said: `refused` where anything was refused, turned away or left unaccounted for. */
  readonly verdict: ReportVerdict
  /** Whether the policy only looks on: then the verdict stops nothing. */
  readonly observing: boolean
  /** On the lockfiles as they were; null where there was none. */
  readonly before: Report | null
  /** How the command ended; null where it was not started. */
  readonly child: ChildEnd | null
  /** How many tarballs were handed out. */
  readonly served: number
  /** Versions that were asked for at the gateway, and refused. */
  readonly refused: readonly PackageReport[]
  readonly undecided: readonly UndecidedRequest[]
  /** Versions that clients were not shown, where the policy asks for that (`hideRefused`). Nothing against the run. */
  readonly hidden: readonly HiddenVersion[]
  /** Hosts that were asked for past the gateway, and not reached. */
  readonly waysOut: readonly string[]
  /** On the lockfiles as they are now; null where they are what they were. */
  readonly after: Report | null
  readonly unaccounted: readonly UnaccountedVersion[]
  /** Lockfiles that name the gateway, which is gone, and that nobody could mend. */
  readonly unmended: readonly string[]
}

/** Sums up a run: one thing against it refuses, else one open question leaves it undecided. */
export function runVerdict(report: Omit<RunReport, 'schemaVersion' | 'verdict' | 'observing'>): ReportVerdict {
  const { before, after, refused, undecided, waysOut, unaccounted, unmended } = report
  const verdicts = new Set([before, after].map((one) => one?.verdict))
  const against = refused.length + waysOut.length + unaccounted.length + unmended.length
  if (against > 0 || verdicts.has('refused')) return 'refused'
  return undecided.length > 0 || verdicts.has('undecided') ? 'undecided' : 'satisfied'
}
