// SPDX-License-Identifier: Apache-2.0
import { join } from 'node:path'
import type { Place } from '@bonafide/core'
import type { CredentialSource, Layer } from '../credential.ts'
import { readDotEnv } from './dot-env.ts'
import { firstWith, foldersUpwards } from './folders.ts'
import { malformed, readTextFile } from './text-file.ts'
import { expandForYarn } from './yarn-variables.ts'
import { readYaml } from './yaml-text.ts'

/** One setting of a `.yarnrc.yml`, or of a variable. */
export interface YarnSetting {
  /** Such as `['npmScopes', 'acme', 'npmAuthToken']`. */
  readonly path: readonly string[]
  /** With its variables replaced; the written text where that is not possible. */
  readonly value: string
  readonly layer: Layer
  readonly place: Place
  readonly unexpanded: string | null
}

/** All that Yarn reads of credentials and registries. */
export interface YarnSources {
  /** Of all places, from what wins to what loses. */
  readonly settings: readonly YarnSetting[]
  readonly inForce: (path: readonly string[]) => YarnSetting | undefined
  /** Whether anything stands below a path. */
  readonly has: (path: readonly string[]) => boolean
  /** Yarn stops at a variable that is not set. */
  readonly isRefused: boolean
}

type Environment = CredentialSource['env']

interface Layered {
  readonly settings: readonly YarnSetting[]
  /** Paths at which this file says that files further away count for nothing. */
  readonly resets: readonly string[]
}

const NAMES: ReadonlySet<string> = new Set([
  'npmAuthToken',
  'npmAuthIdent',
  'npmAlwaysAuth',
  'npmPublishRegistry',
  'npmRegistryServer',
])

/**
 * Reads Yarn's files and variables (4.18): `YARN_*`, then `.yarnrc.yml` from the folder upwards, and the one in the home folder.
 *
 * @throws BonafideError `BONAFIDE_CREDENTIALS_UNREADABLE`, `BONAFIDE_CREDENTIALS_MALFORMED`
 */
export async function readYarnSources(cwd: string, env: Environment, home: string): Promise<YarnSources> {
  const own = { ...env, ...(await environmentFile(cwd)) }
  const fileName = Object.entries(env).findLast(([name]) => name.toLowerCase() === 'yarn_rc_filename')?.[1]
  const upwards = foldersUpwards(cwd).map((folder) => join(folder, fileName ?? '.yarnrc.yml'))
  const atHome = join(home, '.yarnrc.yml')
  const paths = upwards.includes(atHome) ? upwards : [...upwards, atHome]
  const files = await Promise.all(paths.map((path) => readFileOfYarn(path, own)))
  const layers = [{ settings: fromVariables(env, own), resets: [] }, ...files]
  const inForce = (path: readonly string[]): YarnSetting | undefined => find(layers, path)
  const settings = layers.flatMap((one) => one.settings)
  return {
    settings,
    inForce,
    has: (path) => settings.some((one) => startsWith(one.path, path) && inForce(one.path) !== undefined),
    isRefused: settings.some((one) => one.unexpanded !== null && inForce(one.path) === one),
  }
}

function find(layers: readonly Layered[], path: readonly string[]): YarnSetting | undefined {
  for (const { settings, resets } of layers) {
    const found = settings.find((one) => JSON.stringify(one.path) === JSON.stringify(path))
    if (found !== undefined) return found
    if (resets.some((reset) => startsWith(path, JSON.parse(reset) as string[]))) return undefined
  }
  return undefined
}

function startsWith(path: readonly string[], start: readonly string[]): boolean {
  return start.every((part, index) => path[index] === part)
}

async function readFileOfYarn(path: string, env: Environment): Promise<Layered> {
  const text = await readTextFile(path)
  if (text === null) return { settings: [], resets: [] }
  // The form of Yarn 1 is read by Yarn still, after this line.
  if (/^#\s+yarn\s+lockfile\s+v1\r?$/imu.test(text)) throw malformed(path, 1, 'YAML')
  const resets = new Set<string>()
  const settings: YarnSetting[] = []
  for (const { path: written, value, line } of readYaml(path, text, 'failsafe')) {
    const place = { kind: 'file', path, line } as const
    // `onConflict` and `value` stand for the setting that they are in.
    if (written.at(-1) === 'onConflict') {
      if (value === 'reset' || value === 'hardReset') resets.add(JSON.stringify(written.slice(0, -1)))
      continue
    }
    const keys = normalized(written.filter((key) => key !== 'value'))
    // One for the file: its plugins are many, and any of them may.
    const isFirst = settings.every((one) => one.path[0] !== 'plugins')
    if (keys[0] === 'plugins' && isFirst)
      settings.push({ path: ['plugins'], value, layer: 'yarnrc', place, unexpanded: null })
    if (!NAMES.has(keys.at(-1) ?? '')) continue
    const expanded = expandForYarn(value, env)
    settings.push({ path: keys, value: expanded.text, layer: 'yarnrc', place, unexpanded: expanded.missing })
  }
  return { settings, resets: [...resets] }
}

function normalized(path: readonly string[]): readonly string[] {
  const [first, second, ...rest] = path
  if (first !== 'npmRegistries' || second === undefined) return path
  return [first, second.replace(/\/$/u, ''), ...rest]
}

const VARIABLES: Readonly<Record<string, string>> = {
  yarn_npm_auth_token: 'npmAuthToken',
  yarn_npm_auth_ident: 'npmAuthIdent',
  yarn_npm_publish_registry: 'npmPublishRegistry',
  yarn_npm_registry_server: 'npmRegistryServer',
}

// The names count in any case; of several spellings the last.
function fromVariables(env: Environment, own: Environment): readonly YarnSetting[] {
  const found = new Map<string, YarnSetting>()
  for (const [name, value] of Object.entries(env)) {
    const lower = name.toLowerCase()
    const key = Object.hasOwn(VARIABLES, lower) ? VARIABLES[lower] : undefined
    if (key === undefined || value === undefined) continue
    const { text, missing } = expandForYarn(value, own)
    const place = { kind: 'variable', name } as const
    found.set(key, { path: [key], value: text, layer: 'environment', place, unexpanded: missing })
  }
  return [...found.values()]
}

/** `.env.yarn` of the project, which beats the environment within settings. */
async function environmentFile(cwd: string): Promise<Environment> {
  const folders = foldersUpwards(cwd)
  const locked = await firstWith(folders, 'yarn.lock')
  const project = locked ?? (await firstWith(folders.toReversed(), 'package.json')) ?? cwd
  return Object.fromEntries((await readDotEnv(join(project, '.env.yarn'))).map(({ key, value }) => [key, value]))
}
