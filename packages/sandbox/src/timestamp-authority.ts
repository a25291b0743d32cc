// SPDX-License-Identifier: Apache-2.0
import { createHash } from 'node:crypto'
import {
  Attribute,
  CMSVersion,
  CertificateChoices,
  CertificateSet,
  ContentInfo,
  DigestAlgorithmIdentifiers,
  EncapsulatedContent,
  EncapsulatedContentInfo,
  IssuerAndSerialNumber,
  SignedData,
  SignerIdentifier,
  SignerInfo,
  SignerInfos,
  id_contentType,
  id_messageDigest,
  id_signedData,
  id_signingTime,
} from '@peculiar/asn1-cms'
import { AsnConvert, AsnObjectIdentifierConverter, AsnUTCTimeConverter, OctetString } from '@peculiar/asn1-schema'
import {
  MessageImprint,
  PKIStatus,
  PKIStatusInfo,
  TSTInfo,
  TimeStampResp,
  TimeStampToken,
  id_ct_tstInfo,
} from '@peculiar/asn1-tsp'
import { AlgorithmIdentifier, Certificate } from '@peculiar/asn1-x509'
import { authorityExtensions, encodeContent, signContent, timestampUsage } from './certificate.ts'
import { serialNumber } from './certificate-authority.ts'
import type { KeyPair, Seed } from './key-pair.ts'

/** What a timestamp is asked for: the digest of a signature. */
export interface StampRequest {
  readonly algorithm: StampAlgorithm
  readonly digest: Buffer
  readonly time: Date
  readonly nonce?: ArrayBuffer
  /** Whether the token is to bring its certificates along; bundles do without. */
  readonly certificates?: boolean
  /** Another key than the certificate is for. */
  readonly signWith?: KeyPair
}

/** The digests that an authority takes, by their object identifiers (RFC 5754, section 2). */
export const STAMP_ALGORITHMS = {
  sha256: '2.16.840.1.101.3.4.2.1',
  sha384: '2.16.840.1.101.3.4.2.2',
  sha512: '2.16.840.1.101.3.4.2.3',
} as const

/** A digest that an authority takes. */
export type StampAlgorithm = keyof typeof STAMP_ALGORITHMS

/** A timestamp authority (RFC 3161): a leaf on P-384 under a root of its own, as the public Sigstore has it. */
export interface TimestampAuthority {
  readonly uri: string
  /** From the leaf to the root. */
  readonly chain: readonly [leaf: Buffer, root: Buffer]
  readonly validFor: { readonly start: Date; readonly end?: Date }
  /** The whole answer, in DER; bundles hold it as it is. */
  stamp(request: StampRequest): Buffer
}

const ECDSA_SHA384 = '1.2.840.10045.4.3.3' // RFC 5758, section 3.2
const SIGNING_CERTIFICATE_V2 = '1.2.840.113549.1.9.16.2.47' // RFC 5035, section 3
const POLICY = '1.3.6.1.4.1.57264.2' // that of the public Sigstore
const START = new Date('2021-03-12T00:00:00.000Z')
const END = new Date('2041-03-12T00:00:00.000Z')

