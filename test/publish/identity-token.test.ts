// SPDX-License-Identifier: Apache-2.0
// Who a job is, as its CI system says; and the registry's token for that, which nobody may hold for long.
import { inspect } from 'node:util'
import { Secret } from '@bonafide/core'
import type { PublishFinding } from '@bonafide/core'
import { DEFAULT_PUBLISH_POLICY } from '@bonafide/policy'
import { checkExchange, checkIdentity, checkRevocation, fetchIdentityToken, readCiJob } from '@bonafide/publish'
import type { CiJob, IdentityTokenAnswer } from '@bonafide/publish'
import { exchangeIdentityToken, registryAudience, revokeRegistryToken } from '@bonafide/registry'
import type { TokenExchange } from '@bonafide/registry'
import { startSandbox } from '@bonafide/sandbox'
import type { CiEnvironment, Sandbox } from '@bonafide/sandbox'
import t from 'tap'
import type { Test } from 'tap'

const NAME = '@acme/rocket'
const JOB = { repository: 'acme/rocket', ref: 'refs/tags/v1.0.0' } as const
const AUDIENCE = 'npm:127.0.0.1'
const EXCHANGE = `/-/npm/v1/oidc/token/exchange/package/${NAME}`
const HOUR = 3_600_000
const connectionTo = () => ({ rejectUnauthorized: true })

async function started(check: Test): Promise<Sandbox> {
  const sandbox = await startSandbox({ seed: check.name })
  check.teardown(() => sandbox.close())
  await sandbox.publish({ name: NAME, version: '0.9.0' })
  sandbox.trust.add(NAME, {
    type: 'github',
    claims: { repository: 'acme/rocket', workflow_ref: { file: 'release.yml' } },
    permissions: ['createPackage'],
  })
  return sandbox
}

function jobOf(env: CiEnvironment): CiJob {
  const job = readCiJob(env)
  if (job === null) throw new TypeError('no job')
  return job
}

/** What a job with these variables gets. */
function identity(sandbox: Sandbox, env: CiEnvironment, audience = AUDIENCE, now = sandbox.clock.now()) {
  const patience = { retries: 2, delay: 1 }
  return fetchIdentityToken({ job: jobOf(env), env, audience, connectionTo, now, patience, deadline: 1000 })
}

function findings(answer: IdentityTokenAnswer, env: CiEnvironment): readonly PublishFinding[] {
  return checkIdentity(answer, { provider: jobOf(env).provider, audience: AUDIENCE })
}

async function tokenOf(sandbox: Sandbox): Promise<Secret> {
  const answer = await identity(sandbox, sandbox.ciEnvironment('github', JOB))
  if (answer.kind !== 'found') throw new TypeError(answer.kind)
  return answer.token
}

function exchange(sandbox: Sandbox, idToken: Secret, registry = sandbox.registryUrl, deadline = 2000) {
  return exchangeIdentityToken({ registry, name: NAME, idToken, connectionTo, deadline })
}

function judged(exchanged: TokenExchange, now: Date, job: CiJob, maxTokenLifetime = 3600): readonly PublishFinding[] {
  return checkExchange(exchanged, { name: NAME, job, now, policy: { ...DEFAULT_PUBLISH_POLICY, maxTokenLifetime } })
}

/** An answer of the registry to an exchange. */
const body = (value: unknown) => ({ kind: 'status', status: 201, body: JSON.stringify(value) }) as const

const granted = (created: string | null, expires: string | null): TokenExchange => ({
  kind: 'granted',
  token: new Secret('x'),
  created: created === null ? null : new Date(created),
  expires: expires === null ? null : new Date(expires),
  url: 'https://registry.example/-/x',
})

