// SPDX-License-Identifier: Apache-2.0
import { publishFinding } from '@bonafide/core'
import type { PublishFinding } from '@bonafide/core'
import { releaseTags } from '@bonafide/policy'
import type { PublishPolicy } from '@bonafide/policy'

const TAGS = 'refs/tags/'

/**
 * Whether a release is built from a ref that the policy allows, and from the tag that names its version where it is built from one.
 *
 * A throw-away branch with a workflow of the right name (the snapshot attack); a tag of one version that releases another.
 */
export function checkRef(
  release: { readonly name: string; readonly version: string; readonly policy: PublishPolicy },
  ref: string | null,
): readonly PublishFinding[] {
  const { name, version, policy } = release
  const tags = releaseTags(policy.tags, name, version)
  const isTag = ref?.startsWith(TAGS) === true
  if (ref !== null && policy.refs.includes(ref)) return []
  if (isTag && policy.refs.includes('tags')) return []
  if (isTag && policy.refs.includes('tag') && tags.some((tag) => ref === `${TAGS}${tag}`)) return []
  const [tag = version] = tags
  const wanted = policy.refs.map((one) => inWords(one, tags))
  if (isTag && policy.refs.includes('tag'))
    return [
      publishFinding('release-tag', {
        subject: `${name}@${version}`,
        found: `built from the tag ${ref.slice(TAGS.length)}`,
        wanted: wanted.join(', or '),
        fix: [
          `git tag ${tag} && git push origin ${tag}, or set the version that the tag names`,
          'where your tags have another form: "publish": { "tags": [...] } in bonafide.json, and have it reviewed',
        ],
      }),
    ]
  return [
    publishFinding('release-ref', {
      subject: `${name}@${version}`,
      found: ref === null ? 'nothing says from which ref this job is built' : `built from ${ref}`,
      wanted: wanted.join(', or '),
      fix: [
        `git tag ${tag} && git push origin ${tag}, with a workflow that starts on tags`,
        'where you release from a branch: "publish": { "refs": [...] } in bonafide.json, and have it reviewed',
      ],
    }),
  ]
}

function inWords(ref: string, tags: readonly string[]): string {
  if (ref === 'tag') return `a tag that equals the version (${tags.join(', ')})`
  return ref === 'tags' ? 'any tag' : ref
}
