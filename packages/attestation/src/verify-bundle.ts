// SPDX-License-Identifier: Apache-2.0
import type { KeyObject } from 'node:crypto'
import { isNonEmpty } from '@bonafide/core'
import type { NonEmpty } from '@bonafide/core'
import { bundleFromJSON } from '@sigstore/bundle'
import type { Bundle } from '@sigstore/bundle'
import { VerificationError, Verifier, toSignedEntity } from '@sigstore/verify'
import type { SignedEntity, TrustMaterial } from '@sigstore/verify'
import type { BundleFailure } from './bundle-failure.ts'
import { Certificate } from './certificate.ts'
import type { LogEntry, VerifiedTimestamp } from './evidence.ts'
import { MAX_LOG_ENTRIES, checkLogEntries, checkLogged, checkLoggedSigner, toLogEntries } from './log-entries.ts'
import { digestOf, isValidAt } from './registry-key.ts'
import type { RegistryKey, RegistryKeys } from './registry-key.ts'
import type { StatementKind } from './statement.ts'
import { explain } from './stock-refusal.ts'
import { checkTimestamps, toVerifiedTimestamps } from './timestamps.ts'
import { timestampsOf, witnessedTimes } from './witnessed-times.ts'

/** What a bundle proves once every check has passed: the signer, who saw the signature, and when. */
export interface VerifiedBundle {
  readonly signer:
    | { readonly kind: 'certificate'; readonly certificate: Certificate }
    | { readonly kind: 'registry-key'; readonly key: RegistryKey }
  readonly log: NonEmpty<LogEntry>
  readonly timestamps: readonly VerifiedTimestamp[]
  /** The latest of all verified times. */
  readonly time: Date
  readonly trustDomain: string
}

/** A bundle of the right form: one DSSE envelope with one signature over an in-toto statement. */
export interface ParsedBundle {
  readonly bundle: Bundle
  readonly payload: Buffer
  readonly mediaType: string
}

// The stock reader matches a prefix, so that v0.9 or a suffix would do; here one spelling a version is accepted.
const MEDIA_TYPES: readonly string[] = [
  'application/vnd.dev.sigstore.bundle+json;version=0.1',
  'application/vnd.dev.sigstore.bundle+json;version=0.2',
  'application/vnd.dev.sigstore.bundle+json;version=0.3',
  'application/vnd.dev.sigstore.bundle.v0.3+json',
]
const PAYLOAD_TYPE = 'application/vnd.in-toto+json'

/** Reads a Sigstore bundle (v0.1, v0.2, v0.3) that holds an in-toto statement. Verifies nothing. */
export function parseBundle(json: unknown): ParsedBundle | BundleFailure {
  let bundle: Bundle
  try {
    bundle = bundleFromJSON(json)
  } catch (error) {
    return { code: 'bundle-malformed', found: messageOf(error), wanted: 'a Sigstore bundle' }
  }
  if (!MEDIA_TYPES.includes(bundle.mediaType))
    return { code: 'bundle-media-type', found: bundle.mediaType, wanted: MEDIA_TYPES.join(' or ') }
  if (bundle.content.$case !== 'dsseEnvelope')
    return { code: 'bundle-malformed', found: bundle.content.$case, wanted: 'a DSSE envelope' }
  const { payload, payloadType } = bundle.content.dsseEnvelope
  // A signature made for another protocol, replayed as a statement (DSSE protocol, payloadType).
  if (payloadType !== PAYLOAD_TYPE)
    return { code: 'bundle-malformed', found: `payload type ${payloadType}`, wanted: PAYLOAD_TYPE }
  return { bundle, payload, mediaType: bundle.mediaType }
}

/**
 * Verifies a bundle: signer, certificate chain, SCT, log entries, timestamps and signature. The cryptography is that of
 * `@sigstore/verify`; the checks before it close what that leaves open.
 *
 * Who may sign follows from what the statement is for, and from nothing else: provenance is signed with a certificate, a
 * publish attestation with a key of the registry. Which of the registry's keys is found by trying them, not by the bundle's hint.
 */
export function verifyBundle(
  parsed: ParsedBundle,
  kind: StatementKind,
  material: TrustMaterial,
  keys: RegistryKeys,
): VerifiedBundle | BundleFailure {
  let entity: SignedEntity
  try {
    entity = toSignedEntity(parsed.bundle)
  } catch (error) {
    return {
      code: 'bundle-malformed',
      found: messageOf(error),
      wanted: 'a certificate or key, and readable timestamps',
    }
  }
  // A hostile bundle must not cost minutes: the stock verifier compares each timestamp with each other.
  if (entity.timestamps.length > 2 * MAX_LOG_ENTRIES || entity.tlogEntries.length > MAX_LOG_ENTRIES)
    return { code: 'bundle-malformed', found: 'more log entries or timestamps than are read', wanted: 'one log entry' }
  const failure =
    checkLogged(entity) ??
    checkTimestamps(entity, material) ??
    checkLogEntries(
      entity.tlogEntries,
      material,
      timestampsOf(entity).map(({ signingTime }) => signingTime),
    )
  if (failure !== null) return failure

  // A publish attestation by a certificate, or provenance by the registry: the wrong party speaks.
  if (entity.key.$case !== (kind === 'provenance' ? 'certificate' : 'public-key')) {
    const wanted = kind === 'provenance' ? 'a certificate of a CI job' : 'a key of the registry'
    return { code: 'signer-kind', found: `signed with a ${entity.key.$case.replace('-', ' ')}`, wanted }
  }
  if (entity.key.$case === 'certificate')
    return verifyByCertificate(
      entity,
      new Certificate(entity.key.certificate, certificateBytes(parsed.bundle)),
      material,
    )
  return verifyByRegistryKey(entity, material, keys)
}

