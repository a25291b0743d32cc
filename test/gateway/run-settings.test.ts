// SPDX-License-Identifier: Apache-2.0
// Another host, named by a project's settings, by its lockfile or on the command line: it is asked by the client alone, and not behind a gateway.
import t from 'tap'
import type { Test } from 'tap'
import { missing } from '../support/clients.ts'
import { base, locked, succeeded } from './run-cases.ts'
import type { ClientFacts } from './run-cases.ts'
import { startOtherHost, startRunScene } from './run-scene.ts'
import type { RunScene } from './run-scene.ts'
import { BUN, NPM, PNPM, YARN, YARN_CLASSIC } from './run-clients.ts'

interface Pointed {
  readonly facts: ClientFacts
  /** Files of a project that lead to another host, whose URL ends in a slash. */
  readonly hostile: (url: string, scene: RunScene) => Readonly<Record<string, string>>
  /** `covered`: the gateway is asked all the same. `turned away`: nobody is. */
  readonly settings: 'covered' | 'turned away'
  /** Settings with which the client alone obeys such a lockfile. */
  readonly obeying?: Readonly<Record<string, string>>
  /** A lockfile that leads to another host for `paint`. */
  readonly lock: (lock: string, url: string) => string
}

const tarball = (url: string): string => `${url}paint/-/paint-1.0.0.tgz`
const proxyOf = (url: string): string => url.slice(0, -1)

const CASES: readonly Pointed[] = [
  ...(['npm', 'npm-11'] as const).map((client): Pointed => ({
    facts: { ...NPM, client, runsScripts: client === 'npm-11' },
    hostile: (url, { world }) => ({
      '.npmrc': [
        `registry=${url}`,
        `proxy=${proxyOf(url)}`,
        `https-proxy=${proxyOf(url)}`,
        'noproxy=*',
        'replace-registry-host=never',
        `cache=${world.root}/their-cache`,
        `@acme:registry=${world.sandbox.registryUrl}`,
      ].join('\n'),
    }),
    settings: 'covered',
    lock: (lock, url) => lock.replace(/"http[^"]*paint-1\.0\.0\.tgz"/u, `"${tarball(url)}"`),
  })),
  {
    facts: PNPM,
    hostile: (url, { world }) => ({
      '.npmrc': `registry=${url}\n@acme:registry=${world.sandbox.registryUrl}\n`,
      'pnpm-workspace.yaml': [
        `registries:\n  default: ${url}\n  '@acme': ${url}`,
        `httpProxy: ${proxyOf(url)}\nhttpsProxy: ${proxyOf(url)}\nnoProxy: '*'`,
        `storeDir: ${world.root}/their-store\nenableGlobalVirtualStore: true\n`,
      ].join('\n'),
    }),
    settings: 'covered',
    obeying: { 'pnpm-workspace.yaml': 'trustLockfile: true\n' },
    lock: (lock, url) =>
      lock.replace(/(paint@1\.0\.0:\n {4}resolution: \{integrity: [^}]*)\}/u, `$1, tarball: ${tarball(url)}}`),
  },
  {
    facts: YARN,
    hostile: (url) => ({
      '.yarnrc.yml': [
        'nodeLinker: node-modules',
        `npmRegistryServer: '${proxyOf(url)}'\nnpmAuthToken: secret\nnpmAlwaysAuth: true`,
        `npmScopes:\n  acme:\n    npmRegistryServer: '${proxyOf(url)}'\n    npmAuthToken: secret\n    npmAlwaysAuth: true`,
        `httpProxy: '${proxyOf(url)}'\nhttpsProxy: '${proxyOf(url)}'\nunsafeHttpWhitelist: ['*']`,
        `networkSettings:\n  '*':\n    httpProxy: '${proxyOf(url)}'\n`,
      ].join('\n'),
    }),
    settings: 'covered',
    lock: (lock, url) =>
      lock.replace(
        '"paint@npm:1.0.0"\n  checksum',
        `"paint@npm:1.0.0::__archiveUrl=${encodeURIComponent(tarball(url))}"\n  checksum`,
      ),
  },
  {
    facts: BUN,
    hostile: (url, { world }) => ({
      'bunfig.toml': `[install]\nregistry = "${url}"\n[install.cache]\ndir = "${world.root}/theirs"\n`,
      '.npmrc': `registry=${url}\n@acme:registry=${world.sandbox.registryUrl}\n`,
      '.env': `BUN_CONFIG_REGISTRY=${url}\nNO_PROXY=*\n`,
    }),
    settings: 'covered',
    lock: (lock, url) => lock.replace('"paint@1.0.0", ""', `"paint@1.0.0", "${tarball(url)}"`),
  },
  {
    facts: YARN_CLASSIC,
    hostile: (url, { world }) => ({
      '.yarnrc': `registry "${url}"\nproxy "${proxyOf(url)}"\nyarn-offline-mirror "${world.root}"\ncache-folder "${world.root}/theirs"\n`,
      '.npmrc': `registry=${url}\nproxy=${proxyOf(url)}\n`,
    }),
    settings: 'covered',
    lock: (lock, url) => lock.replace(/"http[^"]*paint-1\.0\.0\.tgz#/u, `"${tarball(url)}#`),
  },
]

