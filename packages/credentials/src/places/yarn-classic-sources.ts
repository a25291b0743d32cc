// SPDX-License-Identifier: Apache-2.0
import { join, resolve } from 'node:path'
import type { CredentialSource, Layer } from '../credential.ts'
import { foldersUpwards } from './folders.ts'
import { parseIni } from './ini-text.ts'
import { isRegistryKey, splitKey } from './setting.ts'
import type { Setting } from './setting.ts'
import { readTextFile } from './text-file.ts'

/** Folders that Yarn 1 takes from the machine. */
export interface YarnClassicPlaces {
  readonly home: string
  /** Where it looks for the home folder first when it runs as root; null for others. */
  readonly rootHome: string | null
  /** The folder above `bin/node`. */
  readonly prefix: string | null
}

/** What Yarn 1 reads of credentials and registries. */
export interface YarnClassicSources {
  /** From what wins to what loses. */
  readonly settings: readonly Setting[]
  readonly registries: ReadonlyMap<string, string>
  /** Yarn 1 stops at a variable that is not set, wherever it stands. */
  readonly isRefused: boolean
}

type Environment = CredentialSource['env']

/**
 * Reads Yarn 1's files and variables (1.22): `npm_config_*` and `yarn_*`, then `.npmrc` of the folder, the user, the prefix, and all folders
 * upwards; registries also from `.yarnrc` in the same places.
 *
 * @throws BonafideError `BONAFIDE_CREDENTIALS_UNREADABLE`
 */
export async function readYarnClassicSources(
  { cwd, env }: CredentialSource,
  places: YarnClassicPlaces,
): Promise<YarnClassicSources> {
  const variables = fromVariables(env)
  const files = await Promise.all(
    pathsOf('npmrc', cwd, env, places).map(({ path, layer }) => readNpmrc(path, layer, { ...env, HOME: places.home })),
  )
  const settings = [...variables, ...files.flatMap((one) => one.settings)]
  const yarnrc = await Promise.all(pathsOf('yarnrc', cwd, env, places).map(({ path }) => readYarnrc(path)))
  const registries = new Map<string, string>()
  const add = (key: string, value: string): void => {
    if (isRegistryKey(key) && value !== '' && !registries.has(key)) registries.set(key, value)
  }
  // Arguments that a `.yarnrc` adds to the command line beat everything; its settings lose against npm's.
  for (const map of yarnrc) add('registry', map.get('--registry') ?? '')
  for (const { key, value } of settings) add(key, value)
  for (const map of yarnrc) for (const [key, value] of map) add(key, value)
  return { settings, registries, isRefused: files.some(({ isRefused }) => isRefused) }
}

interface FoundFile {
  readonly path: string
  readonly layer: Layer
}

function pathsOf(name: string, cwd: string, env: Environment, places: YarnClassicPlaces): readonly FoundFile[] {
  const userconfig = name === 'npmrc' ? variable(env, 'npm_config_userconfig') : null
  const prefix = env['PREFIX'] || (places.prefix === null ? null : join(env['DESTDIR'] || '/', places.prefix))
  const file = (path: string, layer: Layer): FoundFile => ({ path: resolve(cwd, path), layer })
  const all = [
    file(join(cwd, `.${name}`), 'project'),
    file(userconfig ?? join(places.rootHome ?? places.home, `.${name}`), 'user'),
    ...(prefix === null ? [] : [file(join(prefix, 'etc', name), 'global')]),
    ...(places.rootHome === null ? [] : [file(join(places.home, `.${name}`), 'user')]),
    ...foldersUpwards(cwd).map((folder) => file(join(folder, `.${name}`), 'project')),
  ]
  return all.filter(({ path }, index) => all.findIndex((one) => one.path === path) === index)
}

async function readNpmrc(
  path: string,
  layer: Layer,
  env: Environment,
): Promise<{ readonly settings: readonly Setting[]; readonly isRefused: boolean }> {
  const text = await readTextFile(path)
  if (text === null) return { settings: [], isRefused: false }
  let isRefused = false
  const settings = parseIni(text).flatMap(({ key, value, line }): Setting[] => {
    const { text: expanded, missing } = expand(value, env)
    if (missing !== null) isRefused = true
    if (!isRegistryKey(key) && splitKey(key) === null && !isFull(key)) return []
    return [{ key, written: key, value: expanded, layer, place: { kind: 'file', path, line }, unexpanded: missing }]
  })
  return { settings, isRefused }
}

// Yarn 1 takes a key with the scheme before it too.
function isFull(key: string): boolean {
  return /:(?:_authToken|_auth|_password|username)$/u.test(key) || key === 'username'
}

// `${NAME}` alone: everything else between the braces is a name that nobody set.
function expand(text: string, env: Environment): { readonly text: string; readonly missing: string | null } {
  let missing: string | null = null
  const expanded = text.replaceAll(/(?<escapes>\\*)\$\{(?<name>[^}]+)\}/gu, (whole: string, ...rest: unknown[]) => {
    const { escapes, name } = rest.at(-1) as { escapes: string; name: string }
    if (escapes.length % 2 === 1) return whole
    const value = env[name]
    if (value === undefined) missing ??= name
    return value ?? whole
  })
  return { text: expanded, missing }
}

/** Settings of variables. Names count in lower case, so that `_authToken` cannot be set by one, and a dot ends a name. */
function fromVariables(env: Environment): readonly Setting[] {
  const found = new Map<string, Setting>()
  for (const prefix of ['yarn_', 'npm_config_']) {
    for (const [name, value] of Object.entries(env)) {
      const lower = name.toLowerCase()
      if (!lower.startsWith(prefix) || value === undefined || value === '') continue
      const key = lower
        .slice(prefix.length)
        .replaceAll('__', '.')
        .replaceAll(/(?<before>[^_])_/gu, '$<before>-')
      if (!isRegistryKey(key) && !['_auth', '_password', 'username'].includes(key)) continue
      const place = { kind: 'variable', name } as const
      found.set(key, { key, written: key, value, layer: 'environment', place, unexpanded: null })
    }
  }
  return [...found.values()]
}

function variable(env: Environment, wanted: string): string | null {
  return Object.entries(env).findLast(([name]) => name.toLowerCase() === wanted)?.[1] || null
}

// `registry "https://…"` and `"@scope:registry" "https://…"`, one a line.
async function readYarnrc(path: string): Promise<ReadonlyMap<string, string>> {
  const text = await readTextFile(path)
  const entries = (text ?? '').split(/\r?\n/u).flatMap((line): [string, string][] => {
    const { key, value } = /^"?(?<key>[^"\s]+)"?\s+"?(?<value>[^"\s]+)"?\s*$/u.exec(line)?.groups ?? {}
    return key === undefined || value === undefined ? [] : [[key, value]]
  })
  return new Map(entries)
}
