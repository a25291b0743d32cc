// SPDX-License-Identifier: Apache-2.0
import type { PublishFinding } from '@bonafide/core'
import { checkCredentials, examineCredentials, findCredentials } from '@bonafide/credentials'
import type { Environment } from '@bonafide/credentials'
import type { PublishPolicy } from '@bonafide/policy'
import type { Connection } from '@bonafide/registry'

/** What is to be published where, and from where. */
export interface ReleaseCredentials {
  /** The folder in which a client would publish. */
  readonly folder: string
  readonly env: Environment
  readonly name: string
  readonly registry: string
  readonly connectionTo: (url: URL) => Connection
  readonly now: Date
  readonly policy: PublishPolicy
}

/**
 * Every credential by which a client could publish this package from here, whatever this program itself sends: what outlives the limit stands
 * against the release, since whoever gets into the job takes it along.
 *
 * @throws BonafideError for files of settings that cannot be read: they are never taken for files without credentials
 */
export async function checkReleaseCredentials(release: ReleaseCredentials): Promise<readonly PublishFinding[]> {
  const { folder, env, name, registry, connectionTo, now, policy } = release
  const scope = name.startsWith('@') ? [`--${name.slice(0, name.indexOf('/'))}:registry=${registry}`] : []
  const found = await findCredentials({
    cwd: folder,
    env,
    argv: [`--registry=${registry}`, ...scope],
    // The package that is published, whichever the folder holds.
    package: name,
  })
  return checkCredentials(await examineCredentials(found, { connectionTo, now, policy }), found)
}
