// SPDX-License-Identifier: Apache-2.0
// A job that releases a workspace of several packages, in a repository of git.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DEFAULT_PUBLISH_POLICY } from '@bonafide/policy'
import { publishWorkspace } from '@bonafide/publish'
import type { WorkspaceOptions, WorkspaceReport } from '@bonafide/publish'
import { startSandbox } from '@bonafide/sandbox'
import type { JobSpec, Sandbox } from '@bonafide/sandbox'
import { commitAll, makeRepository, writeFiles } from '../support/git.ts'
import { sigstoreOf, TRUSTED } from './job.ts'
import { SHORT } from './orders.ts'

/** A job of `acme/rocket`, whose workspace has the packages that are told. */
export interface WorkspaceJob {
  readonly sandbox: Sandbox
  readonly folder: string
  readonly env: Readonly<Record<string, string>>
  /** Writes packages into the workspace and commits all of it; the next release is of that commit. */
  commit(packages: Packages, job?: Partial<JobSpec>): Promise<void>
  release(more?: Partial<WorkspaceOptions>): Promise<WorkspaceReport>
  /** How often each package was sent, by name. */
  sends(): readonly string[]
  close(): Promise<void>
}

/** Manifests by the folder below `packages`; what is left out of one is that of every other. */
export type Packages = Readonly<Record<string, Readonly<Record<string, unknown>>>>

/** Starts a sandbox whose clock runs with the machine's, and a job beside it. Each package is there since 1.0.0. */
export async function startWorkspaceJob(seed: string, names: readonly string[]): Promise<WorkspaceJob> {
  const now = new Date()
  const sandbox = await startSandbox({ seed, now, running: true })
  const folder = await mkdtemp(join(tmpdir(), 'bonafide-workspace-job-'))
  const [trustedRoot, registryKeys] = [join(folder, 'trusted_root.json'), join(folder, 'keys.json')]
  const project = join(folder, 'project')
  await writeFiles(project, {
    'package.json': JSON.stringify({ name: 'root', private: true, workspaces: ['packages/*'] }),
  })
  makeRepository(project)
  for (const name of names) {
    const publishedAt = new Date(now.getTime() - 40 * 24 * 3_600_000)
    await sandbox.publish({ name, version: '1.0.0', publishedAt, provenance: { repository: 'acme/rocket' } })
    sandbox.trust.add(name, TRUSTED)
  }
  await writeFile(registryKeys, sandbox.registryKeys('tuf'))
  await writeFiles(folder, { 'home/.keep': '' })
  const env: Record<string, string> = {
    HOME: join(folder, 'home'),
    PATH: '/usr/bin:/bin',
    npm_config_registry: sandbox.registryUrl,
  }
  return {
    sandbox,
    folder: project,
    env,
    async commit(packages, job = {}) {
      const repository = { type: 'git', url: 'git+https://github.com/acme/rocket.git' }
      await writeFiles(
        project,
        Object.fromEntries(
          Object.entries(packages).map(([place, manifest]) => [
            `packages/${place}/package.json`,
            JSON.stringify({ version: '1.1.0', license: 'MIT', repository, ...manifest }),
          ]),
        ),
      )
      const commit = commitAll(project)
      const spec = { repository: 'acme/rocket', ref: 'refs/tags/v1.1.0', ...job, commit }
      Object.assign(env, sandbox.ciEnvironment('github', spec))
    },
    async release(more = {}) {
      await writeFile(trustedRoot, sandbox.trustedRoot())
      return publishWorkspace({
        source: { kind: 'workspace', path: project },
        cwd: project,
        env,
        now: () => sandbox.clock.now(),
        policy: { ...DEFAULT_PUBLISH_POLICY, sigstore: sigstoreOf(sandbox) },
        trust: { trustedRoot, registryKeys },
        registry: null,
        tag: null,
        access: null,
        isStaged: false,
        isDryRun: false,
        allowScript: false,
        withoutProvenance: false,
        patience: SHORT,
        ...more,
      })
    },
    sends: () =>
      sandbox.requests.filter(({ method }) => method === 'PUT').map(({ path }) => decodeURIComponent(path.slice(1))),
    async close() {
      await sandbox.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
