// SPDX-License-Identifier: Apache-2.0
import { createHash } from 'node:crypto'
import { AsnBitStringConverter, AsnConvert, OctetString } from '@peculiar/asn1-schema'
import {
  AlgorithmIdentifier,
  AttributeTypeAndValue,
  AttributeValue,
  AuthorityKeyIdentifier,
  BasicConstraints,
  ExtendedKeyUsage,
  Extension,
  Extensions,
  GeneralName,
  KeyIdentifier,
  KeyUsage,
  KeyUsageFlags,
  Name,
  RelativeDistinguishedName,
  SubjectAlternativeName,
  SubjectKeyIdentifier,
  SubjectPublicKeyInfo,
  TBSCertificate,
  Validity,
  Version,
  id_ce_authorityKeyIdentifier,
  id_ce_basicConstraints,
  id_ce_extKeyUsage,
  id_ce_keyUsage,
  id_ce_subjectAltName,
  id_ce_subjectKeyIdentifier,
} from '@peculiar/asn1-x509'
import { FULCIO_ARC, extensionValue } from './certificate-extensions.ts'
import type { FulcioExtensions } from './certificate-extensions.ts'
import type { KeyPair } from './key-pair.ts'

const ECDSA_SHA384 = '1.2.840.10045.4.3.3' // RFC 5758, section 3.2
const CODE_SIGNING = '1.3.6.1.5.5.7.3.3'
const TIME_STAMPING = '1.3.6.1.5.5.7.3.8'
const SCT_LIST = '1.3.6.1.4.1.11129.2.4.2' // RFC 6962, section 3.3

/** The organisation that every authority of the sandbox names. */
export const ORGANIZATION = 'bonafide sandbox'

/** Who a certificate is about. */
export type SubjectName =
  | { readonly kind: 'uri'; readonly uri: string }
  | { readonly kind: 'email'; readonly email: string }

/** What stands in a certificate besides its signature. */
export interface CertificateContent {
  readonly serialNumber: Buffer
  readonly issuer: string
  /** The issuer's key, of which the authority key identifier is made. */
  readonly issuerKey: Buffer
  /** Null for a leaf, which has no subject but an alternative name. */
  readonly subject: string | null
  readonly subjectKey: Buffer
  readonly notBefore: Date
  readonly notAfter: Date
  /** What the key may be used for; stands before the key identifiers, as Fulcio has it. */
  readonly usages: readonly Extension[]
  /** Whom a leaf names; stands behind them. */
  readonly identity: readonly Extension[]
}

/** The key usage, and the constraint on the path below, of an authority. */
export function authorityExtensions(pathLength: number | null): readonly Extension[] {
  const codeSigning = [extension(id_ce_extKeyUsage, false, new ExtendedKeyUsage([CODE_SIGNING]))]
  return [
    extension(id_ce_keyUsage, true, new KeyUsage(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign)),
    // The root of the real one has no extended key usage; its intermediate has.
    ...(pathLength === null ? [] : codeSigning),
    extension(
      id_ce_basicConstraints,
      true,
      new BasicConstraints(pathLength === null ? { cA: true } : { cA: true, pathLenConstraint: pathLength }),
    ),
  ]
}

/** What makes a certificate one for signing code. */
export function leafUsage(): readonly Extension[] {
  return [
    extension(id_ce_keyUsage, true, new KeyUsage(KeyUsageFlags.digitalSignature)),
    extension(id_ce_extKeyUsage, false, new ExtendedKeyUsage([CODE_SIGNING])),
  ]
}

/** What makes a certificate one for timestamps, and for nothing else (RFC 3161, section 2.3). */
export function timestampUsage(): readonly Extension[] {
  return [
    extension(id_ce_keyUsage, true, new KeyUsage(KeyUsageFlags.digitalSignature)),
    extension(id_ce_extKeyUsage, true, new ExtendedKeyUsage([TIME_STAMPING])),
  ]
}

