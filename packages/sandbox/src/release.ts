// SPDX-License-Identifier: Apache-2.0
import type { Sha512 } from '@bonafide/core'
import type { BundleForm, BundleJson } from './bundle.ts'
import type { JobSpec } from './job.ts'
import type { ProvenanceType } from './statement.ts'

/** A version to publish. */
export interface Release {
  readonly name: string
  readonly version: string
  /** Further fields of `package.json`, such as `dependencies` and `scripts`. */
  readonly manifest?: Readonly<Record<string, unknown>>
  /** Further files; `index.js` is there without being told. */
  readonly files?: Readonly<Record<string, string>>
  /** By default the sandbox's clock. */
  readonly publishedAt?: Date
  /** The dist-tag that moves to this version; by default `latest`, null for none. */
  readonly tag?: string | null
  /** Absent or null: published by hand, or with a stolen token. */
  readonly provenance?: ProvenanceSpec | null
  /** Whether the registry attests to the publishing; by default where there is provenance. */
  readonly publishAttestation?: boolean
  /** Whether the registry signs the version (`dist.signatures`); by default it does. */
  readonly signature?: boolean
  /** The form of the provenance; by default v0.3 with a `dsse` entry. */
  readonly bundle?: BundleForm
  /** The form of the publish attestation; by default v0.2 with an `intoto` entry, as the public registry has it. */
  readonly publishBundle?: BundleForm
  readonly publisher?: Publisher
}

/** Who sent a version, as `_npmUser` tells. */
export interface Publisher {
  readonly name: string
  readonly email: string
  /** Published with a token that was exchanged for a job's identity. */
  readonly trustedPublisher?: { readonly id: string; readonly oidcConfigId: string }
  /** Who approved it, where it was staged first. */
  readonly approver?: { readonly name: string; readonly email: string }
}

/** The provenance of a version: the job, and in what the documents are to differ from what such a job gives. */
export interface ProvenanceSpec extends JobSpec {
  /** By default SLSA v1; GitLab jobs have v0.2 whatever is asked for. */
  readonly predicateType?: ProvenanceType
  /** Changes the predicate after it was made of the job: one that contradicts the certificate, for instance. */
  readonly editPredicate?: (predicate: object) => object
  readonly certificate?: CertificateSpec
}

/** In what a certificate is to differ from the one that the job would get. */
export interface CertificateSpec {
  /** `early`: the six extensions of before spring 2023. */
  readonly generation?: 'current' | 'early'
  /** Extensions by their number under Fulcio's arc, to be set or, with null, left out. */
  readonly extensions?: Readonly<Record<number, string | null>>
  /** Another name than the signing workflow's URL: a person's e-mail address, or another URL. */
  readonly subject?: { readonly email: string } | { readonly uri: string }
}

/** The document of a registry's attestation endpoint. */
export interface AttestationDocument {
  readonly attestations: readonly AttestationEntry[]
}

/** One attestation; its label is signed by nobody. */
export interface AttestationEntry {
  readonly predicateType: string
  readonly bundle: BundleJson
  readonly signedAccessSignatureUrl: string
}

/** A version that was published. */
export interface Published {
  readonly name: string
  readonly version: string
  readonly integrity: Sha512
  readonly tarball: Buffer
  readonly publishedAt: Date
  /** Null where the version has none. */
  readonly attestations: AttestationDocument | null
  /** The text that the endpoint serves; null where it serves none. */
  readonly attestationsText: string | null
}
