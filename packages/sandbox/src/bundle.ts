// SPDX-License-Identifier: Apache-2.0
import type { Envelope } from './envelope.ts'
import { KIND_VERSION } from './log-body.ts'
import type { LogKind } from './log-body.ts'
import type { TileEntry } from './tile-log.ts'
import type { LogProof, LoggedEntry } from './transparency-log.ts'

/** The form of a bundle, the kind of entry that stands for it in the log, and whether it holds a timestamp besides. */
export interface BundleForm {
  readonly version: '0.1' | '0.2' | '0.3'
  readonly log: LogKind
  /** By default where the log is a Rekor v2, which signs no time itself. */
  readonly timestamp?: boolean
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
    readonly timestampVerificationData: { readonly rfc3161Timestamps: readonly TimestampJson[] } | null
  }
  readonly dsseEnvelope: Envelope
}

/** Bytes in base64. */
export interface RawBytes {
  readonly rawBytes: string
}

/** A timestamp as bundles hold it: the authority's whole answer, in base64. */
export interface TimestampJson {
  readonly signedTimestamp: string
}

/** A log entry as bundles hold it. One of Rekor v2 has neither time nor promise. */
export interface TlogEntryJson {
  readonly logIndex: string
  readonly logId: { readonly keyId: string }
  readonly kindVersion: { readonly kind: string; readonly version: string }
  readonly integratedTime?: string
  readonly inclusionPromise?: { readonly signedEntryTimestamp: string } | null
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
  entry: LoggedEntry | TileEntry,
  timestamps: readonly Buffer[],
): BundleJson {
  const rfc3161Timestamps = timestamps.map((stamp) => ({ signedTimestamp: stamp.toString('base64') }))
  return {
    mediaType: MEDIA_TYPES[form.version],
    verificationMaterial: {
      ...keyMaterial(form, signer),
      tlogEntries: [toTlogEntry(form, entry)],
      timestampVerificationData: form.version === '0.1' && timestamps.length === 0 ? null : { rfc3161Timestamps },
    },
    dsseEnvelope: envelope,
  }
}

/** A log entry as a bundle of the given form holds it. */
export function toTlogEntry(form: BundleForm, entry: LoggedEntry | TileEntry): TlogEntryJson {
  const { logIndex, logId, body } = entry
  return {
    logIndex: String(logIndex),
    logId: { keyId: logId.toString('base64') },
    kindVersion: KIND_VERSION[form.log],
    ...('promise' in entry
      ? {
          integratedTime: String(entry.integratedTime.getTime() / 1000),
          inclusionPromise: { signedEntryTimestamp: entry.promise.toString('base64') },
          inclusionProof: form.version === '0.1' ? null : proofOf(entry.proof),
        }
      : { inclusionProof: proofOf(entry.proof) }),
    canonicalizedBody: body.toString('base64'),
  }
}

function proofOf(proof: LogProof): NonNullable<TlogEntryJson['inclusionProof']> {
  return {
    logIndex: String(proof.logIndex),
    rootHash: proof.rootHash.toString('base64'),
    treeSize: String(proof.treeSize),
    hashes: proof.hashes.map((hash) => hash.toString('base64')),
    checkpoint: { envelope: proof.checkpoint },
  }
}

function keyMaterial(form: BundleForm, signer: BundleSigner): Partial<BundleJson['verificationMaterial']> {
  if (signer.kind === 'key') return { publicKey: { hint: signer.keyId } }
  const [leaf, ...chain] = [signer.leaf, ...signer.chain].map((der) => ({ rawBytes: der.toString('base64') }))
  if (leaf === undefined || form.version === '0.3') return leaf === undefined ? {} : { certificate: leaf }
  return { x509CertificateChain: { certificates: form.version === '0.1' ? [leaf, ...chain] : [leaf] } }
}
