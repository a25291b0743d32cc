// SPDX-License-Identifier: Apache-2.0
import { chmod, writeFile } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import t from 'tap'
import type { Test } from 'tap'
import { createRegistryClient, loadNpmSettings, publicRegistry } from '@bonafide/registry'
import type { NpmSettings } from '@bonafide/registry'
import { packumentOf, sendJson, startStub } from './stub-server.ts'

interface Files {
  readonly user?: string
  readonly project?: string
}

function folders(test: Test, { user = '', project = '' }: Files): { home: string; cwd: string } {
  const root = test.testdir({
    home: { '.npmrc': user },
    project: { 'package.json': '{"name":"x","version":"1.0.0"}', '.npmrc': project },
  })
  return { home: join(root, 'home'), cwd: join(root, 'project') }
}

async function load(
  test: Test,
  files: Files,
  env: Record<string, string> = {},
  argv: string[] = [],
): Promise<NpmSettings> {
  const { home, cwd } = folders(test, files)
  // The prefix keeps the machine's own global file out of the tests.
  return loadNpmSettings({ cwd, env: { PREFIX: home, ...env }, homeDir: home, argv })
}

function keysOf(settings: NpmSettings): string[] {
  return settings.ignored.map(({ key }) => key).sort()
}

const CORP = new URL('https://corp.example/npm/a')

await t.test('without configuration: the public registry, certificates checked, no credentials', async (test) => {
  const settings = await load(test, {})
  test.equal(settings.registry, publicRegistry())
  test.same(settings.ignored, [])
  test.equal(settings.connectionTo(CORP).rejectUnauthorized, true)
  test.equal(settings.authorize(new URL(publicRegistry())), null)
})

await t.test('npm’s order of files, environment and options holds', async (test) => {
  const files = { user: 'registry=https://user.example', project: 'registry=https://project.example' }
  test.equal((await load(test, { user: files.user })).registry, 'https://user.example/')
  const project = await load(test, files)
  test.equal(project.registry, 'https://project.example/')
  test.ok(project.fromProject.has('registry'))
  const env = await load(test, files, { npm_config_registry: 'https://env.example' })
  test.equal(env.registry, 'https://env.example/')
  test.notOk(env.fromProject.has('registry'))
  const cli = await load(test, files, { NPM_CONFIG_REGISTRY: 'https://env.example' }, [
    '--registry=https://cli.example',
  ])
  test.equal(cli.registry, 'https://cli.example/')
})

await t.test('the global file is the one beside the npm on the PATH, not beside our own Node.js', async (test) => {
  const root = test.testdir({
    // A project may bring an npm of its own along, and a file beside it; neither is the user's.
    project: { node_modules: { '.bin': { npm: '' } }, etc: { npmrc: 'registry=https://evil.example' } },
    system: {
      lib: { npm: { bin: { 'npm-cli.js': '' } } },
      bin: { npm: test.fixture('symlink', '../lib/npm/bin/npm-cli.js') },
      etc: { npmrc: 'registry=https://global.example' },
    },
    home: {},
  })
  const path = [join(root, 'project', 'node_modules', '.bin'), join(root, 'system', 'bin')].join(delimiter)
  const settings = await loadNpmSettings({
    cwd: join(root, 'project'),
    env: { PATH: path },
    homeDir: join(root, 'home'),
  })
  test.equal(settings.registry, 'https://global.example/')
})

await t.test('scopes are mapped by the user and by the project', async (test) => {
  const settings = await load(test, {
    user: '@corp:registry=https://corp.example/npm',
    project: '@team:registry=https://team.example/',
  })
  test.same(
    [...settings.scopes],
    [
      ['@corp', 'https://corp.example/npm/'],
      ['@team', 'https://team.example/'],
    ],
  )
  test.same([...settings.fromProject], ['@team:registry'])
})

await t.test('the user’s own variables are expanded, and stay with the path they were given for', async (test) => {
  const settings = await load(test, { user: '//corp.example/npm/:_authToken=${TOKEN}' }, { TOKEN: 'secret' })
  test.equal(settings.authorize(CORP), 'Bearer secret')
  test.equal(settings.authorize(new URL('https://corp.example/other')), null)
  test.equal(settings.authorize(new URL('https://corp.example:8443/npm/a')), null)
  test.equal(settings.authorize(new URL('https://evil.example/npm/a')), null)
  test.notMatch(JSON.stringify(settings), /secret/u)
})

await t.test('a variable that is not set is not sent as the words ${TOKEN}', async (test) => {
  const settings = await load(test, { user: '//corp.example/npm/:_authToken=${TOKEN}' })
  test.equal(settings.authorize(CORP), null)
  test.same(keysOf(settings), ['//corp.example/npm/:_authToken'])
})

