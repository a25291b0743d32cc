// SPDX-License-Identifier: Apache-2.0
import { nameAtVersion, publishFinding } from '@bonafide/core'
import type { PublishFinding } from '@bonafide/core'
import { releaseLine } from '@bonafide/policy'
import type { Packument } from '@bonafide/registry'
import { gt, prerelease, rcompare, validRange } from 'semver'
import type { PreparedPackage } from './prepared-package.ts'

/** The tag that a release gets where nobody names one. */
const DEFAULT_TAG = 'latest'

/**
 * Whether a version and its dist-tag fit what is there already. Whether the very version is there is asked where it is sent.
 *
 * @param tag - what the user said; null leaves it to `publishConfig`
 */
export function checkVersion(
  { name, version, publishConfig }: PreparedPackage,
  before: Packument | null,
  tag: string | null,
): readonly PublishFinding[] {
  const subject = nameAtVersion(name, version)
  const stated = tag ?? publishConfig.tag
  const others = [...(before?.versions.keys() ?? [])].filter((one) => one !== version).toSorted(rcompare)
  return [...checkTag(subject, version, stated, others), ...checkOrder(subject, version, others)]
}

function checkTag(
  subject: string,
  version: string,
  stated: string | null,
  others: readonly string[],
): readonly PublishFinding[] {
  const wrong = (found: string, wanted: string): readonly PublishFinding[] => [
    publishFinding('package-tag', { subject, found, wanted, fix: ['name the tag: --tag NAME, or publishConfig.tag'] }),
  ]
  if (stated !== null) {
    // `npm install paint@1` would mean two things.
    const isRange = validRange(stated) !== null || !/^[\w.~-]+$/u.test(stated)
    return isRange ? wrong(`the tag ${JSON.stringify(stated)}`, 'a tag that is no range of versions') : []
  }
  // As npm has it: a preview, or a fix of an old line, is what everybody would install from then on.
  if (prerelease(version) !== null)
    return wrong(`a pre-release without a tag, which would become ${DEFAULT_TAG}`, 'a tag')
  const highest = others.find((one) => prerelease(one) === null)
  if (highest !== undefined && gt(highest, version))
    return wrong(`no tag, and ${DEFAULT_TAG} would go back from ${highest} to ${version}`, 'a tag')
  return []
}

function checkOrder(subject: string, version: string, others: readonly string[]): readonly PublishFinding[] {
  const line = releaseLine(version)
  const newest = others.find((one) => releaseLine(one) === line && prerelease(one) === null)
  if (newest === undefined || !gt(newest, version) || prerelease(version) !== null) return []
  return [
    publishFinding('package-version-behind', {
      level: 'warn',
      subject,
      found: `a version below ${newest} of the same line`,
      wanted: 'the newest version of its line',
      fix: ['publish a higher version; consumers warn of a version that was filled in (version-backfill)'],
    }),
  ]
}
