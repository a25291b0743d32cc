// SPDX-License-Identifier: Apache-2.0
import { nameAtVersion, publishFinding } from '@bonafide/core'
import type { PublishCode, PublishFinding } from '@bonafide/core'
import { foreignPart, tagOf } from './known-releases.ts'
import type { KnownReleases } from './known-releases.ts'
import type { SeenPackage, SeenVersion } from './seen-package.ts'

/** What came of a package's versions. */
export interface CheckedVersions {
  readonly findings: readonly PublishFinding[]
  /** The versions against which something was found that alarms. */
  readonly alarming: ReadonlySet<string>
  /** From when on versions are judged: what is older was released before this repository had provenance. Null: all are. */
  readonly since: Date | null
  /** How many are older. */
  readonly earlier: number
}

// A wall of blocks hides the one that matters.
const MOST_BLOCKS = 3

/** Holds each version that the registry shows against what the repository released. Pure. */
export function checkVersions(seen: SeenPackage, known: KnownReleases, given: Date | null): CheckedVersions {
  const since = given ?? firstOwn(seen, known)
  const judged = seen.versions.filter(
    ({ publishedAt }) => since === null || publishedAt === null || publishedAt >= since,
  )
  const reasons = judged.flatMap((one) => reasonsAgainst(one, seen, known))
  const alarming = new Set(reasons.filter(({ isOpen }) => !isOpen).map(({ version }) => version))
  const findings = CODES.flatMap((code) => {
    const own = reasons.filter((reason) => reason.code === code)
    return own.length <= MOST_BLOCKS ? own.map((reason) => toFinding(seen, [reason])) : [toFinding(seen, own)]
  })
  return { findings, alarming, since, earlier: seen.versions.length - judged.length }
}

const CODES = [
  'watch-bytes-changed',
  'watch-untagged',
  'watch-unattested',
  'watch-foreign-provenance',
  'watch-by-token',
  'watch-unreadable',
] as const satisfies readonly PublishCode[]

interface Reason {
  readonly code: (typeof CODES)[number]
  readonly version: string
  readonly found: string
  readonly wanted: string
  readonly fix: readonly [string, ...string[]]
  /** Nobody could tell. */
  readonly isOpen?: boolean
}

function reasonsAgainst(one: SeenVersion, seen: SeenPackage, known: KnownReleases): readonly Reason[] {
  const { version, integrity, provenance } = one
  const recorded = known.recorded?.versions.get(version)
  if (recorded !== undefined) {
    // The bytes that a person let pass are replaced.
    if (recorded === integrity) return []
    const found = integrity ?? 'no sha512'
    return [{ code: 'watch-bytes-changed', version, found, wanted: recorded, fix: stolen(known.name, version) }]
  }
  const tag = tagOf(known, version)
  const reasons: Reason[] = []
  // A release that nobody here made: a stolen token, or a workflow that somebody else could start.
  if (tag === undefined)
    reasons.push({
      code: 'watch-untagged',
      version,
      found: `a version that no tag of this repository names, ${describe(one)}`,
      wanted: 'a tag for every version',
      fix: stolen(known.name, version),
    })
  switch (provenance.state) {
    case 'none':
    case 'failed':
      reasons.push({
        code: 'watch-unattested',
        version,
        found: provenance.state === 'none' ? `no provenance, ${describe(one)}` : provenance.found,
        wanted: `provenance of ${known.repository ?? 'this repository'}`,
        fix: stolen(known.name, version),
      })
      break
    case 'verified': {
      const foreign = foreignPart(known, provenance.identity, tag)
      if (foreign !== null)
        reasons.push({ code: 'watch-foreign-provenance', version, ...foreign, fix: stolen(known.name, version) })
      break
    }
    case 'unknown':
    default: {
      const fix = ['run it again when the registry answers'] as const
      reasons.push({
        code: 'watch-unreadable',
        version,
        found: provenance.found,
        wanted: 'its attestations',
        fix,
        isOpen: true,
      })
    }
  }
  // Provenance is signed by the job; who sends it may still hold a token without end.
  if (one.trustedPublisher === null && !one.isApproved && hadTrustedPublisher(seen, one))
    reasons.push({
      code: 'watch-by-token',
      version,
      found: `published by ${one.publisher ?? 'nobody that is named'} with a token`,
      wanted: 'trusted publishing, as for earlier versions',
      fix: [
        'bonafide doctor tokens, and revoke what could publish',
        `npm access set mfa=publish ${known.name}: no token publishes it without a second factor any more`,
      ],
    })
  return reasons
}

function describe({ publishedAt, publisher, trustedPublisher }: SeenVersion): string {
  const when = publishedAt === null ? '' : ` at ${publishedAt.toISOString()}`
  return `published${when} by ${publisher ?? 'nobody that is named'}${trustedPublisher === null ? ' with a token' : ''}`
}

function stolen(name: string, version: string): readonly [string, ...string[]] {
  return [
    `nobody of yours released it? bonafide doctor tokens --revoke, then npm unpublish ${nameAtVersion(name, version)}`,
    'somebody did? bonafide watch --record, and commit what it writes',
  ]
}

function hadTrustedPublisher({ versions }: SeenPackage, { publishedAt, version }: SeenVersion): boolean {
  return versions.some(
    (other) =>
      other.version !== version &&
      other.trustedPublisher !== null &&
      (publishedAt === null || other.publishedAt === null || other.publishedAt <= publishedAt),
  )
}

// The first release whose provenance is this repository's own: before it, there was none to be asked for.
function firstOwn({ versions }: SeenPackage, { repository }: KnownReleases): Date | null {
  const times = versions.flatMap(({ provenance, publishedAt }) =>
    provenance.state === 'verified' && provenance.identity.repository === repository && publishedAt !== null
      ? [publishedAt.getTime()]
      : [],
  )
  return times.length === 0 ? null : new Date(Math.min(...times))
}

function toFinding({ name }: SeenPackage, reasons: readonly Reason[]): PublishFinding {
  const [first] = reasons
  // Cannot happen: findings are made of reasons.
  if (first === undefined) throw new TypeError('a finding without a reason')
  const { code, found, wanted, fix, isOpen = false } = first
  const level = isOpen ? ('undecided' as const) : ('refuse' as const)
  if (reasons.length === 1)
    return publishFinding(code, { subject: nameAtVersion(name, first.version), found, wanted, fix, level })
  const names = reasons.slice(0, MOST_BLOCKS).map(({ version }) => version)
  const rest = reasons.length - names.length
  return publishFinding(code, {
    subject: `${name}, ${reasons.length} versions`,
    found: `${names.join(', ')} and ${rest} more; ${first.version}: ${found}`,
    wanted,
    fix: isOpen
      ? fix
      : [...fix, 'they are of old? bonafide watch --since ISO8601, the day from which on all is by this repository'],
    level,
  })
}
