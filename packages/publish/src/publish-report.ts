// SPDX-License-Identifier: Apache-2.0
import type { Identity } from '@bonafide/attestation'
import { publishVerdict } from '@bonafide/core'
import type { PublishFinding } from '@bonafide/core'
import type { PackageReport } from '@bonafide/verify'
import type { CiJob } from './ci-job.ts'
import type { LogPlace } from './sign/sign-provenance.ts'
import type { Access } from './upload-document.ts'

/** What became of a release. */
export type PublishOutcome =
  /** Sent, and served as it was sent. */
  | 'published'
  /** It was there before, the same bytes, and is served as this job would have sent it. */
  | 'already-published'
  /** It waits for a person's approval. */
  | 'staged'
  /** A dry run that found nothing against it. */
  | 'ready'
  /** Nothing of it is at the registry. */
  | 'not-published'
  /** It was sent, perhaps, and has not been seen as it was sent. */
  | 'unconfirmed'

/** The provenance that was signed, and where it is logged. */
export interface SignedReport {
  readonly identity: Identity
  readonly predicateType: string
  readonly mediaType: string
  readonly log: LogPlace
  /** Whether Sigstore's public instance signed it. */
  readonly isPublic: boolean
}

/** The answer for one version: what `bonafide publish --json` prints. `schemaVersion` changes when a field changes its meaning or goes away. */
export interface PublishReport {
  readonly schemaVersion: 1
  readonly verdict: 'satisfied' | 'refused' | 'undecided' | 'unconfirmed'
  readonly outcome: PublishOutcome
  readonly isDryRun: boolean
  /** Null where nothing could be read. */
  readonly package: {
    readonly name: string
    readonly version: string
    readonly integrity: string | null
    readonly tag: string
    readonly access: Access
  } | null
  readonly registry: string | null
  readonly job: CiJob | null
  /** The token that the job's identity was exchanged for; null where there was none. */
  readonly exchange: {
    readonly created: string | null
    readonly expires: string | null
    readonly isRevoked: boolean
  } | null
  /** Null where nothing was signed in this run. */
  readonly provenance: SignedReport | null
  /** The id by which a maintainer approves what waits. */
  readonly stageId: string | null
  /** What a consumer makes of it; null where it was not read back. */
  readonly consumer: PackageReport | null
  readonly links: readonly PublishLink[]
  readonly findings: readonly PublishFinding[]
}

/** A place where people can look for themselves. */
export interface PublishLink {
  readonly what: 'package' | 'attestations' | 'log' | 'run'
  readonly url: string
}

/** Everything of a report but what follows from it. */
export type ReportParts = Partial<Omit<PublishReport, 'schemaVersion' | 'verdict' | 'outcome' | 'findings'>> & {
  readonly outcome: PublishOutcome
  readonly findings: readonly PublishFinding[]
}

/** Makes a report. What is unconfirmed is never told as refused or undecided: somebody has to look. */
export function buildPublishReport(parts: ReportParts): PublishReport {
  const { outcome, findings, ...more } = parts
  return {
    schemaVersion: 1,
    verdict: outcome === 'unconfirmed' ? 'unconfirmed' : publishVerdict(findings),
    outcome,
    isDryRun: false,
    package: null,
    registry: null,
    job: null,
    exchange: null,
    provenance: null,
    stageId: null,
    consumer: null,
    links: [],
    ...more,
    findings,
  }
}
