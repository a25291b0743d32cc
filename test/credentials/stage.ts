// SPDX-License-Identifier: Apache-2.0
// Real clients that publish to the sandbox from a machine on which only what a scene says is set, and what findCredentials says of the same
// folder and environment: the credential that was sent has to be the one that it names, and the only one.
import type { Test } from 'tap'
import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import type { Place } from '@bonafide/core'
import { checkCredentials, examineCredentials, findCredentials } from '@bonafide/credentials'
import type { Credential, FoundCredentials, PublishClient } from '@bonafide/credentials'
import { DEFAULT_PUBLISH_POLICY } from '@bonafide/policy'
import { startSandbox } from '@bonafide/sandbox'
import type { Sandbox, SandboxOptions } from '@bonafide/sandbox'
import { credentialsBelongTo } from '../redaction/channels.ts'
import { commandOf, ended, missing } from '../support/clients.ts'
import type { ClientName } from '../support/clients.ts'

/** A machine and a project. In all texts, `<host>` is the sandbox's registry, `<registry>` its URL, `<root>` the folder of the scene. */
export interface Scene {
  /** By path below the folder of the scene: `home/.npmrc`, `repo/pkg/.npmrc`. The package is `@acme/rocket` in `repo/pkg`. */
  readonly files?: Readonly<Record<string, string>>
  readonly env?: Readonly<Record<string, string>>
  readonly package?: Readonly<Record<string, unknown>>
  readonly args?: readonly string[]
}

/** A scene, and the `authorization` that the client was seen to send: null for none, whether or not it published. */
export type Row = readonly [title: string, sent: string | null, scene: Scene]

/** A scene that has been set up. */
export interface SetScene {
  /** How the paths of its requests begin. */
  readonly path: string
  readonly root: string
  readonly cwd: string
  readonly env: Readonly<Record<string, string>>
  readonly args: readonly string[]
}

/** How each client publishes. */
export const PUBLISH: Readonly<Record<ClientName, readonly string[]>> = {
  npm: ['publish', '--access', 'public'],
  'npm-11': ['publish', '--access', 'public'],
  pnpm: ['publish', '--no-git-checks', '--access', 'public'],
  yarn: ['npm', 'publish', '--access', 'public'],
  'yarn-classic': ['publish', '--non-interactive', '--access', 'public'],
  bun: ['publish', '--access', 'public'],
}

/** As Yarn 4 writes it, so that it need not be asked to install first. */
export const YARN_LOCK = `__metadata:
  version: 10
  cacheKey: 10

"@acme/rocket@workspace:.":
  version: 0.0.0-use.local
  resolution: "@acme/rocket@workspace:."
  languageName: unknown
  linkType: soft
`

// What a client needs to reach the sandbox, and no more: no credential, no registry.
const BARE = {
  CI: '1',
  npm_config_update_notifier: 'false',
  npm_config_fetch_retries: '0',
  npm_config_provenance: 'false',
  YARN_ENABLE_TELEMETRY: '0',
  YARN_ENABLE_GLOBAL_CACHE: '0',
  YARN_UNSAFE_HTTP_WHITELIST: '127.0.0.1',
  YARN_NODE_LINKER: 'node-modules',
}

/** One sandbox for all scenes of a file. */
export async function openStage(test: Pick<Test, 'teardown'>, options: SandboxOptions = {}): Promise<Stage> {
  const sandbox = await startSandbox(options)
  test.teardown(() => sandbox.close())
  return new Stage(sandbox)
}

/** Sets up scenes, has clients publish from them, and compares. */
export class Stage {
  readonly #sandbox: Sandbox
  readonly #host: string
  #scenes = 0

  constructor(sandbox: Sandbox) {
    this.#sandbox = sandbox
    this.#host = new URL(sandbox.registryUrl).host
  }

  get sandbox(): Sandbox {
    return this.#sandbox
  }

  get accounts(): Sandbox['accounts'] {
    return this.#sandbox.accounts
  }

  get registry(): string {
    return this.#sandbox.registryUrl
  }

  /** Plays all rows to a client, two at a time. */
  async play(test: Test, client: ClientName, rows: readonly Row[]): Promise<void> {
    const skip = missing(client)
    if (skip !== false) {
      test.pass(`skipped: ${skip}`)
      return
    }
    const waiting = [...rows]
    const work = async (): Promise<void> => {
      for (let row = waiting.shift(); row !== undefined; row = waiting.shift()) await this.#playOne(test, client, row)
    }
    await Promise.all([work(), work()])
  }

