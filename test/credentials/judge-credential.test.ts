// SPDX-License-Identifier: Apache-2.0
// How long a credential lives, and whether it could publish: what is not known counts as living for ever.
import { Secret } from '@bonafide/core'
import { checkCredentials, describeCredential, judgeCredential } from '@bonafide/credentials'
import type { Credential, CredentialStanding, CredentialVerdict, JudgedCredential } from '@bonafide/credentials'
import { publicRegistry } from '@bonafide/registry'
import type { ListedToken } from '@bonafide/registry'
import t from 'tap'
import { Chance, MAKERS, encrypted, jwt } from './random-tokens.ts'

const NOW = new Date('2026-06-01T00:00:00Z')
const [MINUTE, HOUR, DAY] = [60, 3600, 86_400]
const PACKAGE = '@acme/rocket'
const REGISTRY = 'https://registry.example/'
const chance = new Chance('judging')

await t.test('lifetime is from making to end: what is left of it tells nothing', async (check) => {
  const verdict = (created: number | null, expires: number | 'never' | null, maxTokenLifetime = HOUR) =>
    judge({}, listedAs({ created: at(created), expires: expires === 'never' ? expires : at(expires) }), {
      maxTokenLifetime,
    }).verdict
  check.strictSame(verdict(-10 * MINUTE, 50 * MINUTE), { kind: 'allowed' })
  check.strictSame(verdict(0, HOUR + 5 * MINUTE), { kind: 'allowed' }, 'clock skew')
  check.strictSame(verdict(0, HOUR + 5 * MINUTE + 1), refused('long-lived'))
  check.strictSame(verdict(-90 * DAY + 30 * MINUTE, 30 * MINUTE), refused('long-lived'), '90 days, half an hour left')
  check.strictSame(verdict(-MINUTE, 'never'), refused('no-end'))
  check.strictSame(verdict(-MINUTE, 'never', 7 * DAY), refused('no-end'), 'whatever the policy says')
  check.strictSame(verdict(-MINUTE, null), refused('unknown-lifetime'))
  check.strictSame(verdict(-DAY, 6 * DAY, 7 * DAY), { kind: 'allowed' })
  check.strictSame(verdict(-DAY, 7 * DAY, 365 * DAY), refused('long-lived'), 'no policy allows more than seven days')
  // Made nobody knows when: what is left is all there is to go by, and is said.
  check.strictSame(verdict(null, 50 * MINUTE), { kind: 'allowed' })
  check.strictSame(verdict(null, 2 * HOUR), refused('long-lived'))
  // A token that has not begun looks short-lived, however long it waits.
  check.strictSame(verdict(10 * DAY, 10 * DAY + HOUR), refused('unknown-lifetime'))
  check.strictSame(verdict(4 * MINUTE, HOUR), { kind: 'allowed' }, 'a clock that is fast')
  check.strictSame(verdict(HOUR, MINUTE), refused('unknown-lifetime'), 'ended before it was made')
  check.strictSame(verdict(-100 * DAY, -10 * DAY), listed('expired'))
  check.strictSame(verdict(-100 * DAY, -4 * MINUTE), refused('long-lived'), 'a clock that is fast')
})

await t.test(
  'only what could publish this package is refused, by the registry’s word on exactly this token',
  async (check) => {
    check.strictSame(endless({ rights: 'read-only' }), listed('read-only'))
    check.strictSame(endless({ rights: 'stage-only' }), listed('stage-only'))
    check.strictSame(endless({ scopes: [{ type: 'package', name: '@acme/other' }] }), listed('other-packages'))
    check.strictSame(endless({ scopes: [{ type: 'scope', name: '@acme' }] }), refused('no-end'))
    check.strictSame(endless({ scopes: [{ type: 'other', name: '?' }] }), refused('no-end'))
    const nobody = judgeCredential(
      credential({}),
      {
        kind: 'listed',
        token: listedToken({ scopes: [{ type: 'package', name: 'x' }], expires: 'never' }),
        username: null,
      },
      { ...options(), found: { package: null, registry: REGISTRY } },
    )
    check.strictSame(nobody.verdict, refused('no-end'), 'no package to hold its packages against')
  },
)

