// SPDX-License-Identifier: Apache-2.0
import type { Coordinate, NonEmpty } from '@bonafide/core'
import type { Identity } from './identity.ts'

declare const verified: unique symbol

/** One entry of a transparency log under which a statement was found, after its signatures were verified. */
export interface LogEntry {
  /** Kind and version of the entry: `dsse/0.0.1` and `intoto/0.0.2` of Rekor v1, `dsse/0.0.2` and `hashedrekord/0.0.2` of Rekor v2. */
  readonly kind: string
  /** The log's key id, in base64. */
  readonly logId: string
  /** The index that the log gave the entry. */
  readonly logIndex: string
  /** When the log took the entry in, by its own signature; null for Rekor v2, which signs no time. */
  readonly integratedTime: Date | null
  /** What the log signed for: the promise (signed entry timestamp), the inclusion proof with its checkpoint, or both. */
  readonly proofs: NonEmpty<'promise' | 'proof'>
}

/** A timestamp (RFC 3161) over the signature, after its own signature was verified. */
export interface VerifiedTimestamp {
  readonly time: Date
  /** The digest of the timestamp authority's root: `sha256:` and hexadecimal. */
  readonly authority: string
}

/** What every verified attestation has in common. Only `verify-document.ts` makes one. */
export interface VerifiedAttestation {
  readonly [verified]: true
  readonly coordinate: Coordinate
  readonly predicateType: string
  readonly mediaType: string
  /** Where the entry stood in the document, such as `attestations[1]`. */
  readonly entry: string
  readonly log: NonEmpty<LogEntry>
  readonly timestamps: readonly VerifiedTimestamp[]
  /** The latest of all verified times: when the signature was there at last, by the word of a log or of a timestamp authority. */
  readonly time: Date
  /** The digest of the certificate authority's root, or of the registry key, that vouches: `sha256:` and hexadecimal. */
  readonly trustDomain: string
}

/** The registry's signed statement that it accepted this version. */
export interface PublishEvidence extends VerifiedAttestation {
  readonly kind: 'publish'
  /** The id that the key has in the trust material, never the one that the bundle hints at. */
  readonly keyId: string
}

/** The SLSA statement of the job that built the tarball, with the identity of its certificate. */
export interface ProvenanceEvidence extends VerifiedAttestation {
  readonly kind: 'provenance'
  readonly identity: Identity
}

/** What remains of an attestation document after verification. */
export type Evidence = PublishEvidence | ProvenanceEvidence