  /** Lays out the files of a scene; the folder goes away with the test. By default its registry has a path of its own. */
  async set(test: Pick<Test, 'teardown'>, scene: Scene, hasOwnPath = true): Promise<SetScene> {
    const root = await realpath(await mkdtemp(join(tmpdir(), 'bonafide-places-')))
    test.teardown(() => rm(root, { recursive: true, force: true }))
    // Everything below is what the scene says, and what clients make of it.
    credentialsBelongTo(root)
    // A path of its own for each scene tells the requests apart.
    this.#scenes += 1
    const name = hasOwnPath ? `/scene-${this.#scenes}` : ''
    const fill = (text: string): string =>
      text
        .replaceAll('<registry>', `http://<host>/`)
        .replaceAll('<host>', `${this.#host}${name}`)
        .replaceAll('<root>', root)
    const cwd = join(root, 'repo', 'pkg')
    await mkdir(join(root, 'home'), { recursive: true })
    await mkdir(cwd, { recursive: true })
    const manifest = { name: '@acme/rocket', version: '1.0.0', license: 'MIT', ...scene.package }
    const files = {
      'repo/pkg/package.json': JSON.stringify(manifest, null, 2),
      'repo/pkg/index.js': '',
      'repo/pkg/yarn.lock': YARN_LOCK,
      ...scene.files,
    }
    for (const [path, text] of Object.entries(files)) {
      await mkdir(dirname(join(root, path)), { recursive: true })
      // Places of credentials are what these tests are about; what anything else writes beside them is not.
      credentialsBelongTo(join(root, path))
      await writeFile(join(root, path), fill(text))
    }
    const env = Object.fromEntries(
      Object.entries({
        ...BARE,
        HOME: '<root>/home',
        PATH: [dirname(process.execPath), '/usr/bin', '/bin'].join(delimiter),
        npm_config_cache: '<root>/cache',
        npm_config_globalconfig: '<root>/globalrc',
        PREFIX: '<root>/prefix',
        ...scene.env,
      }).map(([key, value]) => [fill(key), fill(value)]),
    )
    return { path: `${name}/`, root, cwd, env, args: (scene.args ?? []).map(fill) }
  }

  /** What findCredentials says of a scene; options are npm's alone. */
  find(scene: SetScene, client: ClientName = 'npm'): Promise<FoundCredentials> {
    const argv = client === 'npm' || client === 'npm-11' ? scene.args : []
    return findCredentials({ cwd: scene.cwd, env: scene.env, argv })
  }

  /** What a client sent to publish from a scene. */
  sent(scene: SetScene): string | null {
    return this.#putOf(scene)?.headers.authorization ?? null
  }

  #putOf({ path: start }: SetScene): Sandbox['requests'][number] | undefined {
    return this.#sandbox.requests.find(({ method, path }) => method === 'PUT' && path.startsWith(start))
  }

  async #playOne(test: Test, client: ClientName, [title, expected, scene]: Row): Promise<void> {
    const set = await this.set(test, scene)
    const [file = '', ...first] = commandOf(client)
    const { stdout, stderr } = await ended(file, [...first, ...PUBLISH[client], ...set.args], set)
    const put = this.#putOf(set)
    const sent = this.sent(set)
    const row = `${client}: ${title}`
    test.equal(sent, expected, `${row}: sends ${expected ?? 'nothing'}\n${sent === expected ? '' : stdout + stderr}`)
    const found = await this.find(set, client)
    const named = found.credentials.filter(({ sentBy }) => sentBy.includes(whose(client)))
    if (expected === null) test.strictSame(named.map(describe), [], `${row}: none is named`)
    else {
      test.equal(named.length, 1, `${row}: one is named, of ${found.credentials.map(describe).join(', ')}`)
      const [only] = named
      test.ok(only !== undefined && isHeader(only, expected), `${row}: and it is the one that was sent`)
      test.ok(only?.readers.includes(whose(client)), `${row}: which the client reads`)
      const registry = found.registries?.[whose(client)] ?? ''
      test.ok(`${new URL(this.registry).origin}${put?.path}`.startsWith(registry), `${row}: to ${registry}`)
      if (only?.registry !== null) test.equal(only?.registry, registry.replace(/^https?:/u, ''), `${row}: its registry`)
      if (only !== undefined) await this.#judge(test, row, only, { ...found, registry })
    }
  }

  // What is sent and has no end that anybody knows is refused, in whichever place it stands; a variable that nobody set is no credential.
  async #judge(test: Test, row: string, only: Credential, found: FoundCredentials): Promise<void> {
    const judged = await examineCredentials(found, {
      connectionTo: () => ({ rejectUnauthorized: true }),
      now: this.#sandbox.clock.now(),
      policy: DEFAULT_PUBLISH_POLICY,
      patience: { retries: 0 },
    })
    const refused = checkCredentials(judged, found).filter(({ level }) => level === 'refuse')
    const isRefused = refused.some((finding) => JSON.stringify(finding.where) === JSON.stringify(only.place))
    const isText = only.unexpanded !== null || only.secret?.reveal().startsWith('${') === true
    test.equal(isRefused, !isText, `${row}: ${isText ? 'told of' : 'and refused'}`)
  }
}

/** A credential in one line, without its secret. */
export function describe({ form, place, key, sentBy }: Credential): string {
  return `${form} ${key} in ${where(place)} [${sentBy.join(' ')}]`
}

function where(place: Place): string {
  if (place.kind === 'file') return `${place.path.split('/').slice(-2).join('/')}:${place.line}`
  return 'name' in place ? place.name : place.kind
}

function whose(client: ClientName): PublishClient {
  return client === 'npm-11' ? 'npm' : client
}

function isHeader({ form, secret, unexpanded }: Credential, header: string): boolean {
  // Nobody can tell what a program says.
  if (secret === null) return form === 'helper'
  const [scheme = ''] = header.split(' ', 1)
  const value = header.slice(scheme.length + 1)
  if (scheme === 'Bearer') return value === secret.reveal() || (value === '' && unexpanded !== null)
  const pair = Buffer.from(value, 'base64').toString('utf8')
  if (form === 'basic') return Buffer.from(secret.reveal(), 'base64').toString('utf8') === pair
  // `https://user@host/`: the name is all there is.
  return pair.endsWith(`:${secret.reveal()}`) || pair === `${secret.reveal()}:`
}
