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
  /** Where releases are signed; null is the public Sigstore. */
  readonly sigstore: SigstoreUrls | null
}

/** A Sigstore of one's own, by the URLs of its services. Who installs has to trust its root by name (`trustedRoots`). */
export interface SigstoreUrls {
  readonly fulcio: string
  readonly rekor: string
  /** Which interface its log speaks. */
  readonly rekorVersion: 1 | 2
  /** The timestamp authority; null where there is none. */
  readonly tsa: string | null
}

/** What a policy file says of releases and no more; a key that is absent is left open. */
export type StatedPublishPolicy = Partial<PublishPolicy>

/** Common shapes of a release tag. What was built from one of them counts as built from `tag` in a pin. */
export const RELEASE_TAGS: readonly string[] = [
  'v{version}',
  '{version}',
  '{name}@{version}',
  '{unscoped}@{version}',
  '{unscoped}-v{version}',
]

/** What holds where a policy says nothing of releases. */
export const DEFAULT_PUBLISH_POLICY: PublishPolicy = {
  maxTokenLifetime: 3600,
  refs: ['tag'],
  triggers: ['push', 'release', 'workflow_dispatch', 'web', 'api'],
  allowSelfHosted: false,
  tags: RELEASE_TAGS,
  workflows: null,
  sigstore: null,
}

/** The longest lifetime that a policy may allow, in seconds: seven days. */
export const LONGEST_TOKEN_LIFETIME: number = 7 * 24 * 3600

/** Seconds by which two clocks may differ. */
export const CLOCK_SKEW = 300

/** The tags that name a version by these patterns, without `refs/tags/`. To be compared whole: one that merely holds the version is none. */
export function releaseTags(patterns: readonly string[], name: string, version: string): readonly string[] {
  const words = new Map([
    ['{name}', name],
    ['{unscoped}', name.slice(name.indexOf('/') + 1)],
    ['{version}', version],
  ])
  return [...new Set(patterns.map((pattern) => pattern.replaceAll(/\{[a-z]+\}/gu, (word) => words.get(word) ?? word)))]
}

const UNITS: readonly (readonly [unit: string, seconds: number])[] = [
  ['d', 86_400],
  ['h', 3600],
  ['m', 60],
]

/** Seconds in the spelling of a policy file: the largest of `d`, `h` and `m` that fits; the only spelling that is read. */
export function renderLifetime(seconds: number): string {
  const [unit, size] = UNITS.find(([, each]) => seconds % each === 0) ?? ['s', 1]
  return `${seconds / size}${unit}`
}

/** Reads what {@link renderLifetime} writes; null for any other spelling, for nothing, and for more than seven days. */
export function parseLifetime(text: string): number | null {
  const size = UNITS.find(([unit]) => text.endsWith(unit))?.[1]
  if (size === undefined || !/^[1-9]\d{0,4}[dhm]$/u.test(text)) return null
  const seconds = Number(text.slice(0, -1)) * size
  return seconds <= LONGEST_TOKEN_LIFETIME && renderLifetime(seconds) === text ? seconds : null
}