await t.test('a registry that does not tell is no reason to let it pass', async (check) => {
  const standings: readonly (readonly [CredentialStanding, CredentialVerdict])[] = [
    [{ kind: 'not-asked' }, refused('unknown-lifetime')],
    [{ kind: 'unlisted', username: 'ada' }, refused('unknown-lifetime')],
    [{ kind: 'ambiguous', username: 'ada' }, refused('unknown-lifetime')],
    [{ kind: 'denied', status: 401, username: null, isStranger: true }, refused('unknown-lifetime')],
    [{ kind: 'denied', status: 403, username: 'ada', isStranger: false }, refused('unknown-lifetime')],
    [{ kind: 'no-list', username: null, isStranger: true }, refused('unknown-lifetime')],
    [
      { kind: 'unreachable', detail: 'HTTP 503' },
      { kind: 'undecided', why: 'unreachable' },
    ],
  ]
  for (const [standing, wanted] of standings) check.strictSame(judge({}, standing).verdict, wanted, standing.kind)
})

await t.test('dummies and variables that nobody set are told of; a password is never one', async (check) => {
  const dummy = MAKERS['setup-node-dummy'][0]?.(chance) ?? ''
  check.strictSame(judge({ secret: new Secret(dummy) }).verdict, listed('dummy'))
  check.strictSame(judge({ secret: new Secret(dummy), sentBy: ['npm'] }).verdict, listed('dummy'))
  check.strictSame(
    judge({ secret: new Secret('${NPM_TOKEN}'), unexpanded: 'NPM_TOKEN' }).verdict,
    listed('unset-variable'),
  )
  check.strictSame(judge({ secret: null, unexpanded: 'NPM_TOKEN' }).verdict, listed('unset-variable'))
  // A text that only holds one is sent as it is.
  check.strictSame(
    judge({ secret: new Secret('x${NPM_TOKEN}'), unexpanded: 'NPM_TOKEN' }).verdict,
    refused('unknown-lifetime'),
  )
  for (const text of [dummy, '${NPM_TOKEN}', 'hunter2', `ada:${dummy}`]) {
    check.strictSame(judge({ form: 'password', secret: new Secret(text) }).verdict.kind, 'refused', text)
    const basic = Buffer.from(`ada:${text}`).toString('base64')
    check.strictSame(judge({ form: 'basic', secret: new Secret(basic) }).verdict.kind, 'refused', text)
  }
  check.match(judge({ form: 'basic', secret: new Secret(Buffer.from('ada:hunter2').toString('base64')) }), {
    kind: 'basic',
    verdict: refused('no-end'),
  })
  const pat = MAKERS.azure[0]?.(chance) ?? ''
  const azure = judge({ form: 'password', secret: new Secret(Buffer.from(pat).toString('base64')) })
  check.match(azure, { kind: 'azure', verdict: refused('unknown-lifetime') })
  check.match(judge({ form: 'helper', secret: null }).verdict, refused('unknown-lifetime'))
  check.match(judge({ form: 'certificate', secret: null }).verdict, refused('unknown-lifetime'))
  // A plugin of Yarn's is code like all other code; a helper that a client asks for a token is a credential.
  check.match(judge({ form: 'helper', secret: null, registry: null, sentBy: [] }).verdict, listed('plugin'))
  check.match(judge({ form: 'helper', secret: null, registry: null, sentBy: ['pnpm'] }).verdict.kind, 'refused')
  check.match(judge({ form: 'helper', secret: null, sentBy: [] }).verdict.kind, 'refused')
})

