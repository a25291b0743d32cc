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
  const next = await publishBody({ name: NAME, version: '1.0.1' })
  const stolen = sandbox.accounts.createToken({ expiry: null }).token
  sandbox.setLongLived('accept')
  test.equal((await put(sandbox, stolen, next)).status, 200, 'its owner has changed the setting')
})

await t.test('logging in gives a session of two hours, which is on no list and ends by logging out', async (test) => {
  const sandbox = await started(test)
  const { password } = sandbox.accounts.addUser({ name: 'ada' })
  const user = '-/user/org.couchdb.user:ada'
  const login = (body: unknown): Promise<Answer> => ask(sandbox, 'PUT', user, { body })
  test.equal((await login({ name: 'ada', password: 'guessed' })).status, 401)
  test.equal((await login({ name: 'bob', password })).status, 400)
  test.equal(
    (await ask(sandbox, 'PUT', '-/user/org.couchdb.user:bob', { body: { name: 'bob', password } })).status,
    400,
  )
  const { status, body } = await login({ name: 'ada', password })
  const { token } = body as { token: string }
  test.equal(status, 201)
  test.strictSame((await ask(sandbox, 'GET', '-/whoami', { token })).body, { username: 'ada' })
  test.match((await ask(sandbox, 'GET', '-/npm/v1/tokens', { token })).body, { total: 0 })
  const other = sandbox.accounts.createToken().token
  test.equal((await ask(sandbox, 'DELETE', `-/user/token/${other}`, { token })).status, 404, 'somebody else’s')
  test.equal((await ask(sandbox, 'DELETE', `-/user/token/${token}`, { token })).status, 200)
  test.equal((await ask(sandbox, 'GET', '-/whoami', { token })).status, 401)
  const second = ((await login({ name: 'ada', password })).body as { token: string }).token
  sandbox.clock.advance(2 * HOUR)
  test.equal((await ask(sandbox, 'GET', '-/whoami', { token: second })).status, 401, 'two hours later')
})

await t.test('who logs in with a second factor needs it', async (test) => {
  const sandbox = await started(test)
  const { password, otp } = sandbox.accounts.addUser({ name: 'ada', twoFactor: true })
  const request = { body: { name: 'ada', password } }
  test.equal((await ask(sandbox, 'PUT', '-/user/org.couchdb.user:ada', request)).headers.get('www-authenticate'), 'OTP')
  const answer = await ask(sandbox, 'PUT', '-/user/org.couchdb.user:ada', { ...request, headers: { 'npm-otp': otp } })
  test.equal(answer.status, 201)
})

await t.test('a list of tokens tells lifetimes and rights, page by page, and no token', async (test) => {
  const sandbox = await started(test)
  const { accounts, clock } = sandbox
  const specs: readonly TokenSpec[] = [
    { name: 'of old', expiry: null, bypass2fa: true },
    { name: 'reads', permission: 'read', cidr: ['127.0.0.0/8'] },
    { name: 'stages', permission: 'stage', scopes: scopes('@acme', 'left-pad') },
  ]
  const tokens = specs.map((spec) => accounts.createToken(spec))
  for (let more = 0; more < 9; more += 1) accounts.createToken({ name: `more ${more}` })
  accounts.revoke(accounts.createToken().key)
  clock.advance(HOUR)
  const token = tokens[0]?.token ?? ''
  const first = await ask(sandbox, 'GET', '-/npm/v1/tokens', { token })
  test.match(first.body, {
    total: 12,
    urls: { next: '/-/npm/v1/tokens?page=1&perPage=10' },
    objects: [
      {
        name: 'of old',
        key: tokens[0]?.key,
        token: `${token.slice(0, 8)}...${token.slice(-4)}`,
        expiry: null,
        bypass_2fa: true,
        readonly: false,
        revoked: null,
        created: '2026-01-15T12:00:00.000Z',
        accessed: '2026-01-15T13:00:00.000Z',
        permissions: [{ name: 'package', action: 'write' }],
        scopes: [{ type: 'package', name: '*' }],
      },
      { name: 'reads', readonly: true, cidr: ['127.0.0.0/8'], accessed: null, expiry: '2026-01-22T12:00:00.000Z' },
      { permissions: [{ action: 'stage' }], scopes: [{ type: 'scope', name: '@acme' }, { name: 'left-pad' }] },
    ],
  })
  const second = await ask(sandbox, 'GET', '-/npm/v1/tokens?page=1&perPage=10', { token })
  test.match(second.body, { objects: [{ name: 'more 7' }, { name: 'more 8' }], urls: { next: undefined } })
  for (const { body } of [first, second])
    for (const { token: secret } of tokens) test.notOk(JSON.stringify(body).includes(secret))
})