await t.test(
  'GitHub is asked for the audience, with all that its address holds, and GitLab and CircleCI have it ready',
  async (check) => {
    const sandbox = await started(check)
    const env = sandbox.ciEnvironment('github', JOB)
    const answer = await identity(sandbox, env)
    check.match(answer, { kind: 'found', claims: { repository: 'acme/rocket', audience: [AUDIENCE] } })
    check.strictSame(findings(answer, env), [])
    const asked = sandbox.requests.at(-1)
    check.match(asked, { method: 'GET', service: 'ci', path: /api-version=2\.0&audience=npm%3A127\.0\.0\.1$/u })
    check.match(await identity(sandbox, env, 'sigstore'), { kind: 'found', claims: { audience: ['sigstore'] } })
    for (const kind of ['gitlab', 'circleci'] as const) {
      const variables = sandbox.ciEnvironment(kind, JOB)
      const found = await identity(sandbox, variables)
      check.match(found, { kind: 'found', where: { name: 'NPM_ID_TOKEN' } }, kind)
    }
    const gitlab = sandbox.ciEnvironment('gitlab', JOB)
    check.match(await identity(sandbox, gitlab, 'sigstore'), { kind: 'found', where: { name: 'SIGSTORE_ID_TOKEN' } })
    // The variable wins everywhere, as it does in npm.
    const given = { ...env, NPM_ID_TOKEN: sandbox.identityToken(JOB, { audience: AUDIENCE }) }
    const before = sandbox.requests.length
    check.match(await identity(sandbox, given), { kind: 'found', where: { name: 'NPM_ID_TOKEN' } })
    check.match(await identity(sandbox, { NPM_ID_TOKEN: given.NPM_ID_TOKEN }), { kind: 'found' }, 'any issuer')
    check.equal(sandbox.requests.length, before, 'nobody was asked')
  },
)

