// SPDX-License-Identifier: Apache-2.0
import type { Git } from '@bonafide/verify'

/** A tag of the repository, with the commit that it names. */
export interface ReleaseTag {
  /** Without `refs/tags/`. */
  readonly tag: string
  readonly commit: string
  /** What the commit came from: the commit that raises a version is often made by the job itself, on top of the one that it built. */
  readonly parents: readonly string[]
}

/** The tags of a repository, by their names. */
export type ReleaseTags = ReadonlyMap<string, ReleaseTag>

// An annotated tag is an object of its own; the starred fields are those of the commit behind it.
const FORMAT = [
  '%(refname)',
  '%(objecttype)',
  '%(objectname)',
  '%(parent)',
  '%(*objecttype)',
  '%(*objectname)',
  '%(*parent)',
]

/** Reads all tags that name a commit. Null where git cannot tell. */
export async function readReleaseTags(git: Git): Promise<ReleaseTags | null> {
  const answer = await git(['for-each-ref', `--format=${FORMAT.join('%00')}`, 'refs/tags'])
  if (!answer.ok) return null
  const tags = new Map<string, ReleaseTag>()
  for (const line of answer.text.split('\n')) {
    const [ref = '', type, name, parents, behindType, behindName, behindParents] = line.split('\0')
    const [commit, above] =
      type === 'commit' ? [name, parents] : behindType === 'commit' ? [behindName, behindParents] : [undefined, '']
    if (!ref.startsWith(PREFIX) || commit === undefined) continue
    const tag = ref.slice(PREFIX.length)
    tags.set(tag, { tag, commit, parents: (above ?? '').split(' ').filter((parent) => parent !== '') })
  }
  return tags
}

const PREFIX = 'refs/tags/'
