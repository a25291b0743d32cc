// SPDX-License-Identifier: Apache-2.0
// The job that runs, by its variables; and the repository that package.json names, in one spelling.
import { parseIdentityToken, parseRepository, readCiJob } from '@bonafide/publish'
import { Secret } from '@bonafide/core'
import { startSandbox } from '@bonafide/sandbox'
import t from 'tap'

const TAG = 'refs/tags/v1.0.0'
const COMMIT = 'a'.repeat(40)
const JOB = { repository: 'acme/rocket', ref: TAG, commit: COMMIT } as const

const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')

const sandbox = await startSandbox({ seed: 'ci-job' })
t.teardown(() => sandbox.close())

await t.test('jobs of each CI system are read by their own variables', async (check) => {
  check.match(readCiJob(sandbox.ciEnvironment('github', { ...JOB, trigger: 'release' })), {
    provider: 'github',
    repository: 'acme/rocket',
    repositoryUrl: 'https://github.com/acme/rocket',
    ref: TAG,
    commit: COMMIT,
    trigger: 'release',
    runner: 'github-hosted',
    workflow: '.github/workflows/release.yml',
    runUrl: /^https:\/\/github\.com\/acme\/rocket\/actions\/runs\/\d+\/attempts\/1$/u,
  })
  check.match(readCiJob(sandbox.ciEnvironment('gitlab', { ...JOB, repository: 'acme/engines/rocket' })), {
    provider: 'gitlab',
    repository: 'acme/engines/rocket',
    repositoryUrl: 'https://gitlab.com/acme/engines/rocket',
    ref: TAG,
    commit: COMMIT,
    trigger: 'push',
    runner: null,
    workflow: '.gitlab-ci.yml',
    runUrl: /^https:\/\/gitlab\.com\/acme\/engines\/rocket\/-\/jobs\/\d+$/u,
  })
  check.match(readCiJob(sandbox.ciEnvironment('circleci', JOB)), {
    provider: 'circleci',
    repository: 'acme/rocket',
    repositoryUrl: 'https://github.com/acme/rocket',
    ref: TAG,
    commit: COMMIT,
    trigger: null,
    runner: null,
    workflow: null,
  })
  // An app's project: ids where names were.
  const app = {
    ...sandbox.ciEnvironment('circleci', JOB),
    CIRCLE_PROJECT_USERNAME: 'b6f5c1f0',
    CIRCLE_REPOSITORY_URL: '',
  }
  check.match(readCiJob(app), { repository: null, repositoryUrl: null })
  const branch = { ...JOB, ref: 'refs/heads/release/1.x' }
  for (const kind of ['github', 'gitlab', 'circleci'] as const)
    check.equal(readCiJob(sandbox.ciEnvironment(kind, branch))?.ref, 'refs/heads/release/1.x', kind)
})

await t.test('any issuer is one by NPM_ID_TOKEN, and nothing at all is none', async (check) => {
  check.match(readCiJob({ NPM_ID_TOKEN: 'x' }), { provider: 'other', ref: null, repository: null })
  check.equal(readCiJob({}), null)
  check.equal(readCiJob({ CI: 'true', NPM_ID_TOKEN: '' }), null)
  check.equal(readCiJob({ GITHUB_ACTIONS: 'false', GITLAB_CI: '' }), null)
})

await t.test('what variables leave out, or say of another repository, is not made up', async (check) => {
  const bare = readCiJob({ GITHUB_ACTIONS: 'true' })
  check.match(bare, {
    provider: 'github',
    repository: null,
    repositoryUrl: null,
    ref: null,
    workflow: null,
    runUrl: null,
  })
  const github = sandbox.ciEnvironment('github', JOB)
  for (const [workflow, wanted] of [
    ['acme/rocket/.github/workflows/a@b.yml@refs/tags/x@refs/heads/y', '.github/workflows/a@b.yml'],
    ['acme/rocket-evil/.github/workflows/release.yml@refs/heads/main', null],
    ['mallory/rocket/.github/workflows/release.yml@refs/heads/main', null],
    ['acme/rocket/@refs/heads/main', null],
    ['acme/rocket/.github/workflows/release.yml', null],
  ] as const)
    check.equal(readCiJob({ ...github, GITHUB_WORKFLOW_REF: workflow })?.workflow, wanted, workflow)
  const gitlab = sandbox.ciEnvironment('gitlab', JOB)
  check.equal(readCiJob({ ...gitlab, CI_CONFIG_PATH: 'ci.yml@mallory/ci' })?.workflow, null)
  const { CI_COMMIT_TAG: _tag, ...request } = gitlab
  const path = 'refs/merge-requests/1/head'
  check.equal(readCiJob({ ...request, CI_MERGE_REQUEST_REF_PATH: path })?.ref, path)
})

