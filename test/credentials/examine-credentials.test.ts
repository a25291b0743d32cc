// SPDX-License-Identifier: Apache-2.0
// Tokens of every age and right, as a registry knows them: each is asked about itself, at its own registry, and nowhere else.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Secret, publishVerdict } from '@bonafide/core'
import { checkCredentials, examineCredentials } from '@bonafide/credentials'
import type { Credential, FoundCredentials, JudgedCredential } from '@bonafide/credentials'
import type { Connection } from '@bonafide/registry'
import { startSandbox } from '@bonafide/sandbox'
import type { Sandbox, TokenSpec } from '@bonafide/sandbox'
import t from 'tap'
import type { Test } from 'tap'
import { Chance, MAKERS, jwt } from './random-tokens.ts'

const [HOUR, DAY] = [3_600_000, 86_400_000]
const PACKAGE = '@acme/rocket'

await t.test('tokens of any age, life, right and reach are told apart by their registry', async (check) => {
  const stage = await started(check)
  const now = stage.sandbox.clock.now().getTime()
  const age = (made: number, life: number | null): TokenSpec => {
    const created = new Date(now - made)
    return { created, expiry: life === null ? null : new Date(created.getTime() + life) }
  }
  const cases: readonly (readonly [string, TokenSpec, string])[] = [
    ['an hour', age(0, HOUR), 'allowed'],
    ['90 days', age(DAY, 90 * DAY), 'refused long-lived'],
    ['90 days, of which half an hour is left', age(90 * DAY - HOUR / 2, 90 * DAY), 'refused long-lived'],
    ['without an end', age(900 * DAY, null), 'refused no-end'],
    ['that bypasses the second factor', { ...age(0, HOUR), bypass2fa: true }, 'allowed'],
    ['to install with', { ...age(DAY, null), permission: 'read' }, 'listed read-only'],
    ['to stage with', { ...age(DAY, 90 * DAY), permission: 'stage' }, 'listed stage-only'],
    [
      'for another package',
      { ...age(DAY, null), scopes: [{ type: 'package', name: '@acme/other' }] },
      'listed other-packages',
    ],
    ['for the scope', { ...age(DAY, null), scopes: [{ type: 'scope', name: '@acme' }] }, 'refused no-end'],
    ['for an organisation', { ...age(DAY, null), scopes: [{ type: 'org', name: 'acme' }] }, 'listed other-packages'],
  ]
  // Enough others for several pages.
  for (let index = 0; index < 120; index += 1) stage.sandbox.accounts.createToken({ name: `other ${index}` })
  const found = stage.found(cases.map(([, spec]) => stage.token(stage.sandbox.accounts.createToken(spec).token)))
  const judged = await stage.examine(found)
  check.strictSame(
    judged.map(verdictOf),
    cases.map(([, , verdict]) => verdict),
  )
  check.match(judged[4]?.facts, { bypass2fa: true, rights: 'write', username: 'sandbox', key: String })
  const findings = checkCredentials(judged, found)
  check.equal(publishVerdict(findings), 'refused')
  check.strictSame(
    findings.map(({ code }) => code),
    [
      'credential-long-lived',
      'credential-long-lived',
      'credential-long-lived',
      'credential-stage-only',
      'credential-long-lived',
    ],
  )
  for (const { secret } of found.credentials)
    check.notOk(
      JSON.stringify([judged, findings]).includes(secret?.reveal().slice(4, 8) ?? 'x'),
      'no secret in what is reported',
    )
})

await t.test(
  'a session, a job’s token, a revoked and an unknown one have no age that anybody could tell',
  async (check) => {
    const stage = await started(check)
    const { accounts } = stage.sandbox
    const revoked = accounts.createToken()
    accounts.revoke(revoked.key)
    const publisher = { name: 'CI', email: 'ci@sandbox.test' }
    const exchanged = accounts.createExchanged({ package: PACKAGE, publisher, mayPublish: true, mayStage: true })
    const tokens = [accounts.createSession('sandbox'), exchanged, revoked].map(({ token }) => token)
    const found = stage.found(
      [...tokens, MAKERS.npm[0]?.(new Chance('stranger')) ?? ''].map((token) => stage.token(token)),
    )
    const judged = await stage.examine(found)
    check.strictSame(
      judged.map(({ standing }) => standing.kind),
      ['unlisted', 'denied', 'denied', 'denied'],
    )
    check.ok(judged.every((each) => verdictOf(each) === 'refused unknown-lifetime'))
    check.ok(checkCredentials(judged, found).every(({ code }) => code === 'credential-unknown-lifetime'))
  },
)

