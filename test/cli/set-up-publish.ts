// SPDX-License-Identifier: Apache-2.0
// Jobs that publish, and what keeps them from it.
import { rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { startSandbox } from '@bonafide/sandbox'
import type { JobSpec, TrustSpec } from '@bonafide/sandbox'
import { commitAll, makeRepository } from '../support/git.ts'
import type { World } from '../support/world.ts'
import { NOTHING } from './set-up.ts'
import type { SetUp } from './set-up.ts'

/** A job of `acme/rocket` beside a tarball of version 1.1.0 that another job has packed. */
export async function job(world: World, permissions: TrustSpec['permissions'] = ['createPackage']): Promise<void> {
  const { sandbox, project } = world
  sandbox.clock.set(new Date())
  const day = 24 * 3_600_000
  await world.release('rocket', '1.0.0', {
    publishedAt: new Date(Date.now() - 40 * day),
    provenance: { repository: 'acme/rocket' },
  })
  sandbox.trust.add('rocket', {
    type: 'github',
    claims: { repository: 'acme/rocket', workflow_ref: { file: 'release.yml' } },
    permissions,
  })
  const workshop = await startSandbox({ seed: 'workshop' })
  const repository = { type: 'git', url: 'git+https://github.com/acme/rocket.git' }
  const { tarball } = await workshop.publish({ name: 'rocket', version: '1.1.0', manifest: { repository } })
  await workshop.close()
  await writeFile(join(project, 'rocket-1.1.0.tgz'), tarball)
  const { fulcioUrl: fulcio, rekorUrl: rekor, timestampUrl: tsa } = sandbox
  await world.write('bonafide.json', JSON.stringify({ version: 1, publish: { sigstore: { fulcio, rekor, tsa } } }))
  // A policy counts where a commit holds it.
  makeRepository(project)
  commitAll(project)
  await world.write('summary.md', '')
  await trust(world)
  runs(world, { ref: 'refs/tags/v1.1.0' })
}

/** What the sandbox's Sigstore learns changes its trust root. */
export async function trust({ sandbox, root }: World): Promise<void> {
  await writeFile(join(root, 'trust', 'trusted_root.json'), sandbox.trustedRoot())
}

/** Has the commands run in another job. */
function runs({ env, sandbox, project }: World, spec: Partial<JobSpec>): void {
  Object.assign(env, sandbox.ciEnvironment('github', { repository: 'acme/rocket', ...spec }), {
    RUNNER_TEMP: project,
    GITHUB_STEP_SUMMARY: join(project, 'summary.md'),
  })
}

export const PUBLISHES: Readonly<Record<string, SetUp>> = {
  async publish(world) {
    await job(world)
    return NOTHING
  },

  async 'publish-refused'(world) {
    await job(world)
    const [packed, aside] = ['rocket-1.1.0.tgz', 'packed.tgz'].map((name) => join(world.project, name))
    if (packed === undefined || aside === undefined) throw new Error('cannot be')
    runs(world, { ref: 'refs/heads/main', trigger: 'pull_request_target' })
    return {
      'the workflow runs on the tag, and the artifact was swapped on the way': async () => {
        runs(world, { ref: 'refs/tags/v1.1.0' })
        await rename(packed, aside)
        await writeFile(packed, 'swapped')
      },
      'the artifact is the one that was packed, and the package trusts another workflow': async () => {
        await rename(aside, packed)
        runs(world, { ref: 'refs/tags/v1.1.0', workflow: '.github/workflows/other.yml' })
      },
    }
  },

  async 'publish-unconfirmed'(world) {
    await job(world)
    const path = /^x/u
    const sent = (): boolean => world.sandbox.requests.some(({ method }) => method === 'PUT')
    path.test = (asked) => asked === '/rocket' && sent()
    const undo = world.sandbox.fault({ method: 'GET', path }, { kind: 'status', status: 404 })
    const up = world.sandbox.fault({ path: /exchange/u }, { kind: 'status', status: 503 })
    return {
      'the registry is well, and shows nothing of what it takes': async () => Promise.resolve(up()),
      'the registry shows it': async () => Promise.resolve(undo()),
    }
  },

  async 'publish-dry-run'(world) {
    await job(world)
    const { env } = world
    return {
      'somebody tries it at home': async () => {
        for (const name of Object.keys(env))
          if (/^(?:CI|GITHUB|RUNNER|ACTIONS)/u.test(name)) Reflect.deleteProperty(env, name)
        return Promise.resolve()
      },
    }
  },

  async 'publish-mistakes'(world) {
    await job(world)
    return {
      'somebody stands at the root of a workspace': () =>
        world.write('package.json', JSON.stringify({ private: true, workspaces: ['packages/*'] })),
    }
  },

  async 'publish-stage'(world) {
    await job(world, ['createStagedPackage'])
    return NOTHING
  },
}