await t.test('the claims of each CI system say the same as its variables', async (check) => {
  const audience = 'npm:registry.example'
  const github = new Secret(sandbox.identityToken(JOB, { audience }))
  check.match(parseIdentityToken(github), {
    audience: [audience],
    repository: 'acme/rocket',
    ref: TAG,
    commit: COMMIT,
    trigger: 'push',
    runner: 'github-hosted',
    workflow: '.github/workflows/release.yml',
    visibility: 'public',
    isSshRerun: false,
  })
  for (const kind of ['gitlab', 'circleci'] as const) {
    const env = sandbox.ciEnvironment(kind, JOB)
    const [job, claims] = [readCiJob(env), parseIdentityToken(new Secret(env['NPM_ID_TOKEN'] ?? ''))]
    check.match(claims, { repository: job?.repository, ref: TAG, workflow: job?.workflow }, kind)
  }
})

await t.test('what is no JSON web token has no claims', async (check) => {
  const twice = Buffer.from('{"aud":"npm:a","aud":"npm:b"}').toString('base64url')
  for (const text of [
    '',
    'npm_x',
    'a.b.c',
    `${part({})}.${part({})}`,
    `${part({})}.${part({})}.`,
    `${part([])}.${part({})}.x`,
    `${part({})}.${part('x')}.x`,
    `${part({})}.${twice}.x`,
    `${part({})}.${part({})}.x.y.z`,
  ])
    check.equal(parseIdentityToken(new Secret(text)), null, text)
  // Claims of other types than they have say nothing.
  const odd = { exp: '1', nbf: 1e300, aud: [1, 'npm:a'], repository: 5, ref: '', sha: null }
  check.match(parseIdentityToken(new Secret(`${part({ alg: 'x' })}.${part(odd)}.x`)), {
    expires: null,
    notBefore: null,
    audience: ['npm:a'],
    repository: null,
    ref: null,
    commit: null,
  })
})

await t.test('a repository has one spelling, however package.json writes it', async (check) => {
  const github = 'https://github.com/acme/rocket'
  const spellings: readonly (readonly [text: string, wanted: string | null])[] = [
    ['acme/rocket', github],
    ['github:acme/rocket', github],
    ['git+https://github.com/acme/rocket.git', github],
    ['git://github.com/acme/rocket.git', github],
    ['git@github.com:acme/rocket.git', github],
    ['git+ssh://git@github.com/acme/rocket.git#main', github],
    ['https://github.com/acme/rocket/', github],
    ['https://github.com/acme/rocket/tree/main/packages/x', github],
    ['gitlab:acme/engines/rocket', 'https://gitlab.com/acme/engines/rocket'],
    ['https://gitlab.com/acme/engines/rocket.git', 'https://gitlab.com/acme/engines/rocket'],
    ['git+https://git.acme.example/acme/rocket.git', 'https://git.acme.example/acme/rocket'],
    ['git@git.acme.example:acme/rocket.git', 'https://git.acme.example/acme/rocket'],
    ['ssh://git@git.acme.example/acme/rocket', 'https://git.acme.example/acme/rocket'],
    ['https://user:secret@git.acme.example/acme/rocket', 'https://git.acme.example/acme/rocket'],
    // Another owner, another host, other letters: never the same.
    ['Acme/rocket', 'https://github.com/Acme/rocket'],
    ['https://github.com.evil.example/acme/rocket', 'https://github.com.evil.example/acme/rocket'],
    ['gist:11081aaa281', null],
    ['rocket', null],
    ['file:///acme/rocket', null],
    ['https://git.acme.example/rocket', null],
    ['not a url', null],
    ['', null],
  ]
  for (const [text, wanted] of spellings) check.equal(parseRepository(text), wanted, text)
  check.equal(parseRepository(null), null)
})