await t.test(
  'tokens do not travel over plain http, except to loopback or where the user asked for it',
  async (test) => {
    const user = '//corp.example/npm/:_authToken=secret\n//127.0.0.1:4873/:_authToken=local'
    const settings = await load(test, { user, project: 'registry=http://corp.example/npm/' })
    test.equal(settings.authorize(new URL('http://corp.example/npm/a')), null, 'a project cannot downgrade')
    test.equal(settings.authorize(new URL('http://127.0.0.1:4873/a')), 'Bearer local')
    const asked = await load(test, { user: `${user}\n@corp:registry=http://corp.example/npm/` })
    test.equal(asked.authorize(new URL('http://corp.example/npm/a')), 'Bearer secret')
  },
)

await t.test('basic credentials work as npm has them', async (test) => {
  const password = Buffer.from('pass').toString('base64')
  const user = `//corp.example/:username=me\n//corp.example/:_password=${password}`
  test.equal((await load(test, { user })).authorize(CORP), `Basic ${Buffer.from('me:pass').toString('base64')}`)
})

await t.test('a hostile project cannot have the user’s token sent to its own host', async (test) => {
  const evil = await startStub()
  test.teardown(() => evil.close())
  evil.on('/a', (_, response) => sendJson(response, packumentOf('a')))
  const project = [
    `registry=${evil.url}`,
    `@scope:registry=${evil.url}`,
    `//${evil.host}/:_authToken=\${NPM_TOKEN}`,
    `//${evil.host}/:username=\${NPM_TOKEN}`,
    `//${evil.host}/:_password=\${NPM_TOKEN}`,
    '//evil.example/:_authToken=${NPM_TOKEN}',
    '${NPM_TOKEN}=x',
  ].join('\n')
  const user = '//corp.example/:_authToken=${NPM_TOKEN}'
  const settings = await load(test, { user, project }, { NPM_TOKEN: 'secret' })
  const client = createRegistryClient(settings, { registry: settings.registry })
  test.match(await client.fetchPackument('a', 'full'), { kind: 'found' })
  test.equal(evil.seen.length, 1)
  test.equal(evil.seen[0]?.headers.authorization, undefined)
  test.notMatch(JSON.stringify(evil.seen), /secret|NPM_TOKEN/u)
  test.same(keysOf(settings), [
    '${…}',
    `//${evil.host}/:_authToken`,
    `//${evil.host}/:_password`,
    `//${evil.host}/:username`,
    '//evil.example/:_authToken',
  ])
  test.notMatch(JSON.stringify(settings.ignored), /secret/u)
})

await t.test('a secret cannot be smuggled into the registry’s URL', async (test) => {
  const settings = await load(test, { project: 'registry=https://evil.example/${NPM_TOKEN}/' }, { NPM_TOKEN: 'secret' })
  test.equal(settings.registry, publicRegistry())
  test.match(settings.ignored, [{ key: 'registry', reason: 'variable-not-expanded' }])
})

await t.test('a project may use variables for hosts that the user named, and literal tokens anywhere', async (test) => {
  const project = '//corp.example/npm/:_authToken=${TOKEN}\n//team.example/:_authToken=literal'
  const settings = await load(test, { user: '@corp:registry=https://corp.example/npm/', project }, { TOKEN: 'secret' })
  test.equal(settings.authorize(CORP), 'Bearer secret')
  test.equal(settings.authorize(new URL('https://team.example/a')), 'Bearer literal')
  test.same(settings.ignored, [])
})

await t.test(
  'a project cannot turn off certificate checks, add an authority or put a proxy in between',
  async (test) => {
    const project = [
      'strict-ssl=false',
      'cafile=./evil.pem',
      'ca=evil',
      'cert=evil',
      'key=evil',
      'proxy=http://127.0.0.1:1/',
      'https-proxy=http://127.0.0.1:1/',
      'noproxy=corp.example',
      'local-address=127.0.0.1',
      '//corp.example/:certfile=./evil.pem',
      '//corp.example/:keyfile=./evil.pem',
      '//corp.example/:tokenHelper=./evil.sh',
      'tokenHelper=./evil.sh',
    ].join('\n')
    const settings = await load(test, { project })
    test.same(settings.connectionTo(CORP), { rejectUnauthorized: true })
    test.equal(settings.ignored.length, 13)
    test.ok(
      settings.ignored.every(({ reason, source }) => reason === 'project-may-not-set' && source.endsWith('.npmrc')),
    )
    // The same settings, handed down by `npm run` through the environment.
    const script = await load(
      test,
      { project },
      {
        npm_lifecycle_event: 'verify',
        npm_config_https_proxy: 'http://127.0.0.1:1/',
        npm_config_cafile: '/evil.pem',
        npm_config_noproxy: 'corp.example',
      },
    )
    test.same(script.connectionTo(CORP), { rejectUnauthorized: true })
    test.equal(script.ignored.length, 16)
  },
)

