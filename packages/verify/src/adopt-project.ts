// SPDX-License-Identifier: Apache-2.0
import { join } from 'node:path'
import { BonafideError } from '@bonafide/core'
import type { FindingCode } from '@bonafide/core'
import { addExoticToPins, addHooksToPins, addToPins, boundEvidence, renderPins } from '@bonafide/policy'
import type { Pins } from '@bonafide/policy'
import writeFileAtomic from 'write-file-atomic'
import type { OpenSources } from './open-sources.ts'
import { FILES } from './own-files.ts'
import type { Project } from './project.ts'
import type { Report } from './report.ts'
import { reasonOf, show } from './text-file.ts'
import { gatherProject, judgeVersions, reportProject } from './verify-project.ts'
import type { GatheredProject, JudgedVersion, Progress } from './verify-project.ts'

/** What adopting a project led to. */
export interface Adoption {
  /** The report under the pins as they are now. */
  readonly report: Report
  /** The files that were written, as the user would name them; empty where nothing had to change. */
  readonly written: readonly string[]
}

/**
 * Adopts a project: records for each package the identity that its locked versions show, or `none`.
 *
 * Runs every rule. Records nothing for a version whose evidence did not verify, that lost the provenance which lower versions claim, or
 * that contradicts what is recorded: those stay refused, for a person to decide. What a listed version has run or asked for beside the
 * registries for a month already is recorded as standing. Never changes or removes what is recorded already; a second run over the same
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
  const gathered = await gatherProject(project, sources, options.onProgress)
  const standing = addExoticToPins(project.pins, standingEdges(project, gathered))
  const pins = judgeVersions(gathered, { ...project, pins: standing }).reduce(record, standing)
  const policyPath = join(project.dir, FILES.policy)
  const pinsPath = join(project.dir, FILES.pins)
  const written: string[] = []
  if (!project.hasPolicy) {
    await write(policyPath, `${JSON.stringify({ version: 1 }, null, 2)}\n`, options.cwd)
    written.push(show(policyPath, options.cwd))
  }
  if (pins !== project.pins || !project.hasPins) {
    await write(pinsPath, renderPins(pins), options.cwd)
    written.push(show(pinsPath, options.cwd))
  }
  const report = await reportProject({ ...project, pins, hasPins: true }, gathered, sources, options.simulated)
  return { report, written }
}

// Refusals that say nothing of a version's origin: time heals the one, and the other is recorded where it has stood for long.
const ASIDE: ReadonlySet<FindingCode> = new Set(['cooldown', 'install-script-added'])

function record(pins: Pins, { group, judgement, facts }: JudgedVersion): Pins {
  const { name, version } = group
  const refusals = judgement.findings.filter(({ level, code }) => level !== 'warn' && !ASIDE.has(code))
  const isStranger = !pins.packages.has(name)
  const recorded = recordOrigin()
  // Scripts are recorded together with the package, the first time it is seen; later ones are a person's to accept.
  return isStranger && recorded.packages.has(name) ? addHooksToPins(recorded, name, standingHooks(facts)) : recorded

  function recordOrigin(): Pins {
    const { provenance, publish } = boundEvidence(facts)
    if (refusals.length === 0 && provenance !== null && publish !== null)
      // A version that shows a recorded identity teaches nothing new.
      return judgement.pin === 'matched' ? pins : addToPins(pins, name, version, provenance)
    // Recorded as `none` only where the one thing against it is that it never had provenance.
    const isUnattested =
      facts.attestations.state === 'none' && refusals.length === 1 && refusals[0]?.code === 'provenance-missing'
    return isUnattested && isStranger ? addToPins(pins, name, version, null) : pins
  }
}

// What has run for a month in some version that is still listed. A script of this week's is for a person to read.
function standingHooks({ metadata, accepted }: JudgedVersion['facts']): readonly string[] {
  return [...(metadata?.hooks.keys() ?? [])].filter((hook) => accepted.standing.hooks.has(hook))
}

// The same for dependencies from beside the registries: only what the first adoption finds, and only what has stood for a month.
function standingEdges({ hasPins }: Project, { versions }: GatheredProject): readonly string[] {
  if (hasPins) return []
  return versions.flatMap(({ facts: { metadata, accepted } }) =>
    (metadata?.exotic ?? []).filter((edge) => accepted.standing.exotic.has(edge)),
  )
}

async function write(path: string, text: string, cwd: string): Promise<void> {
  try {
    await writeFileAtomic(path, text)
  } catch (cause) {
    const reason = reasonOf(cause)
    throw new BonafideError('BONAFIDE_WRITE_FAILED', 'the file cannot be written', {
      path: show(path, cwd),
      // Not the file is missing, which is to be made.
      found: reason === 'no such file' ? 'no such folder' : reason,
      wanted: 'a folder that can be written',
      cause,
    })
  }
}
