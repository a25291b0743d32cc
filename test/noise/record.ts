// SPDX-License-Identifier: Apache-2.0
// The recorded packages: who published what, and when. Read where the corpus lies.
import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { parsePackument } from '@bonafide/registry'
import type { Packument, PackumentVersion } from '@bonafide/registry'
import { corpusPath, corpusText } from '../support/corpus.ts'

/** One version, as it came out. */
export interface Release {
  readonly version: string
  readonly at: Date
  readonly isStable: boolean
  readonly manifest: PackumentVersion
}

/** A package, with all that is recorded of it. */
export interface PackageRecord {
  readonly name: string
  /** In the order in which they came out. */
  readonly releases: readonly Release[]
  /** When it was recorded: its newest version may be older. */
  readonly until: Date
  /** The newest record, whole. */
  readonly packument: Packument
}

/** What the corpus holds of packages. */
export interface Records {
  /** Every package once, its records put together. */
  readonly merged: readonly PackageRecord[]
  /** The packages of which some record holds every version: the newest such record of each. */
  readonly whole: readonly PackageRecord[]
}

// Made by another project to test its own rule: a version without provenance after one with it, on purpose.
const NOT_HONEST: ReadonlySet<string> = new Set(['@pnpm/e2e.test-provenance'])
// Records of this project were cut to the newest ten versions and those that a dist-tag names.
const CUT = 'npmx-dev+npmx.dev'

/** Reads every recorded package. */
export function readRecords(): Records {
  const index = JSON.parse(corpusText('packuments', 'index.json')) as { name: string; file: string }[]
  const all = index
    .filter(({ name }) => !NOT_HONEST.has(name))
    .map(({ name, file }) => ({ isWhole: !file.includes(CUT), record: readRecord(name, file) }))
    .toSorted((left, right) => left.record.until.getTime() - right.record.until.getTime())
  const merged = new Map<string, PackageRecord>()
  const whole = new Map<string, PackageRecord>()
  for (const { record, isWhole } of all) {
    merged.set(record.name, join(merged.get(record.name), record))
    if (isWhole) whole.set(record.name, record)
  }
  return { merged: sorted(merged), whole: sorted(whole) }
}

function readRecord(name: string, file: string): PackageRecord {
  const packument = parsePackument(name, JSON.parse(gunzipSync(readFileSync(corpusPath(file))).toString()))
  if ('problem' in packument) throw new Error(`${file}: ${packument.problem}`)
  const { versions, modified } = packument
  const releases = [...versions.values()].map((manifest) => releaseOf(manifest, packument))
  if (modified === null) throw new Error(`${file} does not say when it was recorded`)
  return { name, releases: inOrder(releases), until: modified, packument }
}

function releaseOf(manifest: PackumentVersion, { name, time }: Packument): Release {
  const at = time?.get(manifest.version)
  if (at === undefined) throw new Error(`${name}@${manifest.version} has no time`)
  return { version: manifest.version, at, isStable: !isPrerelease(manifest.version), manifest }
}

// The later record of a version tells more: attestations are advertised from some day on.
function join(older: PackageRecord | undefined, newer: PackageRecord): PackageRecord {
  const releases = new Map(older?.releases.map((release) => [release.version, release]))
  for (const release of newer.releases) releases.set(release.version, release)
  return { ...newer, releases: inOrder([...releases.values()]) }
}

function inOrder(releases: readonly Release[]): readonly Release[] {
  return releases.toSorted(
    (left, right) => left.at.getTime() - right.at.getTime() || compareVersions(left.version, right.version),
  )
}

/** Orders versions by their three numbers; what stands behind them does not count. */
export function compareVersions(left: string, right: string): number {
  const [first, second] = [numbersOf(left), numbersOf(right)]
  return first.map((number, index) => number - (second[index] ?? 0)).find((difference) => difference !== 0) ?? 0
}

function numbersOf(version: string): readonly number[] {
  return (version.split(/[+-]/u)[0] ?? '').split('.').map(Number)
}

function isPrerelease(version: string): boolean {
  return version.split('+')[0]?.includes('-') === true
}

function sorted(records: ReadonlyMap<string, PackageRecord>): readonly PackageRecord[] {
  return [...records.values()].toSorted((left, right) => (left.name < right.name ? -1 : 1))
}
