// SPDX-License-Identifier: Apache-2.0
// Words on a client's command line, and fields of package.json, by which it publishes with settings of another folder than its script is told:
// each sends a token that outlives the job with the client alone, and nothing with the guard.
import t from 'tap'
import type { Test } from 'tap'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { credentialsBelongTo } from '../redaction/channels.ts'
import { missing } from '../support/clients.ts'
import type { ClientName } from '../support/clients.ts'
import { gitProgram } from '../support/git.ts'
import { openReleaseScene, trustWorkflow } from './release-scene.ts'
import type { Checkout, ReleaseScene } from './release-scene.ts'

const skip = gitProgram === undefined && 'no git'
const NAME = '@acme/rocket'

/** A folder with a token that a client is led to. */
interface Detour {
  readonly title: string
  readonly clients: readonly ClientName[]
  /** Where the client is started, below the checkout; where the token lies; and what it is told. */
  readonly at: string
  readonly npmrc: (one: ReleaseScene, checkout: Checkout) => string
  readonly words: (one: ReleaseScene) => readonly string[]
}

const DETOURS: readonly Detour[] = [
  {
    title: 'another project by --prefix',
    clients: ['npm', 'npm-11'],
    at: '.',
    npmrc: ({ root }) => join(root, 'elsewhere'),
    words: ({ root }) => ['publish', `--prefix=${join(root, 'elsewhere')}`],
  },
  {
    title: 'the global settings of --prefix',
    clients: ['npm', 'npm-11'],
    at: '.',
    npmrc: ({ root }) => join(root, 'elsewhere', 'etc'),
    words: ({ root }) => ['publish', `--prefix=${join(root, 'elsewhere')}`],
  },
  {
    title: 'the settings of a workspace by --no-workspaces',
    clients: ['npm', 'npm-11'],
    at: 'packages/rocket',
    npmrc: (_one, { folder }) => join(folder, 'packages/rocket'),
    words: () => ['publish', '--no-workspaces'],
  },
  {
    title: 'the settings of a workspace by --workspaces=false',
    clients: ['npm', 'npm-11'],
    at: 'packages/rocket',
    npmrc: (_one, { folder }) => join(folder, 'packages/rocket'),
    words: () => ['publish', '--workspaces=false'],
  },
]

let releases = 0

async function scene(check: Test): Promise<ReleaseScene> {
  const one = await openReleaseScene()
  check.teardown(() => one.close())
  await one.sandbox.publish({ name: NAME, version: '1.0.0' })
  trustWorkflow(one.sandbox)
  return one
}

/** The root of workspaces, with the package in one of them. */
async function checkoutOf(one: ReleaseScene, detour: Detour, isGuarded: boolean, token: string): Promise<Checkout> {
  releases += 1
  const scripts = isGuarded ? { prepublishOnly: 'bonafide guard' } : {}
  const version = `1.${releases}.0`
  const manifest = {
    name: NAME,
    version,
    license: 'MIT',
    repository: 'github:acme/rocket',
    publishConfig: { access: 'public' },
    scripts,
  }
  const isInside = detour.at !== '.'
  const checkout = isInside
    ? await one.checkout(
        version,
        { private: true, workspaces: ['packages/*'] },
        { 'packages/rocket/package.json': JSON.stringify(manifest), '.gitignore': '.npmrc\n' },
      )
    : await one.checkout(version, manifest)
  const folder = detour.npmrc(one, checkout)
  await mkdir(folder, { recursive: true })
  const name = folder.endsWith('/etc') ? 'npmrc' : '.npmrc'
  await writeFile(join(folder, name), `//${new URL(one.sandbox.registryUrl).host}/@acme%2frocket:_authToken=${token}\n`)
  credentialsBelongTo(join(folder, name))
  return checkout
}

for (const detour of DETOURS) {
  await t.test(detour.title, { skip }, async (check) => {
    const one = await scene(check)
    for (const client of detour.clients) {
      await check.test(client, { skip: missing(client) }, async (test) => {
        const token = one.longLived()
        const open = await checkoutOf(one, detour, false, token)
        const sent = await one.sentBy(async () => {
          const ran = await one.run(client, join(open.folder, detour.at), detour.words(one), one.job(open))
          test.equal(ran.code, 0, ran.stderr)
        })
        test.strictSame(
          sent.map(({ authorization }) => authorization === `Bearer ${token}`),
          [true],
          'open',
        )
        const closed = await checkoutOf(one, detour, true, token)
        const guarded = await one.sentBy(async () => {
          const ran = await one.run(client, join(closed.folder, detour.at), detour.words(one), one.job(closed))
          test.not(ran.code, 0)
          test.match(ran.stdout, /credential-long-lived/u)
        })
        test.strictSame(guarded, [], 'closed')
      })
    }
  })
}

