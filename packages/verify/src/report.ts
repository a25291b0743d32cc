// SPDX-License-Identifier: Apache-2.0
import type { Evidence, Identity } from '@bonafide/attestation'
import { RULES } from '@bonafide/core'
import type { Finding, Location, Rule } from '@bonafide/core'
import type {
  Exemption,
  Judgement,
  Phase,
  PinState,
  PinnedIdentity,
  ReportVerdict,
  VerdictCounts,
  VerdictKind,
} from '@bonafide/policy'
import { RULE_TRAITS, reportVerdict } from '@bonafide/policy'

/** Where trust material came from and what it was: the two things that a reader of a report has to be able to check. */
export interface TrustReport {
  /** `file`, `tuf` or `tuf-cache`; `none` where there was none to be had. */
  readonly source: string
  /** `sha256:` and hexadecimal, of the document's bytes; null where there was none. */
  readonly digest: string | null
}

/** A private trust root that the policy names: which file, and for whom it may speak. */
export interface PrivateRootReport {
  readonly file: string
  /** `sha256:` and hexadecimal, of the document's bytes. */
  readonly digest: string
  readonly scopes: readonly string[]
}

/** One verified attestation, as reports show it. */
export interface EvidenceReport {
  readonly predicateType: string
  readonly mediaType: string
  /** Kind and version of the log entry, such as `dsse/0.0.1`. */
  readonly log: string
  /** ISO 8601, by the log's signature; null where the log signs no time (Rekor v2). */
  readonly integratedTime: string | null
  /** ISO 8601: the latest verified time, by the word of a log or of a timestamp authority. */
  readonly time: string
  readonly logIndex: string
  readonly trustDomain: string
}

/** The verdict on one version, as reports show it. */
export interface PackageReport {
  readonly name: string
  readonly version: string
  readonly integrity: string | null
  /**
   * What binds {@link PackageReport.integrity}: the lockfile, or only the registry by its signature over name, version and integrity;
   * null where nothing does.
   */
  readonly boundBy: 'lockfile' | 'registry' | null
  readonly verdict: VerdictKind
  readonly pin: PinState
  readonly locations: readonly Location[]
  readonly findings: readonly Finding[]
  readonly identity: Identity | null
  readonly evidence: readonly EvidenceReport[]
  /**
   * Why the version is `outside` (a sentence), `unattested` (`pinned-none` or `rule-lowered`) or `exempt` (the codes that were waived, and an exemption's reason);
   * null for the other verdicts.
   */
  readonly because: string | null
  /** The exemption that waived something here: what it may waive, and why; null where none did. */
  readonly exemption: Pick<Exemption, 'rules' | 'reason'> | null
  /** For a refused version, the newest one of its package that would be trusted; null where none was found or looked for. */
  readonly passes: string | null
}

/**
 * The answer for a project. This is what `--json` prints: `schemaVersion` changes when a field changes its meaning or goes away.
 */
export interface Report {
  readonly schemaVersion: 1
  readonly verdict: ReportVerdict
  readonly counts: VerdictCounts
  readonly trust: TrustReport & {
    readonly registryKeys: TrustReport
    readonly privateRoots: readonly PrivateRootReport[]
  }
  /** There only when the time was given and not the clock's. */
  readonly simulated?: true
  /** The time that the verdicts hold for, ISO 8601. */
  readonly now: string
  readonly lockfiles: readonly string[]
  /** The registry whose attestations were asked for. */
  readonly evidenceRegistry: string
  /** What the reader of the report should know beside the verdicts. */
  readonly notes: readonly Note[]
  /** The rules that could not be run, since tarballs were not looked at. */
  readonly rulesNotRun: readonly Rule[]
  readonly packages: readonly PackageReport[]
}

