// SPDX-License-Identifier: Apache-2.0
import { nameAtVersion, publishFinding } from '@bonafide/core'
import type { PublishFinding } from '@bonafide/core'
import type { Packument } from '@bonafide/registry'
import semver from 'semver'
import type { CiJob } from './ci-job.ts'

/** A version, for people. */
type Subject = { readonly name: string; readonly version: string }

/** A job whose CI system Fulcio does not know: what it builds has no origin that consumers could verify. */
export function cannotSign({ provider }: CiJob, { name, version }: Subject): readonly PublishFinding[] {
  if (provider === 'github' || provider === 'gitlab') return []
  return [
    publishFinding('provenance-unsupported', {
      subject: nameAtVersion(name, version),
      found: `a job of ${provider === 'circleci' ? 'CircleCI' : 'a CI system'} that no provenance can be signed for`,
      wanted: 'a release with provenance',
      fix: [
        'release from a job of GitHub Actions or GitLab CI',
        'bonafide publish --no-provenance: consumers then see no origin, and refuse it where earlier versions had one',
      ],
    }),
  ]
}

/** A version without provenance after versions that had it: what a stolen token publishes looks the same. */
export function dropsProvenance({ name, version }: Subject, before: Packument | null): readonly PublishFinding[] {
  const attested = [...(before?.versions.values() ?? [])]
    .filter(({ claimsAttestations, version: other }) => claimsAttestations && semver.valid(other) !== null)
    .map((one) => one.version)
    .toSorted(semver.rcompare)
  const [newest] = attested
  if (newest === undefined) return []
  return [
    publishFinding('provenance-dropped', {
      level: 'warn',
      subject: nameAtVersion(name, version),
      found: `no provenance, and ${newest} has some`,
      wanted: 'provenance, once there was any',
      fix: ['publish with provenance; those who install with bonafide refuse this version'],
    }),
  ]
}
