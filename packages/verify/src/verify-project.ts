// SPDX-License-Identifier: Apache-2.0
import { finding, nameAtVersion } from '@bonafide/core'
import type { Finding, IntegrityField, NonEmpty, Sha512 } from '@bonafide/core'
import { groupEntries } from '@bonafide/lockfile'
import type { Group } from '@bonafide/lockfile'
import { NO_HISTORY, judge, outsideEntry } from '@bonafide/policy'
import type { Facts, Judgement } from '@bonafide/policy'
import { createSlots } from '@bonafide/registry'
import { archiveNotes } from './archive-notes.ts'
import { availabilityFinding } from './availability.ts'
import { reportChange } from './change-report.ts'
import { checkArchives } from './check-archives.ts'
import { checkAskers } from './check-askers.ts'
import { checkNames } from './check-names.ts'
import { gatherFacts } from './gather-facts.ts'
import type { GatheredFacts, LockedVersion } from './gather-facts.ts'
import { lockedUrls } from './locked-urls.ts'
import { notesOf } from './notes.ts'
import { pastOf } from './past.ts'
import type { Past } from './past.ts'
import type { Sources } from './sources.ts'
import { newestPassing } from './newest-passing.ts'
import { notUnpacked, reportUnfinished } from './install-report.ts'
import type { OpenSources } from './open-sources.ts'
import type { OwnFiles } from './own-files.ts'
import type { Project } from './project.ts'
import { reportOthers } from './other-entries.ts'
import type { Carried } from './other-entries.ts'
import { buildReport, packageReport, plain } from './report.ts'
import type { PackageReport, Report } from './report.ts'

/** How far a run has come. */
export type Progress = (done: number, total: number) => void

/** A version with its facts and the judgement over them. */
export interface JudgedVersion extends GatheredFacts {
  readonly group: Group
  readonly judgement: Judgement
}

/** What is known of a project's dependencies, before any pin or rule is held against it. */
export interface GatheredProject {
  readonly versions: readonly (GatheredFacts & { readonly group: Group })[]
  /** Entries that are not versions of a registry, reported as what they are. */
  readonly others: readonly PackageReport[]
}

/**
 * Judges every version that a project's lockfiles hold, each name and version once.
 *
 * Reads the project and writes nothing. One version's failure never stops the others.
 */
export async function verifyProject(
  project: Project,
  sources: OpenSources,
  options: { readonly simulated: boolean; readonly onProgress?: Progress },
): Promise<{ readonly report: Report; readonly bound: readonly BoundVersion[] }> {
  const gathered = await gatherWhole(project, sources, options.onProgress)
  return {
    report: await reportProject(project, gathered, sources, options.simulated),
    bound: gathered.versions.map(boundVersion),
  }
}

/**
 * The bytes that a verdict is about: what the lockfile binds, else what the registry's metadata does, which the report has said. Null where
 * nothing does. Says nothing about the verdict itself.
 */
export interface BoundVersion {
  readonly name: string
  readonly version: string
  readonly integrity: Sha512 | null
}

function boundVersion({ group, integrity }: GatheredProject['versions'][number]): BoundVersion {
  const { name, version, integrity: locked } = group
  return { name, version, integrity: locked.state === 'sha512' ? locked.sha512 : integrity }
}

// Enough to keep the network and all cores busy; more would only hold their documents in memory until their turn comes.
const AT_ONCE = 1024

/** Gathers what is known of a project whose lockfiles are whole: what they leave out counts as well. */
export async function gatherWhole(
  project: Project,
  sources: OpenSources,
  onProgress?: Progress,
): Promise<GatheredProject> {
  const gathered = await gatherProject(project, sources, onProgress)
  // 1.6 Names that lead to a package of another name.
  return { ...gathered, versions: await checkNames(gathered.versions, project, sources) }
}

/** Gathers the facts for every version of a project: all the asking and verifying that a verdict takes. */
export async function gatherProject(
  project: Project,
  sources: OpenSources,
  onProgress?: Progress,
): Promise<GatheredProject> {
  const groups = groupEntries(project.lockfiles)
  const past = pastOf(project)
  let done = 0
  const slots = createSlots(AT_ONCE)
  const gathered = await Promise.all(
    groups.map(async (group) => {
      // What the policy leaves out is asked of nobody: its name may be private.
      const facts =
        outsideEntry(project.policy, group.name) === null
          ? await slots(() => gatherGroup(group, past, sources, project.archives))
          : unasked(lockedVersion(group), sources)
      done += 1
      onProgress?.(done, groups.length)
      return { group, ...facts }
    }),
  )
  const versions = await settleAbsence(gathered, sources)
  return { versions, others: await reportOthers(project, carriedBy(versions), sources) }
}

