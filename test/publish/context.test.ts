// SPDX-License-Identifier: Apache-2.0
// Where a release may come from. Each case is a way in which somebody released what they should not have.
import { mkdtemp, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { JsonObject, PublishFinding } from '@bonafide/core'
import { Secret } from '@bonafide/core'
import { DEFAULT_PUBLISH_POLICY } from '@bonafide/policy'
import type { PublishPolicy } from '@bonafide/policy'
import { checkContext, parseIdentityToken, readCheckout, readCiJob } from '@bonafide/publish'
import type { Checkout, CiJob, IdentityClaims, ReleaseContext } from '@bonafide/publish'
import { startSandbox } from '@bonafide/sandbox'
import type { CiKind, JobSpec } from '@bonafide/sandbox'
import t from 'tap'
import { commitAll, git, gitProgram, makeRepository, writeFiles } from '../support/git.ts'

const NAME = '@acme/rocket'
const COMMIT = 'a'.repeat(40)
const SPEC: JobSpec = { repository: 'acme/rocket', ref: 'refs/tags/v1.0.0', commit: COMMIT, trigger: 'push' }
const MANIFEST: JsonObject = { name: NAME, version: '1.0.0', repository: 'github:acme/rocket' }
const CLEAN: Checkout = { kind: 'read', commit: COMMIT, tags: ['v1.0.0'], changes: [] }

const sandbox = await startSandbox({ seed: 'context' })
t.teardown(() => sandbox.close())

interface Case {
  readonly kind?: CiKind
  readonly spec?: JobSpec
  readonly job?: Partial<CiJob>
  readonly claims?: Partial<IdentityClaims> | null
  readonly manifest?: JsonObject
  readonly policy?: Partial<PublishPolicy>
  readonly checkout?: ReleaseContext['checkout']
  readonly version?: string
}

function jobAndClaims(kind: CiKind, spec: JobSpec): { readonly job: CiJob; readonly claims: IdentityClaims } {
  const env = sandbox.ciEnvironment(kind, spec)
  const text = env['NPM_ID_TOKEN'] ?? sandbox.identityToken(spec, { audience: 'npm:127.0.0.1' })
  const [job, claims] = [readCiJob(env), parseIdentityToken(new Secret(text))]
  if (job === null || claims === null) throw new TypeError('no job')
  return { job, claims }
}

function check(one: Case): readonly PublishFinding[] {
  const { kind = 'github', spec = SPEC, checkout = CLEAN, version = '1.0.0' } = one
  const { job, claims } = jobAndClaims(kind, spec)
  return checkContext({
    name: NAME,
    version,
    manifest: one.manifest ?? { ...MANIFEST, version },
    job: { ...job, ...one.job },
    claims: one.claims === null ? null : { ...claims, ...one.claims },
    policy: { ...DEFAULT_PUBLISH_POLICY, ...one.policy },
    checkout,
  })
}

function codes(one: Case): readonly string[] {
  return check(one).map(({ code, level }) => (level === 'refuse' ? code : `${code} (${level})`))
}

await t.test('a release from a tag that equals its version passes, in each CI system', async (passes) => {
  passes.strictSame(check({}), [])
  passes.strictSame(check({ claims: null }), [], 'by the variables alone')
  passes.strictSame(check({ kind: 'gitlab', manifest: { ...MANIFEST, repository: 'gitlab:acme/rocket' } }), [])
  // CircleCI tells neither trigger nor runner: nothing to refuse, and said.
  passes.match(check({ kind: 'circleci' }), [
    { code: 'job-untold', level: 'warn', found: 'the CI system does not tell the trigger, the runner' },
  ])
  passes.strictSame(check({ checkout: null }), [], 'a tarball of another job')
  for (const tag of ['1.0.0', '@acme/rocket@1.0.0', 'rocket@1.0.0', 'rocket-v1.0.0'])
    passes.strictSame(check({ spec: { ...SPEC, ref: `refs/tags/${tag}` } }), [], tag)
})

await t.test('a release from anywhere else is refused, each by a reason of its own', async (refused) => {
  const at = (ref: string): JobSpec => ({ ...SPEC, ref })
  const cases: Readonly<Record<string, readonly [Case, string]>> = {
    'a throw-away branch with a workflow of the right name': [{ spec: at('refs/heads/snapshot-1') }, 'release-ref'],
    'the main branch': [{ spec: at('refs/heads/main') }, 'release-ref'],
    'a branch that is named like the tag': [{ spec: at('refs/heads/v1.0.0') }, 'release-ref'],
    'the merge of a pull request': [{ spec: at('refs/pull/1/merge') }, 'release-ref'],
    'the tag of another version': [{ spec: at('refs/tags/v1.0.1') }, 'release-tag'],
    'a tag that merely holds the version': [{ spec: at('refs/tags/v1.0.0-evil') }, 'release-tag'],
    'the tag of another package': [{ spec: at('refs/tags/@acme/fuel@1.0.0') }, 'release-tag'],
    'a comment "npm publish"': [{ spec: { ...SPEC, trigger: 'issue_comment' } }, 'release-trigger'],
    'a pull request with the rights of its target': [
      { spec: { ...SPEC, trigger: 'pull_request_target' } },
      'release-trigger',
    ],
    'a schedule that nobody watches': [{ spec: { ...SPEC, trigger: 'schedule' } }, 'release-trigger'],
    'a machine of one’s own': [{ spec: { ...SPEC, runner: 'self-hosted' } }, 'release-runner'],
    'a machine of a kind that nobody knows': [{ spec: { ...SPEC, runner: 'github-hosted ' } }, 'release-runner'],
    'a workflow that the policy does not name': [
      { policy: { workflows: ['.github/workflows/other.yml'] } },
      'release-workflow',
    ],
    'a fork that releases under the name': [
      { manifest: { ...MANIFEST, repository: 'mallory/rocket' } },
      'repository-field',
    ],
    'the owner in other letters': [{ manifest: { ...MANIFEST, repository: 'Acme/rocket' } }, 'repository-field'],
    'another host': [{ manifest: { ...MANIFEST, repository: 'gitlab:acme/rocket' } }, 'repository-field'],
    'no repository': [{ manifest: { name: NAME, version: '1.0.0' } }, 'repository-field'],
    'a repository of an odd form': [{ manifest: { ...MANIFEST, repository: { url: ['x'] } } }, 'repository-field'],
    'a commit that the job has made or checked out itself': [
      { checkout: { ...CLEAN, commit: 'b'.repeat(40) } },
      'release-commit',
    ],
    'a file that a build step has written': [{ checkout: { ...CLEAN, changes: ['x.js'] } }, 'checkout-unclean'],
    'no git at all': [{ checkout: { kind: 'unreadable', reason: 'no git in PATH' } }, 'checkout-unreadable'],
    'a job that somebody is logged in to': [{ claims: { isSshRerun: true } }, 'release-runner'],
  }
  for (const [what, [one, code]] of Object.entries(cases)) {
    const found = check(one)
    refused.strictSame(
      found.map((finding) => [finding.code, finding.level]),
      [[code, 'refuse']],
      what,
    )
    refused.ok(
      found.every(({ subject, wanted, fix }) => subject !== '' && wanted !== '' && fix.length > 0),
      what,
    )
  }
})

await t.test('variables that a step has written do not pass for the job’s', async (lies) => {
  for (const [fact, value] of [
    ['repository', 'mallory/rocket'],
    ['ref', 'refs/heads/snapshot-1'],
    ['commit', 'b'.repeat(40)],
    ['trigger', 'issue_comment'],
    ['runner', 'self-hosted'],
    ['workflow', '.github/workflows/evil.yml'],
  ] as const)
    lies.match(
      check({ claims: { [fact]: value } }),
      [{ code: 'identity-disagrees', subject: new RegExp(fact, 'u') }],
      fact,
    )
  // GitLab says the runner in the token alone: what the token says more counts as well.
  lies.strictSame(
    codes({
      kind: 'gitlab',
      spec: { ...SPEC, runner: 'self-hosted' },
      manifest: { ...MANIFEST, repository: 'gitlab:acme/rocket' },
    }),
    ['release-runner'],
  )
})

await t.test('a policy may allow what the default does not, and no more than that', async (policy) => {
  const main = { ...SPEC, ref: 'refs/heads/main' }
  policy.strictSame(check({ spec: main, policy: { refs: ['refs/heads/main'] } }), [])
  policy.strictSame(codes({ spec: { ...SPEC, ref: 'refs/heads/main2' }, policy: { refs: ['refs/heads/main'] } }), [
    'release-ref',
  ])
  policy.strictSame(codes({ policy: { refs: ['refs/heads/main'] } }), ['release-ref'], 'not even the tag')
  policy.strictSame(check({ spec: { ...SPEC, ref: 'refs/tags/2026-01' }, policy: { refs: ['tags'] } }), [])
  policy.strictSame(check({ spec: { ...SPEC, ref: 'refs/tags/r1.0.0' }, policy: { tags: ['r{version}'] } }), [])
  policy.strictSame(codes({ policy: { tags: ['r{version}'] } }), ['release-tag'])
  policy.strictSame(check({ spec: { ...SPEC, trigger: 'schedule' }, policy: { triggers: ['schedule'] } }), [])
  policy.strictSame(check({ spec: { ...SPEC, runner: 'self-hosted' }, policy: { allowSelfHosted: true } }), [])
  policy.strictSame(check({ policy: { workflows: ['.github/workflows/release.yml'] } }), [])
  // Where nobody tells which workflow it is, it is none of those that may.
  policy.strictSame(codes({ kind: 'circleci', policy: { workflows: ['x.yml'], allowSelfHosted: true } }), [
    'release-workflow',
    'job-untold (warn)',
  ])
})

await t.test('an issuer that tells nothing leaves the tag to the checkout', async (other) => {
  const nothing = { repository: null, ref: null, commit: null, trigger: null, runner: null, workflow: null } as const
  const job = { ...nothing, provider: 'other', repositoryUrl: null, runUrl: null } as const
  other.strictSame(codes({ job, claims: nothing }), ['job-untold (warn)'])
  other.strictSame(codes({ job, claims: nothing, checkout: { ...CLEAN, tags: ['v2.0.0'] } }), [
    'release-tag',
    'job-untold (warn)',
  ])
  other.strictSame(codes({ job, claims: nothing, checkout: { ...CLEAN, tags: [] } }), [
    'release-ref',
    'job-untold (warn)',
  ])
  other.strictSame(codes({ job, claims: nothing, checkout: null }), ['release-ref', 'job-untold (warn)'])
  // One that tells is held to it.
  other.strictSame(codes({ job, claims: { ref: 'refs/heads/x' } }), ['release-ref'])
  other.strictSame(codes({ job, claims: { repository: 'mallory/rocket' } }), ['repository-field'])
})

/** A lockfile of npm's with a workspace and a dependency. */
const lock = (version: string, resolved: string): string =>
  JSON.stringify({
    name: 'root',
    version,
    packages: { '': { version }, 'packages/x': { version }, 'node_modules/y': { version: '1.0.0', resolved } },
  })

await t.test('what is checked out is read by git, as it is', { skip: gitProgram === undefined }, async (tree) => {
  const folder = await mkdtemp(join(tmpdir(), 'bonafide-checkout-'))
  tree.teardown(() => rm(folder, { recursive: true, force: true }))
  const env = { PATH: process.env['PATH'], HOME: folder }
  makeRepository(folder)
  const manifest = { name: 'x', version: '1.0.0', scripts: { build: 'tsc' } }
  const place = join(folder, 'packages/x')
  await writeFiles(folder, {
    'packages/x/package.json': JSON.stringify(manifest),
    'packages/x/index.js': '1',
    '.gitignore': 'dist\nnode_modules\n',
  })
  const commit = commitAll(folder)
  git(folder, 'tag', 'v1.0.0')
  git(folder, 'tag', 'x@1.0.0')
  const read = () => readCheckout(place, env)
  tree.strictSame(await read(), { kind: 'read', commit, tags: ['v1.0.0', 'x@1.0.0'], changes: [] })
  await writeFiles(folder, { 'packages/x/dist/index.js': '1', 'node_modules/y/index.js': '' })
  tree.match(await read(), { changes: [] }, 'what is ignored is no change')

  const write = (value: object): Promise<void> => writeFile(join(place, 'package.json'), JSON.stringify(value, null, 2))
  const changed = async (): Promise<readonly string[]> => {
    const checkout = await read()
    return checkout.kind === 'read' ? checkout.changes : [checkout.reason]
  }
  // Release tools write these two, right before they publish.
  await write({ ...manifest, version: '1.0.1', gitHead: commit })
  tree.strictSame(await changed(), [])
  await write({ ...manifest, version: '1.0.1', gitHead: 'b'.repeat(40) })
  tree.strictSame(await changed(), ['packages/x/package.json'], 'another commit')
  await write({ ...manifest, version: '1.0.1', scripts: { ...manifest.scripts, postinstall: 'node x.js' } })
  tree.strictSame(await changed(), ['packages/x/package.json'], 'a script beside the version')
  await writeFile(
    join(place, 'package.json'),
    '{"name":"x","version":"1.0.1","version":"1.0.0","scripts":{"build":"tsc"}}',
  )
  tree.strictSame(await changed(), ['packages/x/package.json'], 'two readings')
  await write(manifest)

  await writeFiles(folder, { 'package-lock.json': lock('1.0.0', 'https://registry.example/y-1.0.0.tgz') })
  commitAll(folder)
  await writeFiles(folder, { 'package-lock.json': lock('1.0.1', 'https://registry.example/y-1.0.0.tgz') })
  tree.strictSame(await changed(), [], 'as npm version writes it')
  await writeFiles(folder, { 'package-lock.json': lock('1.0.1', 'https://evil.example/y-1.0.0.tgz') })
  tree.strictSame(await changed(), ['package-lock.json'], 'another place of a dependency')
  await writeFiles(folder, { 'package-lock.json': lock('1.0.0', 'https://registry.example/y-1.0.0.tgz') })

  await writeFiles(folder, { 'packages/x/index.js': '2', 'packages/x/neu ä.js': '', 'top.js': '' })
  tree.strictSame([...(await changed())].sort(), ['packages/x/index.js', 'packages/x/neu ä.js', 'top.js'])
  // A setting of the repository that hides what is packed, and one that runs a program.
  git(folder, 'config', 'status.showUntrackedFiles', 'no')
  git(folder, 'config', 'core.fsmonitor', `touch ${join(folder, 'ran')}`)
  tree.ok((await changed()).includes('top.js'))
  tree.notOk((await changed()).includes('ran'))
  git(folder, 'config', '--unset', 'core.fsmonitor')

  // Ways to have git say nothing of a file that is packed all the same.
  commitAll(folder)
  for (const mark of ['assume-unchanged', 'skip-worktree']) {
    git(folder, 'update-index', `--${mark}`, 'top.js')
    await writeFiles(folder, { 'top.js': `hidden by ${mark}` })
    tree.strictSame(await changed(), ['top.js'], mark)
    git(folder, 'update-index', `--no-${mark}`, 'top.js')
    git(folder, 'checkout', 'top.js')
  }
  await writeFiles(folder, { 'planted.js': '', '.git/info/exclude': 'planted.js\n' })
  tree.strictSame(await changed(), ['planted.js'], 'a list of the machine’s own')
  await rm(join(folder, 'planted.js'))
  await writeFiles(folder, { 'top.js': 'another tree' })
  git(folder, 'worktree', 'add', '--detach', join(folder, 'node_modules/clean'))
  git(folder, 'config', 'core.worktree', join(folder, 'node_modules/clean'))
  tree.strictSame(await changed(), ['top.js'], 'another folder')
  git(folder, 'config', '--unset', 'core.worktree')
  git(folder, 'checkout', 'top.js')
  const then = new Date(Date.now() - 60_000)
  await writeFiles(folder, { 'top.js': 'same size 1' })
  await utimes(join(folder, 'top.js'), then, then)
  commitAll(folder)
  git(folder, 'config', 'core.trustctime', 'false')
  git(folder, 'config', 'core.checkStat', 'minimal')
  // Git counts in seconds.
  await sleep(1100)
  await writeFiles(folder, { 'top.js': 'same size 2' })
  await utimes(join(folder, 'top.js'), then, then)
  tree.equal(git(folder, 'status', '--porcelain'), '', 'git alone sees nothing')
  tree.strictSame(await changed(), ['top.js'], 'a file of the same size and time')
  git(folder, 'checkout', '--force', 'top.js')
  // What a sparse checkout leaves out is not packed.
  git(folder, 'update-index', '--skip-worktree', 'top.js')
  await rm(join(folder, 'top.js'))
  tree.strictSame(await changed(), [], 'a sparse checkout')
  // Variables of git's own turn to another repository.
  const other = await readCheckout(place, { ...env, GIT_DIR: '/nonexistent', GIT_WORK_TREE: '/' })
  tree.match(other, { kind: 'read', commit: git(folder, 'rev-parse', 'HEAD').trim() })

  const bare = await mkdtemp(join(tmpdir(), 'bonafide-nothing-'))
  tree.teardown(() => rm(bare, { recursive: true, force: true }))
  tree.match(await readCheckout(bare, env), { kind: 'unreadable', reason: 'no git repository around the folder' })
  makeRepository(bare)
  tree.match(await readCheckout(bare, env), { kind: 'unreadable', reason: /HEAD|revision/u }, 'no commit yet')
})
