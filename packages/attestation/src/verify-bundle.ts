// SPDX-License-Identifier: Apache-2.0
import type { KeyObject } from 'node:crypto'
import { isNonEmpty } from '@bonafide/core'
import type { FindingCode, NonEmpty } from '@bonafide/core'
import { bundleFromJSON } from '@sigstore/bundle'
import type { Bundle, TransparencyLogEntry } from '@sigstore/bundle'
import { VerificationError, Verifier, toSignedEntity } from '@sigstore/verify'
import type { SignedEntity, TrustMaterial } from '@sigstore/verify'
import { Certificate } from './certificate.ts'
import type { LogEntry } from './evidence.ts'
import { isValidAt } from './registry-key.ts'
import type { RegistryKey, RegistryKeys } from './registry-key.ts'
import type { StatementKind } from './statement.ts'

/** What a bundle proves once every check has passed: the signer, and when the log saw it. */
export interface VerifiedBundle {
  readonly signer:
    | { readonly kind: 'certificate'; readonly certificate: Certificate }
    | { readonly kind: 'registry-key'; readonly key: RegistryKey }
  readonly log: NonEmpty<LogEntry>
  readonly trustDomain: string
}

/** Why a bundle proves nothing. */
export interface BundleFailure {
  readonly code: FindingCode
  readonly found: string
  readonly wanted: string
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
const LOG_KINDS: readonly string[] = ['dsse/0.0.1', 'intoto/0.0.2']

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
  const logFailure = checkLogEntries(entity.tlogEntries, material)
  if (logFailure !== null) return logFailure

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
  const failure = runStock({ ...entity, key: { $case: 'certificate', certificate } }, material, certificate)
  if (failure !== null) return failure
  const authority = material.certificateAuthorities.find((candidate) => isIssuedBy(certificate, candidate))
  const root = authority?.certChain.at(-1)
  // Cannot happen after the chain was verified; a yes without an authority must not be possible all the same.
  if (!(root instanceof Certificate))
    return { code: 'certificate-chain', found: 'no authority', wanted: 'a trusted certificate authority' }
  return withLog(entity, { kind: 'certificate', certificate }, root.digest)
}

