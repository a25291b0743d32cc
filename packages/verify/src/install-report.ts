// SPDX-License-Identifier: Apache-2.0
// What a report says of installations: one that was cut off, and tarballs that none needs here.
import { finding } from '@bonafide/core'
import type { Finding, NonEmpty } from '@bonafide/core'
import type { Facts, Judgement } from '@bonafide/policy'
import type { Project } from './project.ts'
import { packageReport } from './report.ts'
import type { Note, PackageReport } from './report.ts'
import type { Sources } from './sources.ts'
import { UNFINISHED } from './unfinished.ts'

/** What stands against a project whose `node_modules` nobody knows: a half that looks whole. */
export function reportUnfinished({ isUnfinished = false }: Pick<Project, 'isUnfinished'>): readonly PackageReport[] {
  if (!isUnfinished) return []
  const [folder = ''] = UNFINISHED.split('/')
  const about = { name: folder, version: '', integrity: null, locations: [{ file: UNFINISHED, line: 1 }] }
  const findings: NonEmpty<Finding> = [
    finding('install-unfinished', {
      found: `${UNFINISHED}, which an installation leaves that was cut off`,
      wanted: 'an installation that came to its end',
      fix: 'bonafide ci',
    }),
  ]
  const judgement = { verdict: { kind: 'refused', findings }, pin: 'unrecorded', waived: [], exemption: null } as const
  return [packageReport(about, { ...judgement, findings }, [])]
}

/** The note on versions whose tarballs were not looked into, since nothing of them is unpacked here; what a policy leaves out is no such. */
export function notUnpacked(
  judged: readonly { readonly facts: Facts; readonly judgement: Judgement }[],
  { readsTarballOf }: Pick<Sources, 'readsTarballOf'>,
): readonly Note[] {
  if (readsTarballOf === undefined) return []
  const left = judged.filter(
    ({ facts, judgement }) => facts.bytes.state === 'not-looked-at' && judgement.verdict.kind !== 'outside',
  )
  return left.length === 0 ? [] : [{ code: 'not-unpacked', versions: left.length }]
}
