// SPDX-License-Identifier: Apache-2.0
import { isAbsolute, relative, sep } from 'node:path'
import type { Finding, Location } from '@bonafide/core'
import type { PackageReport, Report } from '@bonafide/verify'

/** A finding at the place where a person mends it: what every form wants that shows findings beside the lockfile's lines. */
export interface PlacedFinding {
  readonly item: PackageReport
  readonly finding: Finding
  /** What it does: what was only said stops nothing, not even where something else does. */
  readonly effect: 'refuses' | 'leaves-open' | 'warns'
  /** The first place; null only where nothing was read from a file. */
  readonly place: Location | null
  /** The other places of the same version. */
  readonly others: readonly Location[]
}

const ORDER = ['refuses', 'leaves-open', 'warns'] as const

/**
 * Every finding of a report with its place: what refuses first, then what leaves open, then what is only said. None is dropped: one
 * without a place of its own stands on the first line of the first lockfile.
 */
export function placedFindings({
  packages,
  lockfiles,
}: Pick<Report, 'packages' | 'lockfiles'>): readonly PlacedFinding[] {
  const [lockfile] = lockfiles
  const fallback = lockfile === undefined ? null : { file: lockfile, line: 1 }
  const all = packages.flatMap((item) =>
    item.findings.map((finding): PlacedFinding => {
      const [place = fallback, ...others] = item.locations
      return { item, finding, effect: effectOf(finding, item.verdict), place, others }
    }),
  )
  return ORDER.flatMap((effect) => all.filter((one) => one.effect === effect))
}

function effectOf({ level }: Finding, verdict: PackageReport['verdict']): PlacedFinding['effect'] {
  if (level === 'warn' || (verdict !== 'refused' && verdict !== 'undecided')) return 'warns'
  return level === 'undecided' ? 'leaves-open' : 'refuses'
}

/** What a finding is about: name and version, or the name of a file as a whole. */
export function subjectOf({ name, version }: Pick<PackageReport, 'name' | 'version'>): string {
  return version === '' ? name : `${name}@${version}`
}

// How many further places a message names.
const NAMED = 5

/** What a finding says, in parts: subject, found, wanted, next, instead, and where else the version stands. Foreign text. */
export function partsOf({ item, finding, others }: PlacedFinding): readonly string[] {
  const { found, wanted, fix } = finding
  const more = others.length - NAMED
  const also = others.slice(0, NAMED).map(({ file, line }) => `${file}:${line}`)
  return [
    subjectOf(item),
    `found ${found}`,
    `wanted ${wanted}`,
    ...(fix === '' ? [] : [`next ${fix}`]),
    ...(item.passes === null ? [] : [`instead ${item.name}@${item.passes}`]),
    ...(also.length === 0 ? [] : [`also at ${also.join(', ')}${more > 0 ? ` and ${more} more` : ''}`]),
  ]
}

// Where CI systems say the repository's folder is.
const ROOTS = ['GITHUB_WORKSPACE', 'CI_PROJECT_DIR'] as const

/** Names a file from the repository's folder, as {@link fromRepository} does. */
export function namedFromRepository(
  cwd: string,
  env: Readonly<Record<string, string | undefined>>,
): (file: string) => string {
  const root = ROOTS.map((name) => env[name]).find((folder) => folder !== undefined && isAbsolute(folder))
  const below = root === undefined ? '' : relative(root, cwd)
  if (below === '' || below.startsWith('..') || isAbsolute(below)) return (file) => file
  return (file) => (isAbsolute(file) ? file : `${below.replaceAll(sep, '/')}/${file}`)
}

/**
 * The report with its files named from the repository's folder, where a CI system says which that is and the command runs below it: it is
 * from there that annotations are placed. Nothing else about the report changes.
 */
export function fromRepository<R extends Report>(
  report: R,
  cwd: string,
  env: Readonly<Record<string, string | undefined>>,
): R {
  const named = namedFromRepository(cwd, env)
  return {
    ...report,
    lockfiles: report.lockfiles.map(named),
    packages: report.packages.map((item) => ({
      ...item,
      locations: item.locations.map(({ file, line }) => ({ file: named(file), line })),
    })),
  }
}
