// SPDX-License-Identifier: Apache-2.0
// What findCredentials says beyond who sends what: places and lines, one credential for several clients, variables, and files that cannot be read.
import t from 'tap'
import type { Test } from 'tap'
import { execFile } from 'node:child_process'
import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { inspect, promisify } from 'node:util'
import { findCredentials } from '@bonafide/credentials'
import { commandOf, ended } from '../support/clients.ts'
import { importExample } from '../support/readme.ts'
import { describe, openStage } from './stage.ts'
import type { Scene } from './stage.ts'

const stage = await openStage(t)
const run = promisify(execFile)

// What a token of the public registry looks like, made here so that no file holds one.
const { token: NPM_TOKEN } = stage.accounts.createToken()

const UNREADABLE = { code: 'BONAFIDE_CREDENTIALS_UNREADABLE' }
const MALFORMED = { code: 'BONAFIDE_CREDENTIALS_MALFORMED' }

async function find(test: Pick<Test, 'teardown'>, scene: Scene): Promise<readonly string[]> {
  const { credentials } = await stage.find(await stage.set(test, scene))
  return credentials.map(describe)
}

await t.test('each place is named with its line, and all of them are, not only the one that wins', async (test) => {
  const found = await find(test, {
    package: { publishConfig: { access: 'public', '//<host>/:_authToken': 'CONFIG' } },
    files: {
      'repo/pkg/.npmrc': '; a comment\n\nregistry=<registry>\n//<host>/:_authToken=ONE\n//<host>/:_authToken=TWO\n',
      'home/.npmrc': '//<host>/:_authToken=USER\n',
      'repo/.yarnrc.yml': 'npmScopes:\n  acme:\n    # here\n    npmAuthToken: YARN\n',
      'repo/pkg/bunfig.toml': '[install]\n\n[install.scopes]\nacme = { url = "<registry>",\n  token = "BUN" }\n',
    },
    env: { 'npm_config_//<host>/:_authToken': 'VARIABLE' },
  })
  const host = new URL(stage.registry).host
  const key = `//${host}/scene-1/:_authToken`
  test.strictSame(found, [
    `token ${key} in pkg/package.json:7 [npm]`,
    `token ${key} in npm_config_//${host}/scene-1/:_authToken [pnpm]`,
    `token ${key} in pkg/.npmrc:5 [yarn-classic]`,
    `token ${key} in home/.npmrc:1 []`,
    'token npmScopes.acme.npmAuthToken in repo/.yarnrc.yml:4 [yarn]',
    'token install.scopes.acme.token in pkg/bunfig.toml:5 [bun]',
  ])
})

await t.test('what several clients read in one place is one credential', async (test) => {
  const files = { 'home/.npmrc': 'registry=<registry>\n//<host>/:_authToken=USER\n' }
  const { credentials } = await stage.find(await stage.set(test, { files }))
  test.match(credentials, [{ readers: ['npm', 'pnpm', 'yarn-classic', 'bun'], layer: 'user', form: 'token' }])
  test.strictSame(credentials[0]?.sentBy, ['npm', 'pnpm', 'yarn-classic', 'bun'])
})

await t.test('an empty machine has none', async (test) => {
  const found = await stage.find(await stage.set(test, {}))
  test.match(found, { package: '@acme/rocket', credentials: [] })
  test.equal(new Set(Object.values(found.registries ?? {})).size, 1, 'everybody publishes to the public registry')
})

await t.test('variables that hold something shaped like a token, in any letters', async (test) => {
  const found = await find(test, {
    env: {
      RELEASE_SECRET: NPM_TOKEN,
      Node_Auth_Token: 'anything',
      npm_token: ` ${NPM_TOKEN}\n`,
      NPM_RC: `//registry.example/:_authToken=${NPM_TOKEN}\n`,
      SHORT: NPM_TOKEN.slice(0, -1),
      HARMLESS: 'text',
      NPM_TOKEN: '',
    },
  })
  test.strictSame(found, [
    'variable RELEASE_SECRET in RELEASE_SECRET []',
    'variable Node_Auth_Token in Node_Auth_Token []',
    'variable npm_token in npm_token []',
    'variable NPM_RC in NPM_RC []',
  ])
})

