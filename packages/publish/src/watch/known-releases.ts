// SPDX-License-Identifier: Apache-2.0
import type { Identity } from '@bonafide/attestation'
import { releaseTags } from '@bonafide/policy'
import type { PublishPolicy, RecordedPackage } from '@bonafide/policy'
import type { ReleaseTag, ReleaseTags } from './release-tags.ts'

/** What this repository says of one of its packages: all that the registry is held against. */
export interface KnownReleases {
  readonly name: string
  /** Where the package's manifest lies in the repository, for people. */
  readonly manifest: string
  /** `https://host/owner/name`; null where neither the manifest nor the clone says. */
  readonly repository: string | null
  /** The version in the manifest; null where there is none. */
  readonly released: string | null
  readonly tags: ReleaseTags
  readonly policy: PublishPolicy
  /** Null where nothing was recorded of it. */
  readonly recorded: RecordedPackage | null
}

/** The tag that names a version; undefined where none does. */
export function tagOf({ name, tags, policy }: KnownReleases, version: string): ReleaseTag | undefined {
  return releaseTags(policy.tags, name, version).flatMap((tag) => tags.get(tag) ?? [])[0]
}

/** In what a verified identity is not that of this repository's own release, in words; null where it is. */
export function foreignPart(
  known: KnownReleases,
  identity: Identity,
  tag: ReleaseTag | undefined,
): { readonly found: string; readonly wanted: string } | null {
  const { policy, repository } = known
  // Another repository that carries the same workflow.
  if (identity.repository !== repository)
    return { found: `repository ${identity.repository}`, wanted: `repository ${repository ?? 'unknown'}` }
  // A workflow that an attacker with a branch of their own has added.
  if (policy.workflows !== null && !policy.workflows.includes(identity.workflow))
    return { found: `workflow ${identity.workflow}`, wanted: `workflow ${policy.workflows.join(' or ')}` }
  // A throwaway branch with the release workflow in it.
  const isFromTag = tag !== undefined && identity.ref === `refs/tags/${tag.tag}`
  const isAllowed = policy.refs.some((word) => {
    if (word === 'tag') return isFromTag
    return word === 'tags' ? identity.ref.startsWith('refs/tags/') : word === identity.ref
  })
  if (!isAllowed) return { found: `ref ${identity.ref}`, wanted: `ref ${policy.refs.map(tagWord(tag)).join(' or ')}` }
  // A tag that was moved after the release, or a release of what was never tagged.
  const commits = tag === undefined ? null : isFromTag ? [tag.commit] : [tag.commit, ...tag.parents]
  if (commits !== null && !commits.includes(identity.commit))
    return {
      found: `commit ${identity.commit}`,
      wanted: `commit ${commits.join(' or ')}, as the tag ${tag?.tag ?? ''} has it`,
    }
  // A comment of a stranger that starts the release.
  if (identity.trigger !== null && !policy.triggers.includes(identity.trigger))
    return { found: `trigger ${identity.trigger}`, wanted: `trigger ${policy.triggers.join(' or ')}` }
  if (!policy.allowSelfHosted && identity.runner === 'self-hosted')
    return { found: 'a self-hosted runner', wanted: 'a runner of the CI system' }
  return null
}

function tagWord(tag: ReleaseTag | undefined): (word: string) => string {
  return (word) => (word === 'tag' ? (tag === undefined ? 'the tag of the version' : `refs/tags/${tag.tag}`) : word)
}
