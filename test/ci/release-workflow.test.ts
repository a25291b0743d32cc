// SPDX-License-Identifier: Apache-2.0
// The workflow that `doctor --fix` writes, its lines run with a real bash and the real package managers: what the first job packs is what the
// second publishes to a sandbox, or nothing is.
import { cp, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import type { Test } from 'tap'
import { parse } from 'yaml'
import { commandOf, missing } from '../support/clients.ts'
import type { ClientName } from '../support/clients.ts'
import { commitAll, git, makeRepository, writeFiles } from '../support/git.ts'
import { skip, startRunner, textOf } from './job.ts'
import type { Runner, StepRun } from './job.ts'

interface Step {
  readonly name?: string
  readonly run?: string
  readonly uses?: string
  readonly env?: Readonly<Record<string, string>>
}

interface Workflow {
  readonly jobs: Readonly<Record<'build' | 'publish', { readonly steps: readonly Step[] }>>
}

type Files = Readonly<Record<string, string>>

const REPOSITORY = 'git+https://github.com/acme/rocket.git'
const manifest = (name: string, more: object = {}): string =>
  `${JSON.stringify({ name, version: '1.1.0', license: 'MIT', repository: REPOSITORY, files: ['index.js'], ...more }, null, 2)}\n`
const LOCK = JSON.stringify({
  name: 'rocket',
  version: '1.1.0',
  lockfileVersion: 3,
  requires: true,
  packages: { '': { name: 'rocket', version: '1.1.0' } },
})

/** A repository with the workflow that `--fix` writes into it. */
async function mended(runner: Runner, files: Files): Promise<{ readonly folder: string; readonly workflow: Workflow }> {
  const folder = await runner.folder('repository')
  await writeFiles(folder, files)
  makeRepository(folder)
  git(folder, 'remote', 'add', 'origin', 'https://github.com/acme/rocket.git')
  commitAll(folder)
  const words = [
    '--offline',
    '--yes',
    '--engine',
    `https://example.com${runner.engineFile}`,
    '--engine-sha512',
    runner.engine.sha512,
  ]
  const ran = await runner.world.run(['doctor', folder, '--fix', ...words])
  if (!ran.stdout.includes('wrote')) throw new Error(ran.stderr)
  commitAll(folder)
  return { folder, workflow: parse(await textOf(join(folder, '.github/workflows/release.yml'))) as Workflow }
}

/** The programs that a runner of the CI system has. */
async function toolsOf(runner: Runner): Promise<string> {
  const folder = await runner.folder('programs')
  const program = (name: string, command: string): Promise<void> =>
    writeFile(join(folder, name), `#!/bin/sh\n${command}\n`, { mode: 0o755 })
  for (const client of ['npm', 'pnpm', 'bun'] as const)
    await program(
      client,
      `exec ${commandOf(client)
        .map((word) => `"${word}"`)
        .join(' ')} "$@"`,
    )
  await program(
    'yarn',
    `if [ -f .yarnrc.yml ] || [ -f ../../.yarnrc.yml ]; then exec ${commandOf('yarn').join(' ')} "$@"; else exec ${commandOf('yarn-classic').join(' ')} "$@"; fi`,
  )
  await program('corepack', 'exit 0')
  return folder
}

/** Runs the lines of a job as a runner does, each step in the repository; stops at the first that fails. */
async function runJob(
  runner: Runner,
  steps: readonly Step[],
  {
    cwd,
    temp,
    env,
    edit = (script) => script,
  }: {
    readonly cwd: string
    readonly temp: string
    readonly env: Readonly<Record<string, string>>
    readonly edit?: (script: string) => string
  },
): Promise<StepRun> {
  const expanded = (text: string): string =>
    text.replaceAll('${{ runner.temp }}', temp).replaceAll('${{ needs.build.outputs.sha512 }}', env['DIGEST'] ?? '')
  let last: StepRun = { status: 0, stdout: '', stderr: '' }
  for (const { run, env: own = {} } of steps) {
    if (run === undefined) continue
    const variables = Object.fromEntries(Object.entries(own).map(([name, text]) => [name, expanded(text)]))
    last = await runner.bash(edit(run), cwd, { ...env, RUNNER_TEMP: temp, ...variables })
    if (last.status !== 0) return last
  }
  return last
}

// Bun is there already; and no lockfile of these tests is one that Yarn or Bun would write.
function asHere(script: string): string {
  return script
    .replace(/^npm install --global bun$/u, ':')
    .replace('yarn install --immutable', 'yarn install')
    .replace('bun install --frozen-lockfile', 'bun install')
}

/** Builds and packs; what the job says the digest is. */
async function build(
  runner: Runner,
  { folder, workflow }: Awaited<ReturnType<typeof mended>>,
): Promise<{ readonly run: StepRun; readonly temp: string; readonly digest: string }> {
  const temp = await runner.folder('temp')
  const output = join(temp, 'output')
  const tools = await toolsOf(runner)
  const env = {
    GITHUB_OUTPUT: output,
    CI: 'true',
    npm_config_audit: 'false',
    npm_config_registry: runner.world.sandbox.registryUrl,
    YARN_ENABLE_TELEMETRY: '0',
    YARN_NODE_LINKER: 'node-modules',
    YARN_ENABLE_IMMUTABLE_INSTALLS: 'false',
    BUN_CONFIG_REGISTRY: runner.world.sandbox.registryUrl,
  }
  const run = await runner.bash('echo "$PATH"', folder, {})
  const path = `${tools}:${run.stdout.trim()}`
  const ran = await runJob(runner, workflow.jobs.build.steps, {
    cwd: folder,
    temp,
    env: { ...env, PATH: path },
    edit: asHere,
  })
  return { run: ran, temp, digest: /^sha512=([0-9a-f]{128})$/mu.exec(await textOf(output))?.[1] ?? '' }
}

/** The second job, on another machine, with what it is given. */
async function publish(
  runner: Runner,
  { folder, workflow }: Awaited<ReturnType<typeof mended>>,
  { temp, digest }: { readonly temp: string; readonly digest: string },
): Promise<StepRun> {
  const { sandbox, root } = runner.world
  const own = await runner.folder('temp')
  await cp(join(temp, 'release'), join(own, 'release'), { recursive: true })
  await writeFile(join(root, 'trust', 'trusted_root.json'), sandbox.trustedRoot())
  const job = sandbox.ciEnvironment('github', {
    repository: 'acme/rocket',
    ref: 'refs/tags/v1.1.0',
    environment: 'release',
  })
  const env = {
    ...job,
    npm_config_registry: sandbox.registryUrl,
    DIGEST: digest,
    GITHUB_STEP_SUMMARY: join(own, 'summary'),
  }
  const trust = [
    '--trusted-root',
    join(root, 'trust', 'trusted_root.json'),
    '--registry-keys',
    join(root, 'trust', 'keys.json'),
  ]
  const edit = (script: string): string =>
    script.replace('bonafide.js" publish', `bonafide.js" publish ${trust.join(' ')}`)
  return runJob(runner, workflow.jobs.publish.steps, { cwd: folder, temp: own, env, edit })
}

/** A repository whose packages are on the registry since 1.0.0, and which the registry trusts to publish them. */
async function released(
  check: Test,
  names: readonly string[],
  files: Files,
): Promise<{ readonly runner: Runner; readonly project: Awaited<ReturnType<typeof mended>> }> {
  const runner = await startRunner(check)
  const { sandbox } = runner.world
  sandbox.clock.set(new Date())
  const publishedAt = new Date(Date.now() - 40 * 24 * 3_600_000)
  for (const name of names) {
    await runner.world.release(name, '1.0.0', { publishedAt, provenance: { repository: 'acme/rocket' } })
    sandbox.trust.add(name, {
      type: 'github',
      claims: { repository: 'acme/rocket', workflow_ref: { file: 'release.yml' }, environment: 'release' },
      permissions: ['createPackage'],
    })
  }
  const { fulcioUrl: fulcio, rekorUrl: rekor, timestampUrl: tsa } = sandbox
  const policy = JSON.stringify({ version: 1, publish: { sigstore: { fulcio, rekor, tsa } } })
  return { runner, project: await mended(runner, { ...files, 'bonafide.json': policy }) }
}

function rocket(check: Test): ReturnType<typeof released> {
  const scripts = { build: "node -e \"fs.appendFileSync('index.js', 'built')\"", test: 'grep -q built index.js' }
  const files = { 'package.json': manifest('rocket', { scripts }), 'package-lock.json': LOCK, 'index.js': '// ' }
  return released(check, ['rocket'], files)
}

await t.test('what the first job packs, the second publishes', { skip }, async (check) => {
  const { runner, project } = await rocket(check)
  const built = await build(runner, project)
  check.equal(built.run.status, 0, built.run.stderr)
  check.match(built.digest, /^[0-9a-f]{128}$/u)
  check.strictSame(await readdir(join(built.temp, 'release')), ['package.tgz'])
  const ran = await publish(runner, project, built)
  check.equal(ran.status, 0, `${ran.stdout}${ran.stderr}`)
  const { integrity = '' } = runner.world.sandbox.published('rocket', '1.1.0') ?? {}
  check.equal(Buffer.from(integrity.slice('sha512-'.length), 'base64').toString('hex'), built.digest)
})

await t.test(
  'an artifact that was swapped on its way, or another engine, publishes nothing',
  { skip },
  async (check) => {
    const { runner, project } = await rocket(check)
    const built = await build(runner, project)
    const swapped = await publish(runner, project, { ...built, digest: '0'.repeat(128) })
    check.equal(swapped.status, 1)
    check.match(swapped.stdout, /package-digest/u)
    await writeFile(runner.engineFile, 'another engine')
    const other = await publish(runner, project, built)
    check.not(other.status, 0)
    check.match(other.stdout, /^engine\.tgz: FAILED\n$/u, 'it is not even unpacked')
    check.equal(runner.world.sandbox.published('rocket', '1.1.0'), undefined)
  },
)

const member = (name: string): Files => ({
  [`packages/${name}/package.json`]: manifest(`@acme/${name}`),
  [`packages/${name}/index.js`]: '',
})
const root = (more: object = {}): string =>
  JSON.stringify({ name: 'all', private: true, workspaces: ['packages/*'], ...more })
const SINGLE = { 'package.json': manifest('rocket'), 'index.js': '' }
const MEMBERS = { ...member('a'), ...member('b') }
const PNPM =
  "lockfileVersion: '9.0'\nsettings:\n  autoInstallPeers: true\n  excludeLinksFromLockfile: false\nimporters:\n  .: {}\n"

const YARN = { 'yarn.lock': '', '.yarnrc.yml': 'nodeLinker: node-modules\n' }
const BUN =
  '{ "lockfileVersion": 1, "workspaces": { "": { "name": "all" }, "packages/a": { "name": "@acme/a", "version": "1.1.0" }, "packages/b": { "name": "@acme/b", "version": "1.1.0" } }, "packages": { "@acme/a": ["@acme/a@workspace:packages/a"], "@acme/b": ["@acme/b@workspace:packages/b"] } }'

await t.test('the packages of a workspace are packed and published together', { skip }, async (check) => {
  const { runner, project } = await released(check, ['@acme/a', '@acme/b'], { 'package.json': root(), ...MEMBERS })
  const built = await build(runner, project)
  check.equal(built.run.status, 0, built.run.stderr)
  const ran = await publish(runner, project, built)
  check.equal(ran.status, 0, `${ran.stdout}${ran.stderr}`)
  for (const name of ['@acme/a', '@acme/b']) check.not(runner.world.sandbox.published(name, '1.1.0'), undefined, name)
})

const PROJECTS: readonly (readonly [ClientName, string, Files, readonly string[]])[] = [
  ['npm', 'workspaces', { 'package.json': root(), ...MEMBERS }, ['SHA512SUMS', 'acme-a-1.1.0.tgz', 'acme-b-1.1.0.tgz']],
  ['pnpm', 'one package', { ...SINGLE, 'pnpm-lock.yaml': PNPM }, ['package.tgz']],
  [
    'pnpm',
    'workspaces',
    {
      'package.json': root(),
      'pnpm-workspace.yaml': 'packages: [packages/*]\n',
      'pnpm-lock.yaml': `${PNPM}  packages/a: {}\n  packages/b: {}\n`,
      ...MEMBERS,
    },
    ['SHA512SUMS', 'acme-a-1.1.0.tgz', 'acme-b-1.1.0.tgz'],
  ],
  ['yarn-classic', 'one package', { ...SINGLE, 'yarn.lock': '# yarn lockfile v1\n' }, ['package.tgz']],
  [
    'yarn-classic',
    'workspaces',
    { 'package.json': root(), 'yarn.lock': '# yarn lockfile v1\n', ...MEMBERS },
    ['SHA512SUMS', 'acme-a.tgz', 'acme-b.tgz'],
  ],
  [
    'yarn',
    'one package, whose guard has nothing to guard here',
    { ...SINGLE, 'package.json': manifest('rocket', { scripts: { prepack: 'echo built > index.js' } }), ...YARN },
    ['package.tgz'],
  ],
  [
    'yarn',
    'workspaces',
    { 'package.json': root(), ...YARN, ...MEMBERS },
    ['@acme-a-1.1.0.tgz', '@acme-b-1.1.0.tgz', 'SHA512SUMS'],
  ],
  [
    'bun',
    'workspaces',
    { 'package.json': root(), 'bun.lock': BUN, ...MEMBERS },
    ['SHA512SUMS', 'acme-a-1.1.0.tgz', 'acme-b-1.1.0.tgz'],
  ],
  [
    'bun',
    'one package',
    { ...SINGLE, 'bun.lock': '{ "lockfileVersion": 1, "workspaces": { "": { "name": "rocket" } }, "packages": {} }' },
    ['package.tgz'],
  ],
]

for (const [client, what, files, packed] of PROJECTS)
  await t.test(`${client} packs ${what}`, { skip: skip === false ? missing(client) : skip }, async (check) => {
    const runner = await startRunner(check)
    const project = await mended(runner, files)
    const built = await build(runner, project)
    check.equal(built.run.status, 0, `${built.run.stdout}${built.run.stderr}`)
    check.strictSame((await readdir(join(built.temp, 'release'))).toSorted(), packed)
    check.match(built.digest, /^[0-9a-f]{128}$/u)
  })