await t.test('a token is made with the password, within npm’s limits, and shown once', async (test) => {
  const sandbox = await started(test)
  const { password = '' } = sandbox.accounts.user('sandbox') ?? {}
  const { token } = sandbox.accounts.createToken()
  const create = (body: object): Promise<Answer> =>
    ask(sandbox, 'POST', '-/npm/v1/tokens', { token, body: { password, name: 'ci', ...body } })
  const wrong: readonly (readonly [object, number])[] = [
    [{ password: 'guessed' }, 401],
    [{ packages_and_scopes_permission: 'admin' }, 400],
    [{ expires: 91 }, 400],
    [{ expires: 0 }, 400],
    [{ expires: '7' }, 400],
    [{ packages: Array.from({ length: 51 }, (_, index) => `package-${index}`) }, 400],
    [{ packages: 'left-pad' }, 400],
    [{ cidr_whitelist: ['::1/128'] }, 400],
    [{ cidr: ['10.0.0.0/33'] }, 400],
  ]
  for (const [body, status] of wrong) test.equal((await create(body)).status, status, JSON.stringify(body))
  const made = await create({
    description: 'for the pipeline',
    packages: ['left-pad'],
    scopes: ['acme'],
    orgs: ['acme'],
    packages_and_scopes_permission: 'read-write-stage-only',
    cidr_whitelist: ['127.0.0.0/8'],
    bypass_2fa: true,
    expires: 90,
  })
  test.match(made, {
    status: 201,
    body: {
      token: /^npm_\w{36}$/u,
      name: 'ci',
      description: 'for the pipeline',
      expiry: '2026-04-15T12:00:00.000Z',
      bypass_2fa: true,
      permissions: [{ action: 'stage' }],
      scopes: [
        { type: 'package', name: 'left-pad' },
        { type: 'scope', name: '@acme' },
        { type: 'org', name: 'acme' },
      ],
    },
  })
  // The form of older clients.
  test.match((await create({ readonly: true, expires: 365 })).body, { readonly: true, expiry: /^2027/u })
  test.match((await create({ packages_and_scopes_permission: 'no-access' })).body, { scopes: [] })
  const { token: other } = made.body as { token: string }
  test.equal((await ask(sandbox, 'GET', '-/whoami', { token: other })).status, 200)
})

await t.test('tokens are revoked by key or by themselves, by their owner, with the second factor', async (test) => {
  const sandbox = await started(test)
  const { otp } = sandbox.accounts.addUser({ name: 'ada', twoFactor: true })
  const own = { user: 'ada' }
  const [first, second, third] = [1, 2, 3].map(() => sandbox.accounts.createToken(own))
  const revoke = (key = '', token = '', headers = { 'npm-otp': otp }): Promise<Answer> =>
    ask(sandbox, 'DELETE', `-/npm/v1/tokens/token/${key}`, { token, headers })
  const refusing: readonly (readonly [string, TokenSpec])[] = [
    ['bypasses the second factor', { ...own, bypass2fa: true }],
    ['only reads', { ...own, permission: 'read' }],
    ['only stages', { ...own, permission: 'stage' }],
  ]
  for (const [what, spec] of refusing) {
    const { token } = sandbox.accounts.createToken(spec)
    test.equal((await revoke(first?.key, token)).status, 403, what)
    const answer = await ask(sandbox, 'POST', '-/npm/v1/tokens', { token, body: {}, headers: { 'npm-otp': otp } })
    test.equal(answer.status, 403, what)
  }
  const stranger = sandbox.accounts.createToken().token
  test.equal((await revoke(first?.key, stranger)).status, 404, 'somebody else’s')
  test.equal((await revoke(first?.key, third?.token, { 'npm-otp': 'wrong' })).headers.get('www-authenticate'), 'OTP')
  test.equal((await revoke(first?.key, third?.token)).status, 204)
  test.equal((await revoke(second?.token, third?.token)).status, 204)
  test.equal((await revoke(first?.key, third?.token)).status, 404, 'a second time')
  test.equal((await ask(sandbox, 'GET', '-/whoami', { token: first?.token ?? '' })).status, 401)
  test.equal((await ask(sandbox, 'GET', '-/whoami', { token: third?.token ?? '' })).status, 200)
})

await t.test('no answer and no error repeats a password', async (test) => {
  const sandbox = await started(test)
  const headers = { 'content-type': 'application/json' }
  const response = await fetch(`${sandbox.registryUrl}-/user/org.couchdb.user:sandbox`, {
    method: 'PUT',
    headers,
    body: '{"name":"sandbox","password":"hunter2"',
  })
  test.equal(response.status, 400)
  test.notMatch(await response.text(), /hunter2/u)
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
