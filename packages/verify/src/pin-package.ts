// SPDX-License-Identifier: Apache-2.0
import { join } from 'node:path'
import { BonafideError, isNonEmpty } from '@bonafide/core'
import type { Finding } from '@bonafide/core'
import {
  checkPinnable,
  comparePin,
  isChanged,
  judge,
  ownHooksOf,
  renderPins,
  repin,
  shownVersion,
} from '@bonafide/policy'
import type { PinChange, Pins } from '@bonafide/policy'
import { findLocked, gatherLocked, judgeLocked, reportLocked } from './locked-package.ts'
import type { LockedFacts } from './locked-package.ts'
import type { OpenSources } from './open-sources.ts'
import { FILES, readOwnFiles } from './own-files.ts'
import type { Project } from './project.ts'
import type { PackageReport, Report } from './report.ts'
import { show } from './text-file.ts'
import { offerPassing } from './verify-project.ts'
import { writeFile } from './write-file.ts'

/** A package to record anew: as one of its locked versions shows it, or as all of them do. */
export interface PinSpec {
  readonly name: string
  readonly version: string | null
}

/** A version that cannot be recorded, with what stands against that. */
export interface Unpinnable extends Pick<PackageReport, 'name' | 'version'> {
  readonly findings: readonly Finding[]
}

/** A script that a pin accepts from now on. */
export interface AcceptedScript {
  readonly name: string
  readonly version: string
  readonly hook: string
  readonly command: string
}

/** What recording packages anew would do. Nothing is written yet. */
export interface PinPlan {
  /** The pins as they would be; as they are where something is unpinnable. */
  readonly pins: Pins
  /** One for each package of which something changes. */
  readonly changes: readonly PinChange[]
  readonly unpinnable: readonly Unpinnable[]
  readonly scripts: readonly AcceptedScript[]
  /** The decided versions as they are judged now. */
  readonly before: readonly PackageReport[]
  /** The same under the pins as they would be. */
  readonly report: Report
}

/**
 * Finds out what recording packages anew would do: what their locked versions show, held against what is on record.
 *
 * Failed cryptography, a contradicting lockfile and whatever nobody could tell keep a version from being recorded; one such version
 * keeps all others from it too, since a person decided about all of them.
 *
 * @param specs - each package once
 * @throws BonafideError `BONAFIDE_NOT_LOCKED`, `BONAFIDE_NOTHING_TO_DECIDE`
 */
export async function planPin(
  project: Project,
  specs: readonly PinSpec[],
  sources: OpenSources,
  options: { readonly simulated: boolean; readonly keepsOld: boolean },
): Promise<PinPlan> {
  // Found first: a misspelt name among many asks nobody about the others.
  const named = specs.map((spec) => ({ ...spec, groups: findLocked(project, spec.name, spec.version) }))
  const known = await Promise.all(
    named.map(async (spec) => ({ ...spec, locked: await gatherLocked(spec.groups, project, sources) })),
  )
  const decided = known.flatMap(({ locked, version }) =>
    locked.filter(({ group }) => version === null || group.version === version),
  )
  const unpinnable = decided.flatMap(({ facts }): readonly Unpinnable[] => {
    const findings = checkPinnable(facts, project.pins)
    return findings.length === 0 ? [] : [{ name: facts.name, version: facts.version, findings }]
  })
  const pins =
    unpinnable.length > 0
      ? project.pins
      : known.reduce((all, { name, version, locked }) => {
          const [chosen, rest] = divide(locked, version)
          const shown = chosen.map(({ facts }) => shownVersion(facts))
          const others = rest.filter((item) => isAccepted(item, project)).map(({ facts }) => shownVersion(facts))
          return isNonEmpty(shown) ? repin(all, name, shown, others, options.keepsOld) : all
        }, project.pins)
  const changes = specs.map(({ name }) => comparePin(name, project.pins, pins)).filter(isChanged)
  return {
    pins,
    changes,
    unpinnable,
    scripts: decided.flatMap((item) => acceptedScripts(item, project.pins, pins)),
    before: await offerPassing(judgeLocked(decided, project), project, sources),
    report: reportLocked(decided, { ...project, pins, hasPins: true }, sources, options.simulated),
  }
}

/**
 * Writes `bonafide.lock` and returns its name.
 *
 * @throws BonafideError `BONAFIDE_WRITE_FAILED`, also where the file changed since the project was read
 */
export async function writePins(project: Project, pins: Pins, cwd: string): Promise<string> {
  const path = join(project.dir, FILES.pins)
  // A person takes minutes to answer; a merge in between must not be lost.
  const { pins: onDisk } = await readOwnFiles({ cwd, dir: project.dir })
  if (renderPins(onDisk) !== renderPins(project.pins)) {
    const detail = {
      path: show(path, cwd),
      found: 'other pins than before the question',
      hint: 'bonafide pin once more',
    }
    throw new BonafideError('BONAFIDE_WRITE_FAILED', 'the file changed meanwhile', detail)
  }
  await writeFile(path, renderPins(pins), cwd)
  return show(path, cwd)
}

function divide(
  locked: readonly LockedFacts[],
  version: string | null,
): readonly [chosen: readonly LockedFacts[], rest: readonly LockedFacts[]] {
  const isChosen = ({ group }: LockedFacts): boolean => version === null || group.version === version
  return [locked.filter(isChosen), locked.filter((item) => !isChosen(item))]
}

// What contradicts the pins as they are is no reason to keep anything on record.
function isAccepted({ facts }: LockedFacts, { policy, pins, exemptions }: Project): boolean {
  return judge(facts, policy, pins, exemptions).pin !== 'unrecorded'
}

function acceptedScripts({ facts }: LockedFacts, before: Pins, after: Pins): readonly AcceptedScript[] {
  const { name, version } = facts
  const [old, now] = [before.packages.get(name)?.hooks ?? [], after.packages.get(name)?.hooks ?? []]
  return [...ownHooksOf(facts)].flatMap(([hook, command]) =>
    now.includes(hook) && !old.includes(hook) ? [{ name, version, hook, command }] : [],
  )
}
