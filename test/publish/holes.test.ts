// SPDX-License-Identifier: Apache-2.0
// The ways in which npm publishes with a token that outlives the job although the job has an identity: each open with the client alone, and
// closed by `bonafide guard` before it and by `bonafide publish` in its place.
import t from 'tap'
import type { Test } from 'tap'
import { createHash } from 'node:crypto'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { credentialsBelongTo } from '../redaction/channels.ts'
import type { PublishCode } from '@bonafide/core'
import { YARN_LOCK } from '../credentials/stage.ts'
import { missing } from '../support/clients.ts'
import type { ClientName, Ended } from '../support/clients.ts'
import { gitProgram } from '../support/git.ts'
import { openReleaseScene, trustWorkflow } from './release-scene.ts'
import type { Checkout, ReleaseScene } from './release-scene.ts'

const PUBLISH: Readonly<Partial<Record<ClientName, readonly string[]>>> = {
  npm: ['publish'],
  'npm-11': ['publish'],
  pnpm: ['publish', '--no-git-checks'],
}

/** A way in which a client passes over the identity of its job. */
interface Hole {
  readonly title: string
  readonly clients: readonly ClientName[]
  /** Whether the registry trusts the workflow, so that there would be a token of an hour. */
  readonly isTrusted: boolean
  /** What the guard says to it, and `publish`. */
  readonly guarded: readonly PublishCode[]
  readonly published: readonly PublishCode[]
  /** The user's .npmrc and fields of package.json, for a registry's host and a token. */
  readonly npmrc?: (host: string, token: string) => string
  readonly manifest?: (host: string, token: string) => object
}

const HOLES: readonly Hole[] = [
  {
    title: 'the exchange fails, and the token in .npmrc is used without a word',
    clients: ['npm', 'npm-11', 'pnpm'],
    isTrusted: false,
    guarded: ['credential-long-lived', 'exchange-denied'],
    published: ['credential-long-lived'],
    npmrc: (host, token) => `//${host}/:_authToken=${token}\n`,
  },
  {
    title: 'a key for the package beats the token of the exchange',
    clients: ['npm', 'npm-11'],
    isTrusted: true,
    guarded: ['credential-long-lived'],
    published: ['credential-long-lived'],
    npmrc: (host, token) => `//${host}/@acme%2frocket:_authToken=${token}\n`,
  },
  {
    title: 'a key for the package in publishConfig beats it too',
    clients: ['npm', 'npm-11'],
    isTrusted: true,
    guarded: ['credential-long-lived'],
    published: ['publish-config-credential'],
    manifest: (host, token) => ({
      publishConfig: { access: 'public', [`//${host}/@acme%2frocket:_authToken`]: token },
    }),
  },
]

let releases = 0

async function scene(check: Test, { isTrusted }: Pick<Hole, 'isTrusted'>): Promise<ReleaseScene> {
  const one = await openReleaseScene()
  check.teardown(() => one.close())
  await one.sandbox.publish({ name: '@acme/rocket', version: '1.0.0' })
  if (isTrusted) trustWorkflow(one.sandbox)
  return one
}

/** A checkout in which a hole is. */
async function holed(one: ReleaseScene, hole: Hole, token: string, more: object = {}): Promise<Checkout> {
  const { host } = new URL(one.sandbox.registryUrl)
  releases += 1
  await writeFile(join(one.home, '.npmrc'), hole.npmrc?.(host, token) ?? '')
  return one.checkout(`1.${releases}.0`, { ...hole.manifest?.(host, token), ...more })
}

const skip = gitProgram === undefined && 'no git'

for (const hole of HOLES) {
  await t.test(hole.title, { skip }, async (check) => {
    const one = await scene(check, hole)
    const token = one.longLived()
    for (const client of hole.clients) {
      await check.test(client, { skip: missing(client) }, async (test) => {
        const open = await holed(one, hole, token)
        const sent = await one.sentBy(async () => {
          const ran = await one.run(client, open.folder, PUBLISH[client] ?? [], one.job(open))
          test.equal(ran.code, 0, `${client} alone says that all is well\n${ran.stderr}`)
        })
        test.strictSame(
          sent.map(({ authorization }) => authorization === `Bearer ${token}`),
          [true],
          'open',
        )

        const closed = await holed(one, hole, token, { scripts: { prepublishOnly: 'bonafide guard' } })
        const guarded = await one.sentBy(async () => {
          const ran = await one.run(client, closed.folder, PUBLISH[client] ?? [], one.job(closed))
          test.not(ran.code, 0)
          for (const code of hole.guarded) test.ok(ran.stdout.includes(code), `${code}\n${ran.stdout}${ran.stderr}`)
        })
        test.strictSame(guarded, [], 'closed by the guard')
      })
    }
    const instead = await holed(one, hole, token)
    const words = await one.pack(instead)
    const sent = await one.sentBy(async () => {
      const ran = await one.bonafide(instead.folder, [...words, ...one.trust], one.job(instead))
      check.equal(ran.code, 1, ran.stderr)
      for (const code of hole.published) check.ok(ran.stdout.includes(code), `${code}\n${ran.stdout}`)
    })
    check.strictSame(sent, [], 'closed by publish')
  })
}

