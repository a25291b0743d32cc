// SPDX-License-Identifier: Apache-2.0
import { join } from 'node:path'
import Config from '@npmcli/config'
import { loadNpmConfig } from './npm-config.ts'
import type { IgnoredSetting, NpmSettingsSource } from './npm-settings.ts'
import { expandNpmVariables } from './npm-variables.ts'

type NpmEnvironment = Record<string, string | undefined>

/** npm's configuration by who wrote it. Values are as npm's own reader leaves them: text, numbers, booleans, lists. */
export interface NpmLayers {
  /** Everything that is the user's, by precedence: global file, user file, environment, options. Holds no defaults. */
  readonly user: ReadonlyMap<string, unknown>
  /** The user's files alone, which a project's file outranks. */
  readonly files: ReadonlyMap<string, unknown>
  /** Environment and options, which outrank a project's file. */
  readonly explicit: ReadonlyMap<string, unknown>
  /** The project's `.npmrc` as written. */
  readonly project: {
    readonly raw: Readonly<Record<string, unknown>>
    /** The same settings, with their types and variables as npm's reader leaves them. */
    readonly settings: ReadonlyMap<string, unknown>
    readonly source: string
  }
  /** The folder that npm would work in: the nearest one above with a project, or the root of the workspaces that it belongs to. */
  readonly prefix: string
  /** The workspace that the current folder is, where npm would therefore work on that alone. */
  readonly implicitWorkspaces: readonly string[]
  readonly ignored: readonly IgnoredSetting[]
  /** Replaces `${NAME}` by the environment, as npm does. */
  readonly expand: (text: string) => string
}

/** npm's reader with the project's file left out: that file could name another `userconfig` and so speak as the user. */
class UserConfig extends Config {
  async loadProjectConfig(): Promise<void> {
    await (this as unknown as { loadLocalPrefix: () => Promise<void> }).loadLocalPrefix()
  }
}

/** Settings that npm hands to scripts through the environment, wherever it found them. */
const HANDED_DOWN: ReadonlySet<string> = new Set([
  'ca',
  'cafile',
  'cert',
  'globalconfig',
  'https-proxy',
  'key',
  'local-address',
  'noproxy',
  'proxy',
  'strict-ssl',
  'userconfig',
])

/**
 * Reads every layer of npm's configuration.
 *
 * @throws BonafideError `BONAFIDE_NPM_CONFIG`
 */
export async function loadNpmLayers(source: NpmSettingsSource): Promise<NpmLayers> {
  const env = { ...source.env, ...(source.homeDir === undefined ? {} : { HOME: source.homeDir }) }
  const found = await readProject(env, source)
  const { cleaned, ignored } = dropHandedDown(env, found.raw, found.source)
  const config = await loadNpmConfig({ ...source, env: cleaned }, (options) => new UserConfig(options))
  // In the home folder the two files are one, and it is the user's.
  const project =
    found.source === config.get('userconfig') ? { raw: {}, settings: new Map(), source: found.source } : found
  const layer = (where: Config.ConfType): [string, unknown][] => {
    const data = config.data.get(where)?.data ?? {}
    return Object.entries(data)
  }
  const files = new Map([...layer('builtin'), ...layer('global'), ...layer('user')])
  const explicit = new Map([...layer('env'), ...layer('cli')])
  return {
    user: new Map([...files, ...explicit]),
    files,
    explicit,
    project,
    prefix: config.localPrefix,
    implicitWorkspaces: workspacesIn(config),
    ignored,
    expand: (text) => expandNpmVariables(text, env),
  }
}

/** Reads the project's file with npm's own rules on where it lies. The user's files are out of the way: npm skips a project file that has been made the `userconfig`. */
async function readProject(
  env: NpmEnvironment,
  source: NpmSettingsSource,
): Promise<{ raw: Record<string, unknown>; settings: Map<string, unknown>; source: string }> {
  const nowhere = join(import.meta.dirname, 'no-npm')
  const pinned = [`--userconfig=${nowhere}/user`, `--globalconfig=${nowhere}/global`]
  const config = await loadNpmConfig({ ...source, env, argv: [...(source.argv ?? []), ...pinned] })
  const data = config.data.get('project')
  const settings = new Map(Object.entries((data?.data ?? {}) as Record<string, unknown>))
  return { raw: data?.raw ?? {}, settings, source: data?.source ?? '.npmrc' }
}

// npm's reader sets this as a default of its own where the current folder is a workspace.
function workspacesIn(config: Config): readonly string[] {
  const value: unknown = config.get('workspace', 'default')
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : []
}

/**
 * Under `npm run`, npm puts the project's settings into the environment, where they would look like the user's own.
 * A value there that stands in the project's file is taken for the project's.
 */
function dropHandedDown(
  env: NpmEnvironment,
  raw: Readonly<Record<string, unknown>>,
  source: string,
): { cleaned: NpmEnvironment; ignored: IgnoredSetting[] } {
  const cleaned: NpmEnvironment = { ...env }
  const ignored: IgnoredSetting[] = []
  const isScript = env.npm_lifecycle_event !== undefined || env.npm_command !== undefined
  if (!isScript) return { cleaned, ignored }
  for (const name of Object.keys(env)) {
    if (!/^npm_config_/iu.test(name)) continue
    const key = name
      .slice('npm_config_'.length)
      .replaceAll(/(?!^)_/gu, '-')
      .toLowerCase()
    if (HANDED_DOWN.has(key) && raw[key] !== undefined) {
      delete cleaned[name]
      ignored.push({ key, source: `environment, from ${source}`, reason: 'project-may-not-set' })
    }
  }
  return { cleaned, ignored }
}