/** Whom a leaf names, and what Fulcio says about the job. */
export function leafIdentity(subject: SubjectName, fulcio: FulcioExtensions): readonly Extension[] {
  const name =
    subject.kind === 'uri'
      ? new GeneralName({ uniformResourceIdentifier: subject.uri })
      : new GeneralName({ rfc822Name: subject.email })
  return [
    extension(id_ce_subjectAltName, true, new SubjectAlternativeName([name])),
    ...[...fulcio].map(([number, value]) => rawExtension(`${FULCIO_ARC}.${number}`, extensionValue(number, value))),
  ]
}

/** The extension that holds a certificate log's promise: a list of one, in the encoding of TLS, inside an octet string. */
export function sctExtension(sct: Buffer): Extension {
  const list = Buffer.alloc(4 + sct.length)
  list.writeUInt16BE(sct.length + 2, 0)
  list.writeUInt16BE(sct.length, 2)
  sct.copy(list, 4)
  return extension(SCT_LIST, false, new OctetString(list))
}

/** The part of a certificate that is signed. A leaf without its SCT is what the certificate log signs for. */
export function encodeContent(content: CertificateContent, more: readonly Extension[] = []): ArrayBuffer {
  return AsnConvert.serialize(
    new TBSCertificate({
      version: Version.v3,
      serialNumber: arrayBuffer(content.serialNumber),
      signature: new AlgorithmIdentifier({ algorithm: ECDSA_SHA384 }),
      issuer: distinguishedName(content.issuer),
      validity: new Validity({ notBefore: content.notBefore, notAfter: content.notAfter }),
      subject: content.subject === null ? new Name([]) : distinguishedName(content.subject),
      subjectPublicKeyInfo: AsnConvert.parse(content.subjectKey, SubjectPublicKeyInfo),
      extensions: new Extensions([
        ...content.usages,
        extension(id_ce_subjectKeyIdentifier, false, new SubjectKeyIdentifier(keyIdentifier(content.subjectKey))),
        extension(
          id_ce_authorityKeyIdentifier,
          false,
          new AuthorityKeyIdentifier({ keyIdentifier: new KeyIdentifier(keyIdentifier(content.issuerKey)) }),
        ),
        ...content.identity,
        ...more,
      ]),
    }),
  )
}

/** Signs an encoded content. A certificate is a sequence of three: what is signed, the algorithm, the signature. */
export function signContent(content: ArrayBuffer, issuer: KeyPair): Buffer {
  const algorithm = AsnConvert.serialize(new AlgorithmIdentifier({ algorithm: ECDSA_SHA384 }))
  const signature = AsnBitStringConverter.toASN(arrayBuffer(issuer.sign(new Uint8Array(content)))).toBER()
  const body = Buffer.concat([content, algorithm, signature].map((part) => new Uint8Array(part)))
  // Tag of a sequence and a length of two bytes, which every certificate needs (X.690, section 8.1.3.5).
  const head = Buffer.of(0x30, 0x82, 0, 0)
  head.writeUInt16BE(body.length, 2)
  return Buffer.concat([head, body])
}

function extension(extnID: string, critical: boolean, value: object): Extension {
  return new Extension({ extnID, critical, extnValue: new OctetString(AsnConvert.serialize(value)) })
}

function rawExtension(extnID: string, value: ArrayBuffer): Extension {
  return new Extension({ extnID, critical: false, extnValue: new OctetString(value) })
}

function distinguishedName(commonName: string): Name {
  return new Name([nameField('2.5.4.10', ORGANIZATION), nameField('2.5.4.3', commonName)])
}

function nameField(type: string, printableString: string): RelativeDistinguishedName {
  return new RelativeDistinguishedName([
    new AttributeTypeAndValue({ type, value: new AttributeValue({ printableString }) }),
  ])
}

// RFC 5280, section 4.2.1.2, method 1: the SHA-1 of the key's bits, which follow the fixed head of the structure.
function keyIdentifier(publicKey: Buffer): ArrayBuffer {
  const info = AsnConvert.parse(publicKey, SubjectPublicKeyInfo)
  return arrayBuffer(createHash('sha1').update(new Uint8Array(info.subjectPublicKey)).digest())
}

function arrayBuffer(bytes: Uint8Array): ArrayBuffer {
  return new Uint8Array(bytes).buffer
}