await t.test('without any of them the same job publishes, by the client and by publish', { skip }, async (check) => {
  const one = await scene(check, { isTrusted: true })
  for (const client of ['npm', 'npm-11', 'pnpm'] as const) {
    await check.test(client, { skip: missing(client) }, async (test) => {
      releases += 1
      const checkout = await one.checkout(`1.${releases}.0`, { scripts: { prepublishOnly: 'bonafide guard' } })
      const sent = await one.sentBy(async () => {
        const ran = await one.run(client, checkout.folder, PUBLISH[client] ?? [], one.job(checkout))
        test.equal(ran.code, 0, ran.stdout + ran.stderr)
      })
      test.equal(sent.length, 1)
      test.match(await documentOf(one), {
        versions: { [checkout.version]: { _npmUser: { trustedPublisher: { id: 'github' } } } },
      })
    })
  }
  await check.test('Yarn 4, from GitLab: its audience on GitHub has the port of this registry', async (test) => {
    const skipped = missing('yarn')
    if (skipped !== false) return test.pass(skipped)
    one.sandbox.trust.add('@acme/rocket', {
      type: 'gitlab',
      claims: { project_path: 'acme/rocket', ci_config_ref_uri: { file: '.gitlab-ci.yml' } },
      permissions: ['createPackage'],
    })
    releases += 1
    const manifest = { repository: 'gitlab:acme/rocket', scripts: { prepack: 'bonafide guard' } }
    const checkout = await one.checkout(`1.${releases}.0`, manifest, {
      'yarn.lock': YARN_LOCK,
      '.gitignore': '.yarn\n',
    })
    const sent = await one.sentBy(async () => {
      const ran = await one.run('yarn', checkout.folder, ['npm', 'publish'], one.job(checkout, 'gitlab'))
      test.equal(ran.code, 0, ran.stdout + ran.stderr)
    })
    test.equal(sent.length, 1)
    test.match(await documentOf(one), {
      versions: { [checkout.version]: { _npmUser: { trustedPublisher: { id: 'gitlab' } } } },
    })
    return undefined
  })
  await check.test('Bun packs, and publish sends it: Bun exchanges no identity', async (test) => {
    const skipped = missing('bun')
    if (skipped !== false) return test.pass(skipped)
    releases += 1
    const checkout = await one.checkout(`1.${releases}.0`)
    const packed = await one.run('bun', checkout.folder, ['pm', 'pack', '--destination', one.root])
    test.equal(packed.code, 0, packed.stderr)
    const tarball = join(one.root, `acme-rocket-${checkout.version}.tgz`)
    const sha512 = createHash('sha512')
      .update(await readFile(tarball))
      .digest('hex')
    const words = ['publish', tarball, '--sha512', sha512, ...one.trust]
    const ran = await one.bonafide(checkout.folder, words, one.job(checkout))
    test.equal(ran.code, 0, ran.stdout + ran.stderr)
    return undefined
  })
  releases += 1
  const checkout = await one.checkout(`1.${releases}.0`)
  const words = await one.pack(checkout)
  const ran = await one.bonafide(checkout.folder, [...words, ...one.trust], one.job(checkout))
  check.equal(ran.code, 0, ran.stdout + ran.stderr)
})

await t.test('a key for the package in a variable, of which dash tells no script', { skip }, async (check) => {
  const one = await scene(check, { isTrusted: true })
  const token = one.longLived()
  const { host } = new URL(one.sandbox.registryUrl)
  const key = { [`npm_config_//${host}/@acme%2frocket:_authToken`]: token }
  releases += 1
  const open = await one.checkout(`1.${releases}.0`)
  const sent = await one.sentBy(() => one.run('npm', open.folder, ['publish'], { ...one.job(open), ...key }))
  check.strictSame(
    sent.map(({ authorization }) => authorization === `Bearer ${token}`),
    [true],
    'open',
  )
  releases += 1
  const closed = await one.checkout(`1.${releases}.0`)
  const words = await one.pack(closed)
  const none = await one.sentBy(async () => {
    const ran = await one.bonafide(closed.folder, [...words, ...one.trust], { ...one.job(closed), ...key })
    check.equal(ran.code, 1, ran.stderr)
    check.match(ran.stdout, /credential-long-lived/u)
  })
  check.strictSame(none, [], 'closed by publish')
})