await t.test('what a token says of itself only counts where it cannot be of somebody’s choice', async (check) => {
  const seconds = NOW.getTime() / 1000
  const claims = (iat: unknown, exp: unknown) => new Secret(jwt(chance, { iat, exp }))
  const noList: CredentialStanding = { kind: 'no-list', username: 'ada', isStranger: false }
  const short = claims(seconds - 600, seconds + 3000)
  check.strictSame(judge({ secret: short }, noList).verdict, { kind: 'allowed' })
  // A password may be any text, also one that looks as if it ended soon.
  check.strictSame(judge({ form: 'password', secret: short }, noList).verdict, refused('unknown-lifetime'))
  const basic = new Secret(Buffer.from(`ada:${short.reveal()}`).toString('base64'))
  check.strictSame(judge({ form: 'basic', secret: basic }, noList).verdict, refused('unknown-lifetime'))
  check.strictSame(judge({ secret: claims(seconds, seconds + 90 * DAY) }, noList).verdict, refused('long-lived'))
  check.strictSame(judge({ secret: claims(seconds, undefined) }, noList).verdict, refused('no-end'))
  check.strictSame(judge({ secret: claims(seconds, '2026') }, noList).verdict, refused('no-end'))
  // It begins in ten years, and lives for ten minutes then.
  check.strictSame(
    judge({ secret: claims(seconds + 3650 * DAY, seconds + 3650 * DAY + 600) }, noList).verdict,
    refused('unknown-lifetime'),
  )
  check.strictSame(
    judge({ secret: claims(undefined, seconds + 1800) }, noList).verdict,
    { kind: 'allowed' },
    'by what is left',
  )
  // The registry was out of reach: no word of the token makes that milder, and none of its own makes it worse than it is.
  const outage: CredentialStanding = { kind: 'unreachable', detail: 'HTTP 503' }
  check.strictSame(judge({ secret: short }, outage).verdict, { kind: 'undecided', why: 'unreachable' })
  check.strictSame(judge({ secret: claims(seconds, seconds + 90 * DAY) }, outage).verdict, refused('long-lived'))
  // Past its end: harmless where the registry says that it does not know it, and without an end where it takes it all the same.
  const past = { secret: claims(seconds - 2 * DAY, seconds - 2 * DAY + HOUR) }
  check.strictSame(
    judge(past, { kind: 'denied', status: 401, username: null, isStranger: true }).verdict,
    listed('expired'),
  )
  check.strictSame(judge(past, noList).verdict, refused('no-end'))
  check.strictSame(judge(past, { kind: 'no-list', username: null, isStranger: false }).verdict, refused('no-end'))
  check.strictSame(judge(past, { kind: 'not-asked' }).verdict, refused('unknown-lifetime'))
  // Two ends: a registry may read the other one.
  const twice = `${Buffer.from('{"alg":"RS256"}').toString('base64url')}.${Buffer.from(`{"iat":${seconds},"exp":${seconds + 99 * DAY},"exp":${seconds + 60}}`).toString('base64url')}.${chance.text('abcdefgh', 50)}`
  check.match(judge({ secret: new Secret(twice) }, noList), { kind: 'unknown', verdict: refused('unknown-lifetime') })
  // The registry's own list outweighs it.
  check.strictSame(judge({ secret: short }, listedAs({ expires: 'never' })).verdict, refused('no-end'))

  const twelve = new Secret(encrypted(chance, { isu: seconds, exp: seconds + 12 * HOUR }))
  check.strictSame(judge({ secret: twelve }, noList).verdict, refused('long-lived'))
  check.strictSame(judge({ secret: twelve }, noList, { maxTokenLifetime: 12 * HOUR }).verdict, { kind: 'allowed' })
  const job = new Secret(`glcbt-${jwt(chance, { iat: seconds, exp: seconds + HOUR })}`)
  check.strictSame(judge({ secret: job }, noList).verdict, { kind: 'allowed' })
})

