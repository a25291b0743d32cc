// SPDX-License-Identifier: Apache-2.0
// A repository that releases packages from its tags, with the registry that has them.
import type { ProvenanceSpec, Published, Publisher, Release } from '@bonafide/sandbox'
import { commitAll, git, makeRepository, writeFiles } from '../support/git.ts'
import type { World } from '../support/world.ts'

/** The workflow of these repositories, as `_npmUser` shows it. */
export const TRUSTED: Publisher = {
  name: 'GitHub Actions',
  email: 'npm-oidc-no-reply@github.com',
  trustedPublisher: { id: 'github', oidcConfigId: 'oidc:11111111-1111-4111-8111-111111111111' },
}

/** The repository in which these packages are built. */
export const REPOSITORY = 'acme/rocket'

/** What a maintainer does. */
export interface Maintainer {
  /** Commits a version and tags it; the commit. */
  readonly tag: (version: string, more?: { readonly name?: string; readonly annotated?: boolean }) => string
  /** Tags a version and publishes it by trusted publishing, with provenance of the tag's commit. */
  readonly release: (version: string, more?: Partial<Release> & { readonly tagName?: string }) => Promise<Published>
  /** Somebody publishes a version with a token that was stolen: no tag, no provenance. */
  readonly steal: (version: string, more?: Partial<Release>) => Promise<Published>
  /** The job of a tag. */
  readonly job: (version: string, commit: string) => ProvenanceSpec
}

/** Makes the repository in the world's project. */
export async function maintain(
  world: World,
  manifest: Readonly<Record<string, unknown>> = {},
  files: Readonly<Record<string, string>> = {},
): Promise<Maintainer> {
  const name = 'rocket'
  const about = { name, version: '0.0.0', repository: `github:${REPOSITORY}`, ...manifest }
  await writeFiles(world.project, { 'package.json': `${JSON.stringify(about, null, 2)}\n`, ...files })
  makeRepository(world.project)
  commitAll(world.project)
  const tag: Maintainer['tag'] = (version, { name: tagName = `v${version}`, annotated = false } = {}) => {
    const commit = commitAll(world.project, `release ${version}`)
    git(world.project, 'tag', ...(annotated ? ['--annotate', '--message', version] : []), tagName)
    return commit
  }
  const job: Maintainer['job'] = (version, commit) => ({ repository: REPOSITORY, ref: `refs/tags/v${version}`, commit })
  return {
    tag,
    job,
    release(version, { tagName, ...more } = {}) {
      const commit = tag(version, tagName === undefined ? {} : { name: tagName })
      world.sandbox.clock.advance(60_000)
      const provenance =
        tagName === undefined ? job(version, commit) : { ...job(version, commit), ref: `refs/tags/${tagName}` }
      return world.sandbox.publish({ name, version, publisher: TRUSTED, provenance, ...more })
    },
    steal(version, more = {}) {
      world.sandbox.clock.advance(60_000)
      return world.sandbox.publish({ name, version, publisher: { name: 'sam', email: 'sam@example.com' }, ...more })
    },
  }
}
