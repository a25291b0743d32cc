// SPDX-License-Identifier: Apache-2.0
import { finding, nameAtVersion } from '@bonafide/core'
import type { Finding, NonEmpty } from '@bonafide/core'
import { MANAGERS } from '@bonafide/lockfile'
import type { InvalidEntry, Manager, OutsideEntry } from '@bonafide/lockfile'
import { judgeOther, outsideEntry } from '@bonafide/policy'
import type { Judgement } from '@bonafide/policy'
import { availabilityFinding } from './availability.ts'
import { checkAskers } from './check-askers.ts'
import type { Sources } from './sources.ts'
import type { Project } from './project.ts'
import { packageReport, plain } from './report.ts'
import type { PackageReport } from './report.ts'

/** The folders of the packages that a tarball carries, by `NAME@VERSION`, for the tarballs that were looked at. */
export type Carried = ReadonlyMap<string, readonly string[]>

/** Reports the lockfiles' entries that are no versions of a registry, each as what it is; the same thing in several places once. */
export async function reportOthers(
  project: Pick<Project, 'lockfiles' | 'policy' | 'pins' | 'baseEdges'>,
  carried: Carried,
  sources: Sources,
): Promise<readonly PackageReport[]> {
  const judges: Judges = { ...project, accepted: new Set([...project.pins.exotic, ...project.baseEdges]) }
  const entries = project.lockfiles.flatMap(({ manager, entries: all }) =>
    all.flatMap((entry) => (entry.kind === 'registry' ? [] : [{ manager, entry }])),
  )
  return mergePlaces(
    await Promise.all(entries.map(({ manager, entry }) => reportOther(entry, manager, judges, carried, sources))),
  )
}

interface Judges extends Pick<Project, 'policy'> {
  /** Dependencies from beside the registries that somebody let in. */
  readonly accepted: ReadonlySet<string>
}

async function reportOther(
  entry: OutsideEntry | InvalidEntry,
  manager: Manager,
  judges: Judges,
  carried: Carried,
  sources: Sources,
): Promise<PackageReport> {
  const about = { name: entry.name, version: entry.version ?? '', integrity: null, locations: [entry.where] }
  return packageReport(
    about,
    entry.kind === 'invalid' ? judgeInvalid(entry) : await judgeEntry(entry, manager, judges, carried, sources),
    [],
  )
}

// What is no entry at all cannot be left out of a policy, nor be anything but refused.
function judgeInvalid(entry: InvalidEntry): Judgement {
  const [first, ...rest] = entry.findings
  const findings: NonEmpty<Finding> = [plain(first), ...rest.map(plain)]
  return { verdict: { kind: 'refused', findings }, pin: 'unrecorded', findings, waived: [], exemption: null }
}

async function judgeEntry(
  entry: OutsideEntry,
  manager: Manager,
  judges: Judges,
  carried: Carried,
  sources: Sources,
): Promise<Judgement> {
  const { policy, accepted } = judges
  const bundle = entry.kind === 'bundled' ? await checkBundled(entry, manager, policy, carried, sources) : []
  // 1.6 What packages are said to bring along from beside the registries.
  const claimed = await checkAskers(entry, { isOutside: (name) => outsideEntry(policy, name) !== null }, sources)
  const findings = [...entry.findings, ...bundle].map(plain).concat(claimed)
  return judgeOther({ name: entry.name, findings, reason: reasonOf(entry), edges: entry.edges }, policy, accepted)
}

// `inBundle` is only what the lockfile claims: where the tarball does not carry the package, npm fetches it from the registry, unseen.
async function checkBundled(
  { host, name, path, version }: OutsideEntry,
  manager: Manager,
  policy: Project['policy'],
  carried: Carried,
  { client }: Sources,
): Promise<readonly Finding[]> {
  // A host that the policy leaves out is asked about of nobody: its name may be private.
  if (host === null || host.version === null || outsideEntry(policy, host.name) !== null) return []
  const fix = `make the lockfile anew with ${MANAGERS[manager].lock}`
  const folders = carried.get(nameAtVersion(host.name, host.version))
  // Declared and not there: npm fetches the name from the registry while it unpacks the host. Whoever locks no version fetches nothing.
  if (folders !== undefined && version !== null && !folders.includes(path.slice(host.path.length + 1)))
    return [
      finding('lock-entry-undeclared', {
        found: `${name}, said to be bundled in ${host.name}@${host.version}, whose tarball does not carry it`,
        wanted: "a package that its host's tarball carries",
        fix,
      }),
    ]
  const answer = await client.fetchPackument(host.name, 'abbreviated')
  if (answer.kind !== 'found') {
    return answer.kind === 'absent' ? [] : [availabilityFinding(answer, `the metadata of ${host.name}`)]
  }
  if (answer.value.versions.get(host.version)?.bundles === true) return []
  return [
    finding('lock-entry-undeclared', {
      found: `${name}, said to be bundled in ${host.name}@${host.version}, which bundles nothing`,
      wanted: 'a package that its host declares in bundleDependencies',
      fix,
    }),
  ]
}

function reasonOf({ kind, host, resolved, requestedBy }: OutsideEntry): string {
  if (kind === 'bundled' && host !== null)
    return `bundled in ${host.name}${host.version === null ? '' : `@${host.version}`}, and judged with it`
  const from = resolved === null ? '' : ` ${resolved}`
  return `${kind}${from}, asked for by the ${requestedBy}`
}

function mergePlaces(reports: readonly PackageReport[]): readonly PackageReport[] {
  const groups = Map.groupBy(reports, (report) => JSON.stringify({ ...report, locations: [] }))
  return [...groups.values()].flatMap(([first, ...rest]) =>
    first === undefined ? [] : [{ ...first, locations: [first, ...rest].flatMap(({ locations }) => locations) }],
  )
}
