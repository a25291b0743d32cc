// SPDX-License-Identifier: Apache-2.0
import t from 'tap'
import { crc32 } from 'node:zlib'
import { LONG_LIFE, startSandbox } from '@bonafide/sandbox'
import type { Sandbox, SandboxOptions, TokenScope, TokenSpec } from '@bonafide/sandbox'
import { ask, publishBody } from '../support/npm-request.ts'
import type { Answer, PublishBody } from '../support/npm-request.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR
const NAME = '@acme/rocket'
const PATH = '@acme%2frocket'

await t.test('a token has npm’s form, and the same seed and steps give the same one', async (test) => {
  const tokens = [await started(test), await started(test)].map((sandbox) =>
    [1, 2].map(() => sandbox.accounts.createToken()),
  )
  const [[first, second] = [], again] = tokens
  test.strictSame(again, [first, second])
  test.not(first?.token, second?.token)
  test.not((await started(test, { seed: 'other' })).accounts.createToken().token, first?.token)
  const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
  for (const token of [first?.token ?? '', second?.token ?? '']) {
    test.match(token, /^npm_[0-9A-Za-z]{36}$/u)
    const checksum = Array.from(token.slice(-6)).reduce((sum, digit) => sum * 62 + alphabet.indexOf(digit), 0)
    test.equal(checksum, crc32(token.slice(4, -6)), 'the checksum that secret scanners compute')
  }
  test.match(first?.key, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/u)
})

await t.test(
  '401 for who is nobody: no token, an unknown, an expired, a revoked one, one from elsewhere',
  async (test) => {
    const sandbox = await started(test)
    const { accounts, clock } = sandbox
    const body = await publishBody({ name: NAME, version: '1.0.0' })
    const revoked = accounts.createToken()
    accounts.revoke(revoked.key)
    const expiring = accounts.createToken({ expiry: new Date(clock.now().getTime() + 1000) })
    clock.advance(1000)
    const nobody: Record<string, string | undefined> = {
      'no token': undefined,
      'an unknown token': 'npm_000000000000000000000000000000000000',
      'an expired token': expiring.token,
      'a revoked token': revoked.token,
      'a token from elsewhere': accounts.createToken({ cidr: ['203.0.113.0/24'] }).token,
      'the key of a token': accounts.createToken().key,
    }
    for (const [what, token] of Object.entries(nobody)) {
      const answer = await put(sandbox, token, body)
      test.match(answer, { status: 401, body: { error: String } }, what)
      test.equal(answer.headers.get('www-authenticate'), 'Bearer', what)
      if (token !== undefined) test.notOk(JSON.stringify(answer.body).includes(token), `${what}: not repeated`)
    }
    const here = accounts.createToken({ cidr: ['10.0.0.0/8', '127.0.0.0/8'] }).token
    test.equal((await put(sandbox, here, body)).status, 200)
  },
)

await t.test('what a token may do, by its permission and its packages', async (test) => {
  const sandbox = await started(test)
  await sandbox.publish({ name: NAME, version: '0.9.0' })
  const body = await publishBody({ name: NAME, version: '1.0.0' })
  const tag = `-/package/${PATH}/dist-tags/old`
  const rev = async (): Promise<string> => {
    const { body: packument } = await ask(sandbox, 'GET', PATH)
    return (packument as { _rev: string })._rev
  }
  const packument = async (): Promise<unknown> => (await ask(sandbox, 'GET', PATH)).body
  // Publish, dist-tag, deprecate, unpublish.
  const rows: readonly (readonly [TokenSpec, readonly number[]])[] = [
    [{ permission: 'read' }, [403, 403, 403, 403]],
    [{ permission: 'stage' }, [403, 200, 200, 403]],
    [{ scopes: scopes('@acme/fuel') }, [403, 403, 403, 403]],
    [{ scopes: scopes('@acm') }, [403, 403, 403, 403]],
    [{ scopes: [{ type: 'org', name: '*' }] }, [403, 403, 403, 403]],
    [{ scopes: scopes('left-pad', NAME) }, [200, 200, 200, 200]],
    [{ scopes: scopes('@acme') }, [200, 200, 200, 200]],
    [{}, [200, 200, 200, 200]],
  ]
  for (const [index, [spec, wanted]] of rows.entries()) {
    const { token } = sandbox.accounts.createToken(spec)
    const version = `1.0.${index}`
    const own = structuredClone(body)
    own.versions = { [version]: { ...Object.values(body.versions)[0], version, dist: dist(body) } }
    own['dist-tags'] = { latest: version }
    own._attachments = { [`${NAME}-${version}.tgz`]: Object.values(body._attachments)[0] ?? never() }
    const statuses = [
      (await put(sandbox, token, own)).status,
      (await ask(sandbox, 'PUT', tag, { token, body: '0.9.0' })).status,
      (await ask(sandbox, 'PUT', PATH, { token, body: await packument() })).status,
      (await ask(sandbox, 'PUT', `${PATH}/-rev/${await rev()}`, { token, body: await packument() })).status,
    ]
    test.strictSame(statuses, wanted, JSON.stringify(spec))
  }
})

