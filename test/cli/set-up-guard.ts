// SPDX-License-Identifier: Apache-2.0
// Repositories that release a package, on a person's machine and in jobs of a CI system.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { commitAll, git, makeRepository } from '../support/git.ts'
import type { World } from '../support/world.ts'
import type { SetUp } from './set-up.ts'

const NAME = '@acme/rocket'

async function repository(world: World, manifest: object = {}): Promise<string> {
  const { sandbox, project, root } = world
  const about = {
    name: NAME,
    version: '1.0.0',
    repository: 'github:acme/rocket',
    scripts: { prepublishOnly: 'bonafide guard' },
    ...manifest,
  }
  await world.write('package.json', `${JSON.stringify(about, null, 2)}\n`)
  await writeFile(join(root, 'home', '.npmrc'), `registry=${sandbox.registryUrl}\n`)
  makeRepository(project)
  const commit = commitAll(project)
  git(project, 'tag', 'v1.0.0')
  await sandbox.publish({ name: NAME, version: '0.9.0' })
  return commit
}

/** From now on the commands of this transcript run in a job. */
function enter(world: World, env: Readonly<Record<string, string>>): void {
  Object.assign(world.env, env)
}

export const GUARDS: Readonly<Record<string, SetUp>> = {
  async guard(world) {
    const { sandbox } = world
    const commit = await repository(world)
    const job = { repository: 'acme/rocket', commit }
    sandbox.trust.add(NAME, {
      type: 'github',
      claims: { repository: 'acme/rocket', workflow_ref: { file: 'release.yml' } },
      permissions: ['createPackage'],
    })
    return {
      'the job of the tag v1.0.0 begins': async () => {
        enter(world, sandbox.ciEnvironment('github', { ...job, ref: 'refs/tags/v1.0.0' }))
        return Promise.resolve()
      },
    }
  },

  async 'guard-refused'(world) {
    const { sandbox, project } = world
    const commit = await repository(world, { repository: 'github:acme/engine' })
    const token = sandbox.accounts.createToken({ expiry: null }).token
    const job = { repository: 'acme/rocket', commit, ref: 'refs/heads/snapshot-1' }
    enter(world, sandbox.ciEnvironment('github', job, { idTokens: null }))
    enter(world, { NPM_TOKEN: token })
    await writeFile(join(project, 'build.log'), '')
    return {}
  },

  async 'guard-undecided'(world) {
    const { sandbox } = world
    const commit = await repository(world)
    enter(world, sandbox.ciEnvironment('github', { repository: 'acme/rocket', commit, ref: 'refs/tags/v1.0.0' }))
    sandbox.fault({ path: /oidc/u, service: 'registry' }, { kind: 'status', status: 500 })
    return {}
  },
}