await t.test('the longest life of a kind counts where its maker documents one', async (check) => {
  const app = new Secret((MAKERS.github[0]?.(new Chance('s')) ?? '').replace(/^gh._/u, 'ghs_'))
  check.match(judge({ secret: app }).verdict, refused('long-lived'))
  check.match(judge({ secret: app }, { kind: 'not-asked' }, { maxTokenLifetime: DAY }).verdict, { kind: 'allowed' })
  const personal = new Secret(app.reveal().replace('ghs_', 'ghp_'))
  check.match(
    judge({ secret: personal }, { kind: 'not-asked' }, { maxTokenLifetime: 7 * DAY }).verdict,
    refused('unknown-lifetime'),
  )
  check.match(
    judge({ secret: new Secret(MAKERS.google[0]?.(chance) ?? '') }, { kind: 'not-asked' }, { maxTokenLifetime: DAY })
      .verdict,
    {
      kind: 'allowed',
    },
  )
  check.match(
    judge(
      { secret: new Secret(MAKERS['gitlab-job'][0]?.(chance) ?? '') },
      { kind: 'not-asked' },
      { maxTokenLifetime: 7 * DAY },
    ).verdict,
    refused('unknown-lifetime'),
  )
})

await t.test('another registry’s token is told of, unless something would send it', async (check) => {
  check.strictSame(unsent({ registry: '//other.example/' }), listed('other-registry'))
  check.strictSame(unsent({ registry: '//registry.example:8443/' }), listed('other-registry'))
  check.strictSame(unsent({ registry: '//other.example/', sentBy: ['yarn'] }), refused('unknown-lifetime'))
  for (const registry of [
    '//registry.example/',
    '//REGISTRY.example/',
    '//registry.example:443/',
    '//registry.example./',
    '//registry.example/else/',
    '//a:b@registry.example/',
    'https://registry.example/',
    null,
    '//',
  ])
    check.strictSame(unsent({ registry }), refused('unknown-lifetime'), String(registry))
  // One client's own settings lead it elsewhere, with a token that another one of its own wins over today.
  const registries = {
    npm: REGISTRY,
    pnpm: REGISTRY,
    yarn: REGISTRY,
    'yarn-classic': REGISTRY,
    bun: 'https://other.example/x/',
  }
  const led = { ...options(), found: { package: PACKAGE, registry: REGISTRY, registries } }
  const elsewhere = credential({ sentBy: [], registry: '//other.example/' })
  check.strictSame(judgeCredential(elsewhere, { kind: 'not-asked' }, led).verdict, refused('unknown-lifetime'))
  const nowhere = { ...options(), found: { package: PACKAGE, registry: '' } }
  check.strictSame(
    judgeCredential(credential({ sentBy: [] }), { kind: 'not-asked' }, nowhere).verdict,
    refused('unknown-lifetime'),
  )
  // The public registry has more names than one, and its tokens are good at all of them.
  const mirrored = judgeCredential(
    credential({ registry: '//mirror.example/', sentBy: [] }),
    { kind: 'not-asked' },
    { ...options(), found: { package: PACKAGE, registry: publicRegistry() } },
  )
  check.strictSame(mirrored.verdict, refused('unknown-lifetime'))
})

await t.test('who a job is, and whose token a variable holds', async (check) => {
  const token = new Secret(jwt(chance))
  for (const name of [
    'NPM_ID_TOKEN',
    'SIGSTORE_ID_TOKEN',
    'ACTIONS_ID_TOKEN_REQUEST_TOKEN',
    'CI_JOB_JWT',
    'CI_JOB_JWT_V2',
  ])
    check.strictSame(variable(name, token, REGISTRY), listed('identity'), name)
  // Another token under that name is no identity.
  const npm = new Secret(MAKERS.npm[0]?.(chance) ?? '')
  check.strictSame(variable('NPM_ID_TOKEN', npm), refused('unknown-lifetime'))
  check.strictSame(variable('CI_JOB_JWT_V3', token, REGISTRY), refused('unknown-lifetime'))
  // One that outlives every job, such as an access token that JFrog made without an end, is a credential by whatever name.
  const day = 86_400
  check.strictSame(variable('NPM_ID_TOKEN', new Secret(jwt(chance, { exp: undefined })), REGISTRY), refused('no-end'))
  const stored = jwt(chance, { iat: 1_700_000_000, exp: 1_700_000_000 + 90 * day })
  check.strictSame(variable('SIGSTORE_ID_TOKEN', new Secret(stored), REGISTRY), refused('long-lived'))
  // A job's token for its own repository is none of the public registry's.
  const github = new Secret(MAKERS.github[0]?.(chance) ?? '')
  const gitlab = new Secret(MAKERS['gitlab-job'][0]?.(chance) ?? '')
  check.strictSame(variable('GITHUB_TOKEN', github), listed('other-registry'))
  check.strictSame(variable('CI_JOB_TOKEN', gitlab), listed('other-registry'))
  check.strictSame(variable('CI_JOB_TOKEN', gitlab, 'https://artifacts.example/npm/'), listed('other-registry'))
  check.strictSame(
    variable('CI_JOB_TOKEN', gitlab, 'https://git.example/api/v4/projects/1/packages/npm/'),
    refused('unknown-lifetime'),
  )
  check.strictSame(variable('NPM_TOKEN', npm), refused('unknown-lifetime'))
  // Sessions and runs have ids of that form; a token of old may have any name that speaks of one.
  const uuid = new Secret(MAKERS.uuid[0]?.(chance) ?? '')
  check.strictSame(variable('TERM_SESSION_ID', uuid), listed('no-token'))
  check.strictSame(variable('MY_NPM_TOKEN', uuid), refused('unknown-lifetime'))
  check.strictSame(variable('NPM_TOKEN', new Secret('something')), refused('unknown-lifetime'))
})

