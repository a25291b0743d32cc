// SPDX-License-Identifier: Apache-2.0
import t from 'tap'
import { ISSUERS, startSandbox } from '@bonafide/sandbox'
import type { JobSpec, Sandbox, SandboxOptions, TrustSpec } from '@bonafide/sandbox'
import { ask, publishBody } from '../support/npm-request.ts'
import type { Answer } from '../support/npm-request.ts'

const NAME = '@acme/rocket'
const PATH = '@acme%2frocket'
const EXCHANGE = `-/npm/v1/oidc/token/exchange/package/${PATH}`
const TRUST = `-/package/${PATH}/trust`
const AUDIENCE = 'npm:127.0.0.1'
const JOB: JobSpec = { repository: 'acme/rocket', environment: 'npm' }
const BOTH = { permissions: ['createPackage', 'createStagedPackage'] } as const
const GITHUB: TrustSpec = {
  type: 'github',
  claims: { repository: 'acme/rocket', workflow_ref: { file: 'release.yml' } },
  ...BOTH,
}
const GITLAB: TrustSpec = {
  type: 'gitlab',
  claims: { project_path: 'acme/rocket', ci_config_ref_uri: { file: '.gitlab-ci.yml' } },
  ...BOTH,
}

await t.test(
  'a job’s identity becomes a token for an hour and one package, and `_npmUser` tells of it',
  async (test) => {
    const sandbox = await started(test)
    const { id } = sandbox.trust.add(NAME, GITHUB)
    const { status, body } = await exchange(sandbox, JOB)
    const { token } = body as { token: string }
    test.equal(status, 201)
    test.strictSame(body, {
      token_type: 'oidc',
      token,
      created: '2026-01-15T12:00:00.000Z',
      expires: '2026-01-15T13:00:00.000Z',
    })
    const put = (name: string, version: string): Promise<Answer> =>
      publishBody({ name, version }).then((sent) =>
        ask(sandbox, 'PUT', name.replace('/', '%2f'), { token, body: sent }),
      )
    test.equal((await put(NAME, '1.1.0')).status, 200)
    test.strictSame(((await ask(sandbox, 'GET', `${PATH}/1.1.0`)).body as { _npmUser: unknown })._npmUser, {
      name: 'GitHub Actions',
      email: 'npm-oidc-no-reply@github.com',
      trustedPublisher: { id: 'github', oidcConfigId: `oidc:${id}` },
    })
    test.equal((await put('@acme/fuel', '1.0.0')).status, 403, 'another package')
    const others: readonly (readonly [string, string, unknown?])[] = [
      ['GET', '-/whoami'],
      ['GET', '-/npm/v1/tokens'],
      ['GET', TRUST],
      ['PUT', `-/package/${PATH}/dist-tags/old`, '1.0.0'],
    ]
    for (const [method, path, sent] of others)
      test.equal((await ask(sandbox, method, path, { token, body: sent })).status, 403, path)
    sandbox.clock.advance(3_600_000)
    test.equal((await put(NAME, '1.2.0')).status, 401, 'an hour later')
  },
)

await t.test('a token that was exchanged ends when whoever holds it says so', async (test) => {
  const sandbox = await started(test)
  sandbox.trust.add(NAME, GITHUB)
  const { token } = (await exchange(sandbox, JOB)).body as { token: string }
  test.equal((await ask(sandbox, 'DELETE', `-/user/token/${token}`, { token })).status, 200)
  test.equal(
    (await ask(sandbox, 'PUT', PATH, { token, body: await publishBody({ name: NAME, version: '1.1.0' }) })).status,
    401,
  )
})

await t.test('no token for a job that is not exactly the one that is trusted', async (test) => {
  const sandbox = await started(test)
  const exact: TrustSpec = { ...GITHUB, claims: { ...GITHUB.claims, environment: 'npm' } }
  sandbox.trust.add(NAME, exact)
  const others: Record<string, JobSpec> = {
    'another repository': { ...JOB, repository: 'mallory/rocket' },
    'a repository of the same beginning': { ...JOB, repository: 'acme/rocket-2' },
    'another case': { ...JOB, repository: 'Acme/rocket' },
    'another workflow': { ...JOB, workflow: '.github/workflows/test.yml' },
    'a workflow of another folder': { ...JOB, workflow: '.github/workflows/old/release.yml' },
    'another workflow that calls the trusted one': {
      ...JOB,
      workflow: '.github/workflows/test.yml',
      signer: { repository: 'acme/rocket', workflow: '.github/workflows/release.yml', ref: 'refs/heads/main' },
    },
    'another environment': { ...JOB, environment: 'test' },
    'no environment': { repository: 'acme/rocket' },
    'a machine of one’s own': { ...JOB, runner: 'self-hosted' },
    'another CI system': { ...JOB, issuer: ISSUERS.gitlab },
  }
  const nothing = { status: 404, body: { message: 'OIDC token exchange error - package not found' } }
  for (const [what, job] of Object.entries(others)) test.match(await exchange(sandbox, job), nothing, what)
  test.equal((await exchange(sandbox, JOB)).status, 201, 'the one that is trusted')
  test.equal((await exchange(sandbox, { ...JOB, ref: 'refs/heads/snapshot-1' })).status, 201, 'npm asks for no ref')
  const token = sandbox.identityToken(JOB, { audience: AUDIENCE })
  const elsewhere = await ask(sandbox, 'POST', EXCHANGE.replace('rocket', 'fuel'), { token })
  test.match(elsewhere, nothing, 'another package')
})

