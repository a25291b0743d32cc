// SPDX-License-Identifier: Apache-2.0
// `bonafide guard` in the scripts of real clients: a job with an identity publishes, and nothing else does.
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import type { Test } from 'tap'
import { missing } from '../support/clients.ts'
import type { ClientName } from '../support/clients.ts'
import { gitProgram, writeFiles } from '../support/git.ts'
import { openReleaseScene, trustWorkflow } from './release-scene.ts'
import type { Checkout, ReleaseScene } from './release-scene.ts'

const skip = gitProgram === undefined && 'no git'
const NAME = '@acme/rocket'

/** How each client publishes from a folder. */
const PUBLISH: Readonly<Partial<Record<ClientName, readonly string[]>>> = {
  npm: ['publish'],
  'npm-11': ['publish'],
  pnpm: ['publish', '--no-git-checks'],
  yarn: ['npm', 'publish'],
  bun: ['publish'],
}
const CLIENTS = Object.keys(PUBLISH) as readonly ClientName[]
/** Those that exchange a job's identity by themselves. */
const WITH_IDENTITY: readonly ClientName[] = ['npm', 'npm-11', 'pnpm', 'yarn']

const EXCHANGE = `/-/npm/v1/oidc/token/exchange/package/${NAME}`

/** The codes of a report, in its order. */
function codesOf(json: string): readonly string[] {
  return (JSON.parse(json) as { findings: readonly { code: string }[] }).findings.map(({ code }) => code)
}

let releases = 0

async function openScene(check: Test, isTrusted = true): Promise<ReleaseScene> {
  const one = await openReleaseScene()
  check.teardown(() => one.close())
  await one.sandbox.publish({ name: NAME, version: '1.0.0' })
  if (!isTrusted) return one
  trustWorkflow(one.sandbox)
  one.sandbox.trust.add(NAME, {
    type: 'gitlab',
    claims: { project_path: 'acme/rocket', ci_config_ref_uri: { file: '.gitlab-ci.yml' } },
    permissions: ['createPackage'],
  })
  return one
}

// What Yarn writes for a project without dependencies.
const YARN = {
  '.gitignore': '.yarn\n.pnp.*\n',
  'yarn.lock': `__metadata:
  version: 10
  cacheKey: 10c0

"${NAME}@workspace:.":
  version: 0.0.0-use.local
  resolution: "${NAME}@workspace:."
  languageName: unknown
  linkType: soft
`,
}

/** A version whose script calls the guard. */
async function guarded(
  one: ReleaseScene,
  client: ClientName,
  manifest: object = {},
  files: Readonly<Record<string, string>> = {},
): Promise<Checkout> {
  releases += 1
  const isYarn = client === 'yarn'
  const scripts = { [isYarn ? 'prepack' : 'prepublishOnly']: 'bonafide guard' }
  const all = { ...(isYarn ? YARN : {}), ...files }
  const repository = isYarn ? { repository: 'gitlab:acme/rocket' } : {}
  const checkout = await one.checkout(`1.${releases}.0`, { scripts, ...repository, ...manifest }, all)
  if (isYarn) await one.run('yarn', checkout.folder, ['install'])
  return checkout
}

/** The job of a checkout. Yarn asks GitHub for a token that is good at this host and port alone, which no registry takes. */
function jobOf(one: ReleaseScene, client: ClientName, checkout: Checkout): Readonly<Record<string, string>> {
  return one.job(checkout, client === 'yarn' ? 'gitlab' : 'github')
}

/** What a client publishes in a job, and what it says. */
async function published(one: ReleaseScene, client: ClientName, folder: string, env: Readonly<Record<string, string>>) {
  let ran = { code: 0 as number | string, text: '' }
  const sent = await one.sentBy(async () => {
    const { code, stdout, stderr } = await one.run(client, folder, PUBLISH[client] ?? [], env)
    ran = { code, text: stdout + stderr }
  })
  // Yarn keeps what a script says to itself, and says how to hear it.
  if (client === 'yarn' && ran.code !== 0) {
    const { stdout, stderr } = await one.run('yarn', folder, ['prepack'], env)
    ran = { ...ran, text: stdout + stderr }
  }
  return { ...ran, sent }
}