await t.test('two tokens on the list that look like the one in hand are none', async (check) => {
  const stage = await started(check)
  const { token } = stage.sandbox.accounts.createToken({ created: new Date(), expiry: new Date(Date.now() + HOUR) })
  const found = stage.found([stage.token(token)])
  stage.sandbox.fault({ path: '/-/npm/v1/tokens', times: 1 }, { kind: 'edit', edit: twice })
  check.match(await stage.examine(found), [{ standing: { kind: 'ambiguous' }, verdict: { why: 'unknown-lifetime' } }])
  // One that was revoked is no match, whatever it looks like.
  stage.sandbox.fault({ path: '/-/npm/v1/tokens', times: 1 }, { kind: 'edit', edit: allRevoked })
  check.match(await stage.examine(found), [{ standing: { kind: 'unlisted' }, verdict: { why: 'unknown-lifetime' } }])
})

await t.test('an outage decides nothing; a refusal to tell decides against it', async (check) => {
  const stage = await started(check)
  const found = stage.found([
    stage.token(stage.sandbox.accounts.createToken({ permission: 'read', expiry: null }).token),
  ])
  const path = '/-/npm/v1/tokens'
  const outages = [
    { kind: 'status', status: 500 },
    { kind: 'status', status: 429 },
    { kind: 'reset' },
    { kind: 'hang' },
    { kind: 'cut-json' },
    { kind: 'redirect', location: 'https://elsewhere.example/' },
  ] as const
  for (const fault of outages) {
    const undo = stage.sandbox.fault({ path }, fault)
    const judged = await stage.examine(found)
    check.strictSame(judged.map(verdictOf), ['undecided unreachable'], JSON.stringify(fault))
    check.equal(publishVerdict(checkCredentials(judged, found)), 'undecided')
    undo()
  }
  for (const status of [401, 403] as const) {
    const undo = stage.sandbox.fault({ path }, { kind: 'login', status })
    const judged = await stage.examine(found)
    check.match(judged, [
      { standing: { kind: 'denied', status, username: 'sandbox' }, verdict: { why: 'unknown-lifetime' } },
    ])
    check.match(checkCredentials(judged, found), [{ code: 'credential-unknown-lifetime', level: 'refuse' }])
    undo()
  }
  stage.sandbox.fault({ path }, { kind: 'status', status: 404 })
  check.match(await stage.examine(found), [{ standing: { kind: 'no-list', username: 'sandbox' } }])
  stage.sandbox.fault({ path: '/-/whoami' }, { kind: 'status', status: 500 })
  check.strictSame((await stage.examine(found)).map(verdictOf), ['undecided unreachable'])
})

await t.test('a token is sent to its own registry only, and what cannot publish is not sent at all', async (check) => {
  const stage = await started(check)
  const thief = await listen(check)
  const { host } = new URL(thief.url)
  const own = stage.token(stage.sandbox.accounts.createToken().token)
  const chance = new Chance('sent')
  const stay: readonly Credential[] = [
    { ...own, registry: `//${host}/`, sentBy: [] },
    { ...own, form: 'password' },
    { ...own, form: 'basic' },
    { ...own, form: 'helper', secret: null },
    { ...own, secret: new Secret('${NPM_TOKEN}'), unexpanded: 'NPM_TOKEN' },
    { ...own, secret: new Secret(MAKERS['setup-node-dummy'][0]?.(chance) ?? '') },
    { ...own, secret: new Secret(MAKERS.phantom[0]?.(chance) ?? '') },
    { ...own, secret: new Secret('two\r\nlines: of a header') },
    variable('NPM_ID_TOKEN', jwt(chance)),
    // What a variable holds goes nowhere unless it has the form of npm's tokens.
    variable('SOME_TOKEN', jwt(chance)),
    variable('SOME_PASSWORD', 'hunter2'),
    variable('NPM_TOKEN', MAKERS['npm-wrong-checksum'][0]?.(chance) ?? ''),
    variable('GITHUB_TOKEN', MAKERS.github[0]?.(chance) ?? ''),
    variable('TERM_SESSION_ID', MAKERS.uuid[0]?.(chance) ?? ''),
  ]
  const judged = await stage.examine(stage.found(stay))
  check.equal(stage.sandbox.requests.length, 0)
  check.equal(thief.seen.length, 0)
  check.ok(judged.every(({ standing }) => standing.kind === 'not-asked'))
  check.notOk(judged.some(({ verdict }) => verdict.kind === 'allowed'))

  // The same token in three places is asked about once; a variable in the form of npm's tokens at the package's registry.
  const { token } = stage.sandbox.accounts.createToken()
  const sent = [stage.token(token), { ...stage.token(token), key: `${own.key}2` }, variable('NPM_TOKEN', token)]
  await stage.examine(stage.found(sent))
  check.strictSame(
    stage.sandbox.requests.map(({ path }) => path.replace(/\?.*/u, '')),
    ['/-/npm/v1/tokens', '/-/whoami'],
  )

  // A place that a client sends to another host, whatever the package's registry is called: only that host may hear of it.
  await stage.examine(
    stage.found([{ ...stage.token(MAKERS.npm[0]?.(chance) ?? ''), registry: `//${host}/path/`, sentBy: ['yarn'] }]),
  )
  check.equal(stage.sandbox.requests.length, 2)
  check.match(thief.seen, ['/path/-/npm/v1/tokens?page=0&perPage=100', '/path/-/whoami'])

  // Over plain http beyond this machine nothing is sent.
  const plain = { ...own, registry: '//registry.example/' }
  const http = await examineCredentials(
    { package: PACKAGE, registry: 'http://registry.example/', credentials: [plain] },
    stage.options(),
  )
  check.strictSame(http.map(verdictOf), ['refused unknown-lifetime'])
})

