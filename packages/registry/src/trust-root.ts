// SPDX-License-Identifier: Apache-2.0

/** Trust material as text, with where it came from; parsing it is the attestation package's job. */
export interface TrustSource {
  /** A Sigstore `trusted_root.json`. */
  readonly trustedRoot: string
  readonly source: 'tuf' | 'tuf-cache' | 'file'
  /** `sha256:` and the hexadecimal digest of {@link TrustSource.trustedRoot}. */
  readonly digest: string
  /** The registry's `keys.json`; null where neither a file was given nor the TUF repository has it. */
  readonly registryKeys: string | null
  readonly registryKeysSource: 'tuf' | 'tuf-cache' | 'file' | null
  readonly registryKeysDigest: string | null
  /** When TUF metadata was last refreshed from the mirror; null where everything came from files. */
  readonly refreshed: Date | null
  /** Why a refresh that was due did not happen, where the cached copy still served. */
  readonly refreshFailure: string | null
}

/** What asking for trust material led to. */
export type TrustAnswer =
  | { readonly kind: 'found'; readonly trust: TrustSource }
  /** There is a cached copy, too old to be believed. */
  | { readonly kind: 'stale'; readonly ageDays: number | null; readonly detail: string }
  | { readonly kind: 'unavailable'; readonly reason: string }