function verifyByRegistryKey(
  entity: SignedEntity,
  material: TrustMaterial,
  keys: RegistryKeys,
): VerifiedBundle | BundleFailure {
  const times = entity.tlogEntries.map(integratedTime)
  // Keys whose window fits come first; the others are tried too, so that a signature by an expired key is told as that.
  const fits = (key: RegistryKey): boolean => times.every((time) => isValidAt(key, time))
  const usable = keys.keys.filter((key) => key.usages.has('attestations'))
  const candidates = [...usable.filter(fits), ...usable.filter((key) => !fits(key))]
  const refusals: BundleFailure[] = []
  for (const key of candidates) {
    // The same signature and key give the same answer: the stock verifier need not compute it again.
    const signed = entity.signature.verifySignature(key.key)
    const signature = withAnswer(entity.signature, key.key, signed)
    const finder = () => ({ publicKey: key.key, validFor: (time: Date) => isValidAt(key, time) })
    const refused = runStock({ ...entity, signature }, { ...material, publicKey: finder }, null)
    if (refused === null && signed) return withLog(entity, { kind: 'registry-key', key }, key.trustDomain)
    if (refused !== null && (signed || refused.code !== 'signature-invalid')) refusals.push(refused)
  }
  // Signed by no key at all, or the log says that this signature was over something else.
  return (
    refusals.find(({ code }) => code !== 'registry-key-window') ??
    refusals[0] ?? {
      code: 'registry-key-unknown',
      found: 'signed with no key of the registry',
      wanted: candidates.map((key) => key.keyId).join(' or '),
    }
  )
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

function withLog(
  entity: SignedEntity,
  signer: VerifiedBundle['signer'],
  trustDomain: string,
): VerifiedBundle | BundleFailure {
  const log = entity.tlogEntries.map(toLogEntry)
  if (!isNonEmpty(log)) return { code: 'log-missing', found: 'no log entry', wanted: 'an entry of a transparency log' }
  return { signer, log, trustDomain }
}

function toLogEntry(entry: TransparencyLogEntry): LogEntry {
  return {
    kind: `${entry.kindVersion.kind}/${entry.kindVersion.version}`,
    logId: entry.logId.keyId.toString('base64'),
    logIndex: entry.logIndex,
    integratedTime: integratedTime(entry),
    proofs:
      entry.inclusionPromise === undefined
        ? ['proof']
        : entry.inclusionProof === undefined
          ? ['promise']
          : ['promise', 'proof'],
  }
}

function integratedTime(entry: TransparencyLogEntry): Date {
  return new Date(Number(entry.integratedTime) * 1000)
}

// What @sigstore/verify leaves open about log entries.
function checkLogEntries(entries: readonly TransparencyLogEntry[], material: TrustMaterial): BundleFailure | null {
  if (entries.length === 0)
    return { code: 'log-missing', found: 'no log entry', wanted: 'an entry of a transparency log' }
  const seen = new Set<string>()
  for (const entry of entries) {
    const kind = `${entry.kindVersion.kind}/${entry.kindVersion.version}`
    if (!LOG_KINDS.includes(kind))
      return { code: 'log-body', found: `entry of kind ${kind}`, wanted: LOG_KINDS.join(' or ') }
    const logs = material.tlogs.filter((log) => log.logID.equals(entry.logId.keyId))
    if (logs.length === 0)
      return { code: 'log-unknown', found: entry.logId.keyId.toString('base64'), wanted: 'a log of the trusted root' }
    // A time that only the bundle claims: without the log's promise nothing signs it.
    if (entry.inclusionPromise === undefined)
      return { code: 'timestamp-missing', found: 'no signed entry timestamp', wanted: 'a time signed by the log' }
    const time = integratedTime(entry)
    if (Number.isNaN(time.getTime()) || time.getTime() <= 0)
      return { code: 'timestamp-missing', found: `time ${entry.integratedTime}`, wanted: 'a time signed by the log' }
    // A log key that was retired, or broken, signs something new. The stock check covers promises, not checkpoints.
    if (!logs.some((log) => log.validFor.start <= time && time <= log.validFor.end)) {
      return {
        code: 'log-window',
        found: `log key used at ${time.toISOString()}`,
        wanted: 'a time within the validity of the log key',
      }
    }
    // One entry counted twice reaches a threshold of two.
    const id = `${entry.logId.keyId.toString('base64')} ${entry.canonicalizedBody.toString('base64')}`
    if (seen.has(id)) return { code: 'log-duplicate', found: 'the same log entry twice', wanted: 'each entry once' }
    seen.add(id)
    const proof = entry.inclusionProof
    const checkpointRoot = proof?.checkpoint?.envelope.split('\n')[2]
    // A checkpoint of another tree: the stock check never reads the proof's own root.
    if (proof !== undefined && checkpointRoot !== proof.rootHash.toString('base64')) {
      return {
        code: 'log-checkpoint',
        found: `checkpoint of the tree ${checkpointRoot ?? '(none)'}`,
        wanted: `the tree ${proof.rootHash.toString('base64')}`,
      }
    }
  }
  return null
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

// From the stock verifier's code to ours. It refused already: nothing here can turn that into a yes.
function explain(
  error: VerificationError,
  entity: SignedEntity,
  certificate: Certificate | null,
  material: TrustMaterial,
): Omit<BundleFailure, 'found'> {
  switch (error.code) {
    case 'CERTIFICATE_ERROR':
      return explainCertificate(entity, certificate, material)
    case 'PUBLIC_KEY_ERROR':
      return { code: 'registry-key-window', wanted: 'a time within the validity of the registry key' }
    case 'SIGNATURE_ERROR':
      return { code: 'signature-invalid', wanted: 'a signature over this statement' }
    case 'TIMESTAMP_ERROR':
      return entity.timestamps.length > 1
        ? { code: 'timestamp-duplicate', wanted: 'each timestamp once' }
        : { code: 'timestamp-invalid', wanted: 'a timestamp by a trusted authority' }
    case 'TLOG_BODY_ERROR':
      return { code: 'log-body', wanted: 'a log entry for this envelope' }
    case 'TLOG_INCLUSION_PROMISE_ERROR':
      return { code: 'log-promise', wanted: "the log's signature over this entry" }
    case 'TLOG_INCLUSION_PROOF_ERROR':
      return error.message === 'invalid checkpoint signature'
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
): Omit<BundleFailure, 'found'> {
  const times = entity.tlogEntries.map(integratedTime)
  const authorities = material.certificateAuthorities.filter(
    (authority) => certificate !== null && isIssuedBy(certificate, authority),
  )
  if (authorities.length === 0) return { code: 'certificate-chain', wanted: 'a certificate of a trusted authority' }
  if (times.some((time) => certificate?.validForDate(time) === false)) {
    return { code: 'certificate-expired', wanted: 'a certificate that was valid when the log saw the signature' }
  }
  const usable = authorities.some(({ validFor }) =>
    times.every((time) => validFor.start <= time && time <= validFor.end),
  )
  if (!usable) return { code: 'certificate-chain', wanted: 'an authority that was trusted at that time' }
  return { code: 'certificate-sct', wanted: 'a signed certificate timestamp of a trusted log' }
}

function certificateBytes(bundle: Bundle): Buffer | undefined {
  const { content } = bundle.verificationMaterial
  if (content.$case === 'certificate') return content.certificate.rawBytes
  return content.$case === 'x509CertificateChain' ? content.x509CertificateChain.certificates[0]?.rawBytes : undefined
}

// The name is compared first: it costs nothing, and spares the signature check of every other authority.
function isIssuedBy(
  certificate: Certificate,
  { certChain: [issuer] }: TrustMaterial['certificateAuthorities'][number],
): boolean {
  return issuer !== undefined && issuer.subject.equals(certificate.issuer) && certificate.verify(issuer)
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
