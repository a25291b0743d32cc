// SPDX-License-Identifier: Apache-2.0
// `bonafide doctor tokens` against an account: what is revoked is what was shown, in an order that can be finished, and nothing is claimed.
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { AccessToken } from '@bonafide/sandbox'
import t from 'tap'
import type { Test } from 'tap'
import { HOSTILE } from '../support/hostile-text.ts'
import { startWorld } from '../support/world.ts'
import type { Ran, World } from '../support/world.ts'
import { account, logIn } from './set-up-tokens.ts'

const COMMAND = ['doctor', 'tokens', '--now', '2026-01-15T12:00:00Z']
const LIST = '/-/npm/v1/tokens'
const ONE = /\/tokens\/token\//u

await t.test('the token in use goes last, and a one-time password is asked for until it fits', async (check) => {
  const { world, tokens } = await started(check, true)
  const otp = world.sandbox.accounts.user('ada')?.otp ?? ''
  const [laptop, ci] = tokens
  const ran = await world.run([...COMMAND, '--revoke'], {}, ['revoke 2', '000000', otp])
  check.equal(ran.status, 0)
  check.strictSame(
    revocations(world),
    [ci, ci, ci, laptop].map((token) => token?.key),
  )
  check.match(ran.stderr, /is among them: it goes last/u)
  check.match(ran.stderr, /one-time password of the account: /u)
  check.match(ran.stdout, /ci release {2}revoked\n.*laptop {2}revoked\n$/u)
  assertNoToken(check, ran, tokens)
})

await t.test('--otp is used before anybody is asked, and nobody is asked where nobody is there', async (check) => {
  const { world, tokens } = await started(check, true)
  const otp = world.sandbox.accounts.user('ada')?.otp ?? ''
  const none = await world.run([...COMMAND, '--revoke', '--yes'])
  check.equal(none.status, 1)
  check.match(
    none.stdout,
    /NOT revoked: the registry wants a one-time password \(HTTP 401\)\n.*NOT revoked: not tried/u,
  )
  check.match(none.stdout, /--otp CODE/u)
  const ran = await world.run([...COMMAND, '--revoke', '--yes', '--otp', otp, '--json'])
  check.equal(ran.status, 0)
  check.match(JSON.parse(ran.stdout), {
    verdict: 'satisfied',
    revoked: [{ outcome: 'revoked' }, { outcome: 'revoked' }],
  })
  assertNoToken(check, ran, tokens)
})

await t.test('by id: the whole one, or as much of it as the table shows', async (check) => {
  const { world, tokens } = await started(check)
  const [, , install, staging] = tokens
  const ran = await world.run([...COMMAND, '--revoke', install?.key ?? '', (staging?.key ?? '').slice(0, 8), '--yes'])
  check.equal(ran.status, 1, 'the long-lived ones are left')
  check.match(ran.stdout, /install {2}revoked\n.*staging {2}revoked\n2 more outlive the limit/u)
  check.strictSame(new Set(revocations(world)), new Set([install?.key, staging?.key]))
  const before = world.sandbox.requests.length
  for (const id of ['abc', (staging?.key ?? '').slice(0, 5), '', '../../-/user', '*']) {
    const refused = await world.run([...COMMAND, '--revoke', id, '--yes'])
    check.equal(refused.status, 2, id)
  }
  check.ok(world.sandbox.requests.slice(before).every(({ method }) => method === 'GET'))
})

await t.test('an outage while revoking is said, and not taken for done', async (check) => {
  const { world } = await started(check)
  world.sandbox.fault({ path: ONE, method: 'DELETE' }, { kind: 'status', status: 503 })
  const ran = await world.run([...COMMAND, '--revoke', '--yes'])
  check.equal(ran.status, 3)
  check.match(ran.stdout, /perhaps revoked: the registry did not answer \(HTTP 503\)\n.*NOT revoked: not tried/u)
  check.equal(revocations(world).length, 1, 'sent once')
})

await t.test('a registry that lets nobody revoke by this token, and one that lost a token meanwhile', async (check) => {
  const { world, tokens } = await started(check)
  const [laptop, ci] = tokens
  // Tokens that bypass the second factor govern nothing.
  await logIn(world, ci?.token ?? '')
  const refused = await world.run([...COMMAND, '--revoke', '--yes'])
  check.equal(refused.status, 1)
  check.match(refused.stdout, /laptop {2}NOT revoked: the registry does not let this token do it \(HTTP 403\)/u)
  check.match(refused.stdout, /npm login/u)
  await logIn(world, laptop?.token ?? '')
  const ran = await world.run([...COMMAND, '--revoke'], {}, [
    async () => {
      world.sandbox.accounts.revoke(ci?.key ?? '')
      return Promise.resolve('revoke 2')
    },
  ])
  check.equal(ran.status, 0)
  check.match(ran.stdout, /ci release {2}was gone already\n.*laptop {2}revoked/u)
})