/** Makes a timestamp authority. Two of different seeds bear the same names; their keys and serial numbers differ. */
export function createTimestampAuthority(
  uri: string,
  seed: Seed,
  validFor: TimestampAuthority['validFor'] = { start: START },
): TimestampAuthority {
  const [root, key] = [seed.keyPair(`${uri} root`, 'P-384'), seed.keyPair(`${uri} leaf`, 'P-384')]
  const certificate = (subject: string, subjectKey: KeyPair, usages: ReturnType<typeof timestampUsage>): Buffer =>
    signContent(
      encodeContent({
        serialNumber: serialNumber(seed, `${uri} ${subject}`),
        issuer: 'sandbox-tsa-selfsigned',
        issuerKey: root.publicKey,
        subject,
        subjectKey: subjectKey.publicKey,
        notBefore: START,
        notAfter: END,
        usages,
        identity: [],
      }),
      root,
    )
  const leaf = certificate('sandbox-tsa', key, timestampUsage())
  const { issuer, serialNumber: leafSerial } = AsnConvert.parse(leaf, Certificate).tbsCertificate
  const signer = new SignerIdentifier({
    issuerAndSerialNumber: new IssuerAndSerialNumber({ issuer, serialNumber: leafSerial }),
  })
  let stamped = 0
  return {
    uri,
    chain: [leaf, certificate('sandbox-tsa-selfsigned', root, authorityExtensions(null))],
    validFor,
    stamp({ algorithm, digest, time, nonce, certificates = false, signWith = key }) {
      stamped += 1
      const info = AsnConvert.serialize(
        new TSTInfo({
          policy: POLICY,
          messageImprint: new MessageImprint({
            hashAlgorithm: new AlgorithmIdentifier({ algorithm: STAMP_ALGORITHMS[algorithm] }),
            hashedMessage: new OctetString(digest),
          }),
          serialNumber: bytesOf(serialNumber(seed, `${uri} timestamp ${stamped}`)),
          genTime: time,
          ...(nonce === undefined ? {} : { nonce }),
        }),
      )
      const attributes = signedAttributes(info, leaf, time)
      // What is signed is a set of its own; inside the token it bears another tag (RFC 5652, section 5.4).
      const signature = signWith.sign(set(attributes.map((each) => Buffer.from(AsnConvert.serialize(each)))))
      const digestAlgorithm = new AlgorithmIdentifier({ algorithm: STAMP_ALGORITHMS.sha384 })
      const signedData = new SignedData({
        version: CMSVersion.v3,
        digestAlgorithms: new DigestAlgorithmIdentifiers([digestAlgorithm]),
        encapContentInfo: new EncapsulatedContentInfo({
          eContentType: id_ct_tstInfo,
          eContent: new EncapsulatedContent({ single: new OctetString(info) }),
        }),
        ...(certificates
          ? {
              certificates: new CertificateSet([
                new CertificateChoices({ certificate: AsnConvert.parse(leaf, Certificate) }),
              ]),
            }
          : {}),
        signerInfos: new SignerInfos([
          new SignerInfo({
            version: CMSVersion.v1,
            sid: signer,
            digestAlgorithm,
            signedAttrs: attributes,
            signatureAlgorithm: new AlgorithmIdentifier({ algorithm: ECDSA_SHA384 }),
            signature: new OctetString(signature),
          }),
        ]),
      })
      const token = new ContentInfo({ contentType: id_signedData, content: AsnConvert.serialize(signedData) })
      const answer = new TimeStampResp({
        status: new PKIStatusInfo({ status: PKIStatus.granted }),
        timeStampToken: AsnConvert.parse(AsnConvert.serialize(token), TimeStampToken),
      })
      return Buffer.from(AsnConvert.serialize(answer))
    },
  }
}

function attribute(attrType: string, value: ArrayBuffer): Attribute {
  return new Attribute({ attrType, attrValues: [value] })
}

function signedAttributes(info: ArrayBuffer, leaf: Buffer, time: Date): Attribute[] {
  const digest = createHash('sha384').update(new Uint8Array(info)).digest()
  // A list of one certificate, named by its SHA-256 (RFC 5035, section 4): three sequences around an octet string.
  const signingCertificate = Buffer.concat([
    Buffer.from('3026302430220420', 'hex'),
    createHash('sha256').update(leaf).digest(),
  ])
  const attributes = [
    attribute(id_contentType, AsnObjectIdentifierConverter.toASN(id_ct_tstInfo).toBER()),
    attribute(id_signingTime, AsnUTCTimeConverter.toASN(time).toBER()),
    attribute(id_messageDigest, AsnConvert.serialize(new OctetString(digest))),
    attribute(SIGNING_CERTIFICATE_V2, bytesOf(signingCertificate)),
  ]
  // The members of a set stand in the order of their encodings (X.690, section 11.6).
  return attributes.sort((one, other) =>
    Buffer.compare(Buffer.from(AsnConvert.serialize(one)), Buffer.from(AsnConvert.serialize(other))),
  )
}

// The four attributes together are never shorter than 128 bytes (X.690, section 8.1.3.5).
function set(members: readonly Buffer[]): Buffer {
  const body = Buffer.concat(members)
  const length = body.length < 0x100 ? Buffer.of(0x81, body.length) : Buffer.of(0x82, body.length >> 8, body.length)
  return Buffer.concat([Buffer.of(0x31), length, body])
}

function bytesOf(bytes: Uint8Array): ArrayBuffer {
  return new Uint8Array(bytes).buffer
}
