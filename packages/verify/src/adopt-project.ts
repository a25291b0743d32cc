// SPDX-License-Identifier: Apache-2.0
import { join } from 'node:path'
import { BonafideError } from '@bonafide/core'
import { addExoticToPins, renderPins } from '@bonafide/policy'
import writeFileAtomic from 'write-file-atomic'
import type { OpenSources } from './open-sources.ts'
import { FILES } from './own-files.ts'
import type { Project } from './project.ts'
import { recordedPins } from './recorded-pins.ts'
import type { Report } from './report.ts'
import { reasonOf, show } from './text-file.ts'
import { gatherProject, judgeVersions, reportProject } from './verify-project.ts'
import type { GatheredProject, Progress } from './verify-project.ts'

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
  const pins = recordedPins(standing, judgeVersions(gathered, { ...project, pins: standing }))
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

// What has been asked for beside the registries for a month: only what the first adoption finds.
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