await t.test('a variable that a file names is listed beside the file’s line', async (test) => {
  const found = await find(test, {
    files: { 'home/.npmrc': 'registry=<registry>\n//<host>/:_authToken=${NPM_TOKEN}\n' },
    env: { NPM_TOKEN },
  })
  test.match(found, [
    /^token .* in home\/\.npmrc:2 \[npm pnpm yarn-classic bun\]$/u,
    'variable NPM_TOKEN in NPM_TOKEN []',
  ])
})

await t.test('a variable that is not set is named', async (test) => {
  const files = { 'home/.npmrc': 'registry=<registry>\n//<host>/:_authToken=${NPM_TOKEN}\n' }
  const { credentials } = await stage.find(await stage.set(test, { files }))
  test.match(credentials, [{ unexpanded: 'NPM_TOKEN', place: { line: 2 } }])
  test.equal(credentials[0]?.secret?.reveal(), '${NPM_TOKEN}')
})

await t.test('a helper is named and never run', async (test) => {
  const scene = {
    files: {
      'home/.npmrc': 'registry=<registry>\n//<host>/:tokenHelper=<root>/home/helper\n',
      'home/helper': '#!/bin/sh\ntouch <root>/was-run\n',
    },
  }
  const set = await stage.set(test, scene)
  await run('chmod', ['+x', join(set.root, 'home/helper')])
  const { credentials } = await stage.find(set)
  test.match(credentials, [{ form: 'helper', secret: null, sentBy: ['pnpm'], readers: ['pnpm'] }])
  await test.rejects(readFile(join(set.root, 'was-run')), { code: 'ENOENT' })
})

await t.test('a plugin of Yarn’s is named, since it may make up what is sent', async (test) => {
  const files = { 'repo/pkg/.yarnrc.yml': 'plugins:\n  - path: ./plugin.cjs\n    spec: plugin\n' }
  test.strictSame(await find(test, { files }), ['helper plugins in pkg/.yarnrc.yml:2 []'])
})

await t.test('client certificates are named, by file or as they stand', async (test) => {
  const found = await find(test, {
    files: {
      'home/.npmrc': 'registry=<registry>\n//<host>/:certfile=<root>/home/cert\n//<host>/:keyfile=<root>/home/key\n',
      'home/cert': 'certificate',
      'home/key': 'key',
      'repo/pkg/.npmrc': 'cert=CERTIFICATE\nkey=KEY\n',
    },
  })
  test.match(found, [
    /^certificate cert in pkg\/\.npmrc:1 /u,
    /^certificate .*:certfile in home\/\.npmrc:2 \[npm pnpm\]$/u,
  ])
})

await t.test('keys without a registry are named, although npm stops at them', async (test) => {
  const files = { 'home/.npmrc': 'registry=<registry>\n_auth=dTpw\n_authToken=BARE\n_password=cA==\n' }
  const found = await find(test, { files })
  test.match(found, [/^basic _auth .*:2/u, /^token _authToken .*:3 .*yarn-classic/u, /^password _password .*:4/u])
})

await t.test('in the home folder the project’s file is the user’s', async (test) => {
  const scene = { files: { 'repo/pkg/.npmrc': 'registry=<registry>\n//<host>/:_authToken=USER\n' } }
  const set = await stage.set(test, { ...scene, env: { HOME: '<root>/repo/pkg' } })
  const { credentials } = await stage.find(set)
  test.equal(credentials.length, 1)
  test.match(credentials, [{ sentBy: ['npm', 'pnpm', 'yarn-classic', 'bun'] }])
})

await t.test('a link to a file is that file', async (test) => {
  const set = await stage.set(test, { files: { elsewhere: 'registry=<registry>\n//<host>/:_authToken=LINK\n' } })
  await symlink(join(set.root, 'elsewhere'), join(set.root, 'home/.npmrc'))
  test.match((await stage.find(set)).credentials, [{ place: { path: join(set.root, 'home/.npmrc'), line: 2 } }])
})

