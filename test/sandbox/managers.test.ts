// SPDX-License-Identifier: Apache-2.0
// The real package managers against the sandbox's registry: each installs from it and publishes to it.
import t from 'tap'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ISSUERS, startSandbox } from '@bonafide/sandbox'
import type { JobSpec, TrustSpec } from '@bonafide/sandbox'
import { CLIENTS, ended, missing, openWorkbench } from '../support/clients.ts'
import type { ClientName, Ended } from '../support/clients.ts'
import type { Order } from '../support/provenance-publisher.ts'
import { stockVerifier } from '../support/stock-verifier.ts'

const sandbox = await startSandbox()
const { token } = sandbox.accounts.createToken()
const workbench = await openWorkbench(sandbox.registryUrl, token)
t.teardown(() => Promise.all([sandbox.close(), workbench.close()]))

const { otp = '', password = '' } = sandbox.accounts.user('sandbox') ?? {}
const JOB: JobSpec = { repository: 'acme/by-job' }
const AUDIENCE = { audience: 'npm:127.0.0.1' }

const LOCKFILES: Readonly<
  Record<ClientName, { lockfile: string; frozen: readonly string[]; publish: readonly string[] }>
> = {
  npm: { lockfile: 'package-lock.json', frozen: ['ci'], publish: ['publish', '--access', 'public'] },
  'npm-11': { lockfile: 'package-lock.json', frozen: ['ci'], publish: ['publish', '--access', 'public'] },
  pnpm: {
    lockfile: 'pnpm-lock.yaml',
    frozen: ['install', '--frozen-lockfile'],
    publish: ['publish', '--no-git-checks', '--access', 'public'],
  },
  yarn: {
    lockfile: 'yarn.lock',
    frozen: ['install', '--immutable'],
    publish: ['npm', 'publish', '--access', 'public'],
  },
  'yarn-classic': {
    lockfile: 'yarn.lock',
    frozen: ['install', '--frozen-lockfile', '--non-interactive'],
    publish: ['publish', '--non-interactive', '--access', 'public'],
  },
  bun: { lockfile: 'bun.lock', frozen: ['install', '--frozen-lockfile'], publish: ['publish', '--access', 'public'] },
}

await sandbox.publish({ name: '@acme/fuel', version: '2.1.0', files: { 'burn.js': 'module.exports = 1\n' } })
const rocket = await sandbox.publish({
  name: 'rocket',
  version: '1.0.0',
  manifest: { dependencies: { '@acme/fuel': '^2.0.0' } },
  provenance: { repository: 'acme/rocket' },
})

for (const client of CLIENTS) {
  const { lockfile, frozen, publish } = LOCKFILES[client]
  await t.test(
    `${client} installs, then again from its own lockfile alone`,
    { skip: missing(client) },
    async (test) => {
      const manifest = { name: 'project', version: '1.0.0', license: 'MIT', dependencies: { rocket: '^1.0.0' } }
      const first = await workbench.project(`${client}-first`, manifest)
      succeeded(test, await workbench.run(client, first, ['install'], { YARN_ENABLE_IMMUTABLE_INSTALLS: '0' }))
      const lock = await readFile(join(first, lockfile), 'utf8')
      // Yarn 4 locks the checksum of an archive of its own.
      if (client !== 'yarn') test.ok(lock.includes(rocket.integrity), 'the lockfile has our integrity')
      workbench.forget()
      const from = sandbox.requests.length
      const second = await workbench.project(`${client}-second`, manifest, { [lockfile]: lock })
      succeeded(test, await workbench.run(client, second, frozen))
      test.equal(await readFile(join(second, lockfile), 'utf8'), lock, 'the lockfile stays as it was')
      test.equal(JSON.parse(await readFile(join(second, 'node_modules/rocket/package.json'), 'utf8')).name, 'rocket')
      const tarballs = sandbox.requests.slice(from).filter(({ path }) => path.endsWith('.tgz'))
      test.equal(tarballs.length, 2, 'nothing came from a cache')
    },
  )

  await t.test(`${client} publishes with a token`, { skip: missing(client) }, async (test) => {
    const name = `@acme/by-${client}`
    const manifest = { name, version: '1.0.0', license: 'MIT', scripts: { postinstall: 'node index.js' } }
    const files = { 'index.js': 'module.exports = 1\n' }
    const folder = await workbench.project(`${client}-publish`, manifest, files)
    // Yarn wants to have seen a project before it publishes it.
    if (client === 'yarn')
      succeeded(test, await workbench.run(client, folder, ['install'], { YARN_ENABLE_IMMUTABLE_INSTALLS: '0' }))
    succeeded(test, await workbench.run(client, folder, publish))
    test.match(await document(name), {
      'dist-tags': { latest: '1.0.0' },
      versions: { '1.0.0': { _npmUser: { name: 'sandbox' }, dist: { fileCount: 2, signatures: [{}] } } },
    })
    const again = await workbench.run(client, folder, publish)
    test.not(again.code, 0, 'a second time')
    test.match(again.stdout + again.stderr, /You cannot publish over|403/u)
    test.notOk((again.stdout + again.stderr).includes(token), 'the token is not shown')
  })
}