/** The tokens that the registry took back, and whether it did. */
function revoked(one: ReleaseScene): readonly string[] {
  return one.sandbox.requests
    .filter(({ method, path }) => method === 'DELETE' && path.startsWith('/-/user/token/'))
    .map(({ path }) => path.slice('/-/user/token/'.length))
}

for (const client of WITH_IDENTITY) {
  await t.test(
    `${client}: a job with an identity passes the guard and publishes`,
    { skip: skip || missing(client) },
    async (check) => {
      const one = await openScene(check)
      const checkout = await guarded(one, client)
      const { code, text, sent } = await published(one, client, checkout.folder, jobOf(one, client, checkout))
      check.equal(code, 0, text)
      check.match(text, /satisfied: @acme\/rocket@[\d.]+ may be published from here/u)
      const [token = ''] = sent.map(({ authorization }) => authorization?.slice('Bearer '.length))
      check.equal(sent.length, 1)
      const gone = revoked(one)
      check.equal(gone.length, 1, 'what the guard obtained is revoked')
      check.notOk(gone.includes(token), 'and is another one than what published')
      check.notOk(text.includes(gone[0] ?? ''), 'and stands nowhere')
      check.ok(one.sandbox.published(NAME, checkout.version))
    },
  )
}

for (const client of CLIENTS) {
  await t.test(`${client}: outside of CI nothing is published`, { skip: skip || missing(client) }, async (check) => {
    const one = await openScene(check)
    const { folder } = await guarded(one, client)
    const { code, text, sent } = await published(one, client, folder, { CI: '' })
    check.not(code, 0)
    check.match(text, /publish-outside-ci/u)
    check.match(text, /npm stage publish/u)
    check.strictSame(sent, [])
  })
}

/** A token that outlives the job, and what a client reads it from. */
interface Leak {
  readonly place: string
  readonly clients: readonly ClientName[]
  readonly home?: (host: string, token: string) => Readonly<Record<string, string>>
  readonly files?: (host: string, token: string) => Readonly<Record<string, string>>
  readonly manifest?: (host: string, token: string) => object
  readonly env?: (registry: string, token: string) => Readonly<Record<string, string>>
}

const LEAKS: readonly Leak[] = [
  {
    place: 'the user’s .npmrc',
    clients: ['npm', 'npm-11', 'pnpm', 'bun'],
    home: (host, token) => ({ '.npmrc': `//${host}/:_authToken=${token}\n` }),
  },
  {
    place: 'the project’s .npmrc, by a variable',
    clients: ['npm'],
    files: (host) => ({ '.npmrc': `//${host}/:_authToken=\${NODE_AUTH_TOKEN}\n` }),
    env: (_registry, token) => ({ NODE_AUTH_TOKEN: token }),
  },
  {
    place: 'a key for the package, which beats the exchange',
    clients: ['npm', 'npm-11'],
    home: (host, token) => ({ '.npmrc': `//${host}/@acme%2frocket:_authToken=${token}\n` }),
  },
  {
    place: 'publishConfig',
    clients: ['npm'],
    manifest: (host, token) => ({
      publishConfig: { access: 'public', [`//${host}/@acme%2frocket:_authToken`]: token },
    }),
  },
  {
    place: 'NPM_TOKEN, which a script could read',
    clients: ['npm', 'yarn', 'bun'],
    env: (_registry, token) => ({ NPM_TOKEN: token }),
  },
  { place: 'YARN_NPM_AUTH_TOKEN', clients: ['yarn'], env: (_registry, token) => ({ YARN_NPM_AUTH_TOKEN: token }) },
  {
    place: 'the user’s .yarnrc.yml',
    clients: ['yarn'],
    home: (_host, token) => ({ '.yarnrc.yml': `npmAuthToken: ${token}\n` }),
  },
  {
    place: 'bunfig.toml',
    clients: ['bun'],
    files: (host, token) => ({
      'bunfig.toml': `[install.scopes]\n"@acme" = { url = "http://${host}/", token = "${token}" }\n`,
    }),
  },
]

