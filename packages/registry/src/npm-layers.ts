// SPDX-License-Identifier: Apache-2.0
import { createRequire } from 'node:module'
import { join } from 'node:path'
import Config from '@npmcli/config'
import { BonafideError } from '@bonafide/core'
import { findNpm } from './npm-location.ts'
import type { IgnoredSetting, NpmSettingsSource } from './npm-settings.ts'

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

const require = createRequire(import.meta.url)
const { definitions, shorthands, nerfDarts } = require('@npmcli/config/lib/definitions') as {
  definitions: Config.DefinitionsObject
  shorthands: Config.ShortFlags
  nerfDarts: string[]
}
const expandVariables = require('@npmcli/config/lib/env-replace.js') as (
  text: string,
  env: Readonly<Record<string, string | undefined>>,
) => string

/** npm's reader with the project's file left out: that file could name another `userconfig` and so speak as the user. */
class UserConfig extends Config {
  async loadProjectConfig(): Promise<void> {
    await (this as unknown as { loadLocalPrefix: () => Promise<void> }).loadLocalPrefix()
  }
}

/** The reader's options; its published types are older than two of them. */
type ReaderOptions = Config.Options & { readonly nerfDarts: readonly string[]; readonly warn: boolean }

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
  const config = await load((options) => new UserConfig(options), cleaned, source)
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
    expand: (text) => expandVariables(text, env),
  }
}

type Environment = Record<string, string | undefined>

async function load(
  make: (options: ReaderOptions) => Config,
  env: Environment,
  source: NpmSettingsSource,
  argv?: string[],
): Promise<Config> {
  const npm = await findNpm(env['PATH'] ?? env['Path'], process.platform)
  const config = make({
    ...(npm === null ? {} : { execPath: npm.execPath }),
    definitions,
    shorthands,
    nerfDarts,
    // Where no npm is at hand: a folder without an `npmrc` means no builtin configuration.
    npmPath: npm?.npmPath ?? join(import.meta.dirname, 'no-npm'),
    // npm's reader writes into the environment it is given.
    env: { ...env },
    argv: ['node', 'npm', ...(source.argv ?? []), ...(argv ?? [])],
    cwd: source.cwd,
    warn: false,
  })
  try {
    await config.load()
  } catch (cause) {
    throw new BonafideError('BONAFIDE_NPM_CONFIG', 'npm’s configuration cannot be read', { cause })
  }
  for (const where of ['user', 'global', 'project'] as const) {
    const data = config.data.get(where) as { loadError?: NodeJS.ErrnoException; source?: string } | undefined
    // A file that is there and cannot be read may hold the mapping that keeps private names private.
    if (data?.loadError !== undefined && data.loadError.code !== 'ENOENT') {
      throw new BonafideError('BONAFIDE_NPM_CONFIG', `the ${where} configuration of npm cannot be read`, {
        ...(data.source === undefined ? {} : { path: data.source }),
        cause: data.loadError,
      })
    }
  }
  return config
}

/** Reads the project's file with npm's own rules on where it lies. The user's files are out of the way: npm skips a project file that has been made the `userconfig`. */
async function readProject(
  env: Environment,
  source: NpmSettingsSource,
): Promise<{ raw: Record<string, unknown>; settings: Map<string, unknown>; source: string }> {
  const nowhere = join(import.meta.dirname, 'no-npm')
  const pinned = [`--userconfig=${nowhere}/user`, `--globalconfig=${nowhere}/global`]
  const config = await load((options) => new Config(options), env, source, pinned)
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
  env: Environment,
  raw: Readonly<Record<string, unknown>>,
  source: string,
): { cleaned: Environment; ignored: IgnoredSetting[] } {
  const cleaned: Environment = { ...env }
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
