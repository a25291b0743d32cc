// SPDX-License-Identifier: Apache-2.0
// The real package managers install through a gateway: what was verified arrives, what was not leaves nothing on disk.
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import t from 'tap'
import type { Test } from 'tap'
import type { ClientKind, Gateway } from '@bonafide/gateway'
import { missing, openWorkbench } from '../support/clients.ts'
import type { ClientName } from '../support/clients.ts'
import { startScene } from './scene.ts'

interface Client {
  readonly kind: ClientKind
  readonly lockfile: string
  readonly install: readonly string[]
  readonly frozen: readonly string[]
  /** Variables that lead through the gateway and nowhere else. */
  readonly variables: (registry: string) => Readonly<Record<string, string>>
  /** Whether the reason for a refusal reaches the person at the terminal. */
  readonly showsReason: boolean
}

const NPM: Client = {
  kind: 'npm',
  lockfile: 'package-lock.json',
  install: ['install'],
  frozen: ['ci'],
  variables: (registry) => ({
    npm_config_registry: registry,
    npm_config_replace_registry_host: 'always',
    npm_config_fetch_retries: '0',
    npm_config_audit: 'true',
  }),
  showsReason: true,
}

const KINDS: Readonly<Partial<Record<ClientName, Client>>> = {
  npm: NPM,
  'npm-11': NPM,
  pnpm: {
    kind: 'pnpm',
    lockfile: 'pnpm-lock.yaml',
    install: ['install', '--no-frozen-lockfile'],
    frozen: ['install', '--frozen-lockfile'],
    variables: (registry) => ({ PNPM_CONFIG_REGISTRY: registry, PNPM_CONFIG_FETCH_RETRIES: '0' }),
    showsReason: false,
  },
  yarn: {
    kind: 'yarn',
    lockfile: 'yarn.lock',
    install: ['install', '--no-immutable'],
    frozen: ['install', '--immutable'],
    variables: (registry) => ({ YARN_NPM_REGISTRY_SERVER: registry.slice(0, -1), YARN_HTTP_RETRY: '0' }),
    showsReason: true,
  },
  bun: {
    kind: 'bun',
    lockfile: 'bun.lock',
    install: ['install', '--no-frozen-lockfile'],
    frozen: ['install', '--frozen-lockfile'],
    variables: (registry) => ({ BUN_CONFIG_REGISTRY: registry, BUN_CONFIG_HTTP_RETRY_COUNT: '0' }),
    showsReason: false,
  },
}

const environment = (gateway: Gateway, { kind, variables }: Client): Readonly<Record<string, string>> => ({
  ...variables(gateway.registryFor(kind)),
  HTTP_PROXY: gateway.proxyUrl,
  HTTPS_PROXY: gateway.proxyUrl,
  NO_PROXY: '127.0.0.1',
})