for (const leak of LEAKS) {
  await t.test(`a token for ninety days in ${leak.place}`, { skip }, async (check) => {
    const one = await openScene(check)
    const { host } = new URL(one.sandbox.registryUrl)
    const token = one.longLived()
    await writeFiles(one.home, leak.home?.(host, token) ?? {})
    for (const client of leak.clients) {
      await check.test(client, { skip: missing(client) }, async (test) => {
        const checkout = await guarded(one, client, leak.manifest?.(host, token), leak.files?.(host, token))
        const env = { ...jobOf(one, client, checkout), ...leak.env?.(one.sandbox.registryUrl, token) }
        const { code, text, sent } = await published(one, client, checkout.folder, env)
        test.not(code, 0)
        test.match(text, /refused[^]*credential-long-lived/u)
        test.strictSame(sent, [], 'nothing was sent')
        test.notOk(text.includes(token), 'and the token stands nowhere')
      })
    }
  })
}

await t.test(
  'where the exchange fails, clients go on with a stored token, and with the guard they do not',
  { skip },
  async (check) => {
    const one = await openScene(check, false)
    const { host } = new URL(one.sandbox.registryUrl)
    const token = one.longLived()
    await writeFiles(one.home, { '.npmrc': `//${host}/:_authToken=${token}\n` })
    for (const client of ['npm', 'npm-11', 'pnpm'] as const) {
      await check.test(client, { skip: missing(client) }, async (test) => {
        const open = await guarded(one, client, { scripts: {} })
        const without = await published(one, client, open.folder, one.job(open))
        test.equal(without.code, 0, without.text)
        test.match(without.sent, [{ authorization: `Bearer ${token}` }], 'without a word')
        const closed = await guarded(one, client)
        const { code, text, sent } = await published(one, client, closed.folder, one.job(closed))
        test.not(code, 0)
        test.match(text, /exchange-denied/u)
        test.match(
          text,
          /npm trust github @acme\/rocket --file release\.yml --repository acme\/rocket --allow-publish/u,
        )
        test.strictSame(sent, [])
      })
    }
  },
)

await t.test('what the registry or the CI system does not answer is no refusal', { skip }, async (check) => {
  const one = await openScene(check)
  const checkout = await guarded(one, 'npm')
  const job = one.job(checkout)
  const guard = (env: Readonly<Record<string, string>> = job) => one.bonafide(checkout.folder, ['guard', '--json'], env)
  const cases = [
    [{ path: EXCHANGE, service: 'registry' }, { kind: 'status', status: 500 }, 3, 'exchange-unreachable'],
    [{ path: EXCHANGE, service: 'registry' }, { kind: 'reset' }, 3, 'exchange-unreachable'],
    [{ path: EXCHANGE, service: 'registry' }, { kind: 'cut-json' }, 3, 'exchange-unreachable'],
    [{ path: EXCHANGE, service: 'registry' }, { kind: 'status', status: 401 }, 1, 'exchange-denied'],
    [{ path: EXCHANGE, service: 'registry' }, { kind: 'status', status: 404 }, 1, 'exchange-denied'],
    [{ path: /./u, service: 'ci' }, { kind: 'status', status: 503 }, 3, 'identity-provider-unreachable'],
    [{ path: /user\/token/u, service: 'registry' }, { kind: 'status', status: 500 }, 0, 'exchanged-token-unrevoked'],
  ] as const
  for (const [match, fault, exit, wanted] of cases) {
    const undo = one.sandbox.fault(match, fault)
    const { code, stdout } = await guard()
    undo()
    check.equal(code, exit, wanted)
    check.strictSame(codesOf(stdout), [wanted], wanted)
  }
  // Where one thing is refused and another undecided, the answer is the refusal.
  const undo = one.sandbox.fault({ path: EXCHANGE, service: 'registry' }, { kind: 'status', status: 500 })
  const both = await guard({ ...job, GITHUB_EVENT_NAME: 'issue_comment' })
  undo()
  check.equal(both.code, 1)
  check.ok(codesOf(both.stdout).includes('release-trigger'))
})

