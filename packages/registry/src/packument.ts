// SPDX-License-Identifier: Apache-2.0

/** A registry signature as the metadata carries it: unverified. */
export interface ClaimedSignature {
  readonly keyid: string
  readonly sig: string
}

/** What the registry says about one version. All of it is unsigned except what a registry signature covers: it may refuse, never vouch. */
export interface PackumentVersion {
  readonly version: string
  /** `dist.integrity` as it stands there, unparsed. */
  readonly integrity: string | null
  /** `dist.tarball` as it stands there, unparsed. */
  readonly tarball: string | null
  readonly signatures: readonly ClaimedSignature[]
  /** Whether `dist.attestations` is there. */
  readonly claimsAttestations: boolean
  /** Whether `_npmUser.trustedPublisher` is there; abbreviated metadata never carries it. */
  readonly trustedPublisherClaimed: boolean
  /** `_npmUser.name`; null in abbreviated metadata. */
  readonly publisher: string | null
  readonly dependencies: ReadonlyMap<string, string>
  readonly optionalDependencies: ReadonlyMap<string, string>
  readonly peerDependencies: ReadonlyMap<string, string>
  /** `hasInstallScript`, or what follows from `scripts` in full metadata. */
  readonly hasInstallScript: boolean
}

/** A package's metadata document. */
export interface Packument {
  readonly name: string
  readonly versions: ReadonlyMap<string, PackumentVersion>
  /** When versions were published, as the registry claims; null where the document has no `time` (abbreviated form, some mirrors). */
  readonly time: ReadonlyMap<string, Date> | null
  /** What came back, whatever was asked for. */
  readonly form: 'full' | 'abbreviated'
  readonly tags: ReadonlyMap<string, string>
}