await t.test('nobody publishes what is somebody else’s, nor a new name into their scope', async (test) => {
  const sandbox = await started(test)
  await sandbox.publish({ name: NAME, version: '1.0.0' })
  await sandbox.publish({ name: 'rocket', version: '1.0.0' })
  sandbox.accounts.addUser({ name: 'mallory' })
  test.throws(() => sandbox.accounts.addUser({ name: 'mallory' }))
  test.throws(() => sandbox.accounts.createToken({ user: 'nobody' }))
  const { token } = sandbox.accounts.createToken({ user: 'mallory' })
  for (const [name, status] of Object.entries({
    [NAME]: 403,
    '@acme/new': 403,
    rocket: 403,
    '@mallory/new': 200,
    new: 200,
  })) {
    const answer = await ask(sandbox, 'PUT', name.replace('/', '%2f'), {
      token,
      body: await publishBody({ name, version: '1.0.1' }),
    })
    test.equal(answer.status, status, name)
    if (status === 403) test.match(answer.body, { error: `You do not have permission to publish "${name}"` }, name)
  }
  test.match((await ask(sandbox, 'GET', 'new')).body, {
    maintainers: [{ name: 'mallory' }],
    versions: { '1.0.1': { _npmUser: { name: 'mallory' } } },
  })
})

await t.test('the second factor is asked for, and bypassed by a token that may', async (test) => {
  const sandbox = await started(test)
  const { otp } = sandbox.accounts.addUser({ name: 'ada', twoFactor: true })
  test.match(otp, /^\d{6}$/u)
  const body = await publishBody({ name: NAME, version: '1.0.0' })
  const { token } = sandbox.accounts.createToken({ user: 'ada' })
  const wrong = otp === '000000' ? '000001' : '000000'
  for (const headers of [undefined, { 'npm-otp': wrong }]) {
    const answer = await ask(sandbox, 'PUT', PATH, { token, body, ...(headers && { headers }) })
    test.match(answer, { status: 401, body: { error: /one-time pass/u } })
    test.equal(answer.headers.get('www-authenticate'), 'OTP')
  }
  test.equal((await ask(sandbox, 'PUT', PATH, { token, body, headers: { 'npm-otp': otp } })).status, 200)
  const bypassing = sandbox.accounts.createToken({ user: 'ada', bypass2fa: true }).token
  const tag = await ask(sandbox, 'PUT', `-/package/${PATH}/dist-tags/old`, { token: bypassing, body: '1.0.0' })
  test.equal(tag.status, 200)
})

await t.test('a registry that takes short-lived tokens only', async (test) => {
  const sandbox = await started(test, { longLived: 'refuse' })
  const body = await publishBody({ name: NAME, version: '1.0.0' })
  const now = sandbox.clock.now().getTime()
  const after = (milliseconds: number): Date => new Date(now + milliseconds)
  const refused: readonly TokenSpec[] = [
    { expiry: null },
    {},
    { expiry: after(LONG_LIFE + 1) },
    // Nearly over, and long-lived all the same.
    { created: new Date(now - 30 * DAY), expiry: after(HOUR) },
  ]
  for (const spec of refused) {
    const { token } = sandbox.accounts.createToken(spec)
    test.match(await put(sandbox, token, body), { status: 403, body: { error: /short-lived/u } })
  }
  const { token } = sandbox.accounts.createToken({ expiry: after(LONG_LIFE) })
  test.equal((await put(sandbox, token, body)).status, 200)
})

function scopes(...names: string[]): readonly TokenScope[] {
  return names.map((name) => ({ type: name.startsWith('@') && !name.includes('/') ? 'scope' : 'package', name }))
}

function put(sandbox: Sandbox, token: string | undefined, body: PublishBody): Promise<Answer> {
  return ask(sandbox, 'PUT', PATH, { body, ...(token !== undefined && { token }) })
}

function dist({ versions }: PublishBody): Record<string, unknown> {
  return Object.values(versions)[0]?.dist ?? never()
}

function never(): never {
  throw new TypeError('the body brings no version')
}

async function started(test: Pick<typeof t, 'teardown'>, options: SandboxOptions = {}): Promise<Sandbox> {
  const sandbox = await startSandbox(options)
  test.teardown(() => sandbox.close())
  return sandbox
}
