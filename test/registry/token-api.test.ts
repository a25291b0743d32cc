// SPDX-License-Identifier: Apache-2.0
// What a registry says of its tokens: read whole or not at all, and asked with a token that goes nowhere else.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Secret } from '@bonafide/core'
import { coversPackage, isSameToken, isTokenKey, listTokens, revokeToken, whoami } from '@bonafide/registry'
import type { ListedToken, TokenApiOptions } from '@bonafide/registry'
import { startSandbox } from '@bonafide/sandbox'
import type { Sandbox } from '@bonafide/sandbox'
import t from 'tap'
import type { Test } from 'tap'

const DAY = 86_400_000
const TOKENS = '/-/npm/v1/tokens'

await t.test('all pages are read, and the token in hand is told by what the list leaves of it', async (check) => {
  const { sandbox, ask } = await started(check)
  const created = new Date(sandbox.clock.now().getTime() - 10 * DAY)
  const made = Array.from({ length: 250 }, (_, index) =>
    sandbox.accounts.createToken({
      name: `t${index}`,
      created,
      expiry: index === 7 ? null : new Date(created.getTime() + 30 * DAY),
    }),
  )
  const pages: (readonly [number, number | null])[] = []
  const list = await listTokens({ ...ask(made[7]?.token), onPage: (read, total) => pages.push([read, total]) })
  if (list.kind !== 'found') return check.fail(list.kind)
  check.equal(list.tokens.length, 250)
  check.strictSame(pages, [
    [100, 250],
    [200, 250],
    [250, 250],
  ])
  const own = list.tokens.filter((token) => isSameToken(token, new Secret(made[7]?.token ?? '')))
  check.match(own, [
    { key: made[7]?.key, name: 't7', created, expires: 'never', rights: 'write', bypass2fa: false, revoked: false },
  ])
  const whole = new Set(made.map(({ token }) => token))
  check.notOk([...whole].some((token) => JSON.stringify(list).includes(token)))
  return undefined
})

await t.test('who is asked by whom: whoami, and a token that nobody knows', async (check) => {
  const { sandbox, ask } = await started(check)
  sandbox.accounts.addUser({ name: 'ada' })
  check.strictSame(await whoami(ask(sandbox.accounts.createToken({ user: 'ada' }).token)), {
    kind: 'found',
    username: 'ada',
  })
  const revoked = sandbox.accounts.createToken()
  sandbox.accounts.revoke(revoked.key)
  check.match(await whoami(ask(revoked.token)), { kind: 'denied', status: 401, needsOtp: false })
  check.match(await listTokens(ask(revoked.token)), { kind: 'denied', status: 401 })
})

await t.test(
  'a revoked token is gone, an unknown id is nothing, and a one-time password is asked for',
  async (check) => {
    const { sandbox, ask } = await started(check)
    const { otp } = sandbox.accounts.addUser({ name: 'ada', twoFactor: true })
    const [own, other] = [1, 2].map(() => sandbox.accounts.createToken({ user: 'ada' }))
    if (own === undefined || other === undefined) return check.fail()
    check.match(await revokeToken(other.key, ask(own.token)), { kind: 'denied', status: 401, needsOtp: true })
    check.match(await revokeToken(other.key, { ...ask(own.token), otp: '000000' }), { kind: 'denied', needsOtp: true })
    check.strictSame(await revokeToken(other.key, { ...ask(own.token), otp }), { kind: 'revoked' })
    check.match(await revokeToken(other.key, { ...ask(own.token), otp }), { kind: 'absent', status: 404 })
    // Revoking is sent once, whatever happens.
    sandbox.fault({ path: /tokens\/token/u }, { kind: 'status', status: 503 })
    const before = sandbox.requests.length
    check.match(await revokeToken(own.key, { ...ask(own.token), otp }), {
      kind: 'unreachable',
      detail: 'HTTP 503',
      wasSent: true,
    })
    check.equal(sandbox.requests.length, before + 1)
    return undefined
  },
)

await t.test('no id leads to another address', async (check) => {
  const { sandbox, ask } = await started(check)
  const { token } = sandbox.accounts.createToken()
  for (const key of ['../../-/user', '..', 'a/b?c', '', 'a b', '%2e%2e', 'x'.repeat(200)]) {
    check.notOk(isTokenKey(key), key)
    await check.rejects(revokeToken(key, ask(token)), TypeError)
  }
  check.equal(sandbox.requests.length, 0)
})

