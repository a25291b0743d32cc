// SPDX-License-Identifier: Apache-2.0
import { createHash } from 'node:crypto'

interface Metadata {
  readonly versions: Readonly<Record<string, Manifest>>
  readonly time?: Readonly<Record<string, string>>
}

interface Manifest {
  readonly version: string
  readonly dist: Readonly<Record<string, unknown>>
}

// A release a week, up to a year before the one that is locked.
const WEEK = 7 * 24 * 60 * 60 * 1000
const LAST = Date.UTC(2025, 0, 15)

/**
 * Lists earlier versions in a package's metadata, so that it is as long as that of a package with a past. Nobody can install them: what
 * they hash to is made up.
 */
export function withEarlierVersions(text: string, count: number): string {
  const document = JSON.parse(text) as Metadata
  const [newest] = Object.values(document.versions)
  if (newest === undefined) throw new Error('no version')
  const { attestations: _, ...dist } = newest.dist
  const numbers = Array.from({ length: count }, (_unused, index) => `0.${index}.0`)
  const earlier = numbers.map((version): readonly [string, Manifest] => {
    const digest = createHash('sha512').update(`${version} ${text.length}`).digest('base64')
    return [version, { ...newest, version, dist: { ...dist, integrity: `sha512-${digest}` } }]
  })
  const times = numbers.map((version, index): readonly [string, string] => [
    version,
    new Date(LAST - (count - index) * WEEK).toISOString(),
  ])
  return JSON.stringify({
    ...document,
    versions: { ...(Object.fromEntries(earlier) as object), ...document.versions },
    ...(document.time === undefined ? {} : { time: { ...document.time, ...(Object.fromEntries(times) as object) } }),
  })
}
