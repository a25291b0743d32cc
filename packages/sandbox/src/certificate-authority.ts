// SPDX-License-Identifier: Apache-2.0
import {
  authorityExtensions,
  encodeContent,
  leafIdentity,
  leafUsage,
  sctExtension,
  signContent,
} from './certificate.ts'
import type { CertificateContent, SubjectName } from './certificate.ts'
import type { FulcioExtensions } from './certificate-extensions.ts'
import type { CertificateLog } from './certificate-log.ts'
import type { KeyPair, Seed } from './key-pair.ts'

/** What a certificate is asked for. */
export interface CertificateRequest {
  readonly subject: SubjectName
  readonly extensions: FulcioExtensions
  readonly publicKey: Buffer
  readonly notBefore: Date
}

/** A Fulcio: root and intermediate on P-384, leaves that live for ten minutes. */
export interface CertificateAuthority {
  readonly uri: string
  /** From the intermediate to the root. */
  readonly chain: readonly [intermediate: Buffer, root: Buffer]
  readonly validFor: { readonly start: Date; readonly end?: Date }
  /** Issues a leaf with the promise of a certificate log in it, or without any where the log is null. */
  issue(request: CertificateRequest, log: CertificateLog | null): Buffer
}

const LIFETIME = 10 * 60 * 1000
const START = new Date('2021-03-07T03:20:29Z')
const END = new Date('2041-03-07T03:20:28Z')

/** Makes a certificate authority. Two of different seeds bear the same names, and only their keys tell them apart. */
export function createCertificateAuthority(uri: string, seed: Seed): CertificateAuthority {
  const root = seed.keyPair('fulcio root', 'P-384')
  const intermediate = seed.keyPair('fulcio intermediate', 'P-384')
  const authority = (subject: string, key: KeyPair, pathLength: number | null): Buffer =>
    signContent(
      encodeContent({
        serialNumber: serialNumber(seed, subject),
        issuer: 'sandbox',
        issuerKey: root.publicKey,
        subject,
        subjectKey: key.publicKey,
        notBefore: START,
        notAfter: END,
        usages: authorityExtensions(pathLength),
        identity: [],
      }),
      root,
    )
  let issued = 0
  return {
    uri,
    chain: [authority('sandbox-intermediate', intermediate, 0), authority('sandbox', root, null)],
    validFor: { start: START },
    issue({ subject, extensions, publicKey, notBefore }, log) {
      issued += 1
      const content: CertificateContent = {
        serialNumber: serialNumber(seed, `leaf ${issued}`),
        issuer: 'sandbox-intermediate',
        issuerKey: intermediate.publicKey,
        subject: null,
        subjectKey: publicKey,
        notBefore,
        notAfter: new Date(notBefore.getTime() + LIFETIME),
        usages: leafUsage(),
        identity: leafIdentity(subject, extensions),
      }
      const unpromised = encodeContent(content)
      if (log === null) return signContent(unpromised, intermediate)
      const milliseconds = seed.bytes(`sct ${issued}`, 2).readUInt16BE() % 1000
      const promise = log.promise(
        new Uint8Array(unpromised),
        intermediate.publicKey,
        new Date(notBefore.getTime() + milliseconds),
      )
      return signContent(encodeContent(content, [sctExtension(promise)]), intermediate)
    },
  }
}

/** A serial number that is positive and of full length (RFC 5280, section 4.1.2.2): the first byte is never zero nor above 0x7f. */
export function serialNumber(seed: Seed, label: string): Buffer {
  const bytes = seed.bytes(`serial ${label}`, 20)
  bytes[0] = ((bytes[0] ?? 0) & 0x3f) | 0x40
  return bytes
}