await t.test(
  'a registry that gives a token for a year, or without an end, gives it for nothing',
  { skip },
  async (check) => {
    const one = await openScene(check)
    const checkout = await guarded(one, 'npm')
    for (const expires of [null, new Date(Date.now() + 31_536_000_000).toISOString()]) {
      const { token } = one.sandbox.accounts.createToken()
      const body = JSON.stringify({ token, created: new Date().toISOString(), expires })
      const undo = one.sandbox.fault({ path: EXCHANGE, service: 'registry' }, { kind: 'status', status: 201, body })
      const { code, stdout } = await one.bonafide(checkout.folder, ['guard', '--json'], one.job(checkout))
      undo()
      check.equal(code, 1)
      check.strictSame(codesOf(stdout), ['exchanged-token-long-lived'])
      check.ok(revoked(one).includes(token), 'and it is revoked')
      check.notOk(stdout.includes(token))
    }
  },
)

await t.test('a job is held against the policy of its repository, each reason a block', { skip }, async (check) => {
  const one = await openScene(check)
  const policy = { version: 1, publish: { workflows: ['.github/workflows/publish.yml'], triggers: ['release'] } }
  const files = {
    'bonafide.json': JSON.stringify(policy),
    'packages/fuel/package.json': '{"name":"@acme/fuel","version":"1.0.0"}',
  }
  const checkout = await guarded(one, 'npm', {}, files)
  await writeFile(join(checkout.folder, 'planted.js'), '')
  const { code, stdout } = await one.bonafide(checkout.folder, ['guard'], one.job(checkout))
  check.equal(code, 1)
  for (const reason of ['release-trigger', 'release-workflow', 'checkout-unclean'])
    check.equal(stdout.split(`  ${reason}\n`).length, 2, reason)
  check.match(stdout, /planted\.js, changed or not in git/u)
  // A package of the workspace finds the policy of the repository around it.
  const nested = await one.bonafide(join(checkout.folder, 'packages/fuel'), ['guard', '--json'], one.job(checkout))
  check.ok(codesOf(nested.stdout).includes('release-workflow'))
  check.ok(codesOf(nested.stdout).includes('release-tag'), 'the tag is another package’s')
  const other = join(one.root, 'other.json')
  await writeFile(other, '{"version":1,"publish":{"refs":["refs/heads/main"]}}')
  const named = await one.bonafide(checkout.folder, ['guard', '--json', '--policy', other], one.job(checkout))
  check.strictSame(codesOf(named.stdout), ['release-ref', 'checkout-unclean'])
})

await t.test('no foreign code beside the identity, unless somebody answers for it', { skip }, async (check) => {
  const one = await openScene(check)
  const scripts = {
    prepublishOnly: 'npm run build && bonafide guard',
    prepack: 'bonafide guard --allow-scripts',
    postpack: 'rm -rf x',
  }
  const lock = {
    lockfileVersion: 3,
    packages: { 'node_modules/a/node_modules/dropper': { version: '4.2.1', hasInstallScript: true } },
  }
  const checkout = await guarded(
    one,
    'npm',
    { scripts, allowScripts: { 'dropper@4': true } },
    { '.gitignore': 'node_modules\n' },
  )
  const job = one.job(checkout)
  const guard = (args: readonly string[], env = job) => one.bonafide(checkout.folder, ['guard', '--json', ...args], env)
  const refused = await guard([])
  check.equal(refused.code, 1)
  check.strictSame(codesOf(refused.stdout), ['package-scripts'])
  check.match(refused.stdout, /prepublishOnly: npm run build && bonafide guard; postpack: rm -rf x/u)
  await mkdir(join(checkout.folder, 'node_modules'))
  await writeFile(join(checkout.folder, 'node_modules/.package-lock.json'), JSON.stringify(lock))
  check.strictSame(codesOf((await guard([])).stdout), ['package-scripts', 'dependency-scripts'])
  const allowed = await guard(['--allow-scripts'])
  check.equal(allowed.code, 0, 'told all the same')
  check.strictSame(codesOf(allowed.stdout), ['package-scripts', 'dependency-scripts'])
  // From npm 12 on those alone run that the project names.
  const npm12 = { ...job, npm_config_user_agent: 'npm/12.2.0 node/v24.15.0 linux x64' }
  check.ok(codesOf((await guard([], npm12)).stdout).includes('dependency-scripts'))
  await writeFile(join(checkout.folder, 'package.json'), JSON.stringify({ name: NAME, version: checkout.version }))
  check.notOk(codesOf((await guard([], npm12)).stdout).includes('dependency-scripts'))
})

