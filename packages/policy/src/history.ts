// SPDX-License-Identifier: Apache-2.0
import { compareLines, releaseLine } from './release-line.ts'

/** What the registry's metadata says of one version. Nobody signed it: it may make a verdict stricter, never milder. */
export interface VersionMetadata {
  readonly version: string
  /** Null where the metadata has no times. */
  readonly publishedAt: Date | null
  readonly claimsAttestations: boolean
  /** Who published; null where the metadata does not say, as its abbreviated form never does. */
  readonly publisher: string | null
  /** Whether a person is said to have approved a staged release. */
  readonly isApproved: boolean
  /** What runs when the version is installed, by name: `preinstall`, `install`, `postinstall`. A `binding.gyp` is an `install`. */
  readonly hooks: ReadonlyMap<string, string>
  /** What installing the version installs as well, by name: dependencies, optional ones included, and peers that are not optional. */
  readonly dependencies: ReadonlyMap<string, string>
  /** Those of its dependencies that do not come from a registry, as `name@spec`. */
  readonly exotic: readonly string[]
}

/** What a version is held against: the part of its package's past that nobody has to doubt. */
export interface AcceptedHistory {
  /** Whether the base's lockfile holds this very version: it has been decided about, and is no change. */
  readonly isHeld: boolean
  /** The newest accepted version of the same release line, else of the package; null where there is none. */
  readonly newest: VersionMetadata | null
  /** Everybody who published an accepted version. */
  readonly publishers: ReadonlySet<string>
  /** The newest versions before it that are old or held and claim attestations, newest first: their evidence says who builds the package. */
  readonly attested: readonly string[]
  /** The newest version of its line that the base's lockfile holds and that claims attestations; null where there is none. */
  readonly heldAttested: string | null
  /** The newest stable version, of a higher line, that came out within an hour of this one; null where there is none. */
  readonly releasedBeside: string | null
  /** The newest version of its line before it that is old or held and claims attestations, whatever its number; null where there is none. */
  readonly lineAttested: string | null
  /**
   * What the version itself, if it is older than {@link ACCEPTED_AFTER_DAYS}, and the newest of its line (else of the package) that is,
   * run on installation and ask for beside registries.
   */
  readonly standing: { readonly hooks: ReadonlySet<string>; readonly exotic: ReadonlySet<string> }
}

/** The history of a version about which nothing is known. */
export const NO_HISTORY: AcceptedHistory = {
  isHeld: false,
  newest: null,
  publishers: new Set(),
  attested: [],
  heldAttested: null,
  lineAttested: null,
  releasedBeside: null,
  standing: { hooks: new Set(), exotic: new Set() },
}

/** How long a version has to have been listed before others are held against it: a month for somebody to notice. */
export const ACCEPTED_AFTER_DAYS = 30

const DAY = 24 * 60 * 60 * 1000
const BESIDE = 60 * 60 * 1000
// An attacker who waits a month may own the newest of these, and the one after it: the one before them tells.
const ATTESTED_LINKS = 3

/**
 * The accepted history of a version: the listed versions published before it that are older than 30 days and that no relative rule
 * refuses when they are held against their own predecessors, and those that the base's lockfile holds.
 *
 * Laundering: a bad release followed by a harmless one. The bad one is no predecessor, however many follow it.
 *
 * @param versions - all versions that the registry lists, in any order
 * @param base - the versions of this package that the base's lockfile holds
 */
export function acceptedHistory(
  version: string,
  versions: readonly VersionMetadata[],
  now: Date,
  base: ReadonlySet<string>,
): AcceptedHistory {
  const own = versions.find((one) => one.version === version)
  const accepted: VersionMetadata[] = []
  // Kept as it grows: packages have thousands of versions, and each of them is held against those before it.
  const trails = new Map<string, Trail>()
  let whole: Trail | undefined
  for (const one of versions.toSorted(byTime)) {
    if (one.version === version) continue
    const line = releaseLine(one.version)
    const trail = trails.get(line)
    const isHeld = base.has(one.version)
    if (!isHeld && !(isOld(one, now) && isBefore(one, own) && isContinuous(one, trail ?? whole))) continue
    accepted.push(one)
    trails.set(line, extend(trail, one))
    whole = extend(whole, one)
  }
  const newestFirst = accepted.toReversed()
  const line = releaseLine(version)
  const attested = versions
    .filter((one) => one.version !== version && one.claimsAttestations)
    .filter((one) => base.has(one.version) || (isOld(one, now) && isBefore(one, own)))
    .toSorted((left, right) => byTime(right, left))
  const standing = standingVersions(own, versions, now)
  return {
    isHeld: base.has(version),
    newest: newestFirst.find((one) => releaseLine(one.version) === line) ?? newestFirst[0] ?? null,
    publishers: new Set(accepted.flatMap(({ publisher }) => publisher ?? [])),
    // Whoever began to run a script may still be who has always built the package: that is judged by the chain itself.
    attested: attested.slice(0, ATTESTED_LINKS).map((one) => one.version),
    heldAttested:
      newestFirst.find((one) => one.claimsAttestations && base.has(one.version) && releaseLine(one.version) === line)
        ?.version ?? null,
    lineAttested: attested.find((one) => releaseLine(one.version) === line)?.version ?? null,
    releasedBeside: own === undefined ? null : releasedBeside(own, versions),
    standing: {
      hooks: new Set(standing.flatMap(({ hooks }) => [...hooks.keys()])),
      exotic: new Set(standing.flatMap(({ exotic }) => exotic)),
    },
  }
}

