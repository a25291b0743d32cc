// SPDX-License-Identifier: Apache-2.0
import { releaseLine } from '@bonafide/policy'
import type { RecordedPackage } from '@bonafide/policy'
import semver from 'semver'
import type { CheckedVersions } from './check-versions.ts'
import { tagOf } from './known-releases.ts'
import type { KnownReleases } from './known-releases.ts'
import type { SeenPackage } from './seen-package.ts'

/** Records a package as the registry shows it now: for a person who has looked at every finding and says that all of it is theirs. Pure. */
export function recordPackage(seen: SeenPackage, known: KnownReleases, { alarming }: CheckedVersions): RecordedPackage {
  const { versions, gone, tags, maintainers } = seen
  const accepted = versions.flatMap(({ version, integrity }) =>
    integrity !== null && (alarming.has(version) || known.recorded?.versions.has(version) === true)
      ? [[version, integrity] as const]
      : [],
  )
  const latest = tags.get('latest')
  const [newest] = versions
    .map(({ version }) => version)
    .filter((version) => semver.valid(version) !== null && semver.prerelease(version) === null)
    .sort(semver.rcompare)
  return {
    maintainers: maintainers ?? [],
    publishers: [...new Set(versions.flatMap(({ trustedPublisher }) => trustedPublisher ?? []))],
    latest: latest === undefined || latest === newest ? null : releaseLine(latest),
    deprecated: versions.filter(({ deprecated }) => deprecated !== null).map(({ version }) => version),
    withdrawn: gone.filter((version) => tagOf(known, version) !== undefined),
    versions: new Map(accepted),
  }
}
