// SPDX-License-Identifier: Apache-2.0
import type { ClientKind } from './client-kind.ts'
import { withoutCredentials } from '@bonafide/credentials'
import type { Environment } from '@bonafide/credentials'

/** The folders and files that stand in the place of a user's own, for one run. */
export interface PrivateFolders {
  readonly npmCache: string
  readonly pnpmStore: string
  readonly pnpmCache: string
  readonly yarnClassicCache: string
  readonly bunCache: string
  readonly temporary: string
  /** npm's user configuration, without credentials and registries. */
  readonly userConfig: string
  readonly globalConfig: string
}

/** What a child's environment is made of. */
export interface ClientEnvironmentParts {
  /** That of whoever started the run. */
  readonly env: Environment
  readonly registryFor: (client: ClientKind) => string
  readonly proxyUrl: string
  /** Scopes, with their `@`, that configuration maps to registries of their own: all are asked for at the gateway. */
  readonly scopes: readonly string[]
  readonly folders: PrivateFolders
  /** Where Bun finds the scopes' registry; null where the user's own settings stay. */
  readonly configHome: string | null
  /** The plugin by which Yarn 2 and newer is led to the gateway. */
  readonly yarnPlugin: string
  /** For a project of Yarn 1; null elsewhere, since Yarn 4 reads the variable of the cache too. */
  readonly yarnClassic: { readonly mirror: string | null } | null
}

/**
 * The environment in which every client asks the gateway, whichever it is: the variables of all of them are set together, and beat what a
 * project's files say wherever the client lets them.
 *
 * Another spelling beside ours (`NPM_CONFIG_REGISTRY` after `npm_config_registry`): what the caller set under a name of ours, in whatever
 * case, is taken out.
 */
export function clientEnvironment(parts: ClientEnvironmentParts): Record<string, string> {
  const own = { ...forNpm(parts), ...forPnpm(parts), ...forYarn(parts), ...forBun(parts), ...forEverybody(parts) }
  const taken = new Set(Object.keys(own).map(normalize))
  const kept = Object.entries(withoutCredentials(parts.env)).flatMap(([name, value]) =>
    value === undefined || taken.has(normalize(name)) || isScopeRegistry(name) ? [] : [[name, value] as const],
  )
  return { ...Object.fromEntries(kept), ...own }
}

function normalize(name: string): string {
  return name.toLowerCase().replaceAll('-', '_')
}

function isScopeRegistry(name: string): boolean {
  return /^npm_config_@[^:]*:registry$/u.test(name.toLowerCase())
}

// Both letter cases of npm's own: the last one in the environment wins, and nobody knows which that is.
function bothCases(settings: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(settings).flatMap(([name, value]) => [
      [`npm_config_${name}`, value],
      [`NPM_CONFIG_${name.toUpperCase()}`, value],
    ]),
  )
}

// npm, npx and Yarn 1; the registry in upper case is Bun's second choice too.
function forNpm({ registryFor, proxyUrl, scopes, folders }: ClientEnvironmentParts): Record<string, string> {
  const registry = registryFor('npm')
  return {
    ...bothCases({
      registry,
      cache: folders.npmCache,
      userconfig: folders.userConfig,
      globalconfig: folders.globalConfig,
      // A lockfile that names another host: npm puts the gateway's in its place.
      replace_registry_host: 'always',
      https_proxy: proxyUrl,
      proxy: proxyUrl,
      noproxy: '127.0.0.1',
      fetch_retries: '0',
      offline: 'false',
      prefer_offline: 'false',
      update_notifier: 'false',
    }),
    ...Object.fromEntries(scopes.map((scope) => [`npm_config_${scope}:registry`, registry])),
  }
}

