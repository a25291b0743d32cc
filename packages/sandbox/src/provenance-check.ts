// SPDX-License-Identifier: Apache-2.0
import { X509Certificate, verify } from 'node:crypto'
import type { Coordinate } from '@bonafide/core'
import { AsnConvert } from '@peculiar/asn1-schema'
import { Certificate } from '@peculiar/asn1-x509'
import { isObject, textOf } from './answer.ts'
import type { BundleJson } from './bundle.ts'
import { FULCIO_ARC } from './certificate-extensions.ts'
import { preAuthEncoding } from './envelope.ts'
import type { Sigstore } from './sigstore.ts'
import { PREDICATE_TYPES, subjectOf } from './statement.ts'
import type { Statement } from './statement.ts'

/**
 * What is wrong with the provenance that came with a version, as the public registry would say; null where nothing is.
 *
 * The transparency log is not asked: this is a stand-in for the registry's check, and no verifier.
 */
export function provenanceProblem(
  sigstore: Sigstore,
  coordinate: Coordinate,
  manifest: Readonly<Record<string, unknown>>,
  bundle: BundleJson,
): string | null {
  try {
    return problemOf(sigstore, coordinate, manifest, bundle)
  } catch {
    return 'the provenance cannot be read'
  }
}

function problemOf(
  { authority }: Sigstore,
  coordinate: Coordinate,
  manifest: Readonly<Record<string, unknown>>,
  { dsseEnvelope, verificationMaterial }: BundleJson,
): string | null {
  const payload = Buffer.from(dsseEnvelope.payload, 'base64')
  const { predicateType, subject } = JSON.parse(payload.toString()) as Statement
  if (predicateType !== PREDICATE_TYPES.slsaV1 && predicateType !== PREDICATE_TYPES.slsaV02)
    return 'the attachment is no SLSA provenance'
  // Somebody else's provenance, or that of another build.
  const [{ name, digest } = { name: '', digest: {} }, ...others] = subject
  const wanted = subjectOf(coordinate)
  if (others.length > 0 || name !== wanted.name || digest['sha512'] !== wanted.digest['sha512'])
    return 'the subject of the provenance is not this tarball'
  const { certificate, x509CertificateChain } = verificationMaterial
  const der = Buffer.from((certificate ?? x509CertificateChain?.certificates[0])?.rawBytes ?? '', 'base64')
  const leaf = new X509Certificate(der)
  // Signed with any key that was at hand.
  if (!leaf.verify(new X509Certificate(authority.chain[0]).publicKey)) return 'the certificate is not by this Sigstore'
  const signed = preAuthEncoding(dsseEnvelope.payloadType, payload)
  const { sig } = dsseEnvelope.signatures[0]
  if (!verify('sha256', signed, leaf.publicKey, Buffer.from(sig, 'base64'))) return 'the signature does not hold'
  return identityProblem(extensionsOf(der), manifest)
}

// The words are close to the public registry's, since people search for them.
function identityProblem(
  extensions: ReadonlyMap<string, string>,
  { repository }: Readonly<Record<string, unknown>>,
): string | null {
  const runner = extensions.get(`${FULCIO_ARC}.11`) ?? ''
  if (!['github-hosted', 'gitlab-hosted'].includes(runner)) return `Unsupported runner environment: "${runner}"`
  const visibility = extensions.get(`${FULCIO_ARC}.22`) ?? ''
  if (visibility !== 'public') return `Unsupported source repository visibility: "${visibility}"`
  const source = extensions.get(`${FULCIO_ARC}.12`) ?? ''
  const told = textOf(isObject(repository) ? repository['url'] : repository) ?? ''
  if (source !== '' && told.replace(/^git\+/u, '').replace(/\.git$/u, '') === source) return null
  return `package.json: "repository.url" is "${told}", expected to match "${source}" from provenance`
}

function extensionsOf(certificate: Buffer): ReadonlyMap<string, string> {
  const { extensions = [] } = AsnConvert.parse(certificate, Certificate).tbsCertificate
  return new Map(
    extensions
      // Those below are no UTF8String, and say nothing that these do not.
      .filter(({ extnID }) => extnID.startsWith(`${FULCIO_ARC}.`) && Number(extnID.slice(FULCIO_ARC.length + 1)) >= 8)
      .map(({ extnID, extnValue }) => [extnID, utf8String(Buffer.from(extnValue.buffer))]),
  )
}

// Tag, length, text; a length over 127 stands in bytes of its own (X.690, section 8.1.3).
function utf8String(der: Buffer): string {
  const length = der.readUInt8(1)
  return der.subarray(length < 0x80 ? 2 : 2 + (length & 0x7f)).toString('utf8')
}
