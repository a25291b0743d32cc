// SPDX-License-Identifier: Apache-2.0
import type { PublishFinding } from '@bonafide/core'
import type { CiJob } from '../ci-job.ts'
import type { PublishReport } from '../publish-report.ts'

/** What became of one package of a release. */
export type MemberOutcome =
  | PublishReport['outcome']
  /** Another version of the sources is there under this number, released from another commit of this repository: not part of this release. */
  | 'released-before'
  /** Something before it failed; nothing of it was sent in this run. */
  | 'not-reached'

/** One package of a release. */
export interface MemberReport {
  readonly name: string
  readonly version: string
  /** Its folder or tarball, from the folder that was named. */
  readonly place: string
  readonly outcome: MemberOutcome
  /** What stands against it, or beside it. */
  readonly findings: readonly PublishFinding[]
  /** What publishing it came to; null where that was not begun. */
  readonly report: PublishReport | null
}

/** The answer for a release of several packages: what `bonafide publish -r --json` prints. */
export interface WorkspaceReport {
  readonly schemaVersion: 1
  readonly verdict: PublishReport['verdict']
  readonly isDryRun: boolean
  readonly job: CiJob | null
  /** In the order of their release. */
  readonly packages: readonly MemberReport[]
  /** Packages that are private, by name. */
  readonly skipped: readonly string[]
  /** What stands against the release as a whole, or beside it. */
  readonly findings: readonly PublishFinding[]
}

/** Makes a report: what is unconfirmed outranks all, since somebody has to look; then what was refused. */
export function buildWorkspaceReport(parts: Omit<WorkspaceReport, 'schemaVersion' | 'verdict'>): WorkspaceReport {
  const { packages, findings } = parts
  const levels = new Set([findings, ...packages.map((one) => one.findings)].flat().map(({ level }) => level))
  const verdict = packages.some(({ outcome }) => outcome === 'unconfirmed')
    ? 'unconfirmed'
    : levels.has('refuse')
      ? 'refused'
      : levels.has('undecided')
        ? 'undecided'
        : 'satisfied'
  return { schemaVersion: 1, verdict, ...parts }
}