await t.test('npm tells who somebody is, lists, makes and revokes tokens', async (test) => {
  const run = await npmIn('npm-tokens', { name: 'tokens', version: '1.0.0' })
  test.equal((await run(test, 'whoami')).stdout, 'sandbox\n')
  const list = async (): Promise<readonly { name: string; id: string }[]> =>
    JSON.parse((await run(test, 'token', 'list', '--json')).stdout) as { name: string; id: string }[]
  test.match(await list(), [{ token: `${token.slice(0, 8)}...${token.slice(-4)}`, expiry: '2026-01-22T12:00:00.000Z' }])
  const create = [
    'token',
    'create',
    '--json',
    '--name=stages',
    '--packages=@acme/by-npm',
    '--expires=5',
    '--bypass-2fa',
  ]
  const made = await run(
    test,
    ...create,
    `--password=${password}`,
    '--packages-and-scopes-permission=read-write-stage-only',
  )
  test.match(JSON.parse(made.stdout), {
    expiry: '2026-01-20T12:00:00.000Z',
    bypass_2fa: true,
    permissions: [{ action: 'stage' }],
    scopes: [{ type: 'package', name: '@acme/by-npm' }],
  })
  const { id = '' } = (await list()).find(({ name }) => name === 'stages') ?? {}
  await run(test, 'token', 'revoke', id)
  test.notOk((await list()).some(({ name }) => name === 'stages'))
})

await t.test('npm moves dist-tags, deprecates, and unpublishes a version and the rest', async (test) => {
  for (const version of ['1.0.0', '1.1.0']) await sandbox.publish({ name: '@acme/old', version })
  const run = await npmIn('npm-changes', { name: 'changes', version: '1.0.0' })
  await run(test, 'dist-tag', 'add', '@acme/old@1.0.0', 'legacy')
  test.equal((await run(test, 'dist-tag', 'ls', '@acme/old')).stdout, 'latest: 1.1.0\nlegacy: 1.0.0\n')
  await run(test, 'dist-tag', 'rm', '@acme/old', 'legacy')
  await run(test, 'deprecate', '@acme/old@1.0.0', 'too old')
  test.match(await document('@acme/old'), {
    'dist-tags': { legacy: undefined },
    versions: { '1.0.0': { deprecated: 'too old' } },
  })
  await run(test, 'unpublish', '@acme/old@1.1.0')
  test.match(await document('@acme/old'), { 'dist-tags': { latest: '1.0.0' }, versions: { '1.1.0': undefined } })
  await run(test, 'unpublish', '@acme/old', '--force')
  test.match(await document('@acme/old'), { versions: {}, time: { unpublished: { versions: ['1.0.0', '1.1.0'] } } })
})