await t.test('outages are tried again, and told apart from answers', async (check) => {
  const { sandbox, ask } = await started(check)
  const { token } = sandbox.accounts.createToken()
  const fault = sandbox.fault.bind(sandbox)
  const once = { path: TOKENS, times: 1 }
  fault(once, { kind: 'status', status: 503 })
  check.match(await listTokens(ask(token)), { kind: 'found' }, '503 once')
  fault(once, { kind: 'status', status: 429, headers: { 'retry-after': '0' } })
  check.match(await listTokens(ask(token)), { kind: 'found' }, '429 once')
  fault(once, { kind: 'reset' })
  check.match(await listTokens(ask(token)), { kind: 'found' }, 'reset once')
  fault(once, { kind: 'status', status: 429, headers: { 'retry-after': '3600' } })
  check.match(await listTokens(ask(token)), { kind: 'unreachable', detail: 'HTTP 429' }, 'an hour is not waited')

  const cases = [
    [
      { kind: 'status', status: 500 },
      { kind: 'unreachable', detail: 'HTTP 500' },
    ],
    [{ kind: 'reset' }, { kind: 'unreachable' }],
    [{ kind: 'hang' }, { kind: 'unreachable', detail: 'DEADLINE' }],
    [{ kind: 'cut-connection' }, { kind: 'unreachable' }],
    [{ kind: 'cut-json' }, { kind: 'nonsense', detail: 'not a list of tokens' }],
    [
      { kind: 'status', status: 404 },
      { kind: 'absent', status: 404 },
    ],
    [
      { kind: 'login', status: 403 },
      { kind: 'denied', status: 403 },
    ],
    [
      { kind: 'redirect', location: 'https://elsewhere.example/' },
      { kind: 'nonsense', detail: 'HTTP 302' },
    ],
    [
      { kind: 'edit', edit: () => '[]' },
      { kind: 'nonsense', detail: 'not a list of tokens' },
    ],
    [{ kind: 'edit', edit: () => '{"objects":[{"key":"../x","token":"npm_abcd...abcd"}]}' }, { kind: 'nonsense' }],
    [
      { kind: 'oversized', bytes: 8_000_000 },
      { kind: 'unreachable', detail: 'TOO_LARGE' },
    ],
  ] as const
  for (const [what, wanted] of cases) {
    const undo = fault({ path: TOKENS }, what)
    check.match(await listTokens({ ...ask(token), deadline: 300 }), wanted, JSON.stringify(what))
    undo()
  }
  const undo = fault({ path: '/-/whoami' }, { kind: 'edit', edit: () => '{}' })
  check.match(await whoami(ask(token)), { kind: 'nonsense', detail: 'no username' })
  undo()
})

await t.test('a page that leads elsewhere is not followed, and pages without end are', async (check) => {
  const thief = await serveNext(check, () => null)
  const cases: readonly (readonly [string, (page: number, own: string) => unknown, string])[] = [
    ['another origin', () => `${thief.url}${TOKENS}?page=1`, 'the next page lies elsewhere'],
    ['without a scheme', () => `//${new URL(thief.url).host}${TOKENS}?page=1`, 'the next page lies elsewhere'],
    ['with backslashes', () => `\\\\${new URL(thief.url).host}${TOKENS}?page=1`, 'the next page lies elsewhere'],
    ['another path', () => '/-/user/token/x', 'the next page lies elsewhere'],
    ['up and away', () => '/../../evil', 'the next page lies elsewhere'],
    ['with a user', (_, own) => `${own.replace('//', '//a:b@')}${TOKENS}?page=1`, 'the next page lies elsewhere'],
    ['a number', () => 1, 'the next page lies elsewhere'],
    ['itself', () => `${TOKENS}?page=0&perPage=100`, 'pages without end'],
    ['two in a circle', (page) => `${TOKENS}?page=${page === 1 ? 0 : 1}&perPage=100`, 'pages without end'],
    ['always one more', (page) => `${TOKENS}?page=${page + 1}`, 'pages without end'],
  ]
  for (const [what, next, detail] of cases) {
    const own = await serveNext(check, next)
    check.match(await listTokens(own.ask), { kind: 'nonsense', detail }, what)
    check.ok(own.seen() >= 1 && own.seen() <= 200, `${what}: asked ${own.seen()} times`)
  }
  check.equal(thief.seen(), 0, 'nobody else got the token')
})

await t.test('a registry below a path leads on by a path of its own or by a whole URL', async (check) => {
  for (const next of [`${TOKENS}?page=1`, `/api/npm/own${TOKENS}?page=1`, 'whole'] as const) {
    const own = await serveNext(check, (page, url) => {
      if (page > 0) return null
      return next === 'whole' ? `${url}/api/npm/own${TOKENS}?page=1` : next
    })
    check.match(await listTokens({ ...own.ask, registry: `${own.ask.registry}api/npm/own/` }), { kind: 'found' }, next)
    check.equal(own.seen(), 2)
  }
})

