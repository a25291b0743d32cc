// SPDX-License-Identifier: Apache-2.0
import { readFile, realpath } from 'node:fs/promises'
import { dirname, isAbsolute, join, relative } from 'node:path'
import { publishFinding } from '@bonafide/core'
import type { PublishFinding } from '@bonafide/core'
import { FILES, openRepository } from '@bonafide/verify'
import type { Environment } from './ci-job.ts'

/** Where a tarball lies, and where its release is run. */
export interface SettingsBeside {
  /** Of the tarball, absolute. */
  readonly path: string
  readonly cwd: string
  readonly env: Environment
  /** The user's own choice, which leaves a file nothing to say. */
  readonly registry: string | null
}

/**
 * Settings that may have come with a tarball: those of the current folder that no commit holds, where the tarball lies in that folder.
 *
 * The job that packs runs code of others. A `bonafide.json` in its artifact would name a Sigstore of theirs, which gets the identity of the
 * job that publishes; an `.npmrc` another registry, to which the release would go.
 */
export async function checkSettings(beside: SettingsBeside): Promise<readonly PublishFinding[]> {
  const { cwd, env, registry } = beside
  const [folder, tarballs] = await Promise.all([realpath(cwd), realpath(dirname(beside.path))])
  const way = relative(folder, tarballs)
  if (way.startsWith('..') || isAbsolute(way)) return []
  const repository = await openRepository(folder, env)
  const foreign = async (name: string, counts: (text: string) => boolean): Promise<readonly PublishFinding[]> => {
    const text = await readFile(join(folder, name), 'utf8').catch(() => null)
    if (text === null || !counts(text)) return []
    if (!('problem' in repository)) {
      const { place, git } = repository
      const committed = await git(['cat-file', 'blob', `HEAD:${place === '' ? '' : `${place}/`}${name}`])
      if (committed.ok && committed.text === text) return []
    }
    return [
      publishFinding('checkout-unclean', {
        subject: name,
        found: 'it lies around the tarball, and no commit holds it: whoever packed may have written it',
        wanted: 'settings of the commit, or a tarball in a folder of its own',
        where: { kind: 'file', path: name, line: null },
        fix: [
          'fetch the artifact into a folder outside of this one, such as "$RUNNER_TEMP/release"',
          name === FILES.policy ? 'check the repository out for its bonafide.json' : '--registry URL',
        ],
      }),
    ]
  }
  return [
    ...(await foreign(FILES.policy, () => true)),
    ...(registry === null ? await foreign('.npmrc', (text) => /registry/u.test(text)) : []),
  ]
}
