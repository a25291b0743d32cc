// SPDX-License-Identifier: Apache-2.0
import { nameAtVersion } from '@bonafide/core'
import { groupEntries } from '@bonafide/lockfile'
import type { Group, LockEntry } from '@bonafide/lockfile'
import { outsideEntry } from '@bonafide/policy'
import type { VersionMetadata } from '@bonafide/policy'
import type { GatheredFacts } from './gather-facts.ts'
import { freshDependency, metadataOf } from './gather-history.ts'
import type { OpenSources } from './open-sources.ts'
import { pairVersions } from './pair-versions.ts'
import type { VersionPair } from './pair-versions.ts'
import { pastOf } from './past.ts'
import type { Project } from './project.ts'
import type { ProjectChange } from './project-change.ts'
import { buildReport } from './report.ts'
import type { Report } from './report.ts'
import { contentDiff, provenanceDiff, sideOf } from './version-diff.ts'
import type { ContentDiff, GatheredSide, VersionDiff } from './version-diff.ts'
import { gatherGroup, gatherProject, reportProject } from './verify-project.ts'
import type { GatheredProject, Progress } from './verify-project.ts'

/** The report over the versions that differ from the base's, and how they differ. */
export interface DiffReport extends Report {
  readonly changes: readonly VersionDiff[]
}

/** A project that was read together with its base. */
export type ChangedProject = Project & { readonly change: ProjectChange }

/**
 * Tells how the versions that a project locks differ from those of its base, and judges the new ones as verifying the project would.
 */
export async function diffProject(
  project: ChangedProject,
  sources: OpenSources,
  options: { readonly simulated: boolean; readonly onProgress?: Progress },
): Promise<DiffReport> {
  const { change } = project
  const pairs = pairVersions(groupEntries(change.lockfiles), groupEntries(project.lockfiles))
  const changed = new Set(pairs.flatMap(({ to }) => (to === null ? [] : [keyOf(to)])))
  // What a new pin may record follows from every locked version of its package, also from those that did not change.
  const newlyPinned = new Set(change.newPins.map(({ name }) => name))
  const known = new Set(change.lockfiles.flatMap(({ entries }) => entries.filter(isOther).map(otherKey)))
  const isWanted = (entry: LockEntry): boolean =>
    isOther(entry) ? !known.has(otherKey(entry)) : changed.has(keyOf(entry)) || newlyPinned.has(entry.name)
  const lockfiles = project.lockfiles.map((file) => ({ ...file, entries: file.entries.filter(isWanted) }))
  const gathered = await gatherProject({ ...project, lockfiles }, sources, options.onProgress)
  const whole = await reportProject({ ...project, lockfiles }, gathered, sources, options.simulated)
  const unchanged = new Set(gathered.versions.map(({ group }) => keyOf(group)).filter((key) => !changed.has(key)))
  const report = buildReport({
    packages: whole.packages.filter((item) => !unchanged.has(keyOf(item))),
    hasRegistryVersions: true,
    trust: sources.trust.report,
    now: sources.now,
    simulated: options.simulated,
    lockfiles: whole.lockfiles,
    evidenceRegistry: whole.evidenceRegistry,
    // That nothing differs is not that there is nothing.
    notes: whole.notes.filter(({ code }) => code !== 'no-registry-dependencies'),
    readsTarballs: sources.readsTarballs,
  })
  const changes = await Promise.all(pairs.map((pair) => diffPair(pair, project, gathered, sources)))
  return { ...report, changes }
}

async function diffPair(
  { name, from, to, beside }: VersionPair,
  project: Project,
  { versions }: GatheredProject,
  sources: OpenSources,
): Promise<VersionDiff> {
  // What the policy leaves out is asked of nobody: its name may be private.
  const isAsked = outsideEntry(project.policy, name) === null
  const metadata = isAsked ? await allMetadata(name, sources) : new Map<string, VersionMetadata>()
  const past = pastOf(project)
  const side = async (group: Group, known: GatheredFacts | undefined): Promise<GatheredSide> => ({
    version: group.version,
    integrity: group.integrity.state === 'sha512' ? group.integrity.sha512 : null,
    gathered: isAsked ? (known ?? (await gatherGroup(group, past, sources))) : null,
    metadata: metadata.get(group.version) ?? null,
  })
  const [old, now] = await Promise.all([
    from === null ? null : side(from, undefined),
    to === null
      ? null
      : side(
          to,
          versions.find(({ group }) => keyOf(group) === keyOf(to)),
        ),
  ])
  const [left, right] = [old === null ? null : sideOf(old), now === null ? null : sideOf(now)]
  if (now === null) {
    return { kind: 'removed', name, from: left, to: null, beside, provenance: 'unknown', identity: [], content: null }
  }
  const isTold = now.metadata !== null && (old === null || old.metadata !== null)
  const content = isTold && now.metadata !== null ? contentDiff(old?.metadata ?? null, now.metadata) : null
  return {
    kind: old === null ? 'added' : 'changed',
    name,
    from: left,
    to: right,
    beside,
    ...provenanceDiff(old, now),
    content: content === null ? null : await withDates(content, project, sources),
  }
}

async function allMetadata(name: string, { client }: OpenSources): Promise<ReadonlyMap<string, VersionMetadata>> {
  const answer = await client.fetchPackument(name, 'full')
  return new Map(answer.kind === 'found' ? metadataOf(answer.value).map((one) => [one.version, one]) : [])
}

// A package that nobody has known for long, brought along by one that everybody knows.
async function withDates(content: ContentDiff, { policy }: Project, sources: OpenSources): Promise<ContentDiff> {
  const dependencies = await Promise.all(
    content.dependencies.map(async (item) => {
      if (item.to === null || item.from !== null || outsideEntry(policy, item.name) !== null) return item
      const fresh = await freshDependency(item.name, item.to, null, sources)
      const firstPublished = fresh === null || 'answer' in fresh ? null : fresh.firstPublished
      return { ...item, firstPublished: firstPublished?.toISOString() ?? null }
    }),
  )
  return { ...content, dependencies }
}

function keyOf({ name, version }: { readonly name: string; readonly version: string | null }): string {
  return nameAtVersion(name, version ?? '')
}

function isOther(entry: LockEntry): boolean {
  return entry.kind !== 'registry'
}

// What stands in a lockfile and is no version of a registry, wherever it stands.
function otherKey(entry: LockEntry): string {
  const { kind, name, version } = entry
  const from = entry.kind === 'registry' || entry.kind === 'invalid' ? null : [entry.resolved, entry.edges]
  return JSON.stringify([kind, name, version, from, entry.findings.map(({ code, found }) => [code, found])])
}
