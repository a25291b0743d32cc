// SPDX-License-Identifier: Apache-2.0
import { join, resolve } from 'node:path'
import type { CredentialSource, Layer } from '../credential.ts'
import { expandForPnpm, readPnpmIni } from './pnpm-ini.ts'
import { findPnpmRoot } from './pnpm-workspace.ts'
import { readPnpmYaml } from './pnpm-yaml.ts'
import type { PnpmToken, PnpmYaml } from './pnpm-yaml.ts'
import type { Setting } from './setting.ts'
import { malformed, readTextFile } from './text-file.ts'

/** One place that pnpm reads, in its own order. */
export interface PnpmSource {
  readonly settings: readonly Setting[]
  /** What the place says about registries, by `registry` and `@scope:registry`. */
  readonly registries: ReadonlyMap<string, string>
  /** A repository's file: it may name no helper. */
  readonly isProject: boolean
}

/** All that pnpm reads of credentials and registries, from what wins to what loses. */
export interface PnpmSources {
  readonly credentials: readonly PnpmSource[]
  /** The files of settings, which beat `.npmrc` on registries: the workspace's, then the user's. */
  readonly workspace: PnpmYaml
  readonly user: PnpmYaml
  /** Registries that the variable `_auth` routes scopes to; `@` is the default. */
  readonly routes: readonly PnpmToken[]
}

type Environment = CredentialSource['env']

/**
 * Reads pnpm's files and variables (12.21): `pnpm_config__auth`, then `_auth` in the user's `config.yaml`, `pnpm_config_//…`, `npm_config_//…`,
 * the workspace's `.npmrc`, `auth.ini`, and the user's `.npmrc`.
 *
 * @throws BonafideError `BONAFIDE_CREDENTIALS_UNREADABLE`, `BONAFIDE_CREDENTIALS_MALFORMED`
 */
export async function readPnpmSources(cwd: string, env: Environment, home: string): Promise<PnpmSources> {
  const folder = join(env['XDG_CONFIG_HOME'] || join(home, '.config'), 'pnpm')
  const root = await findPnpmRoot(cwd, env)
  const user = await readPnpmYaml(join(folder, 'config.yaml'))
  const workspace = await readPnpmYaml(join(root, 'pnpm-workspace.yaml'))
  const project = join(root, '.npmrc')
  const ownNpmrc = resolve(cwd, userNpmrc(env, user) ?? join(home, '.npmrc'))
  // Where the user names the project's own file, it counts as the user's.
  const isTrusted = ownNpmrc === project
  const json = jsonVariable(env)
  const credentials = [
    fromTokens(json, env),
    fromTokens(user.tokens, env),
    { settings: fromVariables(env), registries: new Map(), isProject: false },
    ...(await fromFile(project, 'project', env, !isTrusted)),
    ...(await fromFile(join(folder, 'auth.ini'), 'pnpm', env, false)),
    ...(isTrusted ? [] : await fromFile(ownNpmrc, 'user', env, false)),
  ]
  return { credentials, workspace, user, routes: json }
}

function userNpmrc(env: Environment, user: PnpmYaml): string | null {
  const names = ['npmrc_auth_file', 'userconfig'].flatMap((name) => [
    `pnpm_config_${name}`,
    `PNPM_CONFIG_${name.toUpperCase()}`,
  ])
  const named = names.map((name) => env[name]).find((value) => value !== undefined && value !== '')
  return named ?? user.npmrcAuthFile ?? (env['npm_config_userconfig'] || env['NPM_CONFIG_USERCONFIG'] || null)
}

/** What the variable has to hold; where it holds something else, reading it fails. */
type JsonAuth = Readonly<Record<string, Readonly<Record<string, { readonly authToken: unknown }>>>>

// These two spellings and no others.
function jsonVariable(env: Environment): readonly PnpmToken[] {
  const name = ['pnpm_config__auth', 'PNPM_CONFIG__AUTH'].find((one) => env[one] !== undefined && env[one] !== '')
  if (name === undefined) return []
  const place = { kind: 'variable', name } as const
  try {
    const parsed = JSON.parse(env[name] ?? '') as JsonAuth
    return Object.entries(parsed).flatMap(([registry, scopes]) => {
      if (typeof scopes !== 'object') throw new TypeError('no scopes')
      return Object.entries(scopes).map(([scope, { authToken }]) => {
        if (typeof authToken !== 'string') throw new TypeError('no token')
        return { registry, scope, token: authToken, layer: 'environment' as const, place }
      })
    })
  } catch {
    throw malformed(name, null, 'an object of JSON: registries, scopes, `authToken`')
  }
}

function fromTokens(tokens: readonly PnpmToken[], env: Environment): PnpmSource {
  const settings = tokens.flatMap(({ registry, scope, token, layer, place }) => {
    if (!URL.canParse(registry)) return []
    const { host, pathname } = new URL(registry)
    const key = `//${host}${pathname.replace(/\/?$/u, '/')}:${scope === '@' ? '' : `${scope}:`}_authToken`
    const { text, missing } = expandForPnpm(token, env)
    return [
      { key, written: `_auth.${key.slice(0, -':_authToken'.length)}`, value: text, layer, place, unexpanded: missing },
    ]
  })
  return { settings, registries: new Map(), isProject: false }
}

/** `pnpm_config_//host/:_authToken`, which beats the same with `npm_config_`. The prefix may be written in any case, and nothing is expanded. */
function fromVariables(env: Environment): readonly Setting[] {
  const settings = new Map<string, Setting>()
  for (const prefix of ['npm_config_', 'pnpm_config_']) {
    for (const [name, value] of Object.entries(env)) {
      const key = name.slice(prefix.length)
      if (!name.toLowerCase().startsWith(prefix) || !key.startsWith('//') || value === undefined || value === '')
        continue
      if (key.endsWith(':tokenHelper')) continue
      const place = { kind: 'variable', name } as const
      settings.set(key, { key, written: key, value, layer: 'environment', place, unexpanded: null })
    }
  }
  return [...settings.values()]
}

async function fromFile(
  path: string,
  layer: Layer,
  env: Environment,
  isProject: boolean,
): Promise<readonly PnpmSource[]> {
  const text = await readTextFile(path)
  return text === null ? [] : [{ ...readPnpmIni(text, { path, layer, env, isProject }), isProject }]
}