await t.test('a finding says what it is, how long it lives, and how to be rid of it', async (check) => {
  const token = listedToken({
    created: new Date('2026-01-02T00:00:00Z'),
    expires: new Date('2026-04-02T00:00:00Z'),
    bypass2fa: true,
  })
  const long = { ...options(), now: new Date('2026-03-01T00:00:00Z') }
  const judged = judgeCredential(
    credential({ sentBy: ['npm', 'pnpm'] }),
    { kind: 'listed', token, username: 'ada' },
    long,
  )
  const [finding] = findingsOf(judged)
  const shown = String(judged.credential.secret)
  check.match(finding, {
    code: 'credential-long-lived',
    step: 'credentials',
    level: 'refuse',
    subject: `npm token ${shown}`,
    found: `npm token ${shown}, made 2026-01-02, lives 90 days, may write, bypasses 2FA, of ada, sent by npm and pnpm`,
    wanted: 'nothing that could publish @acme/rocket and lives longer than 1 hour',
    where: { kind: 'file', path: '/home/ada/.npmrc', line: 3 },
    fix: [
      'npm config delete //registry.example/:_authToken --location=user',
      'bonafide doctor tokens --revoke abcdef-1',
    ],
  })
  const secret = judged.credential.secret?.reveal() ?? ''
  check.notOk(JSON.stringify([judged, finding]).includes(secret.slice(8, 30)))

  const words = (more: Partial<Credential>, standing?: CredentialStanding): string =>
    describeCredential(judge(more, standing))
  check.match(
    words({}, { kind: 'denied', status: 401, username: null, isStranger: true }),
    /unknown age: the registry answered 401 to the question, as to a token that has ended/u,
  )
  check.match(words({}, { kind: 'unreachable', detail: 'HTTP 503' }), /could not be asked \(HTTP 503\)/u)
  check.match(words({}, listedAs({ created: null, expires: at(1800) })), /ends in 30 minutes, made nobody knows when/u)
  check.match(words({}, listedAs({ created: at(9 * DAY), expires: at(10 * DAY) })), /dates that cannot be/u)
  check.match(words({ form: 'helper', secret: null }), /never run by bonafide/u)
  check.match(words({ form: 'password', secret: new Secret('hunter2') }), /^password …, a password has no end/u)

  const fixes = (more: Partial<Credential>): readonly string[] => findingsOf(judge(more))[0]?.fix ?? []
  check.match(
    fixes({ form: 'variable', place: { kind: 'variable', name: 'NPM_TOKEN' }, registry: null })[0],
    /unset NPM_TOKEN/u,
  )
  check.strictSame(
    fixes({ layer: 'yarnrc', key: 'npmAuthToken', place: { kind: 'file', path: '.yarnrc.yml', line: 2 } })[0],
    'delete line 2 of .yarnrc.yml',
  )
  // A key of the project's own file becomes a line that a person may paste.
  check.strictSame(
    fixes({ layer: 'project', key: "//x/$(touch 'a')/:_authToken" })[0],
    String.raw`npm config delete '//x/$(touch '\''a'\'')/:_authToken' --location=project`,
  )

  const stage = judge({}, listedAs({ rights: 'stage-only', created: at(-DAY), expires: at(80 * DAY) }))
  check.match(findingsOf(stage), [{ code: 'credential-stage-only', level: 'warn' }])
  check.strictSame(findingsOf(judge({}, listedAs({ rights: 'stage-only', created: at(0), expires: at(HOUR) }))), [])
  check.match(findingsOf(judge({}, { kind: 'unreachable', detail: 'HTTP 503' })), [
    { code: 'credential-unchecked', level: 'undecided' },
  ])
  check.match(findingsOf(judge({})), [{ code: 'credential-unknown-lifetime', level: 'refuse' }])
  check.strictSame(findingsOf(judge({}, listedAs({ created: at(0), expires: at(HOUR) }))), [])
})