await t.test(
  'another package in publishConfig.directory, for which the token is good',
  { skip: skip || missing('pnpm') },
  async (check) => {
    const one = await scene(check)
    const other = '@acme/other'
    await one.sandbox.publish({ name: other, version: '1.0.0' })
    const created = new Date(Date.now() - 24 * 3_600_000)
    const expiry = new Date(created.getTime() + 60 * 24 * 3_600_000)
    const { token } = one.sandbox.accounts.createToken({
      created,
      expiry,
      bypass2fa: true,
      scopes: [{ type: 'package', name: other }],
    })
    await writeFile(join(one.home, '.npmrc'), `//${new URL(one.sandbox.registryUrl).host}/:_authToken=${token}\n`)
    credentialsBelongTo(join(one.home, '.npmrc'))
    const publish = async (name: string, scripts: object) => {
      releases += 1
      const version = `1.${releases}.0`
      const checkout = await one.checkout(
        version,
        { scripts, publishConfig: { directory: 'dist' } },
        { '.gitignore': 'dist\n' },
      )
      await mkdir(join(checkout.folder, 'dist'))
      await writeFile(join(checkout.folder, 'dist/package.json'), JSON.stringify({ name, version, license: 'MIT' }))
      let said = ''
      const sent = await one.sentBy(async () => {
        const ran = await one.run('pnpm', checkout.folder, ['publish', '--no-git-checks'], one.job(checkout))
        said = ran.stdout + ran.stderr
      })
      return { said, sent: sent.map(({ path, authorization }) => [path, authorization === `Bearer ${token}`]) }
    }
    const guarded = { prepublishOnly: 'bonafide guard' }
    check.strictSame((await publish(other, {})).sent, [['/@acme%2fother', true]], 'open')
    const { said, sent } = await publish(other, guarded)
    check.strictSame(sent, [], 'closed')
    check.match(said, /package-manifest-differs/u)
    const built = await publish(NAME, guarded)
    check.strictSame(built.sent, [['/@acme%2frocket', false]], `the same package, built\n${built.said}`)
  },
)

await t.test('the policy of the repository counts for a package in it', { skip }, async (check) => {
  const one = await scene(check)
  releases += 1
  const version = `1.${releases}.0`
  const about = { name: NAME, version, license: 'MIT', repository: 'github:acme/rocket' }
  const checkout = await one.checkout(
    version,
    { private: true },
    {
      'bonafide.json': JSON.stringify({ version: 1, publish: { triggers: ['release'] } }),
      'packages/rocket/package.json': JSON.stringify(about),
    },
  )
  for (const words of [
    ['guard', 'packages/rocket'],
    ['publish', 'packages/rocket', '--dry-run', ...one.trust],
  ]) {
    const ran = await one.bonafide(checkout.folder, words, one.job(checkout))
    check.equal(ran.code, 1, ran.stderr)
    check.match(ran.stdout, /release-trigger/u, words.join(' '))
  }
})

await t.test('a registry that is none is told without the login in it', { skip }, async (check) => {
  const one = await scene(check)
  const password = `hunter${String(Math.random()).slice(2)}`
  for (const address of [`ftp://sam:${password}@registry.example/`, `sam:${password}@registry.example`]) {
    const named = await one.checkout('1.99.0', { publishConfig: { registry: address } })
    credentialsBelongTo(join(named.folder, 'package.json'))
    for (const words of [
      ['publish', '.', '--registry', address],
      ['publish', '.'],
      ['publish', '.', '--json'],
      ['guard'],
      ['doctor', 'tokens', '--registry', address],
      ['doctor', '--registry', address],
    ]) {
      const ran = await one.bonafide(named.folder, words, one.job(named))
      check.notOk(`${ran.stdout}${ran.stderr}`.includes(password), `${words.join(' ')}\n${ran.stdout}${ran.stderr}`)
    }
  }
})

await t.test('no token stands in what libraries print of their own connections', { skip }, async (check) => {
  const one = await scene(check)
  const { host } = new URL(one.sandbox.registryUrl)
  const token = one.longLived()
  await writeFile(join(one.home, '.npmrc'), `//${host}/:_authToken=${token}\n`)
  credentialsBelongTo(join(one.home, '.npmrc'))
  const checkout = await one.checkout('1.99.1')
  // A proxy that is not there: the request is written out all the same.
  const env = { ...one.job(checkout), DEBUG: '*', npm_config_proxy: 'http://127.0.0.1:9/' }
  for (const words of [['guard'], ['publish', '.', ...one.trust]]) {
    const { stdout, stderr } = await one.bonafide(checkout.folder, words, env)
    check.match(stdout, /credential-unchecked|credential-unknown-lifetime/u, 'the registry was asked')
    check.notOk(`${stdout}${stderr}`.includes(token.slice(4, -4)), words[0] ?? '')
  }
})
