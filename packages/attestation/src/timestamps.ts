// SPDX-License-Identifier: Apache-2.0
import { createHash } from 'node:crypto'
import { isNonEmpty } from '@bonafide/core'
import { crypto } from '@sigstore/core'
import type { ASN1Obj, RFC3161Timestamp } from '@sigstore/core'
import type { SignedEntity, TrustMaterial } from '@sigstore/verify'
import type { BundleFailure } from './bundle-failure.ts'
import { Certificate } from './certificate.ts'
import type { VerifiedTimestamp } from './evidence.ts'
import { timestampsOf } from './witnessed-times.ts'

type Authority = TrustMaterial['timestampAuthorities'][number]

const TIME_STAMPING = '1.3.6.1.5.5.7.3.8' // id-kp-timeStamping, RFC 3161 section 2.3
const EXTENDED_KEY_USAGE = '2.5.29.37'
const TST_INFO = '1.2.840.113549.1.9.16.1.4' // id-ct-TSTInfo, RFC 3161 section 2.4.2
const CONTENT_TYPE = '1.2.840.113549.1.9.3'
const MESSAGE_DIGEST = '1.2.840.113549.1.9.4'

/**
 * Checks what `@sigstore/verify` leaves open about timestamps, and tells apart what it calls by one name: answer, authority, its
 * validity, what was stamped, duplicates. The signatures are the stock verifier's business.
 */
export function checkTimestamps(entity: SignedEntity, material: TrustMaterial): BundleFailure | null {
  const seen = new Set<string>()
  for (const stamp of timestampsOf(entity)) {
    let failure: BundleFailure | null
    try {
      failure = checkTimestamp(stamp, entity.signature.signature, material) ?? checkOnce(stamp, seen)
    } catch (error) {
      // The reader finds a part only when it is asked for it.
      failure = invalid(`a timestamp that cannot be read: ${error instanceof Error ? error.message : String(error)}`)
    }
    if (failure !== null) return failure
  }
  return null
}

/** Tells why the stock verifier refused a timestamp that passed the checks here: its signature, or that of a certificate above it. */
export function explainTimestamps(entity: SignedEntity, material: TrustMaterial): BundleFailure {
  for (const stamp of timestampsOf(entity)) {
    const unsigned = authoritiesOf(stamp, material).every(({ certChain: [leaf] }) => {
      try {
        if (leaf !== undefined) stamp.verify(entity.signature.signature, crypto.createPublicKey(leaf.publicKey))
        return leaf === undefined
      } catch {
        return true
      }
    })
    if (unsigned) return invalid('a timestamp with a wrong signature')
  }
  return {
    code: 'timestamp-authority-chain',
    found: "a timestamp authority whose certificate is not by its own root's chain",
    wanted: 'a timestamp authority with a chain that holds',
  }
}

/** What a verified bundle shows of its timestamps. */
export function toVerifiedTimestamps(entity: SignedEntity, material: TrustMaterial): readonly VerifiedTimestamp[] {
  return timestampsOf(entity).map((stamp) => {
    const [authority] = authoritiesOf(stamp, material)
    return { time: stamp.signingTime, authority: digestOf(authority?.certChain.at(-1)) }
  })
}

