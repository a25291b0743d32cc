// SPDX-License-Identifier: Apache-2.0
import { BonafideError, nameAtVersion, nearest } from '@bonafide/core'
import { groupEntries } from '@bonafide/lockfile'
import type { Group } from '@bonafide/lockfile'
import { outsideEntry } from '@bonafide/policy'
import type { GatheredFacts } from './gather-facts.ts'
import { observingNotes } from './notes.ts'
import type { OpenSources } from './open-sources.ts'
import { pastOf } from './past.ts'
import type { Project } from './project.ts'
import { buildReport } from './report.ts'
import type { PackageReport, Report } from './report.ts'
import { gatherGroup, judgeVersions, reportVersion, settleAbsence } from './verify-project.ts'

/** A locked version with everything that is known of it. */
export interface LockedFacts extends GatheredFacts {
  readonly group: Group
}

/**
 * The entries of a package in a project's lockfiles: what a person can decide about.
 *
 * @param version - the one that has to be among them; null for any
 * @throws BonafideError `BONAFIDE_NOT_LOCKED`, and `BONAFIDE_NOTHING_TO_DECIDE` for what the policy leaves out
 */
export function findLocked(project: Project, name: string, version: string | null): readonly Group[] {
  const groups = groupEntries(project.lockfiles)
  const own = groups.filter((group) => group.name === name)
  const [file] = project.lockfiles
  const where = file === undefined ? {} : { path: file.file }
  if (own.length === 0) {
    const near = nearest(name, [...new Set(groups.map((group) => group.name))])
    throw new BonafideError('BONAFIDE_NOT_LOCKED', 'the lockfile holds no such package of a registry', {
      ...where,
      found: name,
      wanted: 'a package that the lockfile holds',
      ...(near === null ? {} : { hint: `did you mean ${near}?` }),
    })
  }
  if (version !== null && !own.some((group) => group.version === version)) {
    throw new BonafideError('BONAFIDE_NOT_LOCKED', 'the lockfile does not hold this version', {
      ...where,
      found: nameAtVersion(name, version),
      wanted: own.map((group) => nameAtVersion(name, group.version)).join(' or '),
    })
  }
  const entry = outsideEntry(project.policy, name)
  if (entry !== null)
    throw new BonafideError('BONAFIDE_NOTHING_TO_DECIDE', 'the policy leaves the package out', {
      found: `${name}, left out as ${entry}`,
      wanted: 'a package that the policy judges',
      hint: 'take it out of "outside" in bonafide.json first',
    })
  return own
}

/** Gathers what is known of entries that {@link findLocked} found. */
export async function gatherLocked(
  groups: readonly Group[],
  project: Project,
  sources: OpenSources,
): Promise<readonly LockedFacts[]> {
  const past = pastOf(project)
  const gathered = await Promise.all(
    groups.map(async (group) => ({ group, ...(await gatherGroup(group, past, sources, project.archives)) })),
  )
  return settleAbsence(gathered, sources)
}

/** What a report tells of the entries that a person decides about, judged by a project's files as they are. */
export function judgeLocked(versions: readonly LockedFacts[], project: Project): readonly PackageReport[] {
  return judgeVersions({ versions }, project).map(reportVersion)
}

/** The report over those entries alone. */
export function reportLocked(
  versions: readonly LockedFacts[],
  project: Project,
  sources: OpenSources,
  simulated: boolean,
): Report {
  return buildReport({
    packages: judgeLocked(versions, project),
    hasRegistryVersions: true,
    trust: sources.trust.report,
    now: sources.now,
    simulated,
    lockfiles: project.lockfiles.map(({ file }) => file),
    evidenceRegistry: sources.client.registries.evidence,
    readsTarballs: sources.readsTarballs,
    notes: observingNotes(project.policy, sources.now),
  })
}
