// SPDX-License-Identifier: Apache-2.0
// What a child of `bonafide run` finds in its environment, and what becomes of the lockfile that it leaves.
import t from 'tap'
import { clientEnvironment, harmlessSettings, isCredentialVariable, mendLock, mirrorName } from '@bonafide/gateway'
import type { ClientEnvironmentParts, FormerGateway } from '@bonafide/gateway'

const PROXY = 'http://127.0.0.1:4873'
const PARTS: ClientEnvironmentParts = {
  env: {},
  registryFor: (client) => `${PROXY}/secret/${client}/`,
  proxyUrl: PROXY,
  scopes: ['@acme'],
  folders: {
    npmCache: '/run/npm',
    pnpmStore: '/run/pnpm-store',
    pnpmCache: '/run/pnpm-cache',
    yarnClassicCache: '/run/yarn',
    bunCache: '/run/bun',
    temporary: '/run/tmp',
    userConfig: '/run/npmrc',
    globalConfig: '/run/global-npmrc',
  },
  configHome: null,
  yarnPlugin: '/plugin.cjs',
  yarnClassic: null,
}

await t.test('whatever spelling the caller used, one value is left, and it is the gateway’s', async (check) => {
  const env = clientEnvironment({
    ...PARTS,
    env: {
      NPM_CONFIG_REGISTRY: 'http://evil.test/',
      'Npm_Config_Replace-Registry-Host': 'never',
      'npm_config_@acme:registry': 'http://evil.test/',
      'npm_config_@other:registry': 'http://evil.test/',
      Https_Proxy: 'http://evil.test/',
      pnpm_config_registry: 'http://evil.test/',
      NO_PROXY: '*',
      HOME: '/home/sam',
      UNSET: undefined,
    },
  })
  check.notMatch(JSON.stringify(env), /evil|never|"\*"/u)
  check.match(env, {
    HOME: '/home/sam',
    npm_config_registry: `${PROXY}/secret/npm/`,
    NPM_CONFIG_REGISTRY: `${PROXY}/secret/npm/`,
    'npm_config_@acme:registry': `${PROXY}/secret/npm/`,
    PNPM_CONFIG_REGISTRY: `${PROXY}/secret/pnpm/`,
    YARN_NPM_REGISTRY_SERVER: `${PROXY}/secret/yarn`,
    BUN_CONFIG_REGISTRY: `${PROXY}/secret/bun/`,
    NO_PROXY: '127.0.0.1:4873',
  })
  check.notOk('UNSET' in env)
  check.notOk('YARN_CACHE_FOLDER' in env, 'Yarn 4 would note it in .pnp.cjs')
  const classic = clientEnvironment({ ...PARTS, yarnClassic: { mirror: '/run/mirror' } })
  check.match(classic, { YARN_CACHE_FOLDER: '/run/yarn', YARN_YARN_OFFLINE_MIRROR: '/run/mirror' })
  const more = clientEnvironment({ ...PARTS, env: { YARN_PLUGINS: '/own.cjs' }, scopes: [] })
  check.equal(more['YARN_PLUGINS'], '/own.cjs;/plugin.cjs', 'a person’s own plugins stay')
  check.notOk('pnpm_config__auth' in more)
})

await t.test('no credential of a registry reaches a child, however it is called', async (check) => {
  for (const name of [
    'NODE_AUTH_TOKEN',
    'npm_token',
    'NPM_TOKEN',
    'NPM_ID_TOKEN',
    'npm_config__authToken',
    'NPM_CONFIG__AUTH',
    'npm_config_//registry.test/:_authToken',
    'NPM_CONFIG_//registry.test/:username',
    'npm_config__password',
    'npm_config_otp',
    'pnpm_config__auth',
    'PNPM_CONFIG__AUTH',
    'YARN_NPM_AUTH_TOKEN',
    'YARN_NPM_AUTH_IDENT',
    'BUN_CONFIG_TOKEN',
    'NPM_CONFIG_TOKEN',
    'ACTIONS_ID_TOKEN_REQUEST_TOKEN',
  ])
    check.ok(isCredentialVariable(name), name)
  for (const name of ['HOME', 'PATH', 'npm_config_prefix', 'npm_package_name', 'NODE_OPTIONS', 'GITHUB_ACTIONS'])
    check.notOk(isCredentialVariable(name), name)
})

