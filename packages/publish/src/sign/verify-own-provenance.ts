// SPDX-License-Identifier: Apache-2.0
import { verifyDocument } from '@bonafide/attestation'
import type { Identity, PrivateTrust, ProvenanceEvidence, RegistryKeys, SigstoreRoot } from '@bonafide/attestation'
import { isNonEmpty, nameAtVersion, publishFinding } from '@bonafide/core'
import type { Finding, NonEmpty, PublishFinding } from '@bonafide/core'
import type { CiJob } from '../ci-job.ts'
import type { PreparedPackage } from '../prepared-package.ts'
import { documentOf } from './sign-provenance.ts'
import type { SignedProvenance } from './sign-provenance.ts'

/** Whom consumers trust, as `openSources` prepares it; what is missing is null, and the findings say why. */
export interface RootsInForce {
  readonly root: SigstoreRoot | null
  readonly registryKeys: RegistryKeys | null
  readonly privateRoots: readonly PrivateTrust[]
  readonly findings: readonly Finding[]
}

/** What is verified, and against what. */
export interface OwnProvenance {
  readonly prepared: PreparedPackage
  readonly signed: SignedProvenance
  readonly trust: RootsInForce
  readonly job: CiJob
  readonly now: Date
}

/** What consumers will make of it. */
export type OwnVerdict =
  | { readonly kind: 'verified'; readonly evidence: ProvenanceEvidence }
  | { readonly kind: 'failed'; readonly findings: NonEmpty<PublishFinding> }

/**
 * Verifies our own provenance with the code and the trust of those who will install the package, before anything is sent: the bundle, its
 * subject, the bytes, and that the certificate names this very job.
 *
 * A certificate authority that certifies another job, a log that answers with another entry, a clock that is wrong: after sending, every
 * consumer would refuse the version, and its number would be used up.
 */
export function verifyOwnProvenance({ prepared, signed, trust, job, now }: OwnProvenance): OwnVerdict {
  const { name, version, integrity } = prepared
  const { root, registryKeys, privateRoots } = trust
  if (root === null)
    return failed(
      trust.findings.map((one) => unverified(prepared, one)),
      prepared,
    )
  const outcome = verifyDocument(
    { name, version, integrity },
    JSON.stringify(documentOf(signed)),
    // The registry has signed nothing yet.
    { root, registryKeys: registryKeys ?? { digest: '', keys: [] }, privateRoots },
    now,
  )
  const findings = outcome.findings.map((one) => (one.level === 'undecided' ? unverified : invalid)(prepared, one))
  const { provenance } = outcome
  if (provenance === null || findings.length > 0) return failed(findings, prepared)
  const others = differences(provenance.identity, job)
  return isNonEmpty(others)
    ? failed([otherJob(prepared, others)], prepared)
    : { kind: 'verified', evidence: provenance }
}

function failed(findings: readonly PublishFinding[], prepared: PreparedPackage): OwnVerdict {
  if (isNonEmpty(findings)) return { kind: 'failed', findings }
  // No evidence and no finding against it either: never a yes.
  return {
    kind: 'failed',
    findings: [invalid(prepared, { code: 'provenance-missing', found: 'no provenance', wanted: 'provenance' })],
  }
}

const NOT_SENT = 'nothing was published'

function invalid(
  { name, version }: PreparedPackage,
  { code, found, wanted }: Pick<Finding, 'code' | 'found' | 'wanted'>,
): PublishFinding {
  const isForeign = code === 'certificate-chain' || code === 'log-unknown' || code === 'timestamp-authority-unknown'
  return publishFinding('provenance-invalid', {
    subject: nameAtVersion(name, version),
    found: `${code}: ${found}`,
    wanted,
    fix: isForeign
      ? [
          `name the root of this Sigstore under "trustedRoots" in bonafide.json, for the scope of the package; ${NOT_SENT}`,
        ]
      : [`ask who runs this Sigstore; ${NOT_SENT}`],
  })
}

function unverified({ name, version }: PreparedPackage, { code, found, wanted, fix }: Finding): PublishFinding {
  return publishFinding('provenance-unverified', {
    level: 'undecided',
    subject: nameAtVersion(name, version),
    found: `${code}: ${found}`,
    wanted,
    fix: [`${fix}; ${NOT_SENT}`],
  })
}

interface DifferentField {
  readonly field: string
  readonly certificate: string | null
  readonly job: string | null
}

// The certificate is the authority; what the CI system told the job has to say the same, or one of them is about another job. Where, of what,
// and from which ref always has to be said.
function differences(identity: Identity, job: CiJob): readonly DifferentField[] {
  const fields: readonly (readonly [string, string | null, string | null, boolean])[] = [
    ['repository', identity.repository, job.repositoryUrl, true],
    ['commit', identity.commit, job.commit, true],
    ['ref', identity.ref, job.ref, true],
    ['workflow', identity.workflow, job.workflow, false],
    ['trigger', identity.trigger, job.trigger, false],
    ['runner', identity.runner, job.runner, false],
    ['run', identity.runUrl, job.runUrl, false],
  ]
  return fields.flatMap(([field, certificate, own, isNeeded]) =>
    certificate === own || (own === null && !isNeeded) ? [] : [{ field, certificate, job: own }],
  )
}

function otherJob({ name, version }: PreparedPackage, others: NonEmpty<DifferentField>): PublishFinding {
  const tell = (from: (one: DifferentField) => string | null): string =>
    others.map((one) => `${one.field} ${from(one) ?? 'unknown'}`).join(', ')
  return publishFinding('provenance-other-job', {
    subject: nameAtVersion(name, version),
    found: `a certificate for ${tell(({ certificate }) => certificate)}`,
    wanted: `one for this job: ${tell(({ job }) => job)}`,
    fix: [`see where the identity token comes from (SIGSTORE_ID_TOKEN, id_tokens); ${NOT_SENT}`],
  })
}
