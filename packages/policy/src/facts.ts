// SPDX-License-Identifier: Apache-2.0
import type { ProvenanceEvidence, PublishEvidence, RegistrySignatureState } from '@bonafide/attestation'
import type { Finding, IntegrityField, NonEmpty } from '@bonafide/core'
import type { AcceptedHistory, VersionMetadata } from './history.ts'
import type { InstallManifest } from './install-manifest.ts'

/**
 * What the registry's metadata says about a version. Nothing here is signed, so it may cause a refusal and never a pass.
 * `unknown` means that the registry could not be asked; its findings say why.
 */
export type RegistryFacts =
  | {
      readonly state: 'known'
      readonly integrity: IntegrityField
      /** The tarball's URL, as the registry names it. */
      readonly tarball: string | null
      /** Whether the metadata advertises attestations for this version. */
      readonly claimsAttestations: boolean
    }
  | { readonly state: 'package-unknown' | 'version-unknown' | 'version-withdrawn' }
  | { readonly state: 'unknown'; readonly findings: NonEmpty<Finding> }

/** What the registry's signature over `name@version:integrity` amounts to; `not-checked` where there was nothing to check it with. */
export type SignatureFacts = RegistrySignatureState | { readonly state: 'not-checked'; readonly found: string }

/**
 * What came of the attestation document. Four answers, never mixed: verified (with what was wrong in it), none for this version,
 * withheld (advertised, yet not served), and unknown (nobody could tell; the findings say why).
 */
export type AttestationFacts =
  | {
      readonly state: 'verified'
      readonly provenance: ProvenanceEvidence | null
      readonly publish: PublishEvidence | null
      readonly findings: readonly Finding[]
    }
  | { readonly state: 'none' }
  | { readonly state: 'withheld' }
  | { readonly state: 'unknown'; readonly findings: NonEmpty<Finding> }

/**
 * Versions below this one that claim attestations: the registry's word alone, which may only make the verdict stricter.
 * Each is the version to name in a report, or null where there is none or nobody could tell.
 */
export interface AttestedHistory {
  /** On the same release line. */
  readonly line: string | null
  /** Anywhere in the package. */
  readonly package: string | null
}

/**
 * When a version came out, by each of those who say so. The log's times are signed; `claimed` is the registry's word, and where it
 * names no time for the version, `claimedBy` is one by which the whole package had last changed.
 */
export interface PublishedTimes {
  readonly provenance: Date | null
  readonly publish: Date | null
  readonly claimed: Date | null
  readonly claimedBy: Date | null
}

/** A dependency that the version adds, on a package that nobody has known for long. */
export interface FreshDependency {
  readonly name: string
  readonly spec: string
  /** When the package's first version came out, as the registry claims; null where it claims nothing. */
  readonly firstPublished: Date | null
  /** The owner that its verified provenance names, or null. */
  readonly owner: Owner | null
}

/** Who owns a repository: a number means something only to the authority and the issuer that vouch for it. */
export interface Owner {
  readonly trustDomain: string
  readonly issuer: string
  readonly id: string
}

/** The owner that a provenance names, or null: certificates of early 2023 name none. */
export function ownerOf({ identity, trustDomain }: ProvenanceEvidence): Owner | null {
  return identity.ownerId === null ? null : { trustDomain, issuer: identity.issuer, id: identity.ownerId }
}

/** What a tarball holds that installing acts on, beside what the registry says of it. */
export interface TarballFacts {
  /** Its own `package.json`; null where there is none that everybody would read alike, and `oddities` says why. */
  readonly manifest: InstallManifest | null
  /** The registry's manifest of the version; null where the registry does not list it. */
  readonly claimed: InstallManifest | null
  /** All that runs on its installation, by name: its own hooks, a build that nobody asks for, and what packages of its bundle run. */
  readonly hooks: ReadonlyMap<string, string>
  /** The folders of the packages that it carries, such as `node_modules/a`. */
  readonly bundled: readonly string[]
  readonly hasShrinkwrap: boolean
  readonly claimsShrinkwrap: boolean
  /** What not every client would read the same way, in words. */
  readonly oddities: readonly string[]
}

/** What came of looking into the tarball. Only `known` speaks of the bytes that the lockfile binds; the findings of `unknown` say why not. */
export type BytesFacts =
  | { readonly state: 'not-looked-at' }
  | (TarballFacts & { readonly state: 'known' })
  | { readonly state: 'unknown'; readonly findings: NonEmpty<Finding> }

/** Everything that is known of one locked version, gathered by others: the only thing that the rules look at, beside the pin. */
export interface Facts {
  readonly name: string
  readonly version: string
  /** The integrity that the lockfile holds. */
  readonly locked: IntegrityField
  /** The URL that the lockfile holds, or null. */
  readonly resolved: string | null
  /** Whether that URL is the registry's own; null where the lockfile names none, or the registry could not be asked. */
  readonly resolvedMatches: boolean | null
  /** Where that URL is another's, and the canonical one of this version there, bound by the lockfile's sha512: the mirror as a policy would name it. */
  readonly mirror: string | null
  readonly registry: RegistryFacts
  readonly signature: SignatureFacts
  readonly attestations: AttestationFacts
  readonly history: AttestedHistory
  /** The time at which all of this was gathered, and against which ages are counted. */
  readonly now: Date
  readonly published: PublishedTimes
  /** What the metadata says of the version itself; null where there is none. */
  readonly metadata: VersionMetadata | null
  readonly accepted: AcceptedHistory
  /** Verified provenance of {@link AcceptedHistory.attested}, in that order; looked for where no pin says who builds the package. */
  readonly predecessors: readonly ProvenanceEvidence[]
  readonly freshDependencies: readonly FreshDependency[]
  readonly bytes: BytesFacts
  /** What the lockfile's reader found in the entry itself. */
  readonly entryFindings: readonly Finding[]
}