function checkTimestamp(stamp: RFC3161Timestamp, signature: Buffer, material: TrustMaterial): BundleFailure | null {
  // A refusal of the authority, dressed as a timestamp: 0 is granted, 1 granted with changes (RFC 3161, section 2.4.2).
  if (stamp.status !== 0n && stamp.status !== 1n) return invalid(`an answer of status ${stamp.status}`)
  const form = checkForm(stamp)
  if (form !== null) return form
  const time = stamp.signingTime
  if (Number.isNaN(time.getTime())) return invalid('a timestamp without a time')
  // A timestamp of one's own: an authority is known by its certificate's issuer and number, and those that count are in the root.
  const authorities = authoritiesOf(stamp, material)
  if (!isNonEmpty(authorities)) {
    return {
      code: 'timestamp-authority-unknown',
      found: `a timestamp by the certificate ${stamp.signerSerialNumber.toString('hex')}`,
      wanted: 'a timestamp authority of the trusted root',
    }
  }
  // The key of an authority that was retired, or broken, stamps something new, or an old time.
  const current = authorities.filter(({ validFor }) => validFor.start <= time && time <= validFor.end)
  if (!isNonEmpty(current)) {
    return {
      code: 'timestamp-authority-window',
      found: `timestamp authority used at ${time.toISOString()}`,
      wanted: 'a time within the validity of the timestamp authority',
    }
  }
  const chain = current.map((authority) => chainFailure(authority, time))
  if (!chain.includes(null)) {
    return {
      code: 'timestamp-authority-chain',
      found: chain.find((problem) => problem !== null) ?? '',
      wanted: `certificates for timestamps, valid at ${time.toISOString()}`,
    }
  }
  // The timestamp of an older, honest signature, put beside another one.
  const { messageImprintHashAlgorithm: algorithm, messageImprintHashedMessage: imprint } = stamp.tstInfo
  if (!createHash(algorithm).update(signature).digest().equals(imprint)) {
    return {
      code: 'timestamp-imprint',
      found: 'a timestamp over something else',
      wanted: 'a timestamp over the signature of this envelope',
    }
  }
  return null
}

function chainFailure({ certChain }: Authority, time: Date): string | null {
  const [leaf] = certChain
  if (leaf === undefined) return 'no certificate'
  if (!certChain.every((certificate) => certificate.validForDate(time)))
    return `a certificate of the timestamp authority outside its validity at ${time.toISOString()}`
  // A certificate for another purpose, such as one that signs code, says nothing about time.
  return isForTimestamps(leaf) ? null : 'a certificate that is not for timestamps'
}

// A signature that was made for something else than a timestamp (RFC 5652, section 11.1), or one of several, of which readers see another.
function checkForm(stamp: RFC3161Timestamp): BundleFailure | null {
  const [, token] = stamp.root.subs
  const signedData = token?.subs.find(({ tag }) => tag.isContextSpecific(0))?.subs[0]
  const signers = signedData?.subs.at(-1)?.subs ?? []
  if (signers.length !== 1) return invalid(`a timestamp with ${signers.length} signers`)
  const attributes = signers[0]?.subs.find(({ tag }) => tag.isContextSpecific(0))?.subs ?? []
  const valuesOf = (oid: string): readonly ASN1Obj[] =>
    attributes.filter(({ subs }) => subs[0]?.toOID() === oid).flatMap(({ subs }) => subs[1]?.subs ?? [])
  const types = valuesOf(CONTENT_TYPE)
  if (types.length !== 1 || types[0]?.toOID() !== TST_INFO)
    return invalid('a signature over something that is no timestamp')
  return valuesOf(MESSAGE_DIGEST).length === 1 ? null : invalid('a timestamp without one digest of its content')
}

// One timestamp counted twice reaches a threshold of two.
function checkOnce(stamp: RFC3161Timestamp, seen: Set<string>): BundleFailure | null {
  const id = `${stamp.signerSerialNumber.toString('hex')} ${stamp.signingTime.getTime()}`
  if (seen.has(id)) return { code: 'timestamp-duplicate', found: 'one timestamp twice', wanted: 'each timestamp once' }
  seen.add(id)
  return null
}

function authoritiesOf(stamp: RFC3161Timestamp, { timestampAuthorities }: TrustMaterial): readonly Authority[] {
  const { signerSerialNumber: serialNumber, signerIssuer: issuer } = stamp
  return timestampAuthorities.filter(
    ({ certChain: [leaf] }) => leaf?.serialNumber.equals(serialNumber) === true && leaf.issuer.equals(issuer),
  )
}

function isForTimestamps(certificate: Authority['certChain'][number]): boolean {
  const usages = certificate.extension(EXTENDED_KEY_USAGE)?.valueObj.subs[0]?.subs ?? []
  return usages.some((usage) => usage.tag.isOID() && usage.toOID() === TIME_STAMPING)
}

function digestOf(certificate: Authority['certChain'][number] | undefined): string {
  return certificate instanceof Certificate ? certificate.digest : ''
}

function invalid(found: string): BundleFailure {
  return { code: 'timestamp-invalid', found, wanted: 'a timestamp (RFC 3161) by a trusted authority' }
}
