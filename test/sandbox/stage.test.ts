// SPDX-License-Identifier: Apache-2.0
import t from 'tap'
import { startSandbox } from '@bonafide/sandbox'
import type { Sandbox } from '@bonafide/sandbox'
import { ask, publishBody } from '../support/npm-request.ts'
import type { Answer } from '../support/npm-request.ts'

const NAME = '@acme/rocket'
const PATH = '@acme%2frocket'
const JOB = { repository: 'acme/rocket' }
const RELEASE = {
  name: NAME,
  version: '1.1.0',
  manifest: { repository: { type: 'git', url: 'git+https://github.com/acme/rocket.git' } },
  provenance: JOB,
}

await t.test('a job stages a version; it is nowhere to be seen until a person approves it', async (test) => {
  const { sandbox, stage, send, headers } = await started(test)
  const { id } = sandbox.trust.add(NAME, {
    type: 'github',
    claims: { repository: 'acme/rocket', workflow_ref: { file: 'release.yml' } },
    permissions: ['createStagedPackage'],
  })
  const identity = sandbox.identityToken(JOB, { audience: 'npm:127.0.0.1' })
  const exchanged = await ask(sandbox, 'POST', `-/npm/v1/oidc/token/exchange/package/${PATH}`, { token: identity })
  const { token: jobToken } = exchanged.body as { token: string }
  const body = await publishBody({ ...RELEASE, tag: 'next' })
  const staged = await stage(body, jobToken)
  test.match(staged, { status: 201, body: { message: String, stageId: /^[\da-f-]{36}$/u } })
  test.match((await ask(sandbox, 'GET', PATH)).body, { versions: { '1.1.0': undefined }, time: { '1.1.0': undefined } })
  test.match(await stage(body, jobToken), { status: 409 }, 'staged already')
  const path = `-/stage/${idOf(staged)}`
  for (const [method, place] of [
    ['GET', '-/stage'],
    ['GET', path],
    ['GET', `${path}/tarball`],
    ['POST', `${path}/approve`],
    ['DELETE', path],
  ] as const)
    test.equal(
      (await ask(sandbox, method, place, { token: jobToken, headers })).status,
      403,
      `a job: ${method} ${place}`,
    )

  const item = {
    id: idOf(staged),
    packageName: NAME,
    version: '1.1.0',
    tag: 'next',
    createdAt: '2026-01-15T12:00:00.000Z',
    actor: 'GitHub Actions',
    actorType: 'trusted automation',
    access: 'public',
    shasum: body.versions['1.1.0']?.dist['shasum'],
  }
  test.strictSame((await send('GET', '-/stage')).body, { items: [item], page: 0, perPage: 20, total: 1 })
  test.strictSame((await send('GET', path)).body, item)
  sandbox.clock.advance(60_000)
  test.equal((await send('POST', `${path}/approve`)).headers.get('www-authenticate'), 'OTP')
  test.equal((await send('POST', `${path}/approve`, headers)).status, 200)
  test.match((await ask(sandbox, 'GET', PATH)).body, {
    'dist-tags': { latest: '1.0.0', next: '1.1.0' },
    time: { '1.1.0': '2026-01-15T12:01:00.000Z' },
    versions: {
      '1.1.0': {
        _npmUser: {
          name: 'GitHub Actions',
          trustedPublisher: { id: 'github', oidcConfigId: `oidc:${id}` },
          approver: { name: 'sandbox', email: 'sandbox@sandbox.test' },
        },
        dist: { attestations: { provenance: {} } },
      },
    },
  })
  test.equal((await send('POST', `${path}/approve`, headers)).status, 404, 'a second time')
})

await t.test('a version that is rejected is gone, and its number is free', async (test) => {
  const { sandbox, stage, send, headers } = await started(test)
  const body = await publishBody(RELEASE)
  const { token } = sandbox.accounts.createToken({ permission: 'stage' })
  const path = `-/stage/${idOf(await stage(body, token))}`
  test.match((await send('GET', path)).body, { actor: 'sandbox', actorType: 'user' })
  const tarball = await fetch(`${sandbox.registryUrl}${path}/tarball`, {
    headers: { authorization: `Bearer ${token}` },
  })
  const sent = body._attachments[`${NAME}-1.1.0.tgz`]?.data
  test.equal(Buffer.from(await tarball.arrayBuffer()).toString('base64'), sent)
  test.equal((await send('DELETE', path)).status, 401, 'without the second factor')
  test.equal((await send('DELETE', path, headers)).status, 204)
  test.equal((await send('GET', path)).status, 404)
  test.equal((await stage(body, token)).status, 201)
})

