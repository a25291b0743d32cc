// SPDX-License-Identifier: Apache-2.0

/** What a project asks of its own releases: the section `publish` of `bonafide.json`. */
export interface PublishPolicy {
  /** Seconds that a credential may live, from its making to its end, clock skew aside. At most seven days: a token without end is none. */
  readonly maxTokenLifetime: number
  /** Where a release may be built from, in the words of pins: `tag` is the tag that equals the version, everything else a whole ref. */
  readonly refs: readonly string[]
  /** The events that may start a release, in the CI system's own words. */
  readonly triggers: readonly string[]
  /** Whether a machine of one's own may build a release. */
  readonly allowSelfHosted: boolean
  /** How a tag names a version: `v{version}`, or `{name}@{version}` in a repository of several packages. */
  readonly tags: readonly string[]
  /** The workflow files that may publish; null where any may. */
  readonly workflows: readonly string[] | null
}

/** What holds where a policy says nothing of releases. */
export const DEFAULT_PUBLISH_POLICY: PublishPolicy = {
  maxTokenLifetime: 3600,
  refs: ['tag'],
  triggers: ['push', 'release', 'workflow_dispatch', 'web', 'api'],
  allowSelfHosted: false,
  tags: ['v{version}', '{version}', '{name}@{version}', '{name}@v{version}'],
  workflows: null,
}

/** The longest lifetime that a policy may allow, in seconds: seven days. */
export const LONGEST_TOKEN_LIFETIME: number = 7 * 24 * 3600

/** Seconds by which two clocks may differ. */
export const CLOCK_SKEW = 300