/** Tells whether a version has been listed for so long that others are held against it. One without a time never is. */
export function isOld({ publishedAt }: Pick<VersionMetadata, 'publishedAt'>, now: Date): boolean {
  return publishedAt !== null && now.getTime() - publishedAt.getTime() >= ACCEPTED_AFTER_DAYS * DAY
}

/** The hooks of a version that the one before it does not have; all of them where there is none before it. */
export function addedHooks(version: Pick<VersionMetadata, 'hooks'>, before: VersionMetadata | null): readonly string[] {
  return [...version.hooks.keys()].filter((name) => before?.hooks.has(name) !== true)
}

/** The dependencies from beside the registries that the version before does not have. */
export function addedExotic(version: VersionMetadata, before: VersionMetadata | null): readonly string[] {
  return version.exotic.filter((edge) => before?.exotic.includes(edge) !== true)
}

/** The names that installing a version brings along, and installing the one before it did not. */
export function addedDependencies(version: VersionMetadata, before: VersionMetadata | null): readonly string[] {
  return [...version.dependencies.keys()].filter((name) => before?.dependencies.has(name) !== true)
}

// The accepted versions of one line, or of the package: the newest, and whether any of them claims attestations.
interface Trail {
  readonly newest: VersionMetadata
  readonly isAttested: boolean
}

function extend(trail: Trail | undefined, newest: VersionMetadata): Trail {
  return { newest, isAttested: newest.claimsAttestations || trail?.isAttested === true }
}

// What the relative rules would refuse, with the metadata alone. The first version of a package has nothing to break with.
function isContinuous(version: VersionMetadata, before: Trail | undefined): boolean {
  if (before === undefined) return true
  if (!version.claimsAttestations && before.isAttested) return false
  return addedHooks(version, before.newest).length === 0 && addedExotic(version, before.newest).length === 0
}

// A script that the package gave up years ago does not stand when it comes back this week.
function standingVersions(
  own: VersionMetadata | undefined,
  versions: readonly VersionMetadata[],
  now: Date,
): readonly VersionMetadata[] {
  if (own === undefined) return []
  if (isOld(own, now)) return [own]
  const newestFirst = versions.filter((one) => isOld(one, now) && isBefore(one, own)).toSorted((a, b) => byTime(b, a))
  const before = newestFirst.find((one) => releaseLine(one.version) === releaseLine(own.version)) ?? newestFirst[0]
  return before === undefined ? [] : [before]
}

function releasedBeside(own: VersionMetadata, versions: readonly VersionMetadata[]): string | null {
  const at = own.publishedAt?.getTime()
  if (at === undefined) return null
  const line = releaseLine(own.version)
  const beside = versions.filter(
    ({ version, publishedAt }) =>
      publishedAt !== null &&
      // Previews of the next line come out with every fix of this one.
      !version.split('+', 1).join('').includes('-') &&
      Math.abs(publishedAt.getTime() - at) <= BESIDE &&
      compareLines(releaseLine(version), line) > 0,
  )
  return beside.toSorted(byTime).at(-1)?.version ?? null
}

function isBefore(one: VersionMetadata, own: VersionMetadata | undefined): boolean {
  // Without a time of its own the version may be the newest there is.
  if (own?.publishedAt === undefined || own.publishedAt === null || one.publishedAt === null) return true
  return one.publishedAt.getTime() < own.publishedAt.getTime()
}

// Versions without a time come first: they are nobody's newest.
function byTime(left: VersionMetadata, right: VersionMetadata): number {
  return (left.publishedAt?.getTime() ?? -Infinity) - (right.publishedAt?.getTime() ?? -Infinity) || 0
}
