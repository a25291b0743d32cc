// SPDX-License-Identifier: Apache-2.0
import { createHash } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { ASN1Obj, X509Certificate, crypto } from '@sigstore/core'

/**
 * A certificate that computes its encodings and its public key once.
 *
 * The stock chain verifier asks a certificate for them again for each bundle and each comparison; the answers cannot change,
 * since nothing here writes to the parsed certificate. No check is left out: all are made by `@sigstore/verify`, on this object.
 */
export class Certificate extends X509Certificate {
  #der: Buffer | undefined
  #tbs: Buffer | undefined
  #publicKey: Buffer | undefined
  #keyObject: KeyObject | undefined
  #extensions: ReadonlyMap<string, X509Certificate['extensions'][number]> | undefined
  // Whether this certificate's signature verifies under an issuer's key, for issuers that the trust root holds.
  readonly #verified = new WeakMap<Certificate, boolean>()

  /**
   * @param certificate - the parsed certificate
   * @param bytes - what it was parsed from, where that is at hand
   */
  constructor(certificate: X509Certificate, bytes?: Buffer) {
    super(unchanged(certificate.root))
    this.#der = bytes
  }

  /** The certificate's bytes. */
  get der(): Buffer {
    this.#der ??= this.root.toDER()
    return this.#der
  }

  /** `sha256:` and the digest of the certificate's bytes, in hexadecimal. */
  get digest(): string {
    return `sha256:${createHash('sha256').update(this.der).digest('hex')}`
  }

  override get publicKey(): Buffer {
    this.#publicKey ??= super.publicKey
    return this.#publicKey
  }

  override equals(other: X509Certificate): boolean {
    if (this === other) return true
    // Equal certificates have equal signatures; most pairs differ here, and need not be encoded again.
    if (!this.signatureValue.equals(other.signatureValue)) return false
    return this.der.equals(other instanceof Certificate ? other.der : other.root.toDER())
  }

  // The SCT check removes an extension from a copy before it encodes that again. Only what leads to the extensions has to be new for
  // that; all other parts are shared, with their encodings.
  override clone(): X509Certificate {
    const [tbs, ...rest] = this.root.subs
    if (tbs === undefined) return super.clone()
    const parts = tbs.subs.map((part) => (part.tag.isContextSpecific(0x03) ? copied(part, 2) : part))
    return new X509Certificate(
      new ASN1Obj(this.root.tag, this.root.value, [new ASN1Obj(tbs.tag, tbs.value, parts), ...rest]),
    )
  }

  /**
   * Verifies the signature, as the stock method does. The answer is kept for an issuer of the trust root: with it the
   * intermediate's and the root's signatures, which no bundle brings along, are verified once a process.
   */
  override verify(issuer?: X509Certificate): boolean {
    const signer = issuer ?? this
    if (!(signer instanceof Certificate)) return super.verify(issuer)
    const known = this.#verified.get(signer)
    if (known !== undefined) return known
    this.#tbs ??= this.tbsCertificate.toDER()
    signer.#keyObject ??= crypto.createPublicKey(signer.publicKey)
    const answer = crypto.verify(this.#tbs, signer.#keyObject, this.signatureValue, this.signatureAlgorithm)
    this.#verified.set(signer, answer)
    return answer
  }

  /** Tells whether a certificate names this issuer and carries its signature. */
  isIssuedBy(issuer: X509Certificate): boolean {
    try {
      // The name is compared first: it costs nothing, and spares the signature check of every other authority.
      return issuer.subject.equals(this.issuer) && this.verify(issuer)
    } catch {
      // What lacks the parts of a certificate was issued by nobody.
      return false
    }
  }

  /** The id of an extension that the certificate holds more than once, or undefined where there is none. */
  get repeatedExtension(): string | undefined {
    const ids = this.extensions.map((extension) => extension.subs[0]?.toOID() ?? '')
    return ids.find((id, index) => ids.indexOf(id) !== index)
  }

  /** The raw content of an extension's value, or undefined where the certificate lacks it. */
  extensionBytes(oid: string): Buffer | undefined {
    this.#extensions ??= new Map(this.extensions.map((extension) => [extension.subs[0]?.toOID() ?? '', extension]))
    return this.#extensions.get(oid)?.subs.at(-1)?.value
  }
}

/**
 * An ASN.1 object that nobody changes. Its encoding is that of its content as it was read: the stock reader accepts one length for each
 * content and no tag of several bytes, so that encoding the parts anew, as the stock class does, gives the same bytes.
 */
class Unchanged extends ASN1Obj {
  #der: Buffer | undefined

  override toDER(): Buffer {
    this.#der ??= new ASN1Obj(this.tag, this.value, []).toDER()
    return this.#der
  }
}

function unchanged(node: ASN1Obj): ASN1Obj {
  return new Unchanged(node.tag, node.value, node.subs.map(unchanged))
}

function copied(node: ASN1Obj, levels: number): ASN1Obj {
  return levels === 0
    ? node
    : new ASN1Obj(
        node.tag,
        node.value,
        node.subs.map((sub) => copied(sub, levels - 1)),
      )
}