await t.test('no token for an identity that does not hold', async (test) => {
  const sandbox = await started(test)
  sandbox.trust.add(NAME, GITHUB)
  const stranger = await startSandbox({ seed: 'stranger' })
  test.teardown(() => stranger.close())
  const genuine = sandbox.identityToken(JOB, { audience: AUDIENCE })
  const [header = '', claims = '', signature = ''] = genuine.split('.')
  const edited = Buffer.from(claims, 'base64url').toString().replace('acme/rocket', 'evil/rocket')
  const tokens: Record<string, readonly [number, string | undefined]> = {
    'none at all': [401, undefined],
    'a registry’s own token': [400, sandbox.accounts.createToken().token],
    'of another Sigstore’s world': [401, stranger.identityToken(JOB, { audience: AUDIENCE })],
    'for Fulcio': [401, sandbox.identityToken(JOB)],
    'for another registry': [401, sandbox.identityToken(JOB, { audience: 'npm:registry.sandbox.test' })],
    'that expired': [401, sandbox.identityToken(JOB, { audience: AUDIENCE, lifetimeSeconds: 0 })],
    'with other claims': [401, [header, Buffer.from(edited).toString('base64url'), signature].join('.')],
    'of an issuer that nobody knows': [
      404,
      sandbox.identityToken({ ...JOB, issuer: 'https://ci.sandbox.test' }, { audience: AUDIENCE }),
    ],
  }
  for (const [what, [status, token]] of Object.entries(tokens)) {
    const answer = await ask(sandbox, 'POST', EXCHANGE, token === undefined ? {} : { token })
    test.match(answer, { status, body: { message: /^OIDC token exchange error - / } }, what)
    if (token !== undefined) test.notOk(JSON.stringify(answer.body).includes(token), `${what}: not repeated`)
  }
})

await t.test('GitLab and CircleCI', async (test) => {
  const sandbox = await started(test)
  const gitlab: JobSpec = { repository: 'acme/rocket', issuer: ISSUERS.gitlab }
  const circleci: JobSpec = { repository: 'acme/rocket', issuer: ISSUERS.circleci, environment: 'publish' }
  const token = sandbox.identityToken(circleci, { audience: AUDIENCE })
  const claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as Record<string, string>
  const names = ['org-id', 'project-id', 'pipeline-definition-id', 'vcs-origin', 'context-ids']
  const wanted = Object.fromEntries(
    names.map((name) => [`oidc.circleci.com/${name}`, claims[`oidc.circleci.com/${name}`]]),
  )
  sandbox.trust.add(NAME, GITLAB)
  sandbox.trust.add(NAME, { type: 'circleci', claims: wanted, ...BOTH } as unknown as TrustSpec)
  for (const [job, name] of [
    [gitlab, 'GitLab CI/CD'],
    [circleci, 'CircleCI'],
  ] as const) {
    const answer = await exchange(sandbox, job)
    test.equal(answer.status, 201, name)
    const { token: exchanged } = answer.body as { token: string }
    const version = `2.0.${name.length}`
    const body = await publishBody({ name: NAME, version })
    test.equal((await ask(sandbox, 'PUT', PATH, { token: exchanged, body })).status, 200, name)
    test.match((await ask(sandbox, 'GET', `${PATH}/${version}`)).body, { _npmUser: { name, trustedPublisher: {} } })
  }
  const others: readonly JobSpec[] = [
    { ...gitlab, repository: 'acme/rocket2' },
    { ...gitlab, workflow: 'other.yml' },
    { ...gitlab, runner: 'self-hosted' },
    { ...circleci, repository: 'acme/fuel' },
    { ...circleci, workflow: 'other.yml' },
    { ...circleci, environment: 'test' },
  ]
  for (const job of others) test.equal((await exchange(sandbox, job)).status, 404, JSON.stringify(job))
})