function carriedBy(versions: readonly GatheredFacts[]): Carried {
  return new Map(
    versions.flatMap(({ facts: { name, version, bytes } }) =>
      bytes.state === 'known' ? [[nameAtVersion(name, version), bytes.bundled] as const] : [],
    ),
  )
}

/** Judges what was gathered, by a project's policy and pins. */
export function judgeVersions(
  { versions }: Pick<GatheredProject, 'versions'>,
  { policy, pins, exemptions }: Pick<Project, 'policy' | 'pins' | 'exemptions'>,
): readonly JudgedVersion[] {
  return versions.map((item) => ({ ...item, judgement: judge(item.facts, policy, pins, exemptions) }))
}

/** The report over what was gathered, under a project's policy and pins. */
export async function reportProject(
  project: Project,
  gathered: GatheredProject,
  sources: OpenSources,
  simulated: boolean,
): Promise<Report> {
  const judged = judgeVersions(gathered, project)
  const reported = await offerPassing(judged.map(reportVersion), project, sources)
  const change = project.change === undefined ? [] : reportChange(project.change, judged, project.policy)
  return buildReport({
    packages: [
      ...reported,
      ...gathered.others,
      ...project.lockfiles.flatMap(reportFile),
      ...reportUnfinished(project),
      ...change,
    ],
    hasRegistryVersions: gathered.versions.length > 0,
    trust: sources.trust.report,
    now: sources.now,
    simulated,
    lockfiles: project.lockfiles.map(({ file }) => file),
    evidenceRegistry: sources.client.registries.evidence,
    notes: [...notesOf(project, judged, sources), ...archiveNotes(project, judged), ...notUnpacked(judged, sources)],
    readsTarballs: sources.readsTarballs,
  })
}

/** Gathers the facts for one version of a lockfile; where tarballs are read, what Yarn's archives of it hold too. */
export async function gatherGroup(
  group: Group,
  past: Past,
  sources: Sources,
  archives: Project['archives'] = [],
): Promise<GatheredFacts> {
  const gathered = await gatherFacts(lockedVersion(group), past, sources)
  const { facts } = gathered
  // A client installs there without a check; harmless only where the registry's own signature says what the bytes are.
  const level = facts.signature.state === 'valid' ? 'warn' : 'refuse'
  // What Yarn's own archive is bound by is told of the lockfile as a whole, as long as the registry binds the rest.
  const isTold = (integrity: IntegrityField): boolean => integrity.state === 'own-archive' && level === 'warn'
  const places = group.unbound.filter(({ integrity }) => !isTold(integrity))
  const unbound = places.map(({ where, integrity }) =>
    finding(integrity.state === 'weak' ? 'lock-integrity-weak' : 'lock-integrity-missing', {
      found: `${'found' in integrity ? integrity.found : 'no integrity'} at ${where.file}:${where.line}`,
      wanted: 'the same sha512 wherever the version stands',
      fix: 'lock this version anew, then bonafide verify',
      level,
    }),
  )
  // 7.5 Yarn's archives, which it unpacks without asking a registry.
  const isRead = facts.bytes.state === 'known' && gathered.integrity !== null
  const swapped = isRead ? await checkArchives(group, gathered.integrity, archives, sources) : []
  // 1.6 Names that packages are said to use for this one.
  const claimed = await checkAskers({ ...group, kind: 'registry' }, past, sources)
  const entryFindings = [...facts.entryFindings, ...unbound, ...swapped, ...claimed]
  return { ...gathered, facts: { ...facts, entryFindings } }
}

function lockedVersion({ name, version, integrity, places, findings }: Group): LockedVersion {
  return { name, version, locked: integrity, resolved: lockedUrls(places), entryFindings: findings.map(plain) }
}

/** The facts of a version that nobody is asked about. */
export function unasked({ locked, resolved, ...version }: LockedVersion, { now }: Pick<Sources, 'now'>): GatheredFacts {
  const cause = finding('offline-not-cached', {
    found: 'nobody was asked',
    wanted: 'a registry',
    fix: 'take the package out of "outside" in bonafide.json',
  })
  const unknown = { state: 'unknown', findings: [cause] } as const
  const facts: Facts = {
    ...version,
    locked,
    resolved: resolved[0]?.url ?? null,
    resolvedMatches: null,
    mirror: null,
    registry: unknown,
    signature: { state: 'not-checked', found: 'nobody was asked' },
    attestations: unknown,
    history: { line: null, package: null },
    now,
    published: { provenance: null, publish: null, claimed: null, claimedBy: null },
    metadata: null,
    accepted: NO_HISTORY,
    predecessors: [],
    freshDependencies: [],
    bytes: { state: 'not-looked-at' },
  }
  return { facts, evidence: [], integrity: null, document: 'unknown' }
}