await t.test('a folder behind a link is looked at where it lies', async (test) => {
  const files = { 'repo/.yarnrc.yml': 'npmPublishRegistry: "<registry>"\nnpmAuthToken: ABOVE\n' }
  const set = await stage.set(test, { files })
  await symlink(set.cwd, join(set.root, 'link'))
  const { credentials } = await stage.find({ ...set, cwd: join(set.root, 'link') })
  test.match(credentials.map(describe), ['token npmAuthToken in repo/.yarnrc.yml:2 [yarn]'])
  await test.rejects(stage.find({ ...set, cwd: join(set.root, 'gone') }), UNREADABLE)
})

await t.test(
  'npm publish dist, from within its script: the settings are those of the folder where npm was started',
  async (test) => {
    const set = await stage.set(test, {
      files: {
        'repo/pkg/.npmrc': 'registry=<registry>\n//<host>/:_authToken=STARTED\n',
        'repo/pkg/dist/.npmrc': '//<host>/:_authToken=BELOW\n',
        'repo/pkg/dist/package.json': JSON.stringify({
          name: '@acme/rocket',
          version: '1.0.0',
          scripts: { prepublishOnly: 'env -0 > <root>/environment; pwd > <root>/folder' },
        }),
      },
    })
    const [file = '', ...first] = commandOf('npm')
    await ended(file, [...first, 'publish', './dist'], set)
    const put = stage.sent(set)
    test.equal(put, 'Bearer STARTED')
    const text = await readFile(join(set.root, 'environment'), 'utf8')
    const entries = text
      .split('\0')
      .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)])
    const env = Object.fromEntries(entries) as Readonly<Record<string, string>>
    const cwd = (await readFile(join(set.root, 'folder'), 'utf8')).trim()
    test.equal(cwd, join(set.cwd, 'dist'))
    const { credentials } = await stage.find({ ...set, cwd, env })
    const npm = credentials.filter(({ sentBy }) => sentBy.includes('npm'))
    test.match(npm.map(describe), [/ in pkg\/\.npmrc:2 \[.*npm/u])
  },
)

await t.test('a key with a login in it is shown without', async (test) => {
  const files = {
    'home/.yarnrc.yml': 'npmRegistries:\n  "https://user:secret@registry.example":\n    npmAuthToken: TOKEN\n',
  }
  const found = await stage.find(await stage.set(test, { files }))
  test.match(found.credentials, [{ key: 'npmRegistries.https://…@registry.example.npmAuthToken' }])
})

await t.test('a secret in a registry’s URL is found, and shown nowhere', async (test) => {
  const secret = 'correct-horse-battery'
  const scene = {
    files: {
      'home/.npmrc': `registry=http://user:${secret}@<host>/\n//<host>/:_authToken=${NPM_TOKEN}\n`,
      'repo/pkg/.npmrc': '@acme:registry=http://<host>/${NPM_TOKEN}/\n',
    },
    env: { NPM_TOKEN },
  }
  const found = await stage.find(await stage.set(test, scene))
  test.ok(found.credentials.some((one) => one.form === 'password' && one.key === 'registry'))
  for (const text of [JSON.stringify(found), inspect(found, { depth: null, showHidden: true })]) {
    test.notOk(text.includes(secret), 'the password')
    test.notOk(text.includes(NPM_TOKEN), 'a pull request’s file that makes an address of a token')
  }
})

await t.test('a file that is there and cannot be read is never one without credentials', async (test) => {
  for (const path of ['home/.yarnrc.yml', 'home/.config/pnpm/auth.ini', 'home/.bunfig.toml', 'repo/.npmrc']) {
    const set = await stage.set(test, {})
    await mkdir(join(set.root, path), { recursive: true })
    await test.rejects(stage.find(set), { ...UNREADABLE, detail: { path: join(set.root, path) } }, path)
  }
  const folder = await stage.set(test, {})
  await mkdir(join(folder.root, 'home/.npmrc'))
  await test.rejects(stage.find(folder), {
    code: 'BONAFIDE_NPM_CONFIG',
    detail: { path: join(folder.root, 'home/.npmrc') },
  })
})

await t.test('a folder that is called .env is none', async (test) => {
  const files = { 'home/.npmrc': 'registry=<registry>\n//<host>/:_authToken=USER\n', 'repo/pkg/.env/pyvenv.cfg': '' }
  test.match(await find(test, { files }), [/^token .* in home\/\.npmrc:2 /u])
})

