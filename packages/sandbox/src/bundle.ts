// SPDX-License-Identifier: Apache-2.0
import type { Envelope } from './envelope.ts'
import { KIND_VERSION } from './log-body.ts'
import type { LogKind } from './log-body.ts'
import type { LoggedEntry } from './transparency-log.ts'

/** The form of a bundle, and the kind of entry that stands for it in the log. */
export interface BundleForm {
  readonly version: '0.1' | '0.2' | '0.3'
  readonly log: LogKind
}

/** Who signed: a leaf certificate with the chain above it, or the id of a registry's key. */
export type BundleSigner =
  | { readonly kind: 'certificate'; readonly leaf: Buffer; readonly chain: readonly Buffer[] }
  | { readonly kind: 'key'; readonly keyId: string }

/** A Sigstore bundle as JSON. */
export interface BundleJson {
  readonly mediaType: string
  readonly verificationMaterial: {
    readonly certificate?: RawBytes
    readonly x509CertificateChain?: { readonly certificates: readonly RawBytes[] }
    readonly publicKey?: { readonly hint: string }
    readonly tlogEntries: readonly TlogEntryJson[]
    readonly timestampVerificationData: { readonly rfc3161Timestamps: readonly unknown[] } | null
  }
  readonly dsseEnvelope: Envelope
}

/** Bytes in base64. */
export interface RawBytes {
  readonly rawBytes: string
}

/** A log entry as bundles hold it. */
export interface TlogEntryJson {
  readonly logIndex: string
  readonly logId: { readonly keyId: string }
  readonly kindVersion: { readonly kind: string; readonly version: string }
  readonly integratedTime: string
  readonly inclusionPromise: { readonly signedEntryTimestamp: string } | null
  readonly inclusionProof: {
    readonly logIndex: string
    readonly rootHash: string
    readonly treeSize: string
    readonly hashes: readonly string[]
    readonly checkpoint: { readonly envelope: string }
  } | null
  readonly canonicalizedBody: string
}

const MEDIA_TYPES: Readonly<Record<BundleForm['version'], string>> = {
  '0.1': 'application/vnd.dev.sigstore.bundle+json;version=0.1',
  '0.2': 'application/vnd.dev.sigstore.bundle+json;version=0.2',
  '0.3': 'application/vnd.dev.sigstore.bundle.v0.3+json',
}

/** Puts a bundle together: v0.1 with the whole chain and a promise alone, v0.2 with leaf, promise and proof, v0.3 with a single certificate. */
export function toBundle(
  form: BundleForm,
  signer: BundleSigner,
  envelope: Envelope,
  entries: readonly LoggedEntry[],
): BundleJson {
  return {
    mediaType: MEDIA_TYPES[form.version],
    verificationMaterial: {
      ...keyMaterial(form, signer),
      tlogEntries: entries.map((entry) => toTlogEntry(form, entry)),
      timestampVerificationData: form.version === '0.1' ? null : { rfc3161Timestamps: [] },
    },
    dsseEnvelope: envelope,
  }
}

/** A log entry as a bundle of the given form holds it. */
export function toTlogEntry(form: BundleForm, entry: LoggedEntry): TlogEntryJson {
  const { proof } = entry
  return {
    logIndex: String(entry.logIndex),
    logId: { keyId: entry.logId.toString('base64') },
    kindVersion: { kind: form.log, version: KIND_VERSION[form.log] },
    integratedTime: String(entry.integratedTime.getTime() / 1000),
    inclusionPromise: { signedEntryTimestamp: entry.promise.toString('base64') },
    inclusionProof:
      form.version === '0.1'
        ? null
        : {
            logIndex: String(proof.logIndex),
            rootHash: proof.rootHash.toString('base64'),
            treeSize: String(proof.treeSize),
            hashes: proof.hashes.map((hash) => hash.toString('base64')),
            checkpoint: { envelope: proof.checkpoint },
          },
    canonicalizedBody: entry.body.toString('base64'),
  }
}

function keyMaterial(form: BundleForm, signer: BundleSigner): Partial<BundleJson['verificationMaterial']> {
  if (signer.kind === 'key') return { publicKey: { hint: signer.keyId } }
  const [leaf, ...chain] = [signer.leaf, ...signer.chain].map((der) => ({ rawBytes: der.toString('base64') }))
  if (leaf === undefined || form.version === '0.3') return leaf === undefined ? {} : { certificate: leaf }
  return { x509CertificateChain: { certificates: form.version === '0.1' ? [leaf, ...chain] : [leaf] } }
}
