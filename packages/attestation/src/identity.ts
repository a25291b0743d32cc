// SPDX-License-Identifier: Apache-2.0

/**
 * Who built a tarball, by the extensions of the Fulcio certificate alone (OIDs 1.3.6.1.4.1.57264.1.8 to .24, and the six raw ones
 * of early 2023). Nothing here comes from the predicate, which the job writes itself. What an early certificate does not say is null.
 */
export interface Identity {
  /** The OpenID Connect issuer that vouched for the job. */
  readonly issuer: string
  /** The source repository's URL, without a trailing slash or `.git`. */
  readonly repository: string
  /** The repository's numeric id, which outlives renames and is not given to a namesake. */
  readonly repositoryId: string | null
  /** The owner's URL. */
  readonly owner: string | null
  /** The owner's numeric id. */
  readonly ownerId: string | null
  /** Path of the workflow that was started (the caller), such as `.github/workflows/release.yml`. */
  readonly workflow: string
  /** URL of the workflow whose steps signed, with its ref: the caller's own, or a reusable workflow, perhaps of another repository. */
  readonly signer: string
  /** The git ref that was built, such as `refs/tags/v1.0.0`. */
  readonly ref: string
  /** The commit that was built. */
  readonly commit: string
  /** What started the job, such as `push`. */
  readonly trigger: string | null
  /** `github-hosted` or `self-hosted`. */
  readonly runner: string | null
  /** URL of the run. */
  readonly runUrl: string | null
}