await t.test('another package than the folder’s: its own keys are looked for', async (test) => {
  const key = '//<host>/@other%2fname:_authToken=OTHER\n'
  const set = await stage.set(test, {
    files: { 'home/.npmrc': `registry=<registry>\n//<host>/:_authToken=USER\n${key}` },
  })
  const sent = async (name?: string): Promise<readonly string[]> => {
    const source = { cwd: set.cwd, env: set.env, ...(name === undefined ? {} : { package: name }) }
    const found = await findCredentials(source)
    test.equal(found.package, name ?? '@acme/rocket')
    return found.credentials.filter(({ sentBy }) => sentBy.includes('npm')).map(({ secret }) => secret?.reveal() ?? '')
  }
  test.strictSame(await sent(), ['USER'])
  test.strictSame(await sent('@other/name'), ['OTHER'])
})

await t.test('a pipe in place of a file keeps nobody waiting', async (test) => {
  const set = await stage.set(test, {})
  await run('mkfifo', [join(set.root, 'home/.yarnrc.yml')])
  await test.rejects(stage.find(set), UNREADABLE)
})

await t.test('a file that cannot be understood is an error with its place, and without its words', async (test) => {
  const broken: Readonly<Record<string, readonly [text: string, line: number | undefined]>> = {
    'repo/pkg/.yarnrc.yml': [`npmAuthToken: x\nnpmRegistries: [${NPM_TOKEN}\n`, 3],
    'home/.yarnrc.yml': [`# yarn lockfile v1\nnpmAuthToken ${NPM_TOKEN}\n`, 1],
    'repo/pkg/bunfig.toml': [`[install]\nregistry = { token = "${NPM_TOKEN}"\n`, undefined],
    'home/.bunfig.toml': [`[install.registry]\ntoken = "${NPM_TOKEN}"\ntoken = "${NPM_TOKEN}"\n`, undefined],
    'home/.config/pnpm/config.yaml': [`_auth:\n  "https://registry.example/": ${NPM_TOKEN}\n`, 2],
    'repo/pkg/package.json': [`{ "publishConfig": "${NPM_TOKEN}`, undefined],
  }
  for (const [path, [text, line]] of Object.entries(broken)) {
    const set = await stage.set(test, { files: { [path]: text } })
    const error: unknown = await stage.find(set).catch((caught: unknown) => caught)
    const detail = { path: join(set.root, path), ...(line === undefined ? {} : { line }) }
    test.match(error, { ...MALFORMED, detail }, path)
    test.notOk(inspect(error, { depth: null }).includes(NPM_TOKEN), `${path}: nothing of it`)
  }
  for (const text of [
    `{"${NPM_TOKEN}`,
    '[1]',
    'null',
    '{"https://registry.example/":{"@":{"authToken":1}}}',
    '{"x":"y"}',
  ]) {
    const set = await stage.set(test, { env: { pnpm_config__auth: text } })
    await test.rejects(stage.find(set), { ...MALFORMED, detail: { path: 'pnpm_config__auth' } }, text.slice(0, 2))
  }
})

await t.test('a small file that would make a large one of itself is turned away', async (test) => {
  const levels = Array.from({ length: 12 }, (_, index) => {
    const entries = Array.from({ length: 9 }, (__, one) => `  k${one}: *a${index}\n`).join('')
    return `l${index + 1}: &a${index + 1}\n${entries}`
  })
  const bomb = `l0: &a0\n  k: v\n${levels.join('')}`
  const set = await stage.set(test, { files: { 'home/.yarnrc.yml': bomb } })
  await test.rejects(stage.find(set), MALFORMED)
})

await t.test('the example of the README', async (test) => {
  const set = await stage.set(test, { files: { 'home/.npmrc': 'registry=<registry>\n//<host>/:_authToken=USER\n' } })
  const folder = test.testdir({})
  const { places } = (await importExample('credentials', folder)) as {
    places: (cwd: string, env: Readonly<Record<string, string>>) => Promise<readonly string[]>
  }
  const [line, ...rest] = await places(set.cwd, set.env)
  test.strictSame(rest, [])
  test.equal(line, `${join(set.root, 'home/.npmrc')}:2 is sent by npm, pnpm, yarn-classic, bun`)
  await writeFile(join(set.root, 'home/.npmrc'), '')
  test.strictSame(await places(set.cwd, set.env), [])
})
