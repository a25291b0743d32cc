// SPDX-License-Identifier: Apache-2.0
// Somebody's machine with a real client on it: the client alone, and behind `bonafide run`, with the same settings and the same caches.
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { mkdir, readFile, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Test } from 'tap'
import { commandOf, ended } from '../support/clients.ts'
import type { ClientName, Ended } from '../support/clients.ts'
import { startWorld } from '../support/world.ts'
import type { World } from '../support/world.ts'

const BONAFIDE = fileURLToPath(new URL('../../packages/cli/bin/bonafide.js', import.meta.url))
const RUN = [process.execPath, '--conditions=bonafide-source', BONAFIDE, 'run']
// Without what the test's own process hands down: with a loader in NODE_OPTIONS a file in one of Yarn's archives is not found.
const [ENV, ...CLEAN] = ['/usr/bin/env', '-u', 'NODE_OPTIONS'] as const
/** The person's credential for the registry, wherever clients look for one. */
export const TOKEN = 'npm_0123456789abcdefghijklmnopqrstuvwxyz'

/** A registry, a person's settings and caches, and one client. */
export interface RunScene {
  readonly world: World
  readonly home: string
  /** Makes a project in a folder of its own, with a `package.json`. */
  readonly project: (manifest: object, files?: Readonly<Record<string, string>>) => Promise<string>
  /** The client alone. */
  readonly plain: (folder: string, words: readonly string[], env?: Readonly<Record<string, string>>) => Promise<Ended>
  /** The same behind `bonafide run`. */
  readonly guarded: (folder: string, words: readonly string[], more?: GuardedMore) => Promise<Ended>
  /** Starts the latter and leaves it to itself. */
  readonly started: (folder: string, words: readonly string[], more?: GuardedMore) => ChildProcess
  /** Caches that nobody has used yet, the client's and bonafide's. */
  readonly forget: () => void
  /** What is in a file; null where there is none. */
  readonly read: (...path: readonly string[]) => Promise<string | null>
  /** Whether the payload of `paint` 1.0.1 or of the tool `spray` 1.0.1 ran, and takes its trace away. */
  readonly isOwned: () => Promise<boolean>
  /** Every file below a folder that holds what only the attack version has. */
  readonly traces: (folder: string) => Promise<readonly string[]>
}

/** In what a guarded run is to differ. */
export interface GuardedMore {
  /** Words before the `--`. */
  readonly options?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
}

/** The payload of an attack version: it leaves a file in the home folder. */
export const OWNED = `require('fs').writeFileSync(require('path').join(process.env.HOME, 'owned'), '')`
/** What only the attack versions hold. */
export const MARK = 'stolen-token-was-here'

/**
 * A registry with `paint`, `brush`, `@acme/fuel` and the tool `spray`, all attested; then 1.0.1 of `paint` and of `spray`, sent with a
 * stolen token a month ago. Another registry where `release` fills it.
 */
export async function startRunScene(
  check: Test,
  client: ClientName,
  release: (world: World) => Promise<unknown> = publish,
): Promise<RunScene> {
  const world = await startWorld(`run-${client}`)
  check.teardown(() => world.close())
  const { root, sandbox } = world
  const home = join(root, 'home')
  const bin = await installClient(root, client)
  const { registryUrl } = sandbox
  await writeFile(
    join(home, '.npmrc'),
    `registry=${registryUrl}\n//${new URL(registryUrl).host}/:_authToken=${TOKEN}\n`,
  )
  await release(world)
  let [projects, generation] = [0, 0]
  const variables = (): Record<string, string> => {
    const cache = (name: string): string => join(root, `${name}-${generation}`)
    return {
      HOME: home,
      PATH: [bin, dirname(process.execPath), '/usr/bin', '/bin'].join(delimiter),
      XDG_CACHE_HOME: cache('cache'),
      XDG_DATA_HOME: cache('data'),
      XDG_STATE_HOME: cache('state'),
      TMPDIR: root,
      npm_config_cache: cache('npm'),
      npm_config_userconfig: join(home, '.npmrc'),
      npm_config_registry: registryUrl,
      npm_config_update_notifier: 'false',
      PNPM_CONFIG_REGISTRY: registryUrl,
      PNPM_CONFIG_STORE_DIR: cache('pnpm-store'),
      PNPM_CONFIG_CACHE_DIR: cache('pnpm-cache'),
      // Other bytes stay other bytes: it would ask for them again for a minute.
      PNPM_CONFIG_FETCH_RETRIES: '0',
      YARN_GLOBAL_FOLDER: cache('yarn-global'),
      YARN_ENABLE_TELEMETRY: '0',
      YARN_ENABLE_IMMUTABLE_INSTALLS: '0',
      YARN_NPM_REGISTRY_SERVER: registryUrl.slice(0, -1),
      YARN_NPM_AUTH_TOKEN: TOKEN,
      YARN_HTTP_RETRY: '0',
      YARN_UNSAFE_HTTP_WHITELIST: '127.0.0.1',
      ...(client === 'yarn-classic' ? { YARN_CACHE_FOLDER: cache('yarn') } : {}),
      BUN_CONFIG_REGISTRY: registryUrl,
      BUN_CONFIG_TOKEN: TOKEN,
      BUN_INSTALL_CACHE_DIR: cache('bun'),
      NODE_AUTH_TOKEN: TOKEN,
      'npm_config_//127.0.0.1/:_authToken': TOKEN,
    }
  }
  return {
    world,
    home,
    async project(manifest, files = {}) {
      projects += 1
      const folder = join(root, `project-${projects}`)
      await mkdir(folder)
      for (const [name, text] of Object.entries({ 'package.json': `${JSON.stringify(manifest, null, 2)}\n`, ...files }))
        await writeFile(join(folder, name), text)
      return folder
    },
    plain: (folder, [file = '', ...words], env = {}) =>
      ended(ENV, [...CLEAN, file, ...words], {
        cwd: folder,
        env: { ...variables(), ...env },
      }),
    guarded: (folder, words, { options = [], env = {} } = {}) =>
      ended(ENV, [...CLEAN, ...RUN, ...world.trust, ...options, '--', ...words], {
        cwd: folder,
        env: { ...variables(), ...env },
      }),
    started: (folder, words, { options = [], env = {} } = {}) =>
      spawn(ENV, [...CLEAN, ...RUN, ...world.trust, ...options, '--', ...words], {
        cwd: folder,
        env: { ...variables(), ...env },
        stdio: ['ignore', 'pipe', 'pipe'],
      }),
    forget() {
      generation += 1
    },
    read: (...path) => readFile(join(...path), 'utf8').catch(() => null),
    async isOwned() {
      const path = join(home, 'owned')
      const isThere = (await stat(path).catch(() => null)) !== null
      await rm(path, { force: true })
      return isThere
    },
    traces,
  }
}

