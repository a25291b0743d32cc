// SPDX-License-Identifier: Apache-2.0
// The real package managers, each in a folder of its own: cold caches, no settings but those that are told, nothing of the machine's.
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const MODULES = fileURLToPath(new URL('../../tools/clients/node_modules/', import.meta.url))
const BUN = { arm64: 'aarch64', x64: 'x64' }[process.arch as string] ?? process.arch

/** The clients, by the command that is run. */
const COMMANDS = {
  npm: [process.execPath, join(MODULES, 'npm/bin/npm-cli.js')],
  'npm-11': [process.execPath, join(MODULES, 'npm-11/bin/npm-cli.js')],
  pnpm: [join(MODULES, `@pnpm/exe.linux-${process.arch}/pnpm`)],
  yarn: [process.execPath, join(MODULES, '@yarnpkg/cli-dist/bin/yarn.js')],
  'yarn-classic': [process.execPath, join(MODULES, 'yarn-classic/bin/yarn.js')],
  bun: [join(MODULES, `@oven/bun-linux-${BUN}/bin/bun`)],
} as const

/** The name of a client. */
export type ClientName = keyof typeof COMMANDS

/** All clients. */
export const CLIENTS = Object.keys(COMMANDS) as readonly ClientName[]

/** The program of a client, and what it is given first. */
export function commandOf(client: ClientName): readonly string[] {
  return COMMANDS[client]
}

/** A file of the packages in which the clients come. */
export function clientFile(path: string): string {
  return join(MODULES, path)
}

/** Why a client cannot run here, or false: two of them are programs for Linux. */
export function missing(client: ClientName): string | false {
  return COMMANDS[client].every((file) => existsSync(file)) ? false : `no ${client} for this system`
}

/** How a command ended. */
export interface Ended {
  readonly code: number | string
  readonly stdout: string
  readonly stderr: string
}

/** A machine on which only the clients are, and only one registry is known. */
export interface Workbench {
  readonly folder: string
  /** Makes a project with a `package.json`; its folder. */
  project(name: string, manifest: object, files?: Readonly<Record<string, string>>): Promise<string>
  /** Runs a client in a folder, with further variables. */
  run(client: ClientName, cwd: string, args: readonly string[], env?: Readonly<Record<string, string>>): Promise<Ended>
  /** Caches and stores that nobody has used yet. */
  forget(): void
  close(): Promise<void>
}

/** Sets up a workbench for a registry, whose URL ends in a slash, and a token for it. */
export async function openWorkbench(registry: string, token: string): Promise<Workbench> {
  const folder = await mkdtemp(join(tmpdir(), 'bonafide-clients-'))
  await mkdir(join(folder, 'home'))
  const npmrc = join(folder, 'npmrc')
  const empty = join(folder, 'empty')
  await writeFile(npmrc, `registry=${registry}\n//${new URL(registry).host}/:_authToken=${token}\n`)
  await writeFile(empty, '')
  let generation = 0
  const variables = (): Record<string, string> => {
    const cache = (name: string): string => join(folder, `${name}-${generation}`)
    return {
      HOME: join(folder, 'home'),
      PATH: [dirname(process.execPath), '/usr/bin', '/bin'].join(delimiter),
      CI: '1',
      XDG_CONFIG_HOME: join(folder, 'config'),
      XDG_DATA_HOME: join(folder, 'data'),
      XDG_STATE_HOME: join(folder, 'state'),
      npm_config_cache: cache('npm'),
      npm_config_userconfig: npmrc,
      npm_config_globalconfig: empty,
      npm_config_registry: registry,
      npm_config_update_notifier: 'false',
      npm_config_audit: 'false',
      npm_config_fund: 'false',
      PNPM_CONFIG_REGISTRY: registry,
      PNPM_CONFIG_STORE_DIR: cache('pnpm-store'),
      PNPM_CONFIG_CACHE_DIR: cache('pnpm-cache'),
      pnpm_config__auth: JSON.stringify({ [registry]: { '@': { authToken: token } } }),
      YARN_CACHE_FOLDER: cache('yarn'),
      YARN_GLOBAL_FOLDER: cache('yarn-global'),
      YARN_ENABLE_TELEMETRY: '0',
      YARN_NODE_LINKER: 'node-modules',
      YARN_NPM_REGISTRY_SERVER: registry.slice(0, -1),
      YARN_NPM_AUTH_TOKEN: token,
      YARN_UNSAFE_HTTP_WHITELIST: '127.0.0.1',
      BUN_CONFIG_REGISTRY: registry,
      BUN_CONFIG_TOKEN: token,
      BUN_INSTALL_CACHE_DIR: cache('bun'),
    }
  }
  return {
    folder,
    async project(name, manifest, files = {}) {
      const place = join(folder, name)
      await mkdir(place)
      for (const [file, text] of Object.entries({ 'package.json': JSON.stringify(manifest), ...files }))
        await writeFile(join(place, file), text)
      return place
    },
    run(client, cwd, args, env = {}) {
      const [file, ...first] = COMMANDS[client]
      return ended(file, [...first, ...args], { cwd, env: { ...variables(), ...env } })
    },
    forget() {
      generation += 1
    },
    close: () => rm(folder, { recursive: true, force: true }),
  }
}

/** Runs a program to its end, however that comes about. */
export function ended(
  file: string,
  args: readonly string[],
  options: { readonly cwd: string; readonly env: Readonly<Record<string, string>> },
): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(file, args, { ...options, timeout: 60_000 }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : (error.code ?? error.signal ?? 'unknown'), stdout, stderr })
    })
  })
}