await t.test(
  'what could not be published cannot be staged, and what was published meanwhile not be approved',
  async (test) => {
    const { sandbox, stage, send, headers } = await started(test)
    const { token } = sandbox.accounts.createToken()
    test.equal((await stage(await publishBody({ name: NAME, version: '1.0.0' }), token)).status, 403, 'over 1.0.0')
    const foreign = await publishBody({ ...RELEASE, provenance: { repository: 'mallory/rocket' } })
    test.equal((await stage(foreign, token)).status, 422)
    test.equal((await stage({}, token)).status, 400)
    const reading = sandbox.accounts.createToken({ permission: 'read' }).token
    test.equal((await stage(await publishBody(RELEASE), reading)).status, 403)
    const staged = await stage(await publishBody(RELEASE), token)
    await sandbox.publish({ name: NAME, version: '1.1.0' })
    test.equal((await send('POST', `-/stage/${idOf(staged)}/approve`, headers)).status, 403)
  },
)

await t.test('nobody else sees what waits, or approves it: not even of a package that is new', async (test) => {
  const { sandbox, send, headers } = await started(test)
  const { otp } = sandbox.accounts.addUser({ name: 'mallory' })
  const mallory = { token: sandbox.accounts.createToken({ user: 'mallory' }).token, headers: { 'npm-otp': otp } }
  const own = sandbox.accounts.createToken().token
  for (const name of [NAME, 'new']) {
    const body = await publishBody({ name, version: '1.1.0' })
    const staged = await ask(sandbox, 'POST', `-/stage/package/${name.replace('/', '%2f')}`, { token: own, body })
    const path = `-/stage/${idOf(staged)}`
    for (const [method, place] of [
      ['GET', path],
      ['GET', `${path}/tarball`],
      ['POST', `${path}/approve`],
      ['DELETE', path],
    ] as const) {
      test.equal((await ask(sandbox, method, place, mallory)).status, 404, `${name}: ${method} ${place}`)
      test.equal((await ask(sandbox, method, place)).status, 401, `${name}: nobody`)
    }
    test.match((await ask(sandbox, 'GET', '-/stage', mallory)).body, { items: [], total: 0 })
    const limited = sandbox.accounts.createToken({ scopes: [{ type: 'package', name: 'left-pad' }] }).token
    test.equal(
      (await ask(sandbox, 'GET', path, { token: limited })).status,
      404,
      `${name}: a token for another package`,
    )
    const bypassing = sandbox.accounts.createToken({ bypass2fa: true }).token
    test.equal((await ask(sandbox, 'POST', `${path}/approve`, { token: bypassing, headers })).status, 403, name)
  }
  test.match((await send('GET', `-/stage?package=${PATH}`)).body, { items: [{ packageName: NAME }], total: 1 })
  test.match((await send('GET', '-/stage?page=1&perPage=1')).body, { items: [{ packageName: 'new' }], total: 2 })
  const [{ id } = { id: '' }] = ((await send('GET', '-/stage?package=new')).body as { items: { id: string }[] }).items
  test.equal((await send('POST', `-/stage/${id}/approve`, headers)).status, 200)
  test.match((await ask(sandbox, 'GET', 'new')).body, {
    maintainers: [{ name: 'sandbox' }],
    versions: { '1.1.0': { _npmUser: { name: 'sandbox', approver: { name: 'sandbox' } } } },
  })
})

async function started(test: Pick<typeof t, 'teardown'>): Promise<{
  sandbox: Sandbox
  /** The one-time password. */
  headers: Record<string, string>
  stage: (body: unknown, token: string) => Promise<Answer>
  /** Asks as the maintainer. */
  send: (method: string, path: string, headers?: Record<string, string>) => Promise<Answer>
}> {
  const sandbox = await startSandbox()
  test.teardown(() => sandbox.close())
  await sandbox.publish({ name: NAME, version: '1.0.0' })
  const { token } = sandbox.accounts.createToken()
  return {
    sandbox,
    headers: { 'npm-otp': sandbox.accounts.user('sandbox')?.otp ?? '' },
    stage: (body, other) => ask(sandbox, 'POST', `-/stage/package/${PATH}`, { token: other, body }),
    send: (method, path, headers = {}) => ask(sandbox, method, path, { token, headers }),
  }
}

function idOf({ body }: Answer): string {
  return (body as { stageId: string }).stageId
}