await t.test('a job that may have no identity is told how it gets one', async (check) => {
  const sandbox = await started(check)
  for (const [kind, fix] of [
    ['github', /id-token: write/u],
    ['gitlab', /NPM_ID_TOKEN: \{ aud: 'npm:127\.0\.0\.1'/u],
    ['circleci', /circleci run oidc get --claims '\{"aud":"npm:127\.0\.0\.1"\}'/u],
  ] as const) {
    const env = sandbox.ciEnvironment(kind, JOB, { idTokens: null })
    const answer = await identity(sandbox, env)
    check.match(answer, { kind: 'none', reason: 'not-offered' }, kind)
    const [finding, ...more] = findings(answer, env)
    check.match(finding, { code: 'identity-token-missing', level: 'refuse', step: 'exchange' }, kind)
    check.match(finding?.fix[0], fix)
    check.strictSame(more, [])
  }
  const env = sandbox.ciEnvironment('github', JOB)
  const half = { ...env, ACTIONS_ID_TOKEN_REQUEST_TOKEN: '' }
  check.match(await identity(sandbox, half), { detail: 'ACTIONS_ID_TOKEN_REQUEST_TOKEN is not set' })
  sandbox.fault({ service: 'ci', path: /./u }, { kind: 'status', status: 403 })
  const denied = await identity(sandbox, env)
  check.match(denied, { kind: 'none', reason: 'denied', detail: 'HTTP 403' })
  check.match(findings(denied, env), [{ code: 'identity-token-missing', where: { kind: 'url' } }])
})

await t.test('the secret with which a job asks goes nowhere in the clear', async (check) => {
  const sandbox = await started(check)
  const env = sandbox.ciEnvironment('github', JOB)
  for (const address of ['http://attacker.example/token', 'ftp://127.0.0.1/', 'not a url']) {
    const answer = await identity(sandbox, { ...env, ACTIONS_ID_TOKEN_REQUEST_URL: address })
    check.match(answer, { kind: 'none', reason: 'insecure' }, address)
    check.match(findings(answer, env), [{ code: 'identity-token-unusable', level: 'refuse' }])
  }
  const elsewhere = await started(check)
  sandbox.fault({ service: 'ci', path: /./u }, { kind: 'redirect', location: `${elsewhere.registryUrl}x` })
  check.match(await identity(sandbox, env), { kind: 'none', reason: 'denied', detail: 'HTTP 302' })
  check.notOk(elsewhere.requests.some(({ path }) => path.startsWith('/x')))
})

await t.test('a token for somebody else, of another time or of no form is told apart', async (check) => {
  const sandbox = await started(check)
  const now = sandbox.clock.now()
  const at = (seconds: number): Date => new Date(now.getTime() + seconds * 1000)
  const env = { NPM_ID_TOKEN: sandbox.identityToken(JOB, { audience: AUDIENCE, lifetimeSeconds: 300 }) }
  const cases: readonly (readonly [env: CiEnvironment, at: Date, reason: string])[] = [
    [{ NPM_ID_TOKEN: sandbox.identityToken(JOB) }, now, 'wrong-audience'],
    [{ NPM_ID_TOKEN: sandbox.identityToken(JOB, { audience: 'npm:127.0.0.1.evil.example' }) }, now, 'wrong-audience'],
    [env, at(601), 'expired'],
    [env, at(-301), 'not-yet-valid'],
    [{ NPM_ID_TOKEN: `npm_${'x'.repeat(36)}` }, now, 'malformed'],
    [{ NPM_ID_TOKEN: '${NPM_ID_TOKEN}' }, now, 'malformed'],
  ]
  for (const [variables, time, reason] of cases) {
    const answer = await identity(sandbox, variables, AUDIENCE, time)
    check.match(answer, { kind: 'none', reason, where: { name: 'NPM_ID_TOKEN' } }, reason)
    check.match(findings(answer, variables), [{ code: 'identity-token-unusable', level: 'refuse' }], reason)
  }
  const late = findings(await identity(sandbox, env, AUDIENCE, at(601)), env)
  check.match(late, [{ fix: [/^run the job again/u, /clock/u] }], 'a permission that the job has is not the way')
  // Two clocks differ a little.
  check.match(await identity(sandbox, env, AUDIENCE, at(599)), { kind: 'found' })
  check.match(await identity(sandbox, env, AUDIENCE, at(-299)), { kind: 'found' })
  const github = sandbox.ciEnvironment('github', JOB)
  sandbox.fault({ service: 'ci', path: /./u }, { kind: 'edit', edit: () => '{"value":1}' })
  check.match(await identity(sandbox, github), { kind: 'none', reason: 'malformed' })
})

await t.test(
  'an issuer that is down for a moment is asked again, and one that stays down is an outage',
  async (check) => {
    const sandbox = await started(check)
    const env = sandbox.ciEnvironment('github', JOB)
    const ci = { service: 'ci', path: /./u } as const
    sandbox.fault({ ...ci, times: 1 }, { kind: 'reset' })
    sandbox.fault({ ...ci, times: 1 }, { kind: 'status', status: 503 })
    check.match(await identity(sandbox, env), { kind: 'found' })
    for (const [fault, detail] of [
      [{ kind: 'status', status: 500 }, 'HTTP 500'],
      [{ kind: 'hang' }, 'DEADLINE'],
      [{ kind: 'reset' }, 'ECONNRESET'],
    ] as const) {
      const undo = sandbox.fault(ci, fault)
      const answer = await identity(sandbox, env)
      undo()
      check.match(answer, { kind: 'unreachable', detail })
      check.match(findings(answer, env), [{ code: 'identity-provider-unreachable', level: 'undecided' }])
    }
  },
)

await t.test('an identity becomes a token for an hour, which is revoked by its own right', async (check) => {
  const sandbox = await started(check)
  const env = sandbox.ciEnvironment('github', JOB)
  const now = sandbox.clock.now()
  const exchanged = await exchange(sandbox, await tokenOf(sandbox))
  check.match(exchanged, { kind: 'granted', created: now, expires: new Date(now.getTime() + HOUR) })
  if (exchanged.kind !== 'granted') return
  check.match(sandbox.requests.at(-1), { method: 'POST', path: EXCHANGE.replace('/rocket', '%2frocket') })
  check.strictSame(judged(exchanged, now, jobOf(env)), [])
  check.notOk(
    inspect(exchanged).includes(exchanged.token.reveal()) ||
      JSON.stringify(exchanged).includes(exchanged.token.reveal()),
  )
  const { token } = exchanged
  const revoke = () => revokeRegistryToken({ registry: sandbox.registryUrl, token, connectionTo })
  check.strictSame(await revoke(), { kind: 'revoked' })
  const again = await revoke()
  check.strictSame(again, { kind: 'failed', detail: 'HTTP 401' }, 'worth nothing from then on')
  const about = { name: NAME, findings: [] }
  check.match(checkRevocation(again, about), [{ level: 'warn', fix: ['nothing: it ends by itself'] }])
  check.strictSame(checkRevocation({ kind: 'revoked' }, about), [])
  // A token without an end that nobody takes back stays good for a thief: it is not said to go away.
  for (const expires of [null, '2020-01-01T00:00:00.000Z']) {
    const refused = judged(granted(null, expires), sandbox.clock.now(), jobOf({ GITHUB_ACTIONS: 'true' }))
    check.match(refused, [{ code: 'exchanged-token-long-lived', level: 'refuse' }], String(expires))
    check.match(
      checkRevocation(again, { name: NAME, findings: refused }),
      [{ fix: [/^have it revoked by/u] }],
      String(expires),
    )
  }
  sandbox.fault({ path: /user\/token/u }, { kind: 'reset' })
  check.strictSame(await revoke(), { kind: 'failed', detail: 'ECONNRESET' }, 'no address, which would hold the token')
})

await t.test('a registry beneath a path is asked beneath it, and its audience is its host alone', async (check) => {
  const sandbox = await started(check)
  const registry = `${sandbox.registryUrl}api/npm/local`
  check.match(await exchange(sandbox, await tokenOf(sandbox), registry), { kind: 'denied', status: 405 })
  check.match(sandbox.requests.at(-1)?.path, /^\/api\/npm\/local\/-\/npm\/v1\/oidc\/token\/exchange\/package\//u)
  check.equal(registryAudience('https://registry.example:8443/api/npm/'), 'npm:registry.example')
  await check.rejects(exchange(sandbox, new Secret('x'), 'http://registry.example/'), /in the clear/u)
  await check.rejects(exchange(sandbox, new Secret('x'), 'registry.example'), TypeError)
})

await t.test('a registry that says no, nothing or nonsense gives no token, and nobody tries another', async (check) => {
  const sandbox = await started(check)
  const env = sandbox.ciEnvironment('github', JOB)
  const job = jobOf(env)
  const idToken = await tokenOf(sandbox)
  const path = new RegExp(`^${EXCHANGE}$`, 'u')
  const cases: readonly (readonly [Parameters<Sandbox['fault']>[1], Partial<TokenExchange>, string, string])[] = [
    [{ kind: 'status', status: 401 }, { kind: 'denied', status: 401 }, 'exchange-denied', 'refuse'],
    [{ kind: 'status', status: 403 }, { kind: 'denied', status: 403 }, 'exchange-denied', 'refuse'],
    [{ kind: 'status', status: 404 }, { kind: 'denied', status: 404 }, 'exchange-denied', 'refuse'],
    [{ kind: 'status', status: 500 }, { kind: 'unreachable', detail: 'HTTP 500' }, 'exchange-unreachable', 'undecided'],
    [{ kind: 'status', status: 429 }, { kind: 'unreachable', detail: 'HTTP 429' }, 'exchange-unreachable', 'undecided'],
    [{ kind: 'hang' }, { kind: 'unreachable', detail: 'DEADLINE' }, 'exchange-unreachable', 'undecided'],
    [{ kind: 'reset' }, { kind: 'unreachable', detail: 'ECONNRESET' }, 'exchange-unreachable', 'undecided'],
    [{ kind: 'cut-json' }, { kind: 'nonsense' }, 'exchange-unreachable', 'undecided'],
    [
      { kind: 'redirect', location: 'https://evil.example/' },
      { kind: 'nonsense' },
      'exchange-unreachable',
      'undecided',
    ],
    [body({}), { kind: 'nonsense' }, 'exchange-unreachable', 'undecided'],
    [body({ token: '' }), { kind: 'nonsense' }, 'exchange-unreachable', 'undecided'],
    [body({ token: 'a\r\nb' }), { kind: 'nonsense' }, 'exchange-unreachable', 'undecided'],
    [body([]), { kind: 'nonsense' }, 'exchange-unreachable', 'undecided'],
  ]
  for (const [fault, wanted, code, level] of cases) {
    const undo = sandbox.fault({ path }, fault)
    const exchanged = await exchange(sandbox, idToken, sandbox.registryUrl, 300)
    undo()
    check.match(exchanged, wanted, JSON.stringify(wanted))
    check.match(
      judged(exchanged, sandbox.clock.now(), job),
      [{ code, level, step: 'exchange' }],
      JSON.stringify(wanted),
    )
  }
  // A job that is not trusted; what to type is in the job's own words.
  const other = sandbox.ciEnvironment('github', { repository: 'acme/rocket', workflow: '.github/workflows/other.yml' })
  const found = await identity(sandbox, other)
  const denied = await exchange(sandbox, found.kind === 'found' ? found.token : new Secret(''))
  check.match(denied, { kind: 'denied', status: 404, message: /OIDC token exchange error - package not found/u })
  check.match(
    judged(denied, sandbox.clock.now(), jobOf(other))[0]?.fix[0],
    /--file other\.yml --repository acme\/rocket/u,
  )
  // Back into our log, what was sent to it.
  const echo = { status: 401, body: JSON.stringify({ message: `bad ${idToken.reveal()}` }) }
  sandbox.fault({ path, times: 1 }, { kind: 'status', ...echo })
  check.match(await exchange(sandbox, idToken), { kind: 'denied', message: 'bad (the identity token)' })
})

await t.test('a token that outlives the limit is refused, whatever the registry says of its making', async (check) => {
  const now = new Date('2026-01-15T12:00:00Z')
  const job = jobOf({ GITHUB_ACTIONS: 'true' })
  const long: readonly (readonly [created: string | null, expires: string | null])[] = [
    ['2026-01-15T12:00:00Z', null],
    [null, null],
    ['2026-01-15T12:00:00Z', '2026-01-15T13:05:01Z'],
    [null, '2026-01-15T13:05:01Z'],
    // Made long ago, and nearly over: it lived as long as it did.
    ['2025-10-15T12:00:00Z', '2026-01-15T12:30:00Z'],
    // Made in the future, to look short.
    ['2026-01-22T11:30:00Z', '2026-01-22T12:00:00Z'],
  ]
  for (const [created, expires] of long)
    check.match(
      judged(granted(created, expires), now, job),
      [{ code: 'exchanged-token-long-lived', level: 'refuse' }],
      `${created} ${expires}`,
    )
  check.strictSame(judged(granted('2026-01-15T12:00:00Z', '2026-01-15T13:05:00Z'), now, job), [], 'two clocks differ')
  check.strictSame(judged(granted('2026-01-15T12:00:00Z', '2026-01-16T12:00:00Z'), now, job, 86_400), [])
  check.match(judged(granted('2026-01-15T12:00:00Z', '2026-01-15T13:00:00Z'), now, job, 1800), [{ level: 'refuse' }])
  // Times that are none are no times.
  const sandbox = await started(check)
  const idToken = await tokenOf(sandbox)
  for (const expires of [undefined, 'tomorrow', 1_768_500_000, '2026-01-15T13:00:00', '2026-13-45T00:00:00Z', null]) {
    const undo = sandbox.fault(
      { path: new RegExp(EXCHANGE, 'u') },
      body({ token: 'npm_x', created: '2026-01-15T12:00:00Z', expires }),
    )
    check.match(await exchange(sandbox, idToken), { kind: 'granted', expires: null }, String(expires))
    undo()
  }
})
