// SPDX-License-Identifier: Apache-2.0
import { resolve } from 'node:path'
import type { PublishFinding } from '@bonafide/core'
import { openSources } from '@bonafide/verify'
import { checkIdentity } from './check-identity.ts'
import { fetchIdentityToken } from './identity-token.ts'
import type { OpenRelease } from './open-release.ts'
import { isFolder } from './publish-options.ts'
import type { PublishOptions } from './publish-options.ts'
import type { ReleaseSigning } from './send-release.ts'
import { signProvenance } from './sign/sign-provenance.ts'
import type { SignedProvenance } from './sign/sign-provenance.ts'
import { sigstoreServices } from './sign/sigstore-services.ts'
import { verifyOwnProvenance } from './sign/verify-own-provenance.ts'
import type { OwnVerdict } from './sign/verify-own-provenance.ts'

/**
 * Signs a release as this job, and verifies what came of it as those who install will, by the roots that they trust. What does not verify is
 * never sent.
 *
 * @throws BonafideError for trust material that cannot be used
 */
export async function signRelease(release: OpenRelease, options: PublishOptions): Promise<ReleaseSigning> {
  const { prepared, job, connectionTo } = release
  const { env, policy, now, patience } = options
  const audience = 'sigstore'
  const identity = await fetchIdentityToken({ job, env, audience, connectionTo, now: now() })
  if (identity.kind !== 'found') return failed(checkIdentity(identity, { provider: job.provider, audience }))
  const sigstore = sigstoreServices(policy.sigstore)
  const signed = await signProvenance({
    prepared,
    job,
    env,
    identityToken: identity.token,
    sigstore,
    patience: patience.signing,
  })
  if (signed.kind === 'failed') return failed(signed.findings)
  const verdict = await verified(signed, release, options)
  if (verdict.kind === 'failed') return failed(verdict.findings)
  const { evidence } = verdict
  return {
    kind: 'signed',
    bundle: signed.bundle,
    report: {
      identity: evidence.identity,
      predicateType: signed.predicateType,
      mediaType: signed.bundle.mediaType,
      log: signed.log,
      isPublic: sigstore.kind === 'public',
    },
  }
}

function failed(findings: readonly PublishFinding[]): ReleaseSigning {
  return { kind: 'failed', findings }
}

async function verified(
  signed: SignedProvenance,
  { prepared, job, registry }: OpenRelease,
  { cwd, env, trust, now, source }: PublishOptions,
): Promise<OwnVerdict> {
  const dir = resolve(cwd, isFolder(source) ? source.path : '.')
  const sources = await openSources({ ...trust, cwd, dir, env, now: now(), registry })
  try {
    return verifyOwnProvenance({ prepared, signed, trust: sources.trust, job, now: now() })
  } finally {
    await sources.close()
  }
}
