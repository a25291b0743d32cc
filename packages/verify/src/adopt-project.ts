// SPDX-License-Identifier: Apache-2.0
import { join } from 'node:path'
import { BonafideError } from '@bonafide/core'
import { addToPins, renderPins } from '@bonafide/policy'
import type { Pins } from '@bonafide/policy'
import writeFileAtomic from 'write-file-atomic'
import type { OpenSources } from './open-sources.ts'
import { FILES, reasonOf, show } from './project.ts'
import type { Project } from './project.ts'
import type { Report } from './report.ts'
import { gatherProject, judgeVersions, reportProject } from './verify-project.ts'
import type { JudgedVersion, Progress } from './verify-project.ts'

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
 * Records nothing for a version whose evidence did not verify, that lost the provenance which lower versions claim, or that
 * contradicts what is recorded: those stay refused, for a person to decide. Never changes or removes what is recorded already; a second
 * run over the same lockfile writes nothing.
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
  const pins = judgeVersions(gathered, project).reduce(record, project.pins)
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

function record(pins: Pins, { group, judgement, facts }: JudgedVersion): Pins {
  if (judgement.verdict.kind === 'trusted') {
    // A version that shows a recorded identity teaches nothing new.
    return judgement.pin === 'matched'
      ? pins
      : addToPins(pins, group.name, group.version, judgement.verdict.evidence[0])
  }
  const refusals = judgement.findings.filter(({ level }) => level !== 'warn')
  // Recorded as `none` only where the one thing against it is that it never had provenance.
  const isUnattested =
    facts.attestations.state === 'none' && refusals.length === 1 && refusals[0]?.code === 'provenance-missing'
  return isUnattested && !pins.packages.has(group.name) ? addToPins(pins, group.name, group.version, null) : pins
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
