// SPDX-License-Identifier: Apache-2.0
import { EXTENSION_OID_SCT } from '@sigstore/core'
import type { SignedEntity, TrustMaterial, VerificationError } from '@sigstore/verify'
import type { BundleFailure } from './bundle-failure.ts'
import type { Certificate } from './certificate.ts'
import { explainTimestamps } from './timestamps.ts'
import { witnessedTimes } from './witnessed-times.ts'

/**
 * Tells, in our words, why the stock verifier refused a bundle. It refused already: nothing here can turn that into a yes.
 *
 * @param certificate - the signer's certificate, where the bundle is signed with one
 */
export function explain(
  error: VerificationError,
  entity: SignedEntity,
  certificate: Certificate | null,
  material: TrustMaterial,
): Omit<BundleFailure, 'found'> & Partial<BundleFailure> {
  switch (error.code) {
    case 'CERTIFICATE_ERROR':
      return explainCertificate(entity, certificate, material)
    case 'PUBLIC_KEY_ERROR':
      return { code: 'registry-key-window', wanted: 'a time within the validity of the registry key' }
    case 'SIGNATURE_ERROR':
      return { code: 'signature-invalid', wanted: 'a signature over this statement' }
    case 'TIMESTAMP_ERROR':
      if (error.message === 'duplicate timestamp') return { code: 'timestamp-duplicate', wanted: 'each timestamp once' }
      return witnessedTimes(entity).length === 0
        ? { code: 'timestamp-missing', wanted: 'a time signed by a log or by a timestamp authority' }
        : explainTimestamps(entity, material)
    case 'TLOG_BODY_ERROR':
      return { code: 'log-body', wanted: 'a log entry for this envelope' }
    case 'TLOG_INCLUSION_PROMISE_ERROR':
      return { code: 'log-promise', wanted: "the log's signature over this entry" }
    case 'TLOG_INCLUSION_PROOF_ERROR':
      // All that it says about checkpoints, and only that, has the word in it.
      return error.message.includes('checkpoint')
        ? { code: 'log-checkpoint', wanted: 'a checkpoint signed by the log' }
        : { code: 'log-proof', wanted: 'a proof that leads from this entry to the checkpoint' }
    case 'TLOG_MISSING_INCLUSION_ERROR':
      return { code: 'log-missing', wanted: 'a promise or a proof of the log' }
    case 'TLOG_ERROR':
      return { code: 'log-duplicate', wanted: 'each log entry once' }
    case 'NOT_IMPLEMENTED_ERROR':
    default:
      return { code: 'signature-invalid', wanted: 'a bundle that verifies' }
  }
}

function explainCertificate(
  entity: SignedEntity,
  certificate: Certificate | null,
  material: TrustMaterial,
): Omit<BundleFailure, 'found'> & Partial<BundleFailure> {
  const times = witnessedTimes(entity)
  const authorities = material.certificateAuthorities.filter(
    ({ certChain: [issuer] }) => issuer !== undefined && certificate?.isIssuedBy(issuer) === true,
  )
  // From here on the certificate has all parts: an authority that we trust has signed it.
  if (certificate === null || authorities.length === 0) {
    return {
      code: 'certificate-chain',
      found: 'a certificate of an unknown authority',
      wanted: 'a certificate of a trusted authority',
    }
  }
  const late = times.find((time) => !certificate.validForDate(time))
  if (late !== undefined) {
    const [from, to] = [certificate.notBefore.toISOString(), certificate.notAfter.toISOString()]
    return {
      code: 'certificate-expired',
      found: `a certificate for ${from} to ${to}, used at ${late.toISOString()}`,
      wanted: 'a certificate that was valid when the signature was seen',
    }
  }
  const isUsable = authorities.some(({ validFor }) =>
    times.every((time) => validFor.start <= time && time <= validFor.end),
  )
  if (!isUsable) return { code: 'certificate-chain', wanted: 'an authority that was trusted at that time' }
  const isMissing = certificate.extensionBytes(EXTENSION_OID_SCT) === undefined
  return {
    code: 'certificate-sct',
    found: isMissing ? 'no signed certificate timestamp' : 'a signed certificate timestamp that does not verify',
    wanted: 'a signed certificate timestamp of a trusted log',
  }
}
