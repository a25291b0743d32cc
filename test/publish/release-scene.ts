// SPDX-License-Identifier: Apache-2.0
// A CI job that releases a package with a real client: no settings but those that a test makes, and a `bonafide` on PATH.
import { createHash } from 'node:crypto'
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { startSandbox } from '@bonafide/sandbox'
import type { CiKind, CiOptions, JobSpec, Sandbox, SandboxOptions } from '@bonafide/sandbox'
import { credentialsBelongTo } from '../redaction/channels.ts'
import { commandOf, ended } from '../support/clients.ts'
import type { ClientName, Ended } from '../support/clients.ts'
import { commitAll, git, makeRepository, writeFiles } from '../support/git.ts'

const BIN = fileURLToPath(new URL('../../packages/cli/bin/bonafide.js', import.meta.url))

/** The repository of these packages, and the workflow that the registry trusts. */
export const RELEASING: JobSpec = { repository: 'acme/rocket', workflow: '.github/workflows/release.yml' }

/** A version of a package in a clone, as its job has it. */
export interface Checkout {
  readonly name: string
  readonly version: string
  readonly folder: string
  readonly commit: string
}

/** What of a request to publish tells who sent it. */
export interface Sent {
  readonly path: string
  readonly authorization: string | undefined
}

/** A machine that releases. */
export interface ReleaseScene {
  readonly sandbox: Sandbox
  readonly root: string
  readonly home: string
  /** Options of `bonafide` that make it trust the sandbox. */
  readonly trust: readonly string[]
  /** A token for ninety days, of whoever publishes by hand. */
  longLived(): string
  /** Commits a version of a package with a policy that signs here, and tags it. Each in a folder of its own. */
  checkout(version: string, manifest?: object, files?: Readonly<Record<string, string>>): Promise<Checkout>
  /** The variables of the job that releases a checkout. */
  job(checkout: Checkout, kind?: CiKind, options?: CiOptions): Readonly<Record<string, string>>
  /** Runs a client in a checkout, with variables beside those that no machine is without. */
  run(
    client: ClientName,
    folder: string,
    args: readonly string[],
    env?: Readonly<Record<string, string>>,
  ): Promise<Ended>
  bonafide(folder: string, args: readonly string[], env?: Readonly<Record<string, string>>): Promise<Ended>
  /** Packs a checkout by npm, as the job without an identity does: `publish` and what it is given. */
  pack(checkout: Checkout): Promise<readonly string[]>
  /** What was published while something was done. */
  sentBy(act: () => Promise<unknown>): Promise<readonly Sent[]>
  close(): Promise<void>
}