function findingsOf(judged: JudgedCredential): ReturnType<typeof checkCredentials> {
  return checkCredentials([judged], { package: PACKAGE, registry: REGISTRY, credentials: [judged.credential] })
}

function endless(token: Partial<ListedToken>): CredentialVerdict {
  return judge({}, listedAs({ expires: 'never', ...token })).verdict
}

function unsent(more: Partial<Credential>): CredentialVerdict {
  return judge({ sentBy: [], ...more }).verdict
}

function variable(name: string, secret: Secret, registry: string = publicRegistry()): CredentialVerdict {
  const place = { kind: 'variable', name } as const
  const more = { form: 'variable', layer: 'environment', key: name, place, registry: null, sentBy: [], secret } as const
  const found = { package: PACKAGE, registry }
  return judgeCredential(credential(more), { kind: 'not-asked' }, { ...options(), found }).verdict
}

function options(more: { readonly maxTokenLifetime: number } = { maxTokenLifetime: HOUR }) {
  return { found: { package: PACKAGE, registry: REGISTRY }, now: NOW, policy: more }
}

function judge(
  more: Partial<Credential>,
  standing: CredentialStanding = { kind: 'not-asked' },
  policy?: { readonly maxTokenLifetime: number },
): JudgedCredential {
  return judgeCredential(credential(more), standing, options(policy))
}

function credential(more: Partial<Credential>): Credential {
  return {
    form: 'token',
    layer: 'user',
    place: { kind: 'file', path: '/home/ada/.npmrc', line: 3 },
    key: '//registry.example/:_authToken',
    registry: '//registry.example/',
    secret: new Secret(MAKERS.npm[0]?.(chance) ?? ''),
    unexpanded: null,
    readers: ['npm'],
    sentBy: ['npm'],
    ...more,
  }
}

function listedToken(more: Partial<ListedToken>): ListedToken {
  return {
    key: 'abcdef-1',
    left: new Secret('npm_abcd...wxyz'),
    shown: 'npm_…wxyz',
    name: 'ci',
    created: at(0),
    accessed: null,
    expires: at(HOUR),
    revoked: false,
    bypass2fa: false,
    rights: 'write',
    scopes: [],
    cidr: [],
    ...more,
  }
}

function listedAs(more: Partial<ListedToken>): CredentialStanding {
  return { kind: 'listed', token: listedToken(more), username: null }
}

function at<T extends number | null>(seconds: T): T extends null ? null : Date {
  return (seconds === null ? null : new Date(NOW.getTime() + seconds * 1000)) as T extends null ? null : Date
}

function refused(why: 'long-lived' | 'no-end' | 'unknown-lifetime'): CredentialVerdict {
  return { kind: 'refused', why }
}

function listed(why: Extract<CredentialVerdict, { kind: 'listed' }>['why']): CredentialVerdict {
  return { kind: 'listed', why }
}
