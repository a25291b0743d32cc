// SPDX-License-Identifier: Apache-2.0
// A job that releases several packages, of which the registry does not let it publish one yet.
import { createHash } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { startSandbox } from '@bonafide/sandbox'
import type { TrustSpec } from '@bonafide/sandbox'
import type { World } from '../support/world.ts'
import { job, trust } from './set-up-publish.ts'
import type { SetUp } from './set-up.ts'

const TRUSTED: TrustSpec = {
  type: 'github',
  claims: { repository: 'acme/rocket', workflow_ref: { file: 'release.yml' } },
  permissions: ['createPackage'],
}

/** Tarballs of two packages, the one that needs the other first, with the list of their digests. */
async function pack({ project }: World): Promise<void> {
  const repository = { type: 'git', url: 'git+https://github.com/acme/rocket.git' }
  const manifests = {
    rocket: { repository, dependencies: { 'rocket-engine': '^1.1.0' } },
    'rocket-engine': { repository },
  }
  const workshop = await startSandbox({ seed: 'workshop' })
  const lines: string[] = []
  await mkdir(join(project, 'packed'))
  for (const [name, manifest] of Object.entries(manifests)) {
    const { tarball } = await workshop.publish({ name, version: '1.1.0', manifest })
    const file = `${name}-1.1.0.tgz`
    await writeFile(join(project, 'packed', file), tarball)
    lines.push(`${createHash('sha512').update(tarball).digest('hex')}  ${file}\n`)
  }
  await writeFile(join(project, 'packed', 'SHA512SUMS'), lines.join(''))
  await workshop.close()
}

export const WORKSPACES: Readonly<Record<string, SetUp>> = {
  async 'publish-workspace'(world) {
    const { sandbox } = world
    await job(world, ['createStagedPackage'])
    const publishedAt = new Date(Date.now() - 40 * 24 * 3_600_000)
    await world.release('rocket-engine', '1.0.0', { publishedAt, provenance: { repository: 'acme/rocket' } })
    await trust(world)
    await pack(world)
    sandbox.trust.add('rocket-engine', TRUSTED)
    return {
      'the registry lets the workflow publish the second package, too': async () => {
        for (const { id } of sandbox.trust.list('rocket')) sandbox.trust.remove('rocket', id)
        sandbox.trust.add('rocket', TRUSTED)
        return Promise.resolve()
      },
    }
  },
}
