// SPDX-License-Identifier: Apache-2.0
import { nameAtVersion } from '@bonafide/core'
import type { LockEntry, Lockfile } from '@bonafide/lockfile'
import { RULE_TRAITS, isObserving, lastObservedDay } from '@bonafide/policy'
import type { Policy, RuleLevel } from '@bonafide/policy'
import { changeNotes } from './change-report.ts'
import type { OpenSources } from './open-sources.ts'
import type { Project } from './project.ts'
import type { Recordable } from './recorded-pins.ts'
import type { Note } from './report.ts'
import { staleExemptions } from './stale-exemptions.ts'
import { show } from './text-file.ts'

/** What a reader of a project's report should know beside the verdicts. */
export function notesOf(project: Project, judged: readonly Recordable[], sources: OpenSources): readonly Note[] {
  const lowered = [...project.policy.rules].filter(([rule, level]) => isBelow(level, RULE_TRAITS[rule].level))
  const { configured, evidence } = sources.client.registries
  const registry: readonly Note[] = sources.isRegistryGiven
    ? []
    : configured !== evidence
      ? [{ code: 'evidence-elsewhere', configured, asked: evidence }]
      : sources.isRegistryFromProject
        ? [{ code: 'registry-from-project', registry: evidence }]
        : []
  return [
    ...observingNotes(project.policy, sources.now),
    ...evidenceNotes(sources),
    ...registry,
    ...(project.change === undefined ? [] : changeNotes(project.change)),
    ...(project.isBaseLeftOut === true ? [{ code: 'base-left-out' } as const] : []),
    ...staleExemptions(project).map(({ name, version }) => ({ code: 'exemption-stale', name, version }) as const),
    ...(project.hasPins ? [] : [{ code: 'no-pins' } as const]),
    ...project.lockfiles.flatMap(lockfileNotes),
    ...tightenable(project, judged),
    ...lowered.map(([rule, level]) => ({ code: 'rule-lowered', rule, level }) as const),
    ...sources.ignored.map(
      ({ key, source, reason }) =>
        ({ code: 'setting-ignored', key, source: show(source, project.dir), reason }) as const,
    ),
    ...(sources.refreshFailure === null
      ? []
      : [{ code: 'trust-refresh-failed', reason: sources.refreshFailure } as const]),
  ]
}

// What a lockfile does not bind, and what is changed after it was verified.
function lockfileNotes({ file, entries }: Lockfile): readonly Note[] {
  const unbound = namesOf(entries.filter((one) => one.kind === 'registry' && one.integrity.state === 'own-archive'))
  const patched = namesOf(entries.filter(({ kind }) => kind === 'patch'))
  return [
    ...(unbound.length === 0 ? [] : [{ code: 'bound-by-registry', lockfile: file, packages: unbound.length } as const]),
    ...(patched.length === 0 ? [] : [{ code: 'patched', lockfile: file, packages: patched } as const]),
  ]
}

function namesOf(some: readonly LockEntry[]): readonly string[] {
  return [...new Set(some.map(({ name, version }) => nameAtVersion(name, version ?? '?')))]
}

// None that became an identity: the next release without provenance is a regression only once somebody has written that down.
function tightenable({ pins }: Project, judged: readonly Recordable[]): readonly Note[] {
  const names = judged
    .filter(
      ({ judgement, facts }) =>
        judgement.verdict.kind === 'trusted' && pins.packages.get(facts.name)?.identities === 'none',
    )
    .map(({ facts }) => facts.name)
  return names.length === 0 ? [] : [{ code: 'provenance-unrecorded', packages: [...new Set(names)] }]
}

/** Whether the policy only looks on, or did. */
export function observingNotes(policy: Policy, now: Date): readonly Note[] {
  const until = lastObservedDay(policy.mode)
  if (until === null) return []
  return [{ code: isObserving(policy, now) ? 'observing' : 'observe-ended', until }]
}

/** That a file of evidence answered, with what tells which file that was. */
export function evidenceNotes({ evidence }: Pick<OpenSources, 'evidence'>): readonly Note[] {
  if (evidence === null) return []
  return [{ code: 'evidence-file', ...evidence, exported: evidence.exported.toISOString() }]
}

function isBelow(level: RuleLevel, usual: RuleLevel): boolean {
  return level !== usual && (level === 'off' || usual === 'refuse')
}
