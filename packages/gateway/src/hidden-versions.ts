// SPDX-License-Identifier: Apache-2.0
import { parseIntegrity } from '@bonafide/core'
import type { Rule } from '@bonafide/core'
import { exemptionFor, requiredStrength, settingsFor } from '@bonafide/policy'
import type { Packument, PackumentVersion } from '@bonafide/registry'
import type { OwnFiles } from '@bonafide/verify'
import semver from 'semver'

/** A version that a client was not shown, and what the registry's metadata says against it. */
export interface HiddenVersion {
  readonly name: string
  readonly version: string
  readonly because: 'cooldown' | 'provenance-missing'
}

/** What hiding is decided by. */
export interface HidingFacts {
  readonly packument: Packument
  /** When versions were published, as the registry claims; null where nobody says. */
  readonly time: ReadonlyMap<string, Date> | null
  readonly own: Pick<OwnFiles, 'policy' | 'pins' | 'exemptions'>
  /** The versions of the package that a lockfile holds and that were approved. */
  readonly approved: readonly string[]
  readonly now: Date
}

const HOUR = 3_600_000

/**
 * Chooses the versions that a client is not shown, by the registry's own word: that costs nothing and decides nothing, since whatever is
 * asked for is judged all the same.
 *
 * Never one that a lockfile holds nor one below it: an update would end in an older version than before. Never all: a package without
 * versions looks like one that is not there, and the refusal says more.
 */
export function chooseHidden({ packument, time, own, approved, now }: HidingFacts): readonly HiddenVersion[] {
  const { name, versions } = packument
  const settings = settingsFor(own.policy, name)
  const pin = own.pins.packages.get(name)
  const isYoung = ({ version }: PackumentVersion): boolean => {
    const published = time?.get(version)
    return published !== undefined && published.getTime() + settings.cooldownHours * HOUR > now.getTime()
  }
  const owes = ({ version, claimsAttestations }: PackumentVersion): boolean =>
    !claimsAttestations && pin !== undefined && requiredStrength(pin, version) === 'provenance'
  const hidden = [...versions.values()].flatMap((one): HiddenVersion[] => {
    const { version } = one
    if (semver.valid(version) === null || approved.some((locked) => semver.lte(version, locked))) return []
    const stops = (rule: Rule): boolean => settings.level(rule) === 'refuse' && !isExempt(one, name, rule, own)
    if (owes(one) && stops('provenance-required')) return [{ name, version, because: 'provenance-missing' }]
    return isYoung(one) && stops('cooldown') ? [{ name, version, because: 'cooldown' }] : []
  })
  return hidden.length === versions.size ? [] : hidden
}

function isExempt(
  { version, integrity }: PackumentVersion,
  name: string,
  rule: Rule,
  { exemptions }: HidingFacts['own'],
): boolean {
  const field = parseIntegrity(integrity)
  const bytes = field.state === 'sha512' ? field.sha512 : null
  return exemptionFor(exemptions, name, version, bytes)?.rules.includes(rule) === true
}

/** The tags without hidden versions: `latest` falls back to the newest version that is left, older ones and full releases first; others go. */
export function mendTags(packument: Packument, hidden: ReadonlySet<string>): ReadonlyMap<string, string> {
  const left = [...packument.versions.keys()]
    .filter((version) => !hidden.has(version) && semver.valid(version) !== null)
    .sort(semver.rcompare)
  return new Map(
    [...packument.tags].flatMap(([tag, version]) => {
      if (!hidden.has(version)) return [[tag, version] as const]
      if (tag !== 'latest') return []
      const older = left.filter((one) => semver.lt(one, version))
      const instead = older.find((one) => semver.prerelease(one) === null) ?? older[0] ?? left[0]
      return instead === undefined ? [] : [[tag, instead] as const]
    }),
  )
}

/** A metadata document without hidden versions. */
export function withoutHidden(document: unknown, packument: Packument, hidden: readonly HiddenVersion[]): unknown {
  if (hidden.length === 0 || typeof document !== 'object' || document === null) return document
  const gone = new Set(hidden.map(({ version }) => version))
  const versions = [...packument.versions.keys()].filter((version) => !gone.has(version))
  return {
    ...document,
    'dist-tags': Object.fromEntries(mendTags(packument, gone)),
    versions: Object.fromEntries(versions.map((version) => [version, packument.manifest(version)])),
  }
}