await t.test('npm stages, lists, downloads, approves and rejects', async (test) => {
  const run = await npmIn('npm-stage', { name: '@acme/staged', version: '1.0.0', license: 'MIT' })
  await run(test, 'stage', 'publish', '--access=public')
  const staged = async (): Promise<readonly { id: string }[]> =>
    JSON.parse((await run(test, 'stage', 'list', '@acme/staged', '--json')).stdout) as { id: string }[]
  const [{ id } = { id: '' }] = await staged()
  test.match(JSON.parse((await run(test, 'stage', 'view', id, '--json')).stdout), { packageName: '@acme/staged' })
  test.match((await run(test, 'stage', 'download', id)).stdout, /acme-staged-1\.0\.0-.*\.tgz/u)
  await run(test, 'stage', 'reject', id, `--otp=${otp}`)
  test.strictSame(await staged(), [])
  await run(test, 'stage', 'publish', '--access=public')
  const [second] = await staged()
  await run(test, 'stage', 'approve', second?.id ?? '', `--otp=${otp}`)
  test.match(await document('@acme/staged'), { versions: { '1.0.0': { _npmUser: { approver: { name: 'sandbox' } } } } })
})

await t.test('npm configures trust; a job then publishes with npm and no token at all', async (test) => {
  await sandbox.publish({ name: '@acme/by-job', version: '1.0.0' })
  const maintainer = await npmIn('npm-trust', { name: 'trust', version: '1.0.0' })
  const secondFactor = { npm_config_otp: otp }
  await maintainer(
    test,
    secondFactor,
    'trust',
    'github',
    '@acme/by-job',
    '--file=release.yml',
    '--repository=acme/by-job',
    '--allow-publish',
    '--yes',
  )
  const listed = await maintainer(test, secondFactor, 'trust', 'list', '@acme/by-job', '--json')
  test.match(JSON.parse(listed.stdout), { type: 'github', repository: 'acme/by-job', file: 'release.yml' })
  const job = await npmIn('npm-job', { name: '@acme/by-job', version: '1.1.0', license: 'MIT' })
  const environment = {
    GITHUB_ACTIONS: 'true',
    NPM_ID_TOKEN: sandbox.identityToken(JOB, AUDIENCE),
    npm_config_userconfig: join(workbench.folder, 'empty-user'),
    // npm would ask the public Sigstore.
    npm_config_provenance: 'false',
  }
  await job(test, environment, 'publish')
  test.match(await document('@acme/by-job'), {
    versions: { '1.1.0': { _npmUser: { name: 'GitHub Actions', trustedPublisher: { id: 'github' } } } },
  })
})

await t.test('pnpm exchanges a job’s identity too', { skip: missing('pnpm') }, async (test) => {
  const name = '@acme/pnpm-job'
  await sandbox.publish({ name, version: '1.0.0' })
  sandbox.trust.add(name, trustOf('gitlab'))
  const folder = await workbench.project('pnpm-job', { name, version: '1.1.0', license: 'MIT' })
  const NPM_ID_TOKEN = sandbox.identityToken({ ...JOB, issuer: ISSUERS.gitlab }, AUDIENCE)
  const environment = {
    GITLAB_CI: 'true',
    NPM_ID_TOKEN,
    pnpm_config__auth: '{}',
    npm_config_userconfig: join(workbench.folder, 'empty-user'),
  }
  succeeded(
    test,
    await workbench.run('pnpm', folder, ['publish', '--no-git-checks', '--access', 'public'], environment),
  )
  test.match(await document(name), { versions: { '1.1.0': { _npmUser: { trustedPublisher: { id: 'gitlab' } } } } })
})