await t.test('of a person’s .npmrc a child sees how they like their installs, and no secret', async (check) => {
  const npmrc = [
    '; mine',
    'prefix=/home/sam/.local',
    'save-exact = true',
    'omit[]=dev',
    'registry=http://registry.test/',
    '@acme:registry=http://acme.test/',
    '//registry.test/:_authToken=secret',
    '_auth=secret',
    '_password="secret"',
    'username=sam',
    'key="secret"',
    'cache=/warm',
    'proxy=http://proxy.test/',
    'script-shell=${SECRET}',
    '[section]',
  ]
  check.equal(harmlessSettings(npmrc.join('\r\n')), 'prefix=/home/sam/.local\nsave-exact = true\nomit[]=dev\n')
  check.equal(harmlessSettings(''), '')
})

const FORMER: FormerGateway = {
  origin: PROXY,
  baseOf: (client) => `${PROXY}/secret/${client}/`,
  registryOf: (name) => (name.startsWith('@private/') ? null : 'https://registry.test/npm/'),
}

function mend(file: string, text: string): string {
  const lock = mendLock(file, text, FORMER)
  return lock.kind === 'mended' ? lock.text : lock.kind
}

function bun(url: string): string {
  return `"a": ["a@1.0.0", "${url}", { "dependencies": { "b": "^1.0.0" } }, "sha512-x=="],`
}

function yarn(url: string): string {
  return `a@^1.0.0:\n  version "1.0.0"\n  resolved "${url}#0123abcd"\n`
}

await t.test('the gateway’s address is taken out of a lockfile, or the lockfile is named', async (check) => {
  check.equal(mend('bun.lock', bun('')), 'clean')
  check.equal(mend('bun.lock', bun(`${PROXY}/secret/bun/a/-/a-1.0.0.tgz`)), bun(''))
  check.equal(mend('bun.lock', bun(`${PROXY}/secret/bun/@s/a/-/a-1.0.0.tgz`)), bun(''))
  check.equal(mend('bun.lock', bun(`${PROXY}/secret/npm/a/-/a-1.0.0.tgz`)), 'unmendable', 'another client’s')
  check.equal(mend('bun.lock', `${bun('')}\n"b": ["b@${PROXY}/secret/bun/b", {}],`), 'unmendable', 'no tarball')
  check.equal(
    mend('yarn.lock', yarn(`${PROXY}/secret/npm/a/-/a-1.0.0.tgz`)),
    yarn('https://registry.test/npm/a/-/a-1.0.0.tgz'),
  )
  check.equal(
    mend('yarn.lock', yarn(`${PROXY}/secret/npm/@s%2fa/-/a-1.0.0.tgz`)),
    yarn('https://registry.test/npm/@s/a/-/a-1.0.0.tgz'),
  )
  check.equal(mend('yarn.lock', yarn(`${PROXY}/secret/npm/@private/a/-/a-1.0.0.tgz`)), 'unmendable', 'nobody’s')
  for (const file of ['package-lock.json', 'npm-shrinkwrap.json', 'pnpm-lock.yaml'])
    check.equal(mend(file, `"resolved": "${PROXY}/secret/npm/a/-/a-1.0.0.tgz"`), 'unmendable', file)
})

await t.test('a tarball lies in the mirror under the name by which Yarn 1 looks for it', async (check) => {
  check.equal(mirrorName('https://registry.test/a/-/a-1.0.0.tgz#0123'), 'a-1.0.0.tgz')
  check.equal(mirrorName('https://registry.test/@s/a/-/a-1.0.0.tgz'), '@s-a-1.0.0.tgz')
  check.equal(mirrorName('https://registry.test/@s%2fa/-/a-1.0.0.tgz'), '@s-a-1.0.0.tgz')
  check.equal(mirrorName('https://registry.test/npm/@s/a/-/@s/a-1.0.0.tgz'), '@s-a-1.0.0.tgz')
  check.equal(mirrorName('https://registry.test/download/a.tgz'), 'a.tgz')
  check.equal(mirrorName('https://registry.test/a/-/..%2f..%2fetc'), null, 'a name that climbs out')
  check.equal(mirrorName('https://registry.test/'), null)
  check.equal(mirrorName('no url'), null)
})