/** Sets up a machine. Its clock is the real one: programs that run by themselves know no other. */
export async function openReleaseScene(options: SandboxOptions = {}, releasing = RELEASING): Promise<ReleaseScene> {
  const root = await mkdtemp(join(tmpdir(), 'bonafide-release-'))
  const sandbox = await startSandbox({ seed: 'release', running: true, now: new Date(), ...options })
  const [home, bin] = [join(root, 'home'), join(root, 'programs')]
  for (const folder of [home, bin, join(root, 'checkouts')]) await mkdir(folder)
  await writeFile(join(root, 'trusted_root.json'), sandbox.trustedRoot())
  await writeFile(join(root, 'keys.json'), sandbox.registryKeys('tuf'))
  await writeFile(join(bin, 'bonafide'), `#!/bin/sh\nexec '${process.execPath}' '${BIN}' "$@"\n`)
  await chmod(join(bin, 'bonafide'), 0o755)
  const registry = sandbox.registryUrl
  const bare = {
    HOME: home,
    PATH: [bin, dirname(process.execPath), '/usr/bin', '/bin'].join(delimiter),
    CI: 'true',
    NO_COLOR: '1',
    XDG_CONFIG_HOME: join(home, '.config'),
    XDG_CACHE_HOME: join(home, '.cache'),
    XDG_DATA_HOME: join(home, '.local'),
    npm_config_registry: registry,
    npm_config_cache: join(home, '.npm'),
    npm_config_update_notifier: 'false',
    // npm would sign at the public Sigstore.
    npm_config_provenance: 'false',
    PNPM_CONFIG_REGISTRY: registry,
    PNPM_CONFIG_PROVENANCE: 'false',
    YARN_NPM_REGISTRY_SERVER: registry.slice(0, -1),
    YARN_UNSAFE_HTTP_WHITELIST: '127.0.0.1',
    YARN_ENABLE_TELEMETRY: '0',
    YARN_GLOBAL_FOLDER: join(home, '.yarn'),
    BUN_CONFIG_REGISTRY: registry,
    BUN_INSTALL_CACHE_DIR: join(home, '.bun'),
  }
  const sigstore = { fulcio: sandbox.fulcioUrl, rekor: sandbox.rekorUrl, rekorVersion: 1 }
  let checkouts = 0
  return {
    sandbox,
    root,
    home,
    trust: ['--trusted-root', join(root, 'trusted_root.json'), '--registry-keys', join(root, 'keys.json')],
    longLived: () => {
      const created = new Date(sandbox.clock.now().getTime() - 24 * 3_600_000)
      const expiry = new Date(created.getTime() + 90 * 24 * 3_600_000)
      return sandbox.accounts.createToken({ created, expiry, bypass2fa: true }).token
    },
    async checkout(version, manifest = {}, files = {}) {
      checkouts += 1
      const about = {
        name: '@acme/rocket',
        version,
        license: 'MIT',
        repository: { type: 'git', url: `git+https://github.com/${releasing.repository}.git` },
        publishConfig: { access: 'public' },
        ...manifest,
      }
      const folder = join(root, 'checkouts', String(checkouts))
      await mkdir(folder)
      // A test may put a token into `publishConfig`.
      credentialsBelongTo(join(folder, 'package.json'))
      const own = {
        'package.json': `${JSON.stringify(about, null, 2)}\n`,
        'bonafide.json': `${JSON.stringify({ version: 1, publish: { sigstore } }, null, 2)}\n`,
        'index.js': '',
      }
      await writeFiles(folder, { ...own, ...files })
      makeRepository(folder)
      const commit = commitAll(folder)
      git(folder, 'tag', `v${version}`)
      return { name: about.name, version, folder, commit }
    },
    job({ version, commit }, kind = 'github', ciOptions = {}) {
      // The file is called otherwise elsewhere.
      const { workflow, ...spec } = { ...releasing, ref: `refs/tags/v${version}`, commit }
      const job = kind === 'github' && workflow !== undefined ? { ...spec, workflow } : spec
      return sandbox.ciEnvironment(kind, job, ciOptions)
    },
    run(client, folder, args, env = {}) {
      const [program = '', ...first] = commandOf(client)
      return ended(program, [...first, ...args], { cwd: folder, env: { ...bare, ...env } })
    },
    bonafide: (folder, args, env = {}) =>
      ended(process.execPath, [BIN, ...args], { cwd: folder, env: { ...bare, ...env } }),
    async pack({ folder }) {
      const packing = { ...bare, npm_config_ignore_scripts: 'true' }
      const args = ['pack', '--pack-destination', root]
      const [program = '', ...first] = commandOf('npm')
      const { stdout } = await ended(program, [...first, ...args], { cwd: folder, env: packing })
      const tarball = join(root, stdout.trim())
      const sha512 = createHash('sha512')
        .update(await readFile(tarball))
        .digest('hex')
      return ['publish', tarball, '--sha512', sha512]
    },
    async sentBy(act) {
      const from = sandbox.requests.length
      await act()
      return sandbox.requests
        .slice(from)
        .filter(({ service, method }) => service === 'registry' && method === 'PUT')
        .map(({ path, headers }) => ({ path, authorization: headers.authorization }))
    },
    async close() {
      await sandbox.close()
      await rm(root, { recursive: true, force: true })
    },
  }
}

/** Lets the workflow of these packages publish one. */
export function trustWorkflow(
  sandbox: Sandbox,
  name = '@acme/rocket',
  { repository, workflow = '' } = RELEASING,
): void {
  sandbox.trust.add(name, {
    type: 'github',
    claims: { repository, workflow_ref: { file: workflow.slice(workflow.lastIndexOf('/') + 1) } },
    permissions: ['createPackage'],
  })
}
