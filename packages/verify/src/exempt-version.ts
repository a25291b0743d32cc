// SPDX-License-Identifier: Apache-2.0
import { join } from 'node:path'
import { BonafideError, nameAtVersion } from '@bonafide/core'
import type { Finding, NonEmpty, Rule, Sha512 } from '@bonafide/core'
import { exemptionFor, judge, planExemption, renderExemptions, withExemption } from '@bonafide/policy'
import type { Exemption, Exemptions } from '@bonafide/policy'
import { findLocked, gatherLocked, reportLocked } from './locked-package.ts'
import type { LockedFacts } from './locked-package.ts'
import type { OpenSources } from './open-sources.ts'
import { FILES, readOwnFiles } from './own-files.ts'
import type { Project } from './project.ts'
import type { Report } from './report.ts'
import { staleExemptions } from './stale-exemptions.ts'
import { show } from './text-file.ts'
import { offerPassing, reportVersion } from './verify-project.ts'
import { writeFile } from './write-file.ts'

/** Versions to exempt, from what, and why. */
export interface ExemptRequest {
  readonly versions: readonly { readonly name: string; readonly version: string }[]
  /** Rules that an exemption may waive. */
  readonly rules: NonEmpty<Rule>
  readonly reason: string
  /** Whether exemptions for versions that the lockfile no longer holds are taken out. */
  readonly prunes: boolean
}

/** What exempting one version would do. */
export interface ExemptedVersion extends Exemption {
  /** The newest version that would pass in its place, or null. */
  readonly passes: string | null
  /** The refusals that are waived. */
  readonly waived: readonly Finding[]
  /** What goes on standing against the version. */
  readonly left: readonly Finding[]
}

/** What exempting versions would do. Nothing is written yet. */
export interface ExemptPlan {
  readonly exemptions: Exemptions
  readonly exempted: readonly ExemptedVersion[]
  /** Exemptions whose version left the lockfile. */
  readonly removed: Exemptions
  /** The versions as they would be judged. */
  readonly report: Report
}

/**
 * Finds out what exempting versions would do: the newest version that would pass without, the refusals that would be waived, and what
 * would still stand.
 *
 * An exemption binds the bytes that the lockfile holds. It waives rules that refuse the version and no others, and where something
 * stands against the version that never gives way, there is nothing to exempt.
 *
 * @throws BonafideError `BONAFIDE_NOT_LOCKED`, `BONAFIDE_NOTHING_TO_DECIDE`
 */
export async function planExemptions(
  project: Project,
  request: ExemptRequest,
  sources: OpenSources,
  simulated: boolean,
): Promise<ExemptPlan> {
  const groups = request.versions.flatMap(({ name, version }) =>
    findLocked(project, name, version).filter((group) => group.version === version),
  )
  const locked = await gatherLocked(groups, project, sources)
  const planned = await Promise.all(locked.map((item) => planOne(item, project, request, sources)))
  const removed = request.prunes ? staleExemptions(project) : []
  const kept = project.exemptions.filter((one) => !removed.includes(one))
  const exemptions = planned.reduce<Exemptions>((all, { name, version, integrity, rules, reason }) => {
    return withExemption(all, { name, version, integrity, rules, reason })
  }, kept)
  return {
    exemptions,
    exempted: planned,
    removed,
    report: reportLocked(locked, { ...project, exemptions }, sources, simulated),
  }
}

/**
 * Writes `bonafide.exemptions.json` and returns its name.
 *
 * @throws BonafideError `BONAFIDE_WRITE_FAILED`, also where the file changed since the project was read
 */
export async function writeExemptions(project: Project, exemptions: Exemptions, cwd: string): Promise<string> {
  const path = join(project.dir, FILES.exemptions)
  // A person takes minutes to answer; a merge in between must not be lost.
  const { exemptions: onDisk } = await readOwnFiles({ cwd, dir: project.dir })
  if (renderExemptions(onDisk) !== renderExemptions(project.exemptions)) {
    const found = 'other exemptions than before the question'
    const detail = { path: show(path, cwd), found, hint: 'bonafide exempt once more' }
    throw new BonafideError('BONAFIDE_WRITE_FAILED', 'the file changed meanwhile', detail)
  }
  await writeFile(path, renderExemptions(exemptions), cwd)
  return show(path, cwd)
}

async function planOne(
  item: LockedFacts,
  project: Project,
  { rules, reason }: ExemptRequest,
  sources: OpenSources,
): Promise<ExemptedVersion> {
  const { name, version } = item.facts
  const integrity = boundBytes(item)
  const before = exemptionFor(project.exemptions, name, version, integrity)
  const others = project.exemptions.filter((one) => one !== before)
  const judgement = judge(item.facts, project.policy, project.pins, others)
  const { waived, idle, left } = planExemption(judgement.findings, rules)
  const [needless] = idle
  const spec = nameAtVersion(name, version)
  // A permission that nobody needs today is one that nobody reads tomorrow.
  if (needless !== undefined) {
    const codes = [...new Set([...waived, ...left].map(({ rule }) => rule))]
    throw new BonafideError('BONAFIDE_NOTHING_TO_DECIDE', `${needless} does not refuse this version`, {
      found: codes.length === 0 ? `${spec}, which nothing refuses` : `${spec}, refused by ${codes.join(', ')}`,
      wanted: 'rules that refuse the version',
      hint: `bonafide explain ${spec}`,
    })
  }
  const fixed = left.filter(({ rule }) => planExemption(left, [rule]).waived.length === 0)
  if (fixed.length > 0)
    throw new BonafideError('BONAFIDE_NOTHING_TO_DECIDE', 'no exemption lets this version through', {
      found: `${spec} with ${[...new Set(fixed.map(({ code }) => code))].join(', ')}`,
      wanted: 'a version against which nothing stands but what may be waived',
      hint: `bonafide explain ${spec}`,
    })
  const [offered] = await offerPassing([reportVersion({ ...item, judgement })], project, sources)
  return {
    name,
    version,
    integrity,
    rules: withEarlier(rules, before, judgement.findings),
    reason,
    passes: offered?.passes ?? null,
    waived,
    left,
  }
}

// The bytes, by the lockfile: an exemption for whatever the registry serves next would be one for anything.
function boundBytes({ group, facts, integrity }: LockedFacts): Sha512 {
  if (group.integrity.state === 'sha512') return group.integrity.sha512
  // A lockfile of another archive binds none of them: the registry's signature does, over this version.
  if (group.integrity.state === 'own-archive' && facts.signature.state === 'valid' && integrity !== null)
    return integrity
  throw new BonafideError('BONAFIDE_NOTHING_TO_DECIDE', 'the lockfile does not say which bytes would be exempt', {
    found: `${nameAtVersion(group.name, group.version)} without a sha512 that binds it`,
    wanted: 'one sha512 in the lockfile',
    hint: 'lock the version anew',
  })
}

// What an earlier exemption of the same bytes waives stays waived, as far as it is still needed.
function withEarlier(rules: NonEmpty<Rule>, before: Exemption | null, findings: readonly Finding[]): NonEmpty<Rule> {
  const earlier = (before?.rules ?? []).filter((rule) => !rules.includes(rule))
  const [first, ...rest] = rules
  return [first, ...rest, ...earlier.filter((rule) => planExemption(findings, [rule]).idle.length === 0)]
}