await t.test('a publisher that may only stage cannot publish', async (test) => {
  const sandbox = await started(test)
  sandbox.trust.add(NAME, { ...GITHUB, permissions: ['createStagedPackage'] })
  const { token } = (await exchange(sandbox, JOB)).body as { token: string }
  const body = await publishBody({ name: NAME, version: '1.1.0' })
  test.match(await ask(sandbox, 'PUT', PATH, { token, body }), {
    status: 403,
    body: { error: 'OIDC permission denied for this action' },
  })
})

await t.test('trust is configured by a maintainer with the second factor, and by nobody else', async (test) => {
  const sandbox = await started(test)
  const { otp = '' } = sandbox.accounts.user('sandbox') ?? {}
  const { token } = sandbox.accounts.createToken()
  const headers = { 'npm-otp': otp }
  const post = (body: unknown, path = TRUST): Promise<Answer> => ask(sandbox, 'POST', path, { token, headers, body })
  const made = await post([GITHUB, GITLAB])
  test.match(made, { status: 201, body: [{ ...GITHUB, id: String }, GITLAB] })
  test.strictSame((await ask(sandbox, 'GET', TRUST, { token, headers })).body, made.body)
  test.equal((await post([GITHUB])).status, 409, 'the same again')
  const wrong: readonly unknown[] = [
    {},
    [],
    [{ ...GITHUB, type: 'bitbucket' }],
    [{ ...GITHUB, permissions: [] }],
    [{ ...GITHUB, permissions: ['everything'] }],
    [{ ...GITHUB, claims: GITLAB.claims }],
    [{ ...GITHUB, claims: { ...GITHUB.claims, environment: '' } }],
    [{ ...GITLAB, claims: {} }],
    [{ ...GITHUB, type: 'circleci' }],
    Array.from({ length: 9 }, (_, index) => ({
      ...GITHUB,
      claims: { repository: `acme/${index}`, workflow_ref: { file: 'release.yml' } },
    })),
  ]
  for (const body of wrong) test.equal((await post(body)).status, 400, JSON.stringify(body))
  test.equal((await post([GITHUB], '-/package/@acme%2fnew/trust')).status, 404, 'a package that is not there')

  sandbox.accounts.addUser({ name: 'mallory' })
  const mallory = sandbox.accounts.user('mallory')
  const nobody: readonly (readonly [number, string, object])[] = [
    [401, token, {}],
    [401, token, { 'npm-otp': 'wrong' }],
    [403, sandbox.accounts.createToken({ bypass2fa: true }).token, headers],
    [403, sandbox.accounts.createToken({ permission: 'stage' }).token, headers],
    [403, sandbox.accounts.createToken({ scopes: [{ type: 'scope', name: '@other' }] }).token, headers],
    [403, sandbox.accounts.createToken({ user: 'mallory' }).token, { 'npm-otp': mallory?.otp }],
  ]
  for (const [status, other, sent] of nobody)
    for (const method of ['GET', 'POST'])
      test.equal(
        (
          await ask(sandbox, method, TRUST, {
            token: other,
            headers: { ...sent },
            ...(method === 'POST' && { body: [GITHUB] }),
          })
        ).status,
        status,
      )

  const [{ id } = { id: '' }] = made.body as { id: string }[]
  const remove = (): Promise<Answer> => ask(sandbox, 'DELETE', `${TRUST}/${id}`, { token, headers })
  test.equal((await exchange(sandbox, JOB)).status, 201)
  test.equal((await remove()).status, 204)
  test.equal((await remove()).status, 404)
  test.equal((await exchange(sandbox, JOB)).status, 404, 'not trusted any more')
})

await t.test('an exchange that is turned away, and one that works afterwards', async (test) => {
  const sandbox = await started(test)
  sandbox.trust.add(NAME, GITHUB)
  sandbox.fault({ path: /\/oidc\/token\/exchange\//u, times: 1 }, { kind: 'status', status: 500 })
  test.equal((await exchange(sandbox, JOB)).status, 500)
  test.equal((await exchange(sandbox, JOB)).status, 201)
})

function exchange(sandbox: Sandbox, job: JobSpec): Promise<Answer> {
  return ask(sandbox, 'POST', EXCHANGE, { token: sandbox.identityToken(job, { audience: AUDIENCE }) })
}

async function started(test: Pick<typeof t, 'teardown'>, options: SandboxOptions = {}): Promise<Sandbox> {
  const sandbox = await startSandbox(options)
  test.teardown(() => sandbox.close())
  await sandbox.publish({ name: NAME, version: '1.0.0' })
  return sandbox
}