await t.test('a strange checkout does not get told what the user’s variables hold', async (check) => {
  const stage = await started(check)
  const token = MAKERS.npm[0]?.(new Chance('checkout')) ?? ''
  const bare = variable('NPM_TOKEN', token)
  const place = { ...stage.token(token), registry: '//registry.example/', secret: new Secret(token) }
  const standings = async (credentials: readonly Credential[]): Promise<readonly string[]> => {
    const found = { package: PACKAGE, registry: 'https://registry.example/', credentials }
    return (await examineCredentials(found, { ...stage.options(), connectionTo: toNobody })).map(
      ({ standing }) => standing.kind,
    )
  }
  check.strictSame(await standings([bare]), ['not-asked'])
  const other = { ...place, layer: 'project', secret: new Secret(`${token.slice(0, -1)}x`), sentBy: [] } as const
  check.strictSame(await standings([bare, other]), ['not-asked', 'unreachable'], 'named by the repository alone')
  check.strictSame(await standings([bare, { ...other, layer: 'user' }]), ['unreachable', 'unreachable'])
  // What npm is about to send there anyway is asked about there.
  const same = { ...place, layer: 'project', sentBy: ['npm'] } as const
  check.strictSame(await standings([bare, same]), ['unreachable', 'unreachable'])
})

await t.test('a key for a part of the registry, or for more than it, is asked about at the registry', async (check) => {
  const stage = await started(check)
  const { host } = new URL(stage.sandbox.registryUrl)
  const { token } = stage.sandbox.accounts.createToken({ expiry: null })
  for (const registry of [`//${host}/`, `//${host}/@acme%2frocket`, `//${host}`]) {
    const judged = await stage.examine(stage.found([{ ...stage.token(token), registry }]))
    check.strictSame(judged.map(verdictOf), ['refused no-end'], registry)
  }
})

// What is asked is unreachable, and no name is looked up.
function toNobody(): Connection {
  return { rejectUnauthorized: true, proxy: 'http://127.0.0.1:1' }
}

// The list with another token behind each, which looks the same and has no end.
function twice(body: Buffer): string {
  const { objects } = JSON.parse(body.toString()) as { objects: { key: string }[] }
  return JSON.stringify({ objects: objects.flatMap((each) => [each, { ...each, key: `${each.key}-2`, expiry: null }]) })
}

function allRevoked(body: Buffer): string {
  return body.toString().replaceAll('"revoked":null', '"revoked":"2026-01-01T00:00:00.000Z"')
}

interface Stage {
  readonly sandbox: Sandbox
  readonly token: (text: string) => Credential
  readonly found: (credentials: readonly Credential[]) => FoundCredentials
  readonly options: () => Parameters<typeof examineCredentials>[1]
  readonly examine: (found: FoundCredentials) => Promise<readonly JudgedCredential[]>
}

async function started(check: Test): Promise<Stage> {
  const sandbox = await startSandbox()
  check.teardown(() => sandbox.close())
  const { host } = new URL(sandbox.registryUrl)
  const options: Stage['options'] = () => ({
    connectionTo: () => ({ rejectUnauthorized: true }),
    now: sandbox.clock.now(),
    policy: { maxTokenLifetime: 3600 },
    patience: { retries: 1, pause: 1, deadline: 500 },
  })
  return {
    sandbox,
    options,
    found: (credentials) => ({ package: PACKAGE, registry: sandbox.registryUrl, credentials }),
    examine: (found) => examineCredentials(found, options()),
    token: (text) => ({
      form: 'token',
      layer: 'user',
      place: { kind: 'file', path: '/home/ada/.npmrc', line: 1 },
      key: `//${host}/:_authToken`,
      registry: `//${host}/`,
      secret: new Secret(text),
      unexpanded: null,
      readers: ['npm'],
      sentBy: ['npm'],
    }),
  }
}

function variable(name: string, text: string): Credential {
  return {
    form: 'variable',
    layer: 'environment',
    place: { kind: 'variable', name },
    key: name,
    registry: null,
    secret: new Secret(text),
    unexpanded: null,
    readers: [],
    sentBy: [],
  }
}

function verdictOf({ verdict }: JudgedCredential): string {
  return 'why' in verdict ? `${verdict.kind} ${verdict.why}` : verdict.kind
}

async function listen(check: Test): Promise<{ readonly url: string; readonly seen: readonly string[] }> {
  const seen: string[] = []
  const server = createServer((request, response) => {
    seen.push(request.url ?? '')
    response.writeHead(404).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  check.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen }
}