await t.test('what a list says in other words is never taken for less', async (check) => {
  const read = async (fields: object): Promise<ListedToken | undefined> => {
    const { ask } = await serveNext(check, () => null, [{ key: 'abcdef-1', token: 'npm_abcd...wxyz', ...fields }])
    const list = await listTokens(ask)
    return list.kind === 'found' ? list.tokens[0] : undefined
  }
  const rights = async (fields: object): Promise<string | undefined> => (await read(fields))?.rights
  check.equal(await rights({}), 'write')
  check.equal(await rights({ readonly: false }), 'write')
  check.equal(await rights({ readonly: true }), 'read-only')
  check.equal(await rights({ readonly: 'true' }), 'write')
  check.equal(await rights({ permissions: [{ name: 'package', action: 'read' }] }), 'read-only')
  check.equal(
    await rights({ permissions: [{ name: 'package', action: 'write' }], readonly: true }),
    'write',
    'two words',
  )
  check.equal(await rights({ permissions: [{ name: 'package', action: 'stage' }] }), 'stage-only')
  check.equal(await rights({ permissions: [{ name: 'package', action: 'own' }] }), 'write', 'an unknown word')
  check.equal(await rights({ permissions: [{ name: 'package', action: 'read' }, 7] }), 'write')
  check.equal(
    await rights({
      permissions: [
        { name: 'org', action: 'write' },
        { name: 'package', action: 'read' },
      ],
    }),
    'read-only',
  )
  check.equal(await rights({ permissions: [] }), 'write', 'no word')
  check.equal(await rights({ permissions: 'read' }), 'write')

  const covers = async (scopes: unknown, name: string | null): Promise<boolean> => {
    const token = await read({ scopes })
    return token !== undefined && coversPackage(token, name)
  }
  check.equal(await covers(one('package', '@acme/rocket'), '@acme/rocket'), true)
  check.equal(await covers(one('package', '@acme/rock'), '@acme/rocket'), false)
  check.equal(await covers(one('package', '*'), '@acme/rocket'), true)
  check.equal(await covers(one('package', '@acme/*'), '@acme/rocket'), true)
  check.equal(await covers(one('scope', '@acme'), '@acme/rocket'), true)
  check.equal(await covers(one('scope', 'acme'), '@acme/rocket'), true)
  check.equal(await covers(one('scope', '@acm'), '@acme/rocket'), false)
  check.equal(await covers(one('org', 'acme'), '@acme/rocket'), false)
  check.equal(await covers(one('team', 'acme'), '@acme/rocket'), true, 'an unknown word')
  check.equal(await covers(one('package', 7), '@acme/rocket'), true)
  check.equal(await covers([], '@acme/rocket'), true, 'none named')
  check.equal(await covers('@other', '@acme/rocket'), true)
  check.equal(await covers(one('package', 'other'), null), true, 'no package to hold against')

  const ends = async (fields: object): Promise<unknown> => (await read(fields))?.expires
  check.equal(await ends({ expiry: null }), 'never')
  check.equal(await ends({}), null, 'nothing said')
  check.equal(await ends({ expiry: 'soon' }), null)
  check.equal(await ends({ expiry: '2026-01-01' }), null, 'a day without a zone')
  check.equal(await ends({ expiry: 1_700_000_000 }), null)
  check.strictSame(await ends({ expires: '2026-01-01T00:00:00.000Z' }), new Date('2026-01-01T00:00:00Z'))
  check.equal((await read({ revoked: '2026-01-01T00:00:00Z' }))?.revoked, true)
  check.match(await read({ automation: true, cidr_whitelist: ['10.0.0.0/8'] }), {
    bypass2fa: true,
    cidr: ['10.0.0.0/8'],
  })
  // Whole tokens in a list are not handed on, and of the others no more is shown than of any token.
  check.equal((await read({ token: `npm_${'x'.repeat(36)}` }))?.shown, 'npm_…xxxx')
  check.equal((await read({}))?.shown, 'npm_…wxyz')
  check.equal((await read({ token: 'abc...xyz' }))?.shown, '…')
  check.equal((await read({ token: null }))?.shown, '…', 'nothing left of it')
  check.notMatch(JSON.stringify(await read({})), /npm_a/u)
  check.notOk(isSameToken({ left: new Secret('shortwor...word') }, new Secret('shortword')), 'too short to tell by')
})

function one(type: string, name: unknown): unknown {
  return [{ type, name }]
}

async function started(check: Test): Promise<{ sandbox: Sandbox; ask: (token?: string) => TokenApiOptions }> {
  const sandbox = await startSandbox()
  check.teardown(() => sandbox.close())
  return { sandbox, ask: (token = '') => asking(sandbox.registryUrl, token) }
}

function asking(registry: string, token: string): TokenApiOptions {
  return { registry, token: new Secret(token), connectionTo: () => ({ rejectUnauthorized: true }), pause: 1 }
}

// A registry whose list leads on to wherever the test wants.
async function serveNext(
  check: Test,
  next: (page: number, url: string) => unknown,
  objects: readonly object[] = [],
): Promise<{ readonly url: string; readonly ask: TokenApiOptions; readonly seen: () => number }> {
  let seen = 0
  const server = createServer((request, response) => {
    seen += 1
    const page = Number(new URL(request.url ?? '', 'http://localhost').searchParams.get('page'))
    response.end(JSON.stringify({ objects, urls: { next: next(page, url) } }))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  check.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return { url, ask: asking(`${url}/`, 'token'), seen: () => seen }
}