/**
 * Tells "this version has no attestations" from "this registry serves none at all". A registry that served one document in this run
 * serves them; otherwise it is asked for its signing keys, which every registry that signs has.
 */
export async function settleAbsence<T extends GatheredFacts>(
  gathered: readonly T[],
  { client }: Pick<OpenSources, 'client'>,
): Promise<readonly T[]> {
  const registryOf = (item: GatheredFacts): string | null => client.evidenceRegistryOf(item.facts.name)
  const servers = (...origins: readonly GatheredFacts['document'][]): ReadonlySet<string | null> =>
    new Set(gathered.filter(({ document }) => origins.includes(document)).map(registryOf))
  // What is kept tells what a registry served once; off line there is nothing newer.
  const serving = { none: servers('network'), 'kept-none': servers('network', 'cache') }
  const settle = async (item: T): Promise<T> => {
    const registry = registryOf(item)
    // Advertised and not served is the same here: mirrors hand on metadata whole, and have no attestations to serve.
    if (item.document !== 'none' && item.document !== 'kept-none') return item
    if (registry === null || serving[item.document].has(registry)) return item
    const answer = await client.fetchServesAttestations(registry)
    if (answer.kind === 'found' && answer.value) return item
    const cause: Finding =
      answer.kind === 'found' || answer.kind === 'absent'
        ? finding('registry-serves-no-attestations', {
            found: `${registry} serves neither attestations nor signing keys`,
            wanted: 'a registry that serves attestations',
            fix: 'name one with --evidence-registry URL',
          })
        : availabilityFinding(answer, 'the signing keys')
    const attestations: Facts['attestations'] = { state: 'unknown', findings: [cause] }
    return { ...item, facts: { ...item.facts, attestations } }
  }
  return Promise.all(gathered.map(settle))
}

/** What a report tells of a version; its places are empty where no lockfile holds it. */
export type ReportableVersion = Pick<JudgedVersion, 'judgement' | 'evidence' | 'integrity' | 'facts'> & {
  readonly group: Pick<Group, 'name' | 'version' | 'integrity'> & {
    readonly places: readonly Pick<Group['places'][number], 'where'>[]
  }
}

/** What a judged version looks like in a report. */
export function reportVersion({ group, judgement, evidence, integrity, facts }: ReportableVersion): PackageReport {
  const locked =
    group.integrity.state === 'sha512'
      ? group.integrity.sha512
      : 'found' in group.integrity && group.integrity.state !== 'own-archive'
        ? group.integrity.found
        : integrity
  const { verdict } = judgement
  return packageReport(
    {
      name: group.name,
      version: group.version,
      integrity: locked,
      boundBy: boundBy(group.integrity, locked, facts),
      locations: group.places.map(({ where }) => where),
    },
    verdict.kind === 'outside'
      ? { ...judgement, verdict: { ...verdict, reason: `left out by the policy, as ${verdict.reason}` } }
      : judgement,
    evidence,
  )
}

function boundBy({ state }: IntegrityField, shown: string | null, facts: Facts): PackageReport['boundBy'] {
  if (state === 'sha512') return 'lockfile'
  // What is shown is then not what was verified.
  if (shown === null || state === 'several' || state === 'malformed') return null
  return facts.signature.state === 'valid' ? 'registry' : null
}

// For how many refused versions a way out is looked for: each costs up to three more documents.
const OFFERED = 20

/** Adds to refused versions the newest one of their package that would pass. */
export async function offerPassing(
  reports: readonly PackageReport[],
  project: OwnFiles,
  sources: Sources,
): Promise<readonly PackageReport[]> {
  const refused = new Set(reports.filter(({ verdict }) => verdict === 'refused').slice(0, OFFERED))
  return Promise.all(
    reports.map(async (item) =>
      refused.has(item) ? { ...item, passes: await newestPassing(item, project, sources) } : item,
    ),
  )
}

// What is wrong with a file as a whole stands in the report under the file's own name.
function reportFile({ file, findings }: Project['lockfiles'][number]): readonly PackageReport[] {
  return findings.map((item) => {
    const about = { name: item.package ?? file, version: '', integrity: null, locations: [item.where] }
    const refusals: NonEmpty<Finding> = [plain(item)]
    return packageReport(
      about,
      {
        verdict: { kind: 'refused', findings: refusals },
        pin: 'unrecorded',
        findings: refusals,
        waived: [],
        exemption: null,
      },
      [],
    )
  })
}