async function publish(world: World): Promise<void> {
  const { sandbox } = world
  const release: World['release'] = (name, version, more) => world.release(name, version, more)
  const bin = { spray: 'spray.js' }
  const tool = `#!/usr/bin/env node\nrequire('fs').writeFileSync('sprayed', process.argv.slice(2).join(' '))\n`
  await release('@acme/fuel', '2.1.0')
  await release('brush', '1.0.0', { manifest: { dependencies: { '@acme/fuel': '^2.0.0' } } })
  await release('paint', '1.0.0')
  await release('spray', '1.0.0', { manifest: { bin }, files: { 'spray.js': tool } })
  sandbox.clock.advance(2 * 86_400_000)
  const stolen = { provenance: null, tag: null }
  const scripts = { postinstall: 'node owned.js' }
  await release('paint', '1.0.1', { ...stolen, manifest: { scripts }, files: { 'owned.js': `// ${MARK}\n${OWNED}` } })
  const owned = `#!/usr/bin/env node\n// ${MARK}\n${OWNED}\n`
  await release('spray', '1.0.1', { ...stolen, manifest: { bin }, files: { 'spray.js': owned } })
}

// The client's own commands by their own names, as on a machine where it is installed. No scripts of a shell: those lose variables whose
// names a shell cannot read, such as `npm_config_@acme:registry`.
async function installClient(root: string, client: ClientName): Promise<string> {
  const folder = join(root, 'clients')
  const program = commandOf(client).at(-1) ?? ''
  const commands: Readonly<Record<ClientName, Readonly<Record<string, string>>>> = {
    npm: { npm: program, npx: program.replace('npm-cli.js', 'npx-cli.js') },
    'npm-11': { npm: program, npx: program.replace('npm-cli.js', 'npx-cli.js') },
    pnpm: { pnpm: program },
    yarn: { yarn: program },
    'yarn-classic': { yarn: program },
    bun: { bun: program, bunx: program },
  }
  await mkdir(folder)
  for (const [name, target] of Object.entries(commands[client])) await symlink(target, join(folder, name))
  return folder
}

async function traces(folder: string): Promise<readonly string[]> {
  const names = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => [])
  const files = names.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  const texts = await Promise.all(files.map(async (file) => [file, await readFile(file, 'latin1')] as const))
  return texts.filter(([, text]) => text.includes(MARK)).map(([file]) => file)
}

/** Another host: a server that is reached as `localhost`, and counts who asks. */
export interface OtherHost {
  readonly url: string
  readonly asked: readonly string[]
}

/** Starts another host, which hands on what the registry has. */
export async function startOtherHost(check: Test, registryUrl: string): Promise<OtherHost> {
  const asked: string[] = []
  const server = createServer((request, response) => {
    asked.push(request.url ?? '')
    void handOn(request, response, registryUrl).catch(() => response.destroy())
  })
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  check.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  return { url: `http://localhost:${(server.address() as AddressInfo).port}/`, asked }
}

async function handOn({ url = '/', headers }: IncomingMessage, response: ServerResponse, to: string): Promise<void> {
  const answer = await fetch(new URL(url, to), { headers: { accept: headers.accept ?? '*/*' } })
  response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? 'text/plain' })
  response.end(Buffer.from(await answer.arrayBuffer()))
}
