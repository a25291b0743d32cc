// SPDX-License-Identifier: Apache-2.0
import { isPackageName } from '@bonafide/core'
import type { RegistryClient } from '@bonafide/registry'
import semver from 'semver'

/** A package that was asked for by name, with what was said of its version: a range, a version, a tag, or nothing. */
export interface AskedPackage {
  readonly text: string
  readonly name: string
  readonly wanted: string
}

/** Reads `NAME` and `NAME@WANTED`; null for folders, URLs, aliases and whatever else npm takes, which have no older versions. */
export function parseAskedPackage(text: string): AskedPackage | null {
  const at = text.indexOf('@', 1)
  const [name, wanted] = at === -1 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)]
  return isPackageName(name) && !/[:/\\]/u.test(wanted) ? { text, name, wanted } : null
}

/**
 * The versions that may stand in for one that was refused, newest first: inside what was asked for, older than the refused one, and not
 * below what is locked. For a tag that is every older release; for an exact version there is none.
 */
export async function olderVersions(
  { name, wanted }: AskedPackage,
  refused: string,
  floor: string | undefined,
  client: Pick<RegistryClient, 'fetchPackument'>,
): Promise<readonly string[]> {
  if (semver.valid(wanted, true) !== null) return []
  const answer = await client.fetchPackument(name, 'abbreviated')
  if (answer.kind !== 'found') return []
  // A tag says "no newer than this"; what looks like neither is a tag that nobody has set.
  const isTag = wanted === '' || answer.value.tags.has(wanted)
  if (!isTag && semver.validRange(wanted) === null) return []
  const takesPrerelease = isTag && semver.prerelease(refused) !== null
  return [...answer.value.versions.keys()]
    .filter((version) => semver.valid(version) !== null && semver.lt(version, refused))
    .filter((version) => floor === undefined || semver.valid(floor) === null || semver.gte(version, floor))
    .filter((version) =>
      isTag ? takesPrerelease || semver.prerelease(version) === null : semver.satisfies(version, wanted),
    )
    .sort(semver.rcompare)
}
