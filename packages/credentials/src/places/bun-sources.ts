// SPDX-License-Identifier: Apache-2.0
import { join, resolve } from 'node:path'
import type { Place } from '@bonafide/core'
import { expandNpmVariables } from '@bonafide/registry'
import type { CredentialSource, Layer } from '../credential.ts'
import { readBunfig } from './bunfig.ts'
import type { Bunfig } from './bunfig.ts'
import { readDotEnv } from './dot-env.ts'
import { parseIni } from './ini-text.ts'
import { missingVariable } from './npm-variables.ts'
import type { Setting } from './setting.ts'
import { readTextFile } from './text-file.ts'

/** Folders that Bun takes from the machine and the project. */
export interface BunPlaces {
  readonly home: string
  /** The project's folder, or the root of the workspaces that it belongs to: nothing else of the project is looked at. */
  readonly root: string
}

/** A variable that Bun sees, of the environment or a `.env` file. */
export interface BunVariable {
  readonly value: string
  readonly place: Place
}

/** All that Bun reads of credentials and registries. */
export interface BunSources {
  /** Of `.npmrc` files, the project's before the user's. */
  readonly npmrc: readonly Setting[]
  /** The project's before the user's. */
  readonly bunfigs: readonly Bunfig[]
  readonly variables: ReadonlyMap<string, BunVariable>
}

type Environment = CredentialSource['env']

/**
 * Reads Bun's files and variables (1.4): `bunfig.toml`, `.npmrc`, the environment and `.env` files of the root.
 *
 * @throws BonafideError `BONAFIDE_CREDENTIALS_UNREADABLE`, `BONAFIDE_CREDENTIALS_MALFORMED`
 */
export async function readBunSources(env: Environment, { home, root }: BunPlaces): Promise<BunSources> {
  const variables = await readVariables(env, root)
  const seen = Object.fromEntries([...variables].map(([name, { value }]) => [name, value]))
  const xdg = env['XDG_CONFIG_HOME'] || null
  const bunfigs = await Promise.all([
    readBunfig(join(root, 'bunfig.toml')),
    readBunfig(join(xdg ?? home, '.bunfig.toml')),
  ])
  const project = await readNpmrc(join(root, '.npmrc'), 'project', seen)
  const user = await readUserNpmrc(env, home, root, seen)
  return {
    npmrc: [...(project ?? []), ...(user ?? [])],
    bunfigs: bunfigs.filter((one) => one !== null),
    variables,
  }
}

async function readUserNpmrc(
  env: Environment,
  home: string,
  root: string,
  seen: Environment,
): Promise<readonly Setting[] | null> {
  const named = env['NPM_CONFIG_USERCONFIG'] || env['npm_config_userconfig'] || null
  if (named !== null) return readNpmrc(resolve(root, named), 'user', seen)
  const xdg = env['XDG_CONFIG_HOME'] || null
  const first = xdg === null ? null : await readNpmrc(join(xdg, '.npmrc'), 'user', seen)
  return first ?? readNpmrc(join(home, '.npmrc'), 'user', seen)
}

async function readNpmrc(path: string, layer: Layer, env: Environment): Promise<readonly Setting[] | null> {
  const text = await readTextFile(path)
  if (text === null) return null
  return parseIni(text).map(({ key, value, line }) => {
    const whole = /^\$(?<name>\w+)$/u.exec(value)?.groups?.['name']
    const expanded = whole === undefined ? expandNpmVariables(value, env) : (env[whole] ?? value)
    const missing = whole === undefined ? missingVariable(value, env) : env[whole] === undefined ? whole : null
    return {
      key: normalizedKey(expandNpmVariables(key, env)),
      written: key,
      value: expanded,
      layer,
      place: { kind: 'file', path, line },
      unexpanded: missing,
    }
  })
}

// `//https://host/:_authToken` counts as `//host/:_authToken`.
function normalizedKey(key: string): string {
  return key.replace(/^\/\/https?:\/\//iu, '//')
}

// Bun names its `.env` files by this variable; nothing else here looks at it.
const MODE = 'NODE_ENV'
const MODES: ReadonlySet<string> = new Set(['development', 'test'])

/** The environment beats `.env.MODE.local`, `.env.local`, `.env.MODE` and `.env`, in this order. */
async function readVariables(env: Environment, root: string): Promise<ReadonlyMap<string, BunVariable>> {
  const named = env[MODE] ?? ''
  const mode = MODES.has(named) ? named : 'production'
  const local = mode === 'test' ? [] : ['.env.local']
  const names = [`.env.${mode}.local`, ...local, `.env.${mode}`, '.env']
  const variables = new Map<string, BunVariable>()
  for (const [name, value] of Object.entries(env)) {
    if (value !== undefined) variables.set(name, { value, place: { kind: 'variable', name } })
  }
  for (const file of names) {
    for (const { key, value, path, line } of await readDotEnv(join(root, file))) {
      if (!variables.has(key)) variables.set(key, { value, place: { kind: 'file', path, line } })
    }
  }
  return variables
}
