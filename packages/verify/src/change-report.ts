// SPDX-License-Identifier: Apache-2.0
import { finding, isNonEmpty } from '@bonafide/core'
import type { Finding } from '@bonafide/core'
import {
  NO_PINS,
  RULE_TRAITS,
  addHooksToPins,
  addToPins,
  boundEvidence,
  compareNewPins,
  ownHooksOf,
} from '@bonafide/policy'
import type { Facts, Judgement, Pin, Pins, Policy } from '@bonafide/policy'
import { placed } from './project-change.ts'
import type { LoosenedFile, LoosenedKey, NewPin, ProjectChange } from './project-change.ts'
import { packageReport } from './report.ts'
import type { NewPinReport, Note, PackageReport } from './report.ts'

/** What a locked version showed, and what was made of it. */
export interface ShownVersion {
  readonly group: { readonly name: string; readonly version: string }
  readonly facts: Facts
  readonly judgement: Judgement
}

/**
 * Reports what a change does to the files that judge: a file that allows more than the base's is refused under its own name, as is a
 * new pin of what no locked version shows. So is a file that decides what a package manager runs, at the level of the judging policy.
 */
export function reportChange(
  change: ProjectChange,
  judged: readonly ShownVersion[],
  policy: Policy,
): readonly PackageReport[] {
  const pinsFile = change.locatePin([]).file
  const unshown = newPinsBeyond(change, judged)
  const files = new Map(change.loosened.map(({ file, keys }) => [file, keys]))
  if (unshown.length > 0) files.set(pinsFile, [...(files.get(pinsFile) ?? []), ...unshown])
  const level = policy.rules.get('installer-changed') ?? RULE_TRAITS['installer-changed'].level
  return [
    ...[...files].map(([file, keys]) => reportFile({ file, keys }, change.level)),
    ...(level === 'off' ? [] : change.installers).map((changed) =>
      reportInstaller(changed, change.level === 'warn' ? 'warn' : level === 'off' ? 'refuse' : level),
    ),
  ]
}

/** What the reader of a report over a change has to know: who judged, and which pins are new. */
export function changeNotes({
  ref,
  commit,
  level,
  isAdopted,
  lockfileProblem,
  newPins,
}: ProjectChange): readonly Note[] {
  return [
    { code: 'judged-by-base', ref, commit, files: level === 'warn' ? 'own' : 'base' },
    ...(isAdopted ? [] : [{ code: 'base-without-bonafide', ref } as const]),
    ...(lockfileProblem === null ? [] : [{ code: 'base-lockfile-unusable', ref, reason: lockfileProblem } as const]),
    ...(newPins.length === 0 ? [] : [{ code: 'new-pins', pins: newPins.map(newPinReport) } as const]),
  ]
}

function newPinsBeyond({ newPins, locatePin }: ProjectChange, judged: readonly ShownVersion[]): readonly LoosenedKey[] {
  const { pins, open } = shownBy(judged)
  const added = new Map(newPins.map(({ name, pin }) => [name, pin]))
  return compareNewPins(added, pins, (name) => open.has(name)).map((key) => placed(key, locatePin))
}

// What the locked versions show, in the form of pins; and the packages of which nobody could tell.
function shownBy(judged: readonly ShownVersion[]): { readonly pins: Pins; readonly open: ReadonlySet<string> } {
  const open = new Set<string>()
  const packages = new Map<string, Pin>()
  for (const { group, judgement, facts } of judged) {
    const { name, version } = group
    const { provenance, publish } = boundEvidence(facts)
    const isNone = facts.attestations.state === 'none'
    const isKnown = isNone || (provenance !== null && publish !== null)
    if (!isKnown || judgement.verdict.kind === 'undecided' || judgement.verdict.kind === 'outside') {
      open.add(name)
      continue
    }
    // One package at a time: pins are copied at each change.
    const pin = packages.get(name)
    const own = { ...NO_PINS, packages: new Map(pin === undefined ? [] : [[name, pin]]) }
    const shownOrigin = addToPins(own, name, version, isNone ? null : provenance)
    for (const entry of addHooksToPins(shownOrigin, name, [...ownHooksOf(facts).keys()]).packages)
      packages.set(...entry)
  }
  return { pins: { ...NO_PINS, packages }, open }
}

function reportFile({ file, keys }: LoosenedFile, level: ProjectChange['level']): PackageReport {
  const fix = `take it out; or let whoever answers for ${file} approve it, and then run bonafide verify --loosened warn`
  const findings: readonly Finding[] = keys.map(({ what, found, wanted }) =>
    finding('policy-loosened', { found: `${what}: ${found}`, wanted, fix, level }),
  )
  return reportKeys(
    file,
    findings,
    keys.map(({ where }) => where.line),
    level,
  )
}

// What is run before anything is verified, or takes the verifier out: nobody's word for it but the base's.
function reportInstaller(
  { file, keys }: ProjectChange['installers'][number],
  level: ProjectChange['level'],
): PackageReport {
  const fix = `take it out; or let whoever answers for ${file} approve it, and then run bonafide verify --loosened warn`
  const findings = keys.map(({ what, found, wanted }) =>
    finding('installer-changed', { found: found.startsWith(what) ? found : `${what}: ${found}`, wanted, fix, level }),
  )
  return reportKeys(
    file,
    findings,
    keys.map(({ line }) => line),
    level,
  )
}

function reportKeys(
  file: string,
  findings: readonly Finding[],
  lines: readonly number[],
  level: ProjectChange['level'],
): PackageReport {
  // Cannot happen: a file stands here for a key.
  if (!isNonEmpty(findings)) throw new TypeError('a file without a changed key')
  const places = [...new Set(lines)].sort((left, right) => left - right)
  const about = { name: file, version: '', integrity: null, locations: places.map((line) => ({ file, line })) }
  const verdict: Judgement['verdict'] =
    level === 'warn' ? { kind: 'exempt', waived: findings } : { kind: 'refused', findings }
  const waived = level === 'warn' ? findings : []
  return packageReport(about, { verdict, pin: 'unrecorded', findings, waived, exemption: null }, [])
}

function newPinReport({ name, pin, isHonoured }: NewPin): NewPinReport {
  return { name, ...shown(pin), judges: isHonoured }
}

function shown({ identities, lines, hooks }: Pin): Pick<NewPinReport, 'identities' | 'lines' | 'hooks'> {
  return { identities, lines: Object.fromEntries(lines), hooks }
}
