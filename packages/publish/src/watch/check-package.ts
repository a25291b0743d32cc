// SPDX-License-Identifier: Apache-2.0
import { nameAtVersion, publishFinding } from '@bonafide/core'
import type { PublishFinding } from '@bonafide/core'
import { releaseLine } from '@bonafide/policy'
import semver from 'semver'
import type { CheckedVersions } from './check-versions.ts'
import { tagOf } from './known-releases.ts'
import type { KnownReleases } from './known-releases.ts'
import type { SeenPackage, SeenVersion } from './seen-package.ts'

const { prerelease, rcompare, valid } = semver

const RECORD = 'it was one of you? bonafide watch --record, and commit what it writes'

/** Holds what the registry shows of a package as a whole against what the repository released and recorded. Pure. */
export function checkPackage(
  seen: SeenPackage,
  known: KnownReleases,
  checked: CheckedVersions,
): readonly PublishFinding[] {
  return [
    ...checkWithdrawn(seen, known),
    ...checkDistTags(seen, known, checked),
    ...(known.recorded === null
      ? [unrecorded(seen)]
      : [...checkMaintainers(seen, known), ...checkPublishers(seen, known, checked), ...checkDeprecated(seen, known)]),
  ]
}

// A release taken away, so that people fall back on another one.
function checkWithdrawn({ name, gone }: SeenPackage, known: KnownReleases): readonly PublishFinding[] {
  return gone
    .filter((version) => tagOf(known, version) !== undefined && known.recorded?.withdrawn.includes(version) !== true)
    .map((version) =>
      publishFinding('watch-withdrawn', {
        subject: nameAtVersion(name, version),
        found: `released from ${tagOf(known, version)?.tag ?? ''}, and no longer on the registry`,
        wanted: 'every released version',
        fix: [
          `nobody of yours took it away? bonafide doctor tokens --revoke, and release it anew under a higher number`,
          RECORD,
        ],
      }),
    )
}

function checkDistTags(seen: SeenPackage, known: KnownReleases, checked: CheckedVersions): readonly PublishFinding[] {
  const listed = new Map(seen.versions.map((one) => [one.version, one]))
  const newest = newestRelease(seen.versions, known, checked)
  const findings = [...seen.tags].flatMap(([tag, version]) => {
    // A dist-tag sends everybody who installs by it to a version that somebody else made.
    const isKnown = listed.has(version) && !checked.alarming.has(version)
    return isKnown ? [] : [movedTag(seen.name, [tag, version], newest, 'a version that this repository released')]
  })
  const latest = seen.tags.get('latest')
  // Back to an older release with a hole that everybody knows.
  const isBehind = latest !== undefined && newest !== undefined && latest !== newest && !checked.alarming.has(latest)
  return isBehind
    ? [...findings, movedTag(seen.name, ['latest', latest], newest, `${newest}, the newest release`)]
    : findings
}

function newestRelease(
  versions: readonly SeenVersion[],
  { recorded }: KnownReleases,
  { alarming }: CheckedVersions,
): string | undefined {
  const line = recorded?.latest ?? null
  return versions
    .filter(({ version }) => valid(version) !== null && prerelease(version) === null && !alarming.has(version))
    .filter(({ version }) => line === null || releaseLine(version) === line)
    .map(({ version }) => version)
    .sort(rcompare)[0]
}

function movedTag(
  name: string,
  [tag, version]: readonly [tag: string, version: string],
  newest: string | undefined,
  wanted: string,
): PublishFinding {
  return publishFinding('watch-tag-moved', {
    subject: `${name}, dist-tag ${tag}`,
    found: version,
    wanted,
    fix: [
      `nobody of yours moved it? bonafide doctor tokens --revoke, then npm dist-tag add ${name}@${newest ?? 'VERSION'} ${tag}`,
      RECORD,
    ],
  })
}

// A foothold that lasts: whoever may publish needs no stolen token any more.
function checkMaintainers({ name, maintainers }: SeenPackage, { recorded }: KnownReleases): readonly PublishFinding[] {
  const strangers = (maintainers ?? []).filter((one) => recorded?.maintainers.includes(one) !== true)
  return strangers.map((one) =>
    publishFinding('watch-maintainer-added', {
      subject: name,
      found: `${one} may publish it`,
      wanted: `nobody but ${recorded?.maintainers.join(', ') ?? ''}`,
      fix: [`nobody of yours added them? npm owner rm ${one} ${name}, and change the passwords of all others`, RECORD],
    }),
  )
}

// Another workflow is trusted, or another repository: what it publishes looks like a release of ours.
function checkPublishers(
  { name, versions }: SeenPackage,
  { recorded }: KnownReleases,
  { alarming, since }: CheckedVersions,
): readonly PublishFinding[] {
  return versions
    .filter(
      ({ version, publishedAt }) =>
        !alarming.has(version) && (since === null || publishedAt === null || publishedAt >= since),
    )
    .filter(
      ({ trustedPublisher }) => trustedPublisher !== null && recorded?.publishers.includes(trustedPublisher) !== true,
    )
    .map(({ version, trustedPublisher }) =>
      publishFinding('watch-trust-changed', {
        subject: nameAtVersion(name, version),
        found: `published by the configuration ${trustedPublisher ?? ''}`,
        wanted: recorded?.publishers.join(' or ') || 'no trusted publishing',
        fix: [`nobody of yours configured it? npm trust list ${name}, and npm trust revoke`, RECORD],
      }),
    )
}

// "Use my package instead": a message that everybody who installs reads.
function checkDeprecated({ name, versions }: SeenPackage, { recorded }: KnownReleases): readonly PublishFinding[] {
  return versions
    .filter(({ version, deprecated }) => deprecated !== null && recorded?.deprecated.includes(version) !== true)
    .map(({ version, deprecated }) =>
      publishFinding('watch-deprecated', {
        subject: nameAtVersion(name, version),
        found: `deprecated: ${deprecated ?? ''}`,
        wanted: 'no deprecation, or one that is recorded',
        fix: [
          `nobody of yours did it? npm deprecate ${nameAtVersion(name, version)} "", and bonafide doctor tokens --revoke`,
          RECORD,
        ],
      }),
    )
}

function unrecorded({ name }: SeenPackage): PublishFinding {
  return publishFinding('watch-unrecorded', {
    level: 'warn',
    subject: name,
    found: 'nothing recorded of its maintainers, trusted publishers and deprecations, so these are not watched',
    wanted: 'bonafide.watch.json',
    fix: ['bonafide watch --record, and commit what it writes'],
  })
}