await t.test(
  'npm publish --dry-run runs it too, and npm stage publish is another thing',
  { skip: skip || missing('npm') },
  async (check) => {
    const one = await openScene(check)
    const checkout = await guarded(one, 'npm')
    const dry = await one.run('npm', checkout.folder, ['publish', '--dry-run'], one.job(checkout))
    check.match(dry.stdout + dry.stderr, /may be published from here/u)
    const outside = await one.run('npm', checkout.folder, ['publish', '--dry-run'], { CI: '' })
    check.match(outside.stdout + outside.stderr, /publish-outside-ci/u)
    check.not(outside.code, 0)
    // Nothing is out until somebody has approved it.
    const staged = await one.run('npm', checkout.folder, ['stage', 'publish'], { CI: '' })
    check.match(staged.stdout, /warning {2}@acme\/rocket {2}publish-outside-ci[^]*may be published from here/u)
  },
)

await t.test(
  'a registry that cannot be told who the job is, and one that clients ask elsewhere',
  { skip },
  async (check) => {
    const one = await openScene(check)
    const checkout = await guarded(one, 'npm')
    const { NPM_ID_TOKEN = '' } = one.job(checkout, 'circleci', { idTokens: { NPM_ID_TOKEN: 'npm:registry.example' } })
    const guard = async (registry: string, env: Readonly<Record<string, string>>) =>
      codesOf(
        (await one.bonafide(checkout.folder, ['guard', '--json'], { ...env, npm_config_registry: registry })).stdout,
      )
    check.ok(
      (await guard('http://registry.example/', { ...one.job(checkout), NPM_ID_TOKEN })).includes('exchange-insecure'),
    )
    const beneath = await guard(`${one.sandbox.registryUrl}api/npm/`, one.job(checkout))
    check.strictSame(beneath, ['exchange-place', 'exchange-denied'])
    check.ok(one.sandbox.requests.some(({ path }) => path.startsWith('/api/npm/-/npm/v1/oidc/')))
  },
)

/** What `docs/publishing/guard.md` says that a hook cannot stop. */
const AROUND: Readonly<Record<string, (one: ReleaseScene, folder: string) => Promise<readonly string[]>>> = {
  'a tarball': async (one, folder) => {
    await one.run('npm', folder, ['pack'])
    return ['publish', `./acme-rocket-1.${releases}.0.tgz`]
  },
  '--ignore-scripts': async () => Promise.resolve(['publish', '--ignore-scripts']),
  'ignore-scripts in the project’s .npmrc': async (_one, folder) => {
    await writeFiles(folder, { '.npmrc': 'ignore-scripts=true\n' })
    return ['publish']
  },
  'a shell of the project’s own that says that all is well': async (_one, folder) => {
    await writeFiles(folder, { '.npmrc': 'script-shell=/bin/true\n' })
    return ['publish']
  },
}

await t.test('what a hook cannot stop the registry’s setting does', { skip: skip || missing('npm') }, async (check) => {
  const one = await openScene(check)
  const { host } = new URL(one.sandbox.registryUrl)
  const token = one.longLived()
  await writeFiles(one.home, { '.npmrc': `//${host}/:_authToken=${token}\n` })
  for (const [around, prepare] of Object.entries(AROUND)) {
    const { folder } = await guarded(one, 'npm')
    const args = await prepare(one, folder)
    one.sandbox.setLongLived('refuse')
    const closed = await one.run('npm', folder, args)
    check.not(closed.code, 0, `${around}: refused by the registry`)
    one.sandbox.setLongLived('accept')
    const open = await one.run('npm', folder, args)
    check.equal(open.code, 0, `${around}: not stopped by the guard\n${open.stderr}`)
    check.notOk(open.stdout.includes('registry  '), `${around}: which did not even run`)
  }
})