/** Something about the run as a whole. */
export type Note =
  | { readonly code: 'no-registry-dependencies' }
  | { readonly code: 'no-pins' }
  /** An exemption is for bytes that no lockfile holds any more. */
  | { readonly code: 'exemption-stale'; readonly name: string; readonly version: string }
  /** No tarball was looked at, so these rules saw what the registry says of versions, and not what is in them. */
  | { readonly code: 'metadata-only'; readonly rules: readonly Rule[] }
  /** Tarballs were looked at, but for so many versions that are not unpacked here: those of other systems, or left out by option. */
  | { readonly code: 'not-unpacked'; readonly versions: number }
  /** npm is configured with a registry that serves no attestations, so another one was asked. */
  | { readonly code: 'evidence-elsewhere'; readonly configured: string; readonly asked: string }
  /** The project's own `.npmrc` names the registry that was asked: who can change the project chooses who answers for its metadata. */
  | { readonly code: 'registry-from-project'; readonly registry: string }
  | { readonly code: 'setting-ignored'; readonly key: string; readonly source: string; readonly reason: string }
  /** A file of evidence answered in place of registries. */
  | { readonly code: 'evidence-file'; readonly file: string; readonly digest: string; readonly exported: string }
  /** What was heard was written into a file of evidence. */
  | { readonly code: 'evidence-exported'; readonly file: string; readonly digest: string; readonly exported: string }
  | { readonly code: 'trust-refresh-failed'; readonly reason: string }
  /** The policy only looks on, up to and including this day: what is refused or undecided stops nothing. */
  | { readonly code: 'observing'; readonly until: string }
  /** It did until this day. */
  | { readonly code: 'observe-ended'; readonly until: string }
  | { readonly code: 'rule-lowered'; readonly rule: string; readonly level: string }
  /** The base's files judged (`base`), or the project's own, which were held against them (`own`). */
  | { readonly code: 'judged-by-base'; readonly ref: string; readonly commit: string; readonly files: 'base' | 'own' }
  /** The base has no file of bonafide: the default policy judged, and nothing is on record. */
  | { readonly code: 'base-without-bonafide'; readonly ref: string }
  | { readonly code: 'base-lockfile-unusable'; readonly ref: string; readonly reason: string }
  /** Somebody said that no base judges. */
  | { readonly code: 'base-left-out' }
  /** Packages that are recorded as having no provenance, and show it now: until that is recorded, a release without it passes again. */
  | { readonly code: 'provenance-unrecorded'; readonly packages: readonly string[] }
  | { readonly code: 'new-pins'; readonly pins: readonly NewPinReport[] }
  /** This lockfile binds archives of the package manager's own: what was verified of these versions is bound by the registry alone. */
  | { readonly code: 'bound-by-registry'; readonly lockfile: string; readonly packages: number }
  /** Archives of Yarn's in the project that nobody looked into: of these packages whoever writes the project writes the bytes. */
  | { readonly code: 'archives-unchecked'; readonly folder: string; readonly archives: number }
  /** Packages that are changed by files of the project after they were verified: whoever reviews those files answers for them. */
  | { readonly code: 'patched'; readonly lockfile: string; readonly packages: readonly string[] }

/** A pin of a package that has none in the base, for people to look at. */
export interface NewPinReport {
  readonly name: string
  readonly identities: readonly PinnedIdentity[] | 'none'
  readonly lines: Readonly<Record<string, string>>
  readonly hooks: readonly string[]
  /** Whether versions were judged by it already. */
  readonly judges: boolean
}

/** Everything that a report is made of. */
export interface ReportParts {
  readonly packages: readonly PackageReport[]
  /** Whether any version was to come from a registry. */
  readonly hasRegistryVersions: boolean
  readonly trust: Report['trust']
  readonly now: Date
  readonly simulated: boolean
  readonly lockfiles: readonly string[]
  readonly evidenceRegistry: string
  readonly notes: readonly Note[]
  /** Whether tarballs were looked at. */
  readonly readsTarballs: boolean
}