await t.test('the user can do all of that', async (test) => {
  const settings = await load(
    test,
    { user: 'strict-ssl=false\nhttps-proxy=http://proxy.example:3128/\nnoproxy=a.example\nca="-----BEGIN"' },
    { npm_config_local_address: '127.0.0.1' },
  )
  test.match(settings.connectionTo(CORP), {
    rejectUnauthorized: false,
    proxy: 'http://proxy.example:3128/',
    noProxy: 'a.example',
    ca: ['-----BEGIN'],
  })
  test.equal(settings.connectionTo(new URL('http://corp.example/')).proxy, undefined)
})

await t.test('a project cannot name another user configuration and speak through it', async (test) => {
  const { home, cwd } = folders(test, { project: 'userconfig=${PWD}/evil-npmrc\nglobalconfig=./evil-npmrc' })
  await writeFile(join(cwd, 'evil-npmrc'), 'strict-ssl=false\n@corp:registry=https://evil.example/')
  const evil = join(cwd, 'evil-npmrc')
  for (const env of [
    {},
    { npm_lifecycle_event: 'verify', npm_config_userconfig: evil, npm_config_globalconfig: evil },
  ]) {
    const settings = await loadNpmSettings({ cwd, env: { PREFIX: home, PWD: cwd, ...env }, homeDir: home })
    test.equal(settings.connectionTo(CORP).rejectUnauthorized, true)
    test.same([...settings.scopes], [])
    test.ok(keysOf(settings).includes('userconfig'))
  }
})

await t.test('a project that points userconfig at its own .npmrc is still the project', async (test) => {
  const { home, cwd } = folders(test, { project: 'userconfig=./.npmrc\nstrict-ssl=false' })
  const env = { PREFIX: home, npm_lifecycle_event: 'verify', npm_config_userconfig: join(cwd, '.npmrc') }
  const settings = await loadNpmSettings({ cwd, env, homeDir: home })
  test.equal(settings.connectionTo(CORP).rejectUnauthorized, true)
})

await t.test('in the home folder the project’s file is the user’s', async (test) => {
  const { home } = folders(test, { user: 'strict-ssl=false' })
  await writeFile(join(home, 'package.json'), '{}')
  const settings = await loadNpmSettings({ cwd: home, env: { PREFIX: home }, homeDir: home })
  test.equal(settings.connectionTo(CORP).rejectUnauthorized, false)
  test.same(settings.ignored, [])
})

await t.test(
  'configuration that cannot be read stops the run: it may hold what keeps private names private',
  async (test) => {
    await test.rejects(load(test, { user: 'registry=nonsense' }), { code: 'BONAFIDE_NPM_CONFIG' })
    await test.rejects(load(test, { user: '@corp:registry=nonsense' }), { code: 'BONAFIDE_NPM_CONFIG' })
    await test.rejects(load(test, { user: 'cafile=/nowhere/ca.pem' }), { code: 'BONAFIDE_NPM_CONFIG' })
    const { cwd } = folders(test, {})
    // A folder where a file should be cannot be read, whoever asks.
    const root = test.testdir({ '.npmrc': {} })
    await test.rejects(loadNpmSettings({ cwd, env: { PREFIX: root }, homeDir: root }), { code: 'BONAFIDE_NPM_CONFIG' })
  },
)

await t.test(
  'a file without read permission stops the run',
  { skip: process.getuid?.() === 0 && 'root reads everything' },
  async (test) => {
    const { home, cwd } = folders(test, { user: 'x=y' })
    await chmod(join(home, '.npmrc'), 0)
    await test.rejects(loadNpmSettings({ cwd, env: { PREFIX: home }, homeDir: home }), { code: 'BONAFIDE_NPM_CONFIG' })
  },
)

await t.test('reading configuration changes nothing of this process and prints nothing', async (test) => {
  const before = { ...process.env }
  const written: unknown[] = []
  const intercept = (stream: NodeJS.WriteStream): (() => void) => {
    const original = stream.write.bind(stream)
    stream.write = (chunk: unknown) => Boolean(written.push(chunk))
    return () => void (stream.write = original)
  }
  const restore = [intercept(process.stdout), intercept(process.stderr)]
  try {
    await load(test, { user: 'unknown-key=1\nregistry=https://a.example\nprefix=/x', project: 'nonsense=1\nprefix=/y' })
  } finally {
    for (const undo of restore) undo()
  }
  test.same(written, [])
  test.same({ ...process.env }, before)
})