await t.test('outages and refusals to tell are told apart', async (check) => {
  const { world } = await started(check)
  const cases = [
    [{ kind: 'status', status: 503 }, 3],
    [{ kind: 'status', status: 429, headers: { 'retry-after': '0' } }, 3],
    [{ kind: 'cut-json' }, 3],
    [{ kind: 'login', status: 403 }, 2],
    [{ kind: 'status', status: 404 }, 2],
  ] as const
  for (const [fault, status] of cases) {
    const undo = world.sandbox.fault({ path: LIST }, fault)
    const ran = await world.run([...COMMAND, '--json'])
    check.equal(ran.status, status, JSON.stringify(fault))
    check.match(JSON.parse(ran.stdout), {
      error: { code: status === 3 ? 'BONAFIDE_UNDECIDED' : 'BONAFIDE_TOKENS_UNREADABLE' },
    })
    undo()
  }
})

await t.test('many tokens: how far it has come is told, and on stderr', async (check) => {
  const { world } = await started(check)
  const created = world.sandbox.clock.now()
  for (let index = 0; index < 230; index += 1)
    world.sandbox.accounts.createToken({
      user: 'ada',
      name: `t${index}`,
      created,
      expiry: new Date(created.getTime() + 3_600_000),
    })
  const ran = await world.run(COMMAND)
  check.match(ran.stderr, /^read 100 of 236 tokens\nread 200 of 236 tokens\n$/u)
  check.match(ran.stdout, /^236 tokens of ada/u)
})

await t.test('nothing to revoke, and nobody to be asked about it', async (check) => {
  const { world, tokens } = await started(check)
  for (const token of tokens)
    if (token.name !== 'today' && token.name !== 'install') world.sandbox.accounts.revoke(token.key)
  await logIn(world, tokens.find(({ name }) => name === 'today')?.token ?? '')
  const ran = await world.run([...COMMAND, '--revoke', '--yes'])
  check.strictSame([ran.status, ran.stdout, ran.stderr], [0, 'no token outlives the limit: nothing to revoke\n', ''])
  check.match((await world.run(COMMAND)).stdout, /no token that may publish outlives it/u)
})

await t.test('what a registry calls its tokens moves no cursor and forges no line', async (check) => {
  const { world } = await started(check)
  for (const text of HOSTILE)
    world.sandbox.accounts.createToken({ user: 'ada', name: text, scopes: [{ type: 'package', name: text }] })
  const { stdout } = await world.run(COMMAND)
  // eslint-disable-next-line no-control-regex
  check.notMatch(stdout, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e]/u)
  check.equal(stdout.split('\n').length, 3 + 6 + HOSTILE.length + 1 + 3 + 1)
})

await t.test('a project’s .npmrc gets nobody’s token sent elsewhere', async (check) => {
  const { world, tokens } = await started(check)
  const { host } = new URL(world.sandbox.registryUrl)
  await world.write('.npmrc', `registry=https://127.0.0.1:1/\n//127.0.0.1:1/:_authToken=\${NPM_TOKEN}\n`)
  const ran = await world.run(COMMAND, { NPM_TOKEN: tokens[0]?.token ?? '' })
  check.equal(ran.status, 2)
  check.match(ran.stderr, /no token for this registry/u)
  check.equal(await readFile(join(world.root, 'home', '.npmrc'), 'utf8').then((text) => text.includes(host)), true)
})

async function started(check: Test, twoFactor = false): Promise<{ world: World; tokens: readonly AccessToken[] }> {
  const world = await startWorld()
  check.teardown(() => world.close())
  await writeFile(join(world.project, 'package.json'), '{ "name": "@acme/rocket", "version": "1.0.0" }\n')
  return { world, tokens: await account(world, twoFactor) }
}

function revocations({ sandbox }: World): readonly string[] {
  return sandbox.requests
    .filter(({ method, path }) => method === 'DELETE' && ONE.test(path))
    .map(({ path }) => path.slice(path.lastIndexOf('/') + 1))
}

function assertNoToken(check: Test, { stdout, stderr }: Ran, tokens: readonly AccessToken[]): void {
  for (const { token } of tokens)
    check.notOk(
      `${stdout}${stderr}`.includes(token.slice(0, 8)) || `${stdout}${stderr}`.includes(token.slice(-8)),
      'no token in the output',
    )
}