for (const { facts, hostile, settings, obeying = {}, lock: pointed } of CASES) {
  const { client, lockfile } = facts
  const skip = missing(client)
  await t.test(`${client}: the settings of the project name another host`, { skip }, async (check) => {
    const { scene, lock, manifest, other } = await start(check, facts)
    const folder = await scene.project(manifest, { ...facts.files, [lockfile]: lock, ...hostile(other.url, scene) })
    const ran = await scene.guarded(folder, facts.frozen)
    if (settings === 'covered') succeeded(check, ran)
    else {
      check.equal(ran.code, 1)
      check.match(ran.stderr, /refused +localhost:\d+\n +found +asked for past the gateway/u)
    }
    check.strictSame(other.asked, [])
  })

  await t.test(`${client}: the lockfile names another host`, { skip }, async (check) => {
    const { scene, lock, manifest, other } = await start(check, facts)
    const leading = pointed(lock, other.url)
    check.not(leading, lock)
    const files = { ...facts.files, ...obeying, [lockfile]: leading }
    scene.forget()
    await scene.plain(await scene.project(manifest, files), facts.frozen, {
      YARN_UNSAFE_HTTP_WHITELIST: 'localhost,127.0.0.1',
    })
    check.equal(other.asked.length > 0, client !== 'npm', 'the client alone goes there; npm 12 refuses to by itself')
    const asked = other.asked.length
    const ran = await scene.guarded(await scene.project(manifest, files), facts.frozen)
    check.equal(ran.code, 1)
    check.match(ran.stderr, /refused +paint@1\.0\.0[^]+lock-resolved-mismatch/u)
    check.equal(other.asked.length, asked, 'and nobody behind the gateway')
  })
}

await t.test(
  'npm: a registry on the command line beats the environment, and is turned away',
  { skip: missing('npm') },
  async (check) => {
    const facts: ClientFacts = { ...NPM, client: 'npm', runsScripts: false }
    const { scene, lock, manifest, other } = await start(check, facts)
    const folder = await scene.project(manifest, { [facts.lockfile]: lock })
    const ran = await scene.guarded(folder, [...facts.frozen, '--registry', other.url])
    check.equal(ran.code, 1)
    check.match(ran.stderr, /refused +localhost:\d+\n +found +asked for past the gateway/u)
    check.strictSame(other.asked, [])
  },
)

await t.test(
  'bun: a scope in bunfig.toml beats everything, and is turned away',
  { skip: missing('bun') },
  async (check) => {
    const scene = await startRunScene(check, 'bun')
    const other = await startOtherHost(check, scene.world.sandbox.registryUrl)
    const manifest = { ...base(BUN), dependencies: { brush: '1.0.0' } }
    const scoped = `[install.scopes]\nacme = "${other.url}"\n`
    const ran = await scene.guarded(await scene.project(manifest, { 'bunfig.toml': scoped }), BUN.install)
    check.equal(ran.code, 1)
    check.match(ran.stderr, /refused +localhost:\d+\n +found +asked for past the gateway/u)
    check.strictSame(other.asked, [])
  },
)

async function start(
  check: Test,
  facts: ClientFacts,
): Promise<
  Awaited<ReturnType<typeof locked>> & {
    readonly scene: RunScene
    readonly other: Awaited<ReturnType<typeof startOtherHost>>
  }
> {
  const scene = await startRunScene(check, facts.client)
  const other = await startOtherHost(check, scene.world.sandbox.registryUrl)
  return { ...(await locked(check, scene, facts, { paint: '1.0.0', brush: '1.0.0' })), scene, other }
}