/** Counts the verdicts and sums them up. */
export function buildReport({
  packages,
  hasRegistryVersions,
  simulated,
  now,
  readsTarballs,
  ...parts
}: ReportParts): Report {
  const counts = { trusted: 0, unattested: 0, exempt: 0, outside: 0, refused: 0, undecided: 0 }
  for (const { verdict } of packages) counts[verdict] += 1
  const verdict = reportVerdict(counts)
  // Satisfied because there was nothing to judge, which is said; that nothing is pinned either, goes without saying.
  const isEmpty = !hasRegistryVersions && verdict === 'satisfied'
  const isPartial = hasRegistryVersions && !readsTarballs
  const partly: readonly Note[] = isPartial ? [{ code: 'metadata-only', rules: inPhases('lock', 'bytes') }] : []
  const notes: readonly Note[] = isEmpty
    ? [{ code: 'no-registry-dependencies' }, ...parts.notes.filter(({ code }) => code !== 'no-pins')]
    : [...parts.notes, ...partly]
  return {
    schemaVersion: 1,
    verdict,
    counts,
    trust: parts.trust,
    ...(simulated ? { simulated } : {}),
    now: now.toISOString(),
    lockfiles: parts.lockfiles,
    evidenceRegistry: parts.evidenceRegistry,
    notes,
    rulesNotRun: isPartial ? inPhases('bytes') : [],
    packages: packages.toSorted(byNameThenVersion),
  }
}

// The rules that run in exactly these phases.
function inPhases(...phases: readonly Phase[]): readonly Rule[] {
  return RULES.filter((rule) => RULE_TRAITS[rule].phases.join() === phases.join())
}

/** What a version's judgement looks like in a report. */
export function packageReport(
  about: Pick<PackageReport, 'name' | 'version' | 'integrity' | 'locations'> & Partial<Pick<PackageReport, 'boundBy'>>,
  { verdict, pin, findings, exemption }: Judgement,
  verified: readonly Evidence[],
): PackageReport {
  return {
    name: about.name,
    version: about.version,
    integrity: about.integrity,
    boundBy: about.boundBy ?? null,
    locations: about.locations,
    verdict: verdict.kind,
    pin,
    findings: findings.toSorted((left, right) => rankOf(left) - rankOf(right)),
    identity: verified.find((item) => item.kind === 'provenance')?.identity ?? null,
    evidence: verified.map(evidenceReport),
    because: becauseOf(verdict, exemption),
    exemption: exemption === null ? null : { rules: exemption.rules, reason: exemption.reason },
    passes: null,
  }
}

function becauseOf(verdict: Judgement['verdict'], exemption: Judgement['exemption']): string | null {
  switch (verdict.kind) {
    case 'outside':
      return verdict.reason
    case 'unattested':
      return verdict.because
    case 'exempt': {
      const codes = [...new Set(verdict.waived.map(({ code }) => code))].join(', ')
      return `waived: ${codes}${exemption === null ? '' : `; reason: ${exemption.reason}`}`
    }
    case 'trusted':
    case 'refused':
    case 'undecided':
    default:
      return null
  }
}

// A version that is not there and a lockfile that names other bytes are causes; what attestations then fail to show follows from them.
const CAUSES: readonly Finding['rule'][] = ['withdrawn', 'lock-mismatch']

function rankOf({ rule }: Finding): number {
  const rank = CAUSES.indexOf(rule)
  return rank === -1 ? CAUSES.length : rank
}

function evidenceReport({ predicateType, mediaType, log: [entry], time, trustDomain }: Evidence): EvidenceReport {
  return {
    predicateType,
    mediaType,
    log: entry.kind,
    integratedTime: entry.integratedTime?.toISOString() ?? null,
    time: time.toISOString(),
    logIndex: entry.logIndex,
    trustDomain,
  }
}

// By code unit, so that a report is the same whatever the machine's language.
function byNameThenVersion(left: PackageReport, right: PackageReport): number {
  if (left.name !== right.name) return left.name < right.name ? -1 : 1
  return left.version === right.version ? 0 : left.version < right.version ? -1 : 1
}

/** A finding without the lockfile reader's own fields: a report says where a package stands once, in its locations. */
export function plain({ code, rule, level, found, wanted, fix, entry }: Finding): Finding {
  return { code, rule, level, found, wanted, fix, ...(entry === undefined ? {} : { entry }) }
}