async function documentOf({ sandbox }: ReleaseScene): Promise<unknown> {
  return (await fetch(`${sandbox.registryUrl}@acme%2frocket`)).json()
}

// What a script writes that sees the job's variables: with it, anybody gets tokens for every package that trusts the workflow.
const THIEF = `const { ACTIONS_ID_TOKEN_REQUEST_TOKEN: token = 'nothing' } = process.env
require('node:fs').writeFileSync(process.env.LOOT, token)
`

await t.test('a script beside the identity steals it', { skip }, async (check) => {
  const one = await scene(check, { isTrusted: true })
  const loot = join(one.root, 'loot')
  // What the attacker's script writes is the point.
  credentialsBelongTo(loot)
  await check.test('its own prepack, by npm alone: stolen', async (test) => {
    const checkout = await one.checkout('2.0.0', { scripts: { prepack: 'node thief.js' } }, { 'thief.js': THIEF })
    const job = one.job(checkout)
    const ran = await one.run('npm', checkout.folder, ['publish'], { ...job, LOOT: loot })
    test.equal(ran.code, 0, ran.stderr)
    test.equal(await readFile(loot, 'utf8'), job['ACTIONS_ID_TOKEN_REQUEST_TOKEN'])
  })

  await check.test('its own prepack, with the guard: refused, and never run', async (test) => {
    const scripts = { prepublishOnly: 'bonafide guard', prepack: 'node thief.js' }
    const checkout = await one.checkout('2.0.1', { scripts }, { 'thief.js': THIEF })
    await rm(loot, { force: true })
    const ran = await one.run('npm', checkout.folder, ['publish'], { ...one.job(checkout), LOOT: loot })
    test.not(ran.code, 0)
    test.match(ran.stdout, /package-scripts/u)
    await test.rejects(readFile(loot), { code: 'ENOENT' })
  })

  await check.test('its own prepack, by publish: refused; let run, it finds nothing', async (test) => {
    const scripts = { prepack: 'node thief.js' }
    const checkout = await one.checkout('2.0.2', { scripts }, { 'thief.js': THIEF })
    const run = (...words: readonly string[]): Promise<Ended> =>
      one.bonafide(checkout.folder, ['publish', '.', ...words, ...one.trust], { ...one.job(checkout), LOOT: loot })
    const refused = await run()
    test.equal(refused.code, 1)
    test.match(refused.stdout, /package-scripts/u)
    await test.rejects(readFile(loot), { code: 'ENOENT' })
    const ran = await run('--allow-scripts')
    test.equal(ran.code, 0, ran.stdout + ran.stderr)
    test.equal(await readFile(loot, 'utf8'), 'nothing')
  })

  await check.test(
    'the postinstall of a dependency, by npm ci in the same job: stolen; by publish nothing of it is run',
    async (test) => {
      const scripts = { postinstall: 'node thief.js' }
      const { integrity } = await one.sandbox.publish({
        name: 'dropper',
        version: '4.2.1',
        manifest: { scripts },
        files: { 'thief.js': THIEF },
      })
      const dependencies = { dropper: '4.2.1' }
      const lock = {
        name: '@acme/rocket',
        version: '2.1.0',
        lockfileVersion: 3,
        requires: true,
        packages: {
          '': { name: '@acme/rocket', version: '2.1.0', license: 'MIT', dependencies },
          'node_modules/dropper': { version: '4.2.1', integrity, hasInstallScript: true },
        },
      }
      const checkout = await one.checkout('2.1.0', { dependencies }, { 'package-lock.json': JSON.stringify(lock) })
      const job = one.job(checkout)
      await rm(loot)
      // npm 12 runs the scripts that the project allows, npm 11 all.
      const ran = await one.run('npm-11', checkout.folder, ['ci'], { ...job, LOOT: loot })
      test.equal(ran.code, 0, ran.stderr)
      test.equal(await readFile(loot, 'utf8'), job['ACTIONS_ID_TOKEN_REQUEST_TOKEN'])

      // With us that job installs nothing: it has a tarball, and publishes what is in it.
      await rm(loot)
      await rm(join(checkout.folder, 'node_modules'), { recursive: true })
      const words = await one.pack(checkout)
      const published = await one.bonafide(checkout.folder, [...words, ...one.trust], { ...job, LOOT: loot })
      test.equal(published.code, 0, published.stdout + published.stderr)
      await test.rejects(readFile(loot), { code: 'ENOENT' })
    },
  )
})
