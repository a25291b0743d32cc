// SPDX-License-Identifier: Apache-2.0
import { nameAtVersion } from '@bonafide/core'
import type { PublishFinding } from '@bonafide/core'
import { attestationsUrl, exchangeIdentityToken, packumentUrl, revokeRegistryToken } from '@bonafide/registry'
import { checkExchange, checkRevocation } from './check-exchange.ts'
import { readCiJob } from './ci-job.ts'
import type { CiJob } from './ci-job.ts'
import { outsideCi } from './outside-ci.ts'
import { openRelease } from './open-release.ts'
import type { OpenRelease, Opening } from './open-release.ts'
import type { PublishOptions } from './publish-options.ts'
import { buildPublishReport } from './publish-report.ts'
import type { PublishLink, PublishReport, ReportParts } from './publish-report.ts'
import { sendRelease } from './send-release.ts'
import { signRelease } from './sign-release.ts'

/**
 * Publishes one version: the seven steps, in their order. Nothing is sent with anything but the token that the job's identity was exchanged
 * for, and that token is revoked whatever happens.
 *
 * @throws BonafideError for what cannot be read, and for settings that cannot be used; then nothing was sent
 */
export async function publishPackage(options: PublishOptions): Promise<PublishReport> {
  const job = readCiJob(options.env)
  const { isDryRun } = options
  if (job === null)
    return buildPublishReport({
      outcome: 'not-published',
      isDryRun,
      findings: [outsideCi(options.source.path, options.env)],
    })
  // 1. Credentials, 2. context, 3. package.
  const opening = await openRelease(options, job)
  const known = { ...aboutOpening(opening, options), job, isDryRun }
  const { release } = opening
  if (release === null) return buildPublishReport({ ...known, outcome: 'not-published', findings: opening.findings })
  // 4. Exchange.
  const { exchange, parts } = await withToken(release, options)
  return buildPublishReport({
    ...known,
    ...parts,
    exchange,
    findings: [...opening.findings, ...parts.findings],
    links: linksOf(release, job, parts),
  })
}

interface Exchanged {
  readonly exchange: PublishReport['exchange']
  readonly parts: ReportParts
}

// Fails closed: without a token that ends in time nothing else is tried.
async function withToken(release: OpenRelease, options: PublishOptions): Promise<Exchanged> {
  const { prepared, registry, connectionTo, identity, job } = release
  const { name } = prepared
  const { policy, now, onStage, patience } = options
  const deadline = patience.exchangeDeadline
  onStage?.('exchange', registry)
  const granted = await exchangeIdentityToken({ registry, name, idToken: identity, connectionTo, deadline })
  const findings = checkExchange(granted, { name, job, policy, now: now() })
  if (granted.kind !== 'granted') return { exchange: null, parts: { outcome: 'not-published', findings } }
  const { token } = granted
  let parts: ReportParts = { outcome: 'not-published', findings }
  let unrevoked: readonly PublishFinding[] = []
  try {
    if (findings.length === 0) parts = await sendRelease(release, token, signRelease, options)
  } finally {
    // A token that outlives its release, in a log or a memory dump.
    onStage?.('revoke', registry)
    const revocation = await revokeRegistryToken({ registry, token, connectionTo, deadline })
    unrevoked = checkRevocation(revocation, { name, findings })
  }
  return {
    exchange: {
      created: granted.created?.toISOString() ?? null,
      expires: granted.expires?.toISOString() ?? null,
      isRevoked: unrevoked.length === 0,
    },
    parts: { ...parts, findings: [...parts.findings, ...unrevoked] },
  }
}

function aboutOpening({ seen, registry, release }: Opening, options: PublishOptions) {
  if (seen === null) return { package: null, registry }
  const { name, version, prepared } = seen
  return {
    package: {
      name,
      version,
      integrity: prepared?.integrity ?? null,
      tag: release?.tag ?? options.tag ?? prepared?.publishConfig.tag ?? 'latest',
      access: release?.access ?? options.access,
    },
    registry,
  }
}

function linksOf({ prepared, registry }: OpenRelease, { runUrl }: CiJob, parts: ReportParts): readonly PublishLink[] {
  const { name, version } = prepared
  const isThere = parts.outcome === 'published' || parts.outcome === 'already-published'
  const { provenance = null } = parts
  return [
    ...(isThere ? [{ what: 'package', url: `${packumentUrl(registry, name)}/${version}` } as const] : []),
    ...(isThere && parts.consumer?.identity
      ? [{ what: 'attestations', url: attestationsUrl(registry, name, version) } as const]
      : []),
    ...(provenance === null || provenance.log.page === null
      ? []
      : [{ what: 'log', url: provenance.log.page } as const]),
    ...(runUrl === null ? [] : [{ what: 'run', url: runUrl } as const]),
  ]
}

/** A version, for people, as far as it is known. */
export function publishSubject({ package: about }: PublishReport): string {
  return about === null ? 'the release' : nameAtVersion(about.name, about.version)
}
