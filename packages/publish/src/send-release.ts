// SPDX-License-Identifier: Apache-2.0
import type { PublishFinding, Secret } from '@bonafide/core'
import type { CiJob } from './ci-job.ts'
import { deliver } from './deliver.ts'
import { deliverStage } from './deliver-stage.ts'
import { lookUp } from './look-up.ts'
import type { OpenRelease } from './open-release.ts'
import { dropsProvenance } from './publish-findings.ts'
import type { PublishOptions } from './publish-options.ts'
import type { ReportParts, SignedReport } from './publish-report.ts'
import { readBack } from './read-back.ts'
import { unreadableBack } from './read-back-findings.ts'
import type { ReadBackRequest, WantedIdentity } from './read-back-request.ts'
import { lostInTransit, takenByOtherBytes } from './send-findings.ts'
import type { SealedBundle } from './upload-document.ts'
import type { UploadOrder } from './upload-order.ts'

/** What signing came to: a bundle, or what stands against it; nothing was sent to the registry either way. */
export type ReleaseSigning =
  | { readonly kind: 'signed'; readonly bundle: SealedBundle; readonly report: SignedReport }
  | { readonly kind: 'failed'; readonly findings: readonly PublishFinding[] }

/** Signs a release and verifies the result as consumers will. */
export type Sign = (release: OpenRelease, options: PublishOptions) => Promise<ReleaseSigning>

/**
 * Steps 5 to 7: sign, send, read back. What the registry has already is not signed and sent again, and a dry run neither signs nor sends.
 *
 * Never rejects once something may have been sent: what goes wrong then is told as what it is.
 */
export async function sendRelease(
  release: OpenRelease,
  token: Secret,
  sign: Sign,
  options: PublishOptions,
): Promise<ReportParts> {
  const { prepared, registry, connectionTo, readAs } = release
  const { isStaged, isDryRun, withoutProvenance, patience, onStage } = options
  const bare: UploadOrder = {
    ...release,
    bundle: null,
    token,
    isStaged,
    isPublicSigstore: options.policy.sigstore === null,
    otp: options.otp,
    deadline: patience.sendDeadline,
  }
  onStage?.('look', registry)
  const shown = await lookUp({ ...prepared, registry, connectionTo, readAs, token })
  if (shown.kind === 'there') {
    if (shown.integrity !== prepared.integrity)
      return { outcome: 'not-published', findings: [takenByOtherBytes(bare, shown.integrity)] }
    if (isDryRun) return { outcome: 'already-published', findings: [] }
    return confirm(release, token, jobIdentity(release.job, options), 'already-published', options)
  }
  const before = shown.kind === 'absent' ? shown.package : null
  const dropped = withoutProvenance ? dropsProvenance(prepared, before) : []
  if (isDryRun) return { outcome: 'ready', findings: dropped }

  // 5. Sign.
  let signed: Extract<ReleaseSigning, { kind: 'signed' }> | null = null
  if (!withoutProvenance) {
    onStage?.('sign', options.policy.sigstore?.fulcio ?? 'the public Sigstore')
    const signing = await sign(release, options)
    if (signing.kind === 'failed') return { outcome: 'not-published', findings: signing.findings }
    signed = signing
  }
  const order = { ...bare, bundle: signed?.bundle ?? null }
  const provenance = signed?.report ?? null

  // 6. Send.
  onStage?.('send', registry)
  const delivery = await (isStaged ? deliverStage(order, patience) : deliver(order, patience)).catch(
    (error: unknown) => ({ kind: 'unconfirmed', finding: lostInTransit(order, nameOf(error)) }) as const,
  )
  switch (delivery.kind) {
    case 'staged':
      return { outcome: 'staged', stageId: delivery.stageId, provenance, findings: dropped }
    case 'refused':
    case 'not-sent':
      return { outcome: 'not-published', provenance, findings: [...dropped, delivery.finding] }
    case 'unconfirmed':
      return { outcome: 'unconfirmed', provenance, findings: [...dropped, delivery.finding] }
    case 'taken': {
      // 7. Read back.
      const back = await confirm(release, token, provenance?.identity ?? null, 'published', options)
      return { ...back, provenance, findings: [...dropped, ...back.findings] }
    }
    default:
      throw new TypeError(`no such delivery: ${JSON.stringify(delivery satisfies never)}`)
  }
}

async function confirm(
  release: OpenRelease,
  token: Secret,
  identity: WantedIdentity | null,
  outcome: 'published' | 'already-published',
  options: PublishOptions,
): Promise<ReportParts> {
  const { prepared, registry, connectionTo, readAs } = release
  const { name, version, integrity } = prepared
  const asked: ReadBackRequest = {
    ...options,
    name,
    version,
    integrity,
    registry,
    connectionTo,
    readAs,
    token,
    identity,
  }
  options.onStage?.('read-back', registry)
  try {
    const { isConfirmed, report, findings } = await readBack(asked)
    return { outcome: isConfirmed ? outcome : 'unconfirmed', consumer: report, findings }
  } catch (error) {
    // It was sent: nothing that goes wrong here may be told as if it were not.
    return { outcome: 'unconfirmed', findings: [unreadableBack(asked, nameOf(error))] }
  }
}

// What was published before, by this job or an earlier one of the same release.
function jobIdentity(
  { repositoryUrl, commit, ref }: CiJob,
  { withoutProvenance }: PublishOptions,
): WantedIdentity | null {
  if (withoutProvenance) return null
  return {
    ...(repositoryUrl === null ? {} : { repository: repositoryUrl }),
    ...(commit === null ? {} : { commit }),
    ...(ref === null ? {} : { ref }),
  }
}

// A message may quote anything; a code or a name does not.
function nameOf(error: unknown): string {
  if (!(error instanceof Error)) return 'an unknown error'
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name
}
