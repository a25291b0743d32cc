// SPDX-License-Identifier: Apache-2.0
// A CI job that publishes to a sandbox: its variables, its folder, and a tarball that another job has packed.
import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DEFAULT_PUBLISH_POLICY } from '@bonafide/policy'
import type { SigstoreUrls } from '@bonafide/policy'
import { publishPackage } from '@bonafide/publish'
import type { PublishOptions, PublishReport } from '@bonafide/publish'
import { startSandbox } from '@bonafide/sandbox'
import type { CiKind, CiOptions, JobSpec, Sandbox, TrustSpec } from '@bonafide/sandbox'
import { SHORT } from './orders.ts'

/** A job of `acme/rocket` and what it publishes to. */
export interface PublishJob {
  readonly sandbox: Sandbox
  readonly folder: string
  /** Packs a version of a package that is there since 1.0.0, and that the job may publish. */
  pack(name: string, more?: PackMore): Promise<Packed>
  /** The variables of the job. */
  env(kind?: CiKind, job?: Partial<JobSpec>, options?: CiOptions): Readonly<Record<string, string>>
  /** Publishes as the job does. */
  publish(packed: Packed, more?: Partial<PublishOptions>): Promise<PublishReport>
  /** How many tokens the registry handed to jobs, and how many of them are still good. */
  handedTokens(): number
  liveTokens(): number
  close(): Promise<void>
}

/** In what a package differs. */
export interface PackMore {
  readonly version?: string
  readonly manifest?: Readonly<Record<string, unknown>>
  readonly files?: Readonly<Record<string, string>>
  readonly trust?: TrustSpec | null
}

/** A tarball on disk. */
export interface Packed {
  readonly name: string
  readonly version: string
  readonly path: string
  readonly sha512: string
  readonly integrity: string
}

/** The log that a test signs in. */
export function sigstoreOf(sandbox: Sandbox, rekorVersion: 1 | 2 = 1): SigstoreUrls {
  return {
    fulcio: sandbox.fulcioUrl,
    rekor: rekorVersion === 1 ? sandbox.rekorUrl : sandbox.rekorV2Url,
    rekorVersion,
    tsa: sandbox.timestampUrl,
  }
}

/** What lets the job publish, as GitHub's. */
export const TRUSTED: TrustSpec = {
  type: 'github',
  claims: { repository: 'acme/rocket', workflow_ref: { file: 'release.yml' } },
  permissions: ['createPackage'],
}

/** Starts a sandbox at the time of the machine, and a job beside it. */
export async function startJob(seed: string): Promise<PublishJob> {
  const sandbox = await startSandbox({ seed, now: new Date('2026-01-15T12:00:00.000Z'), running: true })
  const handed: string[] = []
  const create = sandbox.accounts.createExchanged.bind(sandbox.accounts)
  sandbox.accounts.createExchanged = (grant) => {
    const made = create(grant)
    handed.push(made.token)
    return made
  }
  const folder = await mkdtemp(join(tmpdir(), 'bonafide-job-'))
  const [trustedRoot, registryKeys] = [join(folder, 'trusted_root.json'), join(folder, 'keys.json')]
  await mkdir(join(folder, 'home'))
  await writeFile(registryKeys, sandbox.registryKeys('tuf'))
  const env: PublishJob['env'] = (kind = 'github', job = {}, options = {}) => ({
    HOME: join(folder, 'home'),
    PATH: '/usr/bin:/bin',
    npm_config_registry: sandbox.registryUrl,
    ...sandbox.ciEnvironment(kind, { repository: 'acme/rocket', ref: 'refs/tags/v1.1.0', ...job }, options),
  })
  return {
    sandbox,
    folder,
    env,
    async pack(name, { version = '1.1.0', manifest = {}, files = {}, trust = TRUSTED } = {}) {
      await sandbox.publish({ name, version: '1.0.0', provenance: { repository: 'acme/rocket' } })
      if (trust !== null) sandbox.trust.add(name, trust)
      const workshop = await startSandbox({ seed: 'workshop' })
      const repository = { type: 'git', url: 'git+https://github.com/acme/rocket.git' }
      const made = await workshop.publish({
        name,
        version,
        manifest: { repository, license: 'MIT', ...manifest },
        files,
      })
      await workshop.close()
      const path = join(folder, `${name.replace('@', '').replace('/', '-')}-${version}.tgz`)
      await writeFile(path, made.tarball)
      const sha512 = createHash('sha512').update(made.tarball).digest('hex')
      return { name, version, path, sha512, integrity: made.integrity }
    },
    async publish({ path, sha512 }, more = {}) {
      await writeFile(trustedRoot, sandbox.trustedRoot())
      return publishPackage({
        source: { kind: 'tarball', path, sha512 },
        cwd: folder,
        env: env(),
        now: () => sandbox.clock.now(),
        policy: { ...DEFAULT_PUBLISH_POLICY, sigstore: sigstoreOf(sandbox) },
        trust: { trustedRoot, registryKeys },
        registry: null,
        tag: null,
        access: null,
        otp: null,
        isStaged: false,
        isDryRun: false,
        allowScript: false,
        withoutProvenance: false,
        patience: SHORT,
        ...more,
      })
    },
    liveTokens: () => handed.filter((token) => sandbox.accounts.use(token) !== undefined).length,
    handedTokens: () => handed.length,
    async close() {
      await sandbox.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
