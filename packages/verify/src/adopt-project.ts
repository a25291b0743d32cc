// SPDX-License-Identifier: Apache-2.0
import { join } from 'node:path'
import { nameAtVersion } from '@bonafide/core'
import { addExoticToPins, cooldownSettings, renderPins } from '@bonafide/policy'
import type { CooldownSetting, Pin, Pins } from '@bonafide/policy'
import type { OpenSources } from './open-sources.ts'
import { FILES } from './own-files.ts'
import type { Project } from './project.ts'
import { recordedPins } from './recorded-pins.ts'
import type { PackageReport, Report } from './report.ts'
import { show } from './text-file.ts'
import { standingMirror, withMirror } from './standing-mirror.ts'
import { toDecide } from './to-decide.ts'
import type { ToDecide } from './to-decide.ts'
import { gatherWhole, judgeVersions, reportProject } from './verify-project.ts'
import type { GatheredProject, Progress } from './verify-project.ts'
import { writeFile } from './write-file.ts'

/** What one run recorded that was not on record before: names of packages, sorted. */
export interface Recorded {
  /** Pinned to the identity that they show. */
  readonly identities: readonly string[]
  /** Accepted as having no provenance. */
  readonly none: readonly string[]
  /** Those of either that run something when they are installed, and have for a month. */
  readonly scripts: readonly { readonly name: string; readonly hooks: readonly string[] }[]
  /** Dependencies from beside the registries that have stood for a month, as `name@spec`. */
  readonly exotic: readonly string[]
  /** The mirror that every entry of the lockfiles names which is not from a registry in play; written into the policy. */
  readonly mirrors: readonly string[]
}

/** What adopting a project led to. */
export interface Adoption {
  /** The report under the pins as they are now. */
  readonly report: Report
  /** The files that were written, as the user would name them; empty where nothing had to change. */
  readonly written: readonly string[]
  /** Whether the project had not been adopted before: a pin that somebody made first is no adoption. */
  readonly isFirst: boolean
  readonly recorded: Recorded
  /** What stays refused, for a person to decide. */
  readonly open: readonly ToDecide[]
  /** How other tools are made to wait as long as the policy. */
  readonly settings: readonly CooldownSetting[]
}

/**
 * Adopts a project: records for each package the identity that its locked versions show, or `none`.
 *
 * Runs every rule. Records nothing for a version whose evidence did not verify, that lost the provenance which lower versions claim, or
 * that contradicts what is recorded: those stay refused, for a person to decide; nor for one whose builder an exemption or a lowered
 * rule lets in. What the version, or the one before it, has run or asked for beside the registries for a month is recorded as standing. A project without a policy whose lockfiles name one mirror throughout gets
 * a policy that names it. Never changes or removes what is recorded already; a second run over the same
 * lockfile writes nothing.
 *
 * @throws BonafideError `BONAFIDE_WRITE_FAILED`
 */
export async function adoptProject(
  project: Project,
  sources: OpenSources,
  options: { readonly cwd: string; readonly simulated: boolean; readonly onProgress?: Progress },
): Promise<Adoption> {
  // What is known does not depend on the pins: it is gathered once, and judged before and after.
  const found = await gatherWhole(project, sources, options.onProgress)
  // A policy that somebody wrote is theirs to change.
  const mirror = project.hasPolicy ? null : standingMirror(found, project.lockfiles, sources.client.registries)
  const gathered = mirror === null ? found : withMirror(found)
  const standing = addExoticToPins(project.pins, standingEdges(project, gathered))
  const pins = recordedPins(standing, judgeVersions(gathered, { ...project, pins: standing }))
  const policyPath = join(project.dir, FILES.policy)
  const pinsPath = join(project.dir, FILES.pins)
  const written: string[] = []
  if (!project.hasPolicy) {
    await writeFile(
      policyPath,
      `${JSON.stringify({ version: 1, ...(mirror === null ? {} : { mirrors: [mirror] }) }, null, 2)}\n`,
      options.cwd,
    )
    written.push(show(policyPath, options.cwd))
  }
  if (pins !== project.pins || !project.hasPins) {
    await writeFile(pinsPath, renderPins(pins), options.cwd)
    written.push(show(pinsPath, options.cwd))
  }
  const report = await reportProject({ ...project, pins, hasPins: true }, gathered, sources, options.simulated)
  return {
    report,
    written,
    isFirst: isFirst(project),
    recorded: { ...recordedBetween(project.pins, pins), mirrors: mirror === null ? [] : [mirror] },
    open: toDecide(ofRegistry(report.packages, gathered)),
    settings: cooldownSettings(project.policy.cooldownHours),
  }
}

// What has been asked for beside the registries for a month: only what the first adoption finds.
function standingEdges(project: Project, { versions }: GatheredProject): readonly string[] {
  if (!isFirst(project)) return []
  return versions.flatMap(({ facts: { metadata, accepted } }) =>
    (metadata?.exotic ?? []).filter((edge) => accepted.standing.exotic.has(edge)),
  )
}

// `init` leaves both files; `pin` makes the one alone.
function isFirst({ hasPins, hasPolicy }: Project): boolean {
  return !hasPins || !hasPolicy
}

// What comes from elsewhere is let in with the package that asks for it.
function ofRegistry(packages: readonly PackageReport[], { versions }: GatheredProject): readonly PackageReport[] {
  const known = new Set(versions.map(({ group }) => nameAtVersion(group.name, group.version)))
  return packages.filter(({ name, version }) => known.has(nameAtVersion(name, version)))
}

// What the pins hold now and did not before.
function recordedBetween(before: Pins, after: Pins): Omit<Recorded, 'mirrors'> {
  const added = [...after.packages].filter(([name]) => !before.packages.has(name))
  return {
    identities: namesOf(added.filter(([, pin]) => pin.identities !== 'none')),
    none: namesOf(added.filter(([, pin]) => pin.identities === 'none')),
    scripts: added
      .flatMap(([name, { hooks }]) => (hooks.length === 0 ? [] : [{ name, hooks }]))
      .sort((left, right) => (left.name < right.name ? -1 : 1)),
    exotic: after.exotic.filter((edge) => !before.exotic.includes(edge)),
  }
}

function namesOf(pins: readonly (readonly [string, Pin])[]): readonly string[] {
  return pins.map(([name]) => name).sort()
}