for (const [name, client] of Object.entries(KINDS) as [ClientName, Client][]) {
  await t.test(
    `${name}: an honest project installs, a stolen version does not`,
    { skip: missing(name) },
    async (check) => {
      const { world, open } = await startScene(check, `clients-${name}`)
      const { sandbox } = world
      await world.release('@tools/brush', '2.0.0', { manifest: { dependencies: { paint: '1.0.0' } } })
      await world.release('paint', '1.0.2', { provenance: null, files: { 'owned.js': 'stolen' } })
      await world.release('dull', '1.0.0', { files: { 'owned.js': 'unknown' } })
      sandbox.fault({ path: '/-/npm/v1/attestations/dull@1.0.0' }, { kind: 'login', status: 403 })
      const gateway = await open()
      const bench = await openWorkbench(sandbox.registryUrl, 'the-users-token')
      check.teardown(() => bench.close())
      const env = environment(gateway, client)
      const about = { name: 'shop', version: '1.0.0', private: true }
      const before = sandbox.requests.length

      const project = await bench.project('honest', { ...about, dependencies: { '@tools/brush': '^2.0.0' } })
      const installed = await bench.run(name, project, client.install, env)
      check.equal(installed.code, 0, installed.stdout + installed.stderr)
      check.ok(existsSync(join(project, 'node_modules/@tools/brush/index.js')))
      const lock = await readFile(join(project, client.lockfile), 'utf8')
      check.match(lock, '@tools/brush')
      const { port } = new URL(gateway.proxyUrl)
      check.notOk(lock.includes(`:${port}`), `the lockfile names no gateway:\n${lock}`)
      bench.forget()
      await rm(join(project, 'node_modules'), { recursive: true })
      const again = await bench.run(name, project, client.frozen, env)
      check.equal(again.code, 0, again.stdout + again.stderr)
      check.ok(existsSync(join(project, 'node_modules/@tools/brush/index.js')))
      check.equal(await readFile(join(project, client.lockfile), 'utf8'), lock)

      const attacked = await bench.project('attacked', { ...about, dependencies: { paint: '1.0.1' } })
      const refused = await bench.run(name, attacked, client.install, env)
      const said = refused.stdout + refused.stderr
      check.not(refused.code, 0, said)
      check.match(said, '403')
      check.equal(said.includes('bonafide: refused paint@1.0.1: regression-unpinned'), client.showsReason, said)
      check.notOk(existsSync(join(attacked, 'node_modules/paint/owned.js')))

      const unclear = await bench.project('undecided', { ...about, dependencies: { dull: '1.0.0' } })
      const undecided = await bench.run(name, unclear, client.install, env)
      check.not(undecided.code, 0, undecided.stdout + undecided.stderr)
      check.notOk(existsSync(join(unclear, 'node_modules/dull/owned.js')))
      check.match(gateway.log.undecided, [{ name: 'dull', version: '1.0.0' }])

      // A client may go on without it and end with 0; the log knows.
      const optional = await bench.project('optional', { ...about, optionalDependencies: { paint: '1.0.2' } })
      await bench.run(name, optional, client.install, env)
      check.notOk(existsSync(join(optional, 'node_modules/paint/owned.js')))

      check.strictSame([...gateway.log.served].map((one) => `${one.name}@${one.version}`).sort(), [
        '@tools/brush@2.0.0',
        'paint@1.0.0',
      ])
      check.match(gateway.log.refused, [
        { name: 'paint', version: '1.0.1' },
        { name: 'paint', version: '1.0.2' },
      ])
      check.strictSame(gateway.log.waysOut, [])
      const past = sandbox.requests
        .slice(before)
        .filter(({ headers }) => headers['user-agent']?.startsWith('bonafide') !== true)
      check.strictSame(
        past.map(({ path }) => path),
        [],
        'nothing past the gateway',
      )
      check.notOk(JSON.stringify(sandbox.requests.slice(before)).includes('the-users-token'))
    },
  )
}

for (const name of ['npm', 'npm-11', 'pnpm', 'yarn', 'bun'] as const) {
  const client = KINDS[name]
  if (client === undefined) continue
  await t.test(
    `${name}: behind a mirror below a path, as companies have it`,
    { skip: missing(name) },
    async (check) => {
      const { world, open } = await startScene(check, `mirror-${name}`)
      const { sandbox } = world
      const mirror = await startMirror(check, sandbox.registryUrl)
      const gateway = await open({ sources: { registry: mirror.url, evidenceRegistry: sandbox.registryUrl } })
      const bench = await openWorkbench(mirror.url, 'the-users-token')
      check.teardown(() => bench.close())
      const env = environment(gateway, client)
      const project = await bench.project('shop', { name: 'shop', version: '1.0.0', dependencies: { paint: '1.0.0' } })
      for (const args of [client.install, client.frozen]) {
        const ran = await bench.run(name, project, args, env)
        check.equal(ran.code, 0, ran.stdout + ran.stderr)
        check.ok(existsSync(join(project, 'node_modules/paint/index.js')))
        await rm(join(project, 'node_modules'), { recursive: true })
        bench.forget()
      }
      check.notOk((await readFile(join(project, client.lockfile), 'utf8')).includes(new URL(gateway.proxyUrl).host))
      check.strictSame(gateway.log.waysOut, [])
      check.ok(mirror.agents.length > 0 && mirror.agents.every((agent) => agent.startsWith('bonafide')))
    },
  )
}

interface Mirror {
  readonly url: string
  /** The user agents of all requests. */
  readonly agents: readonly string[]
}

// The same registry below a path, which names itself in its metadata.
async function startMirror(check: Test, upstream: string): Promise<Mirror> {
  const agents: string[] = []
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    agents.push(request.headers['user-agent'] ?? '')
    const path = (request.url ?? '').replace('/api/npm/', '')
    const got = await fetch(`${upstream}${path}`, { headers: { accept: request.headers.accept ?? '*/*' } })
    const type = got.headers.get('content-type') ?? ''
    const bytes = Buffer.from(await got.arrayBuffer())
    const own = `http://${request.headers.host ?? ''}/api/npm/`
    const body = type.includes('json') ? bytes.toString('utf8').replaceAll(upstream, own) : bytes
    response.writeHead(got.status, { 'content-type': type }).end(body)
  }
  const server = createServer((request, response) => void answer(request, response))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  check.teardown(() => {
    server.close()
    server.closeAllConnections()
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/npm/`, agents }
}