function verifyByCertificate(
  entity: SignedEntity,
  certificate: Certificate,
  material: TrustMaterial,
): VerifiedBundle | BundleFailure {
  const failure =
    runStock({ ...entity, key: { $case: 'certificate', certificate } }, material, certificate) ??
    checkLoggedSigner(entity.tlogEntries, (der) => der.equals(certificate.der))
  if (failure !== null) return failure
  const authority = material.certificateAuthorities.find(
    ({ certChain: [issuer] }) => issuer !== undefined && certificate.isIssuedBy(issuer),
  )
  const root = authority?.certChain.at(-1)
  // Cannot happen after the chain was verified; a yes without an authority must not be possible all the same.
  if (!(root instanceof Certificate))
    return { code: 'certificate-chain', found: 'no authority', wanted: 'a trusted certificate authority' }
  return witnessed(entity, material, { kind: 'certificate', certificate }, root.digest)
}

function verifyByRegistryKey(
  entity: SignedEntity,
  material: TrustMaterial,
  keys: RegistryKeys,
): VerifiedBundle | BundleFailure {
  const times = witnessedTimes(entity)
  // Keys whose window fits come first; the others are tried too, so that a signature by an expired key is told as that.
  const fits = (key: RegistryKey): boolean => times.every((time) => isValidAt(key, time))
  const usable = keys.keys.filter((key) => key.usages.has('attestations'))
  const candidates = [...usable.filter(fits), ...usable.filter((key) => !fits(key))]
  const unknown: BundleFailure = {
    code: 'registry-key-unknown',
    found: 'signed with no key of the registry',
    wanted: candidates.map((key) => key.keyId).join(' or '),
  }
  const key = candidates.find((candidate) => entity.signature.verifySignature(candidate.key))
  const tried = key ?? candidates[0]
  if (tried === undefined) return unknown
  const refused = runStock(
    // The same signature and key give the same answer: the stock verifier need not compute it again.
    { ...entity, signature: withAnswer(entity.signature, tried.key, key !== undefined) },
    // The window of a key that did not sign says nothing.
    {
      ...material,
      publicKey: () => ({ publicKey: tried.key, validFor: (time) => key === undefined || isValidAt(key, time) }),
    },
    null,
  )
  // Signed by no key at all, unless the log says that this signature was over something else.
  if (key === undefined) return refused === null || refused.code === 'signature-invalid' ? unknown : refused
  const failure = refused ?? checkLoggedSigner(entity.tlogEntries, (der) => digestOf(der) === key.trustDomain)
  return failure ?? witnessed(entity, material, { kind: 'registry-key', key }, key.trustDomain)
}

function withAnswer(signature: SignedEntity['signature'], key: KeyObject, answer: boolean): SignedEntity['signature'] {
  return {
    signature: signature.signature,
    compareSignature: (other) => signature.compareSignature(other),
    compareDigest: (digest) => signature.compareDigest(digest),
    compareSignedDigest: (digest) => signature.compareSignedDigest(digest),
    verifySignature: (other) => (other === key ? answer : signature.verifySignature(other)),
  }
}

function witnessed(
  entity: SignedEntity,
  material: TrustMaterial,
  signer: VerifiedBundle['signer'],
  trustDomain: string,
): VerifiedBundle | BundleFailure {
  const log = toLogEntries(entity.tlogEntries)
  if (log === null) return { code: 'log-missing', found: 'no log entry', wanted: 'an entry of a transparency log' }
  // Every one of them was verified by now. Without any, no validity was ever looked at.
  const times = witnessedTimes(entity).map((time) => time.getTime())
  if (!isNonEmpty(times))
    return { code: 'timestamp-missing', found: 'no time', wanted: 'a time signed by a log or by a timestamp authority' }
  const timestamps = toVerifiedTimestamps(entity, material)
  return { signer, log, timestamps, time: new Date(Math.max(...times)), trustDomain }
}

function runStock(
  entity: SignedEntity,
  material: TrustMaterial,
  certificate: Certificate | null,
): BundleFailure | null {
  try {
    new Verifier(material, { tlogThreshold: 1, ctlogThreshold: 1, timestampThreshold: 1 }).verify(entity)
    return null
  } catch (error) {
    if (!(error instanceof VerificationError))
      return { code: 'bundle-malformed', found: messageOf(error), wanted: 'a bundle that can be verified' }
    return { found: error.message, ...explain(error, entity, certificate, material) }
  }
}

function certificateBytes(bundle: Bundle): Buffer | undefined {
  const { content } = bundle.verificationMaterial
  if (content.$case === 'certificate') return content.certificate.rawBytes
  return content.$case === 'x509CertificateChain' ? content.x509CertificateChain.certificates[0]?.rawBytes : undefined
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