function forPnpm({ registryFor, proxyUrl, scopes, folders }: ClientEnvironmentParts): Record<string, string> {
  const registry = registryFor('pnpm')
  // By this alone a scope's registry is named from the environment. The gateway reads no credential.
  const scoped = Object.fromEntries(scopes.map((scope) => [scope, { authToken: 'none' }]))
  return {
    PNPM_CONFIG_REGISTRY: registry,
    PNPM_CONFIG_STORE_DIR: folders.pnpmStore,
    PNPM_CONFIG_CACHE_DIR: folders.pnpmCache,
    // The store goes with the run, and what links into it would break.
    PNPM_CONFIG_ENABLE_GLOBAL_VIRTUAL_STORE: 'false',
    PNPM_CONFIG_HTTPS_PROXY: proxyUrl,
    PNPM_CONFIG_HTTP_PROXY: proxyUrl,
    // A proxy of the project's own between the client and the gateway.
    PNPM_CONFIG_NO_PROXY: hostOf(proxyUrl),
    PNPM_CONFIG_FETCH_RETRIES: '0',
    PNPM_CONFIG_OFFLINE: 'false',
    PNPM_CONFIG_PREFER_OFFLINE: 'false',
    PNPM_CONFIG_UPDATE_NOTIFIER: 'false',
    ...(scopes.length === 0 ? {} : { pnpm_config__auth: JSON.stringify({ [registry]: scoped }) }),
  }
}

function forYarn({ env, registryFor, proxyUrl, folders, ...parts }: ClientEnvironmentParts): Record<string, string> {
  const plugins = [env['YARN_PLUGINS'], parts.yarnPlugin].filter((plugin) => plugin !== undefined && plugin !== '')
  return {
    YARN_NPM_REGISTRY_SERVER: registryFor('yarn').replace(/\/$/u, ''),
    YARN_UNSAFE_HTTP_WHITELIST: '127.0.0.1',
    YARN_PLUGINS: plugins.join(';'),
    YARN_HTTPS_PROXY: proxyUrl,
    YARN_HTTP_RETRY: '0',
    YARN_ENABLE_TELEMETRY: '0',
    ...(parts.yarnClassic === null ? {} : forYarnClassic(parts.yarnClassic.mirror, folders)),
  }
}

function forYarnClassic(mirror: string | null, folders: PrivateFolders): Record<string, string> {
  return {
    YARN_CACHE_FOLDER: folders.yarnClassicCache,
    // Unknown variables, over which Yarn 4 does not start.
    ...(mirror === null
      ? {}
      : {
          YARN_YARN_OFFLINE_MIRROR: mirror,
          YARN_YARN_OFFLINE_MIRROR_PRUNING: 'false',
          YARN_DISABLE_SELF_UPDATE_CHECK: 'true',
        }),
  }
}

function forBun({ registryFor, folders, configHome }: ClientEnvironmentParts): Record<string, string> {
  return {
    ...(configHome === null ? {} : { XDG_CONFIG_HOME: configHome }),
    BUN_CONFIG_REGISTRY: registryFor('bun'),
    BUN_INSTALL_CACHE_DIR: folders.bunCache,
    BUN_TMPDIR: folders.temporary,
  }
}

// What is left goes by the usual variables, the scripts of packages included as far as they obey them.
function forEverybody({ proxyUrl, folders }: ClientEnvironmentParts): Record<string, string> {
  const proxies = ['http_proxy', 'https_proxy', 'all_proxy'].flatMap((name) => [name, name.toUpperCase()])
  const past = hostOf(proxyUrl)
  return {
    ...Object.fromEntries(proxies.map((name) => [name, proxyUrl])),
    no_proxy: past,
    NO_PROXY: past,
    // `fetch` and `node:http` of Node.js obey the above only then.
    NODE_USE_ENV_PROXY: '1',
    // Over HTTP git obeys them too; over SSH it would obey nobody.
    GIT_ALLOW_PROTOCOL: 'file:http:https',
    GIT_TERMINAL_PROMPT: '0',
    TMPDIR: folders.temporary,
  }
}

function hostOf(url: string): string {
  return new URL(url).host
}
