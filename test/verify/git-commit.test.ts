// SPDX-License-Identifier: Apache-2.0
// Reading the base from real repositories: what is read, what is refused, and what must not be run.
import { existsSync } from 'node:fs'
import { chmod, mkdir, mkdtemp, rename as move, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { BonafideError } from '@bonafide/core'
import { fetchHint, openCommit, pullRequestJob } from '@bonafide/verify'
import t from 'tap'
import type { Test } from 'tap'
import { commitAll, git, gitProgram, makeRepository, pathWithGit, writeFiles } from '../support/git.ts'

const skip = gitProgram === undefined && 'no git on this machine'

interface Clone {
  readonly root: string
  readonly top: string
  readonly env: Readonly<Record<string, string>>
}

/** A repository whose `main` holds a policy at its top and in `packages/app`; the disk says something else. */
async function makeClone(check: Test): Promise<Clone> {
  const root = await mkdtemp(join(tmpdir(), 'bonafide-git-'))
  check.teardown(() => rm(root, { recursive: true, force: true }))
  const top = join(root, 'clone')
  await writeFiles(top, { 'bonafide.json': 'base', 'packages/app/bonafide.json': 'app', 'packages/app/README': 'x' })
  makeRepository(top)
  commitAll(top, 'base')
  git(top, 'checkout', '--quiet', '-b', 'change')
  await writeFiles(top, { 'bonafide.json': 'head', 'packages/app/bonafide.json': 'head' })
  commitAll(top, 'head')
  return { root, top, env: { PATH: await pathWithGit(root), HOME: root } }
}

async function refusal(promise: Promise<unknown>): Promise<BonafideError['detail']> {
  const error: unknown = await promise.then(
    () => null,
    (reason: unknown) => reason,
  )
  if (!(error instanceof BonafideError) || error.code !== 'BONAFIDE_BASE_UNREADABLE')
    throw new Error(`no refusal: ${String(error)}`)
  return error.detail
}

await t.test('files are read as the base holds them, not as they lie on the disk', { skip }, async (check) => {
  const { top, env } = await makeClone(check)
  const base = await openCommit('main', top, env)
  check.match(base.commit, /^[0-9a-f]{40}$/u)
  check.equal(await base.read(join(top, 'bonafide.json')), 'base')
  check.equal(await base.read(join(top, 'bonafide.lock')), undefined)
  check.equal(await base.read(join(top, 'no', 'such', 'folder')), undefined)
  const app = await openCommit('main', join(top, 'packages', 'app'), env)
  check.equal(await app.read(join(top, 'packages', 'app', 'bonafide.json')), 'app', 'the repository begins above')
  check.equal(await app.read(join(top, 'bonafide.json')), 'base', 'what a policy extends may lie above the project')
})

await t.test('a project that is reached by a link is the project', { skip }, async (check) => {
  const { root, top, env } = await makeClone(check)
  await symlink(join(top, 'packages', 'app'), join(root, 'link'))
  const base = await openCommit('main', join(root, 'link'), env)
  check.equal(await base.read(join(root, 'link', 'bonafide.json')), 'app')
})

await t.test(
  'a link or a submodule that a change puts in place of the project leads nowhere',
  { skip },
  async (check) => {
    const { root, top, env } = await makeClone(check)
    const app = join(top, 'packages', 'app')
    await writeFiles(top, { 'packages/evil/bonafide.json': 'evil' })
    await rm(app, { recursive: true })
    await symlink('evil', app)
    check.match(await refusal(openCommit('main', app, env)), { found: 'a symbolic link on the way' })
    await rm(app)
    const evil = join(root, 'evil')
    await writeFiles(evil, { 'bonafide.json': 'evil' })
    makeRepository(evil)
    commitAll(evil)
    git(top, 'rm', '-rq', '--cached', 'packages/app')
    git(top, '-c', 'protocol.file.allow=always', 'submodule', '--quiet', 'add', evil, 'packages/app')
    check.equal(git(app, 'show', 'main:bonafide.json'), 'evil', 'its main is the main of somebody else')
    check.match(await refusal(openCommit('main', app, env)), { found: 'a submodule' })
    git(top, 'worktree', 'add', '--quiet', join(root, 'tree'), 'main')
    const tree = await openCommit('change', join(root, 'tree'), env)
    check.equal(await tree.read(join(root, 'tree', 'bonafide.json')), 'head', 'a worktree is the repository')
  },
)

await t.test('what is no name of a commit is refused before git sees it', { skip }, async (check) => {
  const { top, env } = await makeClone(check)
  for (const ref of [
    '',
    '--upload-pack=touch x',
    '-h',
    'main:bonafide.json',
    'main..change',
    '^main',
    'a b',
    'main\n',
    ':/base',
    'main^{/base}',
    'ma?n',
  ])
    check.match(await refusal(openCommit(ref, top, env)), { found: 'no ref that is read here' }, ref)
  for (const ref of ['HEAD~1', 'HEAD^', 'refs/heads/main', 'main@{0}'])
    check.equal(await (await openCommit(ref, top, env)).read(join(top, 'bonafide.json')), 'base', ref)
})

await t.test(
  'a base that is not in the clone is an error with the command that fetches it',
  { skip },
  async (check) => {
    const { root, top, env } = await makeClone(check)
    check.match(await refusal(openCommit('origin/main', top, env)), {
      found: 'no such commit in this clone',
      hint: 'git fetch --no-tags --depth=1 origin +refs/heads/main:refs/remotes/origin/main',
    })
    const job = join(root, 'job')
    git(root, 'clone', '--quiet', '--depth=1', '--branch=change', `file://${top}`, job)
    const hint = (await refusal(openCommit('refs/remotes/origin/main', job, env))).hint ?? ''
    git(job, ...hint.split(' ').slice(1))
    const base = await openCommit('refs/remotes/origin/main', job, env)
    check.equal(await base.read(join(job, 'bonafide.json')), 'base', 'the command that is named helps')
    check.equal(await base.openMergeBase(), null, 'a cut history tells nothing about where branches part')
  },
)

await t.test('no repository, no git, no rights', { skip }, async (check) => {
  const { root, top, env } = await makeClone(check)
  const bare = join(root, 'plain')
  await mkdir(bare)
  check.match(await refusal(openCommit('main', bare, env)), { found: 'no git repository around the project' })
  check.match(await refusal(openCommit('main', join(root, 'gone'), env)), { found: /no git repository/u })
  check.match(await refusal(openCommit('main', top, { HOME: root })), { found: 'no git in PATH' })
  await writeFile(join(bare, '.git'), 'nonsense')
  check.match(await refusal(openCommit('main', bare, env)), { found: /^fatal: invalid gitfile format/u })
})

await t.test(
  'links, submodules, pointers and files outside of the repository are no policy',
  { skip },
  async (check) => {
    const { root, top, env } = await makeClone(check)
    await rm(join(top, 'bonafide.json'))
    await symlink('packages/app/bonafide.json', join(top, 'bonafide.json'))
    await symlink('packages', join(top, 'linked'))
    await writeFiles(top, { 'bonafide.lock': 'version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n' })
    await mkdir(join(top, 'bonafide.exemptions.json'))
    await writeFiles(top, { 'bonafide.exemptions.json/x': '' })
    git(top, 'add', '--all')
    git(top, 'update-index', '--add', '--cacheinfo', `160000,${git(top, 'rev-parse', 'HEAD').trim()},module`)
    git(top, 'commit', '--quiet', '--message', 'links')
    const base = await openCommit('HEAD', top, env)
    const found = async (name: string): Promise<unknown> => (await refusal(base.read(join(top, name)))).found
    check.equal(await found('bonafide.json'), 'a symbolic link')
    check.equal(await found('linked/app/bonafide.json'), 'a symbolic link')
    check.equal(await found('module/bonafide.json'), 'a submodule')
    check.equal(await found('bonafide.lock'), 'a pointer of git LFS')
    check.equal(await found('bonafide.exemptions.json'), 'a folder')
    check.equal(await found('packages/app/README/bonafide.json'), 'a path that leads through a file')
    check.equal((await refusal(base.read(join(root, 'org.json')))).found, 'a file outside of the repository')
    check.equal((await refusal(base.read(join(top, 'bonafide.json')))).path, 'HEAD:bonafide.json')
  },
)

await t.test('a tag named like the branch does not become the judge', { skip }, async (check) => {
  const { top, env } = await makeClone(check)
  git(top, 'tag', 'main', 'change')
  check.match(await refusal(openCommit('main', top, env)), {
    found: 'refs/heads/main and refs/tags/main',
    hint: 'write the whole name, such as --base refs/heads/main',
  })
  check.equal(await (await openCommit('refs/heads/main', top, env)).read(join(top, 'bonafide.json')), 'base')
})

await t.test('a folder laid out like a bare repository is not taken for one', { skip }, async (check) => {
  const { root, top, env } = await makeClone(check)
  const app = join(top, 'packages', 'app')
  // The author of the change brings a repository of his own along, whose main is his.
  const evil = join(root, 'evil')
  await writeFiles(evil, { 'bonafide.json': 'evil', 'packages/app/bonafide.json': 'evil' })
  makeRepository(evil)
  commitAll(evil)
  git(root, 'clone', '--quiet', '--bare', evil, join(root, 'bare.git'))
  git(root, 'clone', '--quiet', '--bare', evil, join(app, 'tmp'))
  for (const name of ['HEAD', 'config', 'objects', 'refs', 'packed-refs'])
    await move(join(app, 'tmp', name), join(app, name))
  check.equal(git(app, 'rev-parse', '--is-bare-repository').trim(), 'true', 'git by itself falls for it')
  check.equal(await (await openCommit('main', app, env)).read(join(app, 'bonafide.json')), 'app')
})

await t.test(
  'nothing of the environment or of the judged tree turns git to something else',
  { skip },
  async (check) => {
    const { root, top, env } = await makeClone(check)
    const elsewhere = join(root, 'elsewhere')
    await writeFiles(elsewhere, { 'bonafide.json': 'elsewhere' })
    makeRepository(elsewhere)
    commitAll(elsewhere)
    const ran = join(root, 'ran')
    const fake = join(top, 'node_modules', '.bin')
    await writeFiles(fake, { git: `#!/bin/sh\ntouch ${ran}\n` })
    await chmod(join(fake, 'git'), 0o755)
    git(top, 'config', 'core.fsmonitor', `touch ${ran}`)
    git(top, 'config', 'diff.external', `touch ${ran}`)
    await writeFiles(top, { '.gitattributes': '* filter=evil diff=evil\n' })
    for (const key of ['filter.evil.smudge', 'diff.evil.textconv']) git(top, 'config', key, `touch ${ran}`)
    const hostile = {
      ...env,
      PATH: [fake, '.', env['PATH']].join(delimiter),
      GIT_DIR: join(elsewhere, '.git'),
      GIT_WORK_TREE: elsewhere,
    }
    const base = await openCommit('main', top, hostile)
    check.equal(await base.read(join(top, 'bonafide.json')), 'base')
    await base.openMergeBase()
    check.equal(existsSync(ran), false, 'nothing was started')
  },
)

await t.test('where two branches part is told where it can be told', { skip }, async (check) => {
  const { top, env } = await makeClone(check)
  git(top, 'checkout', '--quiet', 'main')
  await writeFiles(top, { 'bonafide.json': 'newer' })
  commitAll(top, 'newer')
  git(top, 'checkout', '--quiet', 'change')
  const base = await openCommit('main', top, env)
  check.equal(await base.read(join(top, 'bonafide.json')), 'newer')
  const parted = await base.openMergeBase()
  check.equal(await parted?.read(join(top, 'bonafide.json')), 'base')
  git(top, 'checkout', '--quiet', '--orphan', 'stranger')
  commitAll(top, 'stranger')
  check.equal(await (await openCommit('main', top, env)).openMergeBase(), null, 'nothing in common')
})

await t.test('the commands to type survive whatever a branch is named', async (check) => {
  check.equal(
    fetchHint('refs/remotes/origin/$(id)'),
    "git fetch --no-tags --depth=1 origin '+refs/heads/$(id):refs/remotes/origin/$(id)'",
  )
  check.equal(
    fetchHint("origin/it's"),
    "git fetch --no-tags --depth=1 origin '+refs/heads/it'\\''s:refs/remotes/origin/it'\\''s'",
  )
  check.equal(fetchHint('0123456789abcdef'), 'git fetch --no-tags --depth=1 origin 0123456789abcdef')
  check.match(
    fetchHint('release'),
    /^git fetch .*refs\/heads\/release:refs\/remotes\/origin\/release, then name it origin\/release$/u,
  )
  check.match(fetchHint('HEAD~3'), /--unshallow/u)
})

function refOf(env: Readonly<Record<string, string>>): string {
  const job = pullRequestJob(env)
  return job.kind === 'base' ? job.ref : job.kind
}

await t.test('the job of a pull request is known by the variables that CI systems document', async (check) => {
  check.equal(refOf({}), 'none')
  check.equal(refOf({ GITHUB_BASE_REF: '', CI_MERGE_REQUEST_TARGET_BRANCH_SHA: '' }), 'none', 'empty in all other jobs')
  check.equal(refOf({ GITHUB_BASE_REF: 'main' }), 'refs/remotes/origin/main')
  check.equal(refOf({ CI_MERGE_REQUEST_TARGET_BRANCH_NAME: 'release/1' }), 'refs/remotes/origin/release/1')
  check.equal(
    refOf({ CI_MERGE_REQUEST_TARGET_BRANCH_NAME: 'main', CI_MERGE_REQUEST_TARGET_BRANCH_SHA: 'f00d' }),
    'f00d',
  )
  check.equal(refOf({ BITBUCKET_PR_DESTINATION_BRANCH: 'main' }), 'refs/remotes/origin/main')
  check.equal(refOf({ SYSTEM_PULLREQUEST_TARGETBRANCH: 'refs/heads/main' }), 'refs/remotes/origin/main')
  check.equal(refOf({ BUILDKITE_PULL_REQUEST_BASE_BRANCH: 'main' }), 'refs/remotes/origin/main')
  check.equal(refOf({ CHANGE_TARGET: 'main' }), 'refs/remotes/origin/main')
  check.equal(refOf({ CIRCLE_PULL_REQUEST: 'some URL' }), 'unnamed')
  // The commit that the change grew from is chosen by its author: nobody judges by that.
  check.equal(refOf({ CI_MERGE_REQUEST_IID: '7', CI_MERGE_REQUEST_DIFF_BASE_SHA: 'f00d' }), 'unnamed')
})