await t.test('npm’s library publishes with provenance from the sandbox’s Sigstore, and it verifies', async (test) => {
  const name = '@acme/attested'
  await sandbox.publish({ name, version: '1.0.0' })
  sandbox.trust.add(name, trustOf('github'))
  const path = `-/npm/v1/oidc/token/exchange/package/${name.replace('/', '%2f')}`
  const exchanged = await fetch(`${sandbox.registryUrl}${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${sandbox.identityToken(JOB, AUDIENCE)}` },
  })
  const { token: jobToken } = (await exchanged.json()) as { token: string }
  const folder = await workbench.project('attested', { name, version: '1.1.0', license: 'MIT' })
  succeeded(test, await workbench.run('npm', folder, ['pack']))
  const order: Order = {
    manifest: {
      name,
      version: '1.1.0',
      repository: { type: 'git', url: 'git+https://github.com/acme/by-job.git' },
    } as Order['manifest'],
    tarball: await readFile(join(folder, 'acme-attested-1.1.0.tgz'), 'base64'),
    options: {
      registry: sandbox.registryUrl,
      [`//${new URL(sandbox.registryUrl).host}/:_authToken`]: jobToken,
      access: 'public',
      provenance: true,
      fulcioURL: sandbox.fulcioUrl,
      rekorURL: sandbox.rekorUrl,
      identityToken: sandbox.identityToken(JOB),
    },
  }
  const program = fileURLToPath(new URL('../support/provenance-publisher.ts', import.meta.url))
  const result = await ended(process.execPath, [program, JSON.stringify(order)], {
    cwd: folder,
    env: {
      GITHUB_ACTIONS: 'true',
      ACTIONS_ID_TOKEN_REQUEST_URL: 'http://127.0.0.1:1/',
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'unused',
      GITHUB_SERVER_URL: 'https://github.com',
      GITHUB_REPOSITORY: 'acme/by-job',
      GITHUB_WORKFLOW_REF: 'acme/by-job/.github/workflows/release.yml@refs/heads/main',
      GITHUB_REF: 'refs/heads/main',
    },
  })
  succeeded(test, result)
  const response = await fetch(`${sandbox.registryUrl}-/npm/v1/attestations/${name}@1.1.0`)
  const { attestations } = (await response.json()) as { attestations: { predicateType: string; bundle: never }[] }
  const stock = stockVerifier(sandbox.trustedRoot(), sandbox.registryKeys())
  test.equal(attestations.length, 2)
  for (const { bundle, predicateType } of attestations) test.notMatch(stock(bundle), { code: String }, predicateType)
})

function trustOf(type: 'github' | 'gitlab'): TrustSpec {
  const permissions = ['createPackage'] as const
  return type === 'github'
    ? { type, claims: { repository: 'acme/by-job', workflow_ref: { file: 'release.yml' } }, permissions }
    : { type, claims: { project_path: 'acme/by-job', ci_config_ref_uri: { file: '.gitlab-ci.yml' } }, permissions }
}

type Test = Pick<typeof t, 'equal'>

/** npm in a project of its own; every command has to succeed. */
async function npmIn(
  place: string,
  manifest: object,
): Promise<(test: Test, ...args: readonly (string | Readonly<Record<string, string>>)[]) => Promise<Ended>> {
  const folder = await workbench.project(place, manifest, { 'index.js': 'module.exports = 1\n' })
  return async (test, ...args) => {
    const words = args.filter((arg) => typeof arg === 'string')
    const env = Object.assign({}, ...args.filter((arg) => typeof arg !== 'string')) as Record<string, string>
    const result = await workbench.run('npm', folder, words, env)
    succeeded(test, result, words.slice(0, 2).join(' '))
    return result
  }
}

function succeeded(test: Test, { code, stdout, stderr }: Ended, what = 'ends well'): void {
  test.equal(code, 0, code === 0 ? what : `${what}\n${stdout}\n${stderr}`)
}

async function document(name: string): Promise<unknown> {
  return (await fetch(`${sandbox.registryUrl}${name.replace('/', '%2f')}`)).json()
}
