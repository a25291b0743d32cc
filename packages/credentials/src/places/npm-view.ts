// SPDX-License-Identifier: Apache-2.0
import * as npmFetch from 'npm-registry-fetch'
import { BonafideError } from '@bonafide/core'
import type { Place } from '@bonafide/core'
import { expandNpmVariables, parseRegistryUrl, publicRegistry } from '@bonafide/registry'
import type { NpmChain, NpmLayer } from '@bonafide/registry'
import type { CredentialSource, Layer } from '../credential.ts'
import { linesOfKeys } from './ini-text.ts'
import { missingVariable } from './npm-variables.ts'
import type { PublishManifest } from './publish-manifest.ts'
import { isRegistryKey, nerfDart, readingsOf, secretInUrl } from './setting.ts'
import type { ClientView, Reader, Setting } from './setting.ts'
import { readTextFile } from './text-file.ts'

/** npm-registry-fetch's answer on what it would send; its published types lack the function. */
interface NpmAuth {
  readonly regKey: string | false
  readonly token: string | null
  readonly auth: string | null
  readonly isBasicAuth: boolean
  readonly cert: string | null
  readonly key: string | null
}

const getAuth = (npmFetch as unknown as { getAuth: (uri: string, options: object) => NpmAuth }).getAuth

const NPM: Reader = { client: 'npm', names: ['_authToken', '_auth', '_password', 'certfile', 'cert'] }

const LAYERS: Readonly<Record<NpmLayer['name'], Layer>> = {
  cli: 'option',
  env: 'environment',
  project: 'project',
  user: 'user',
  global: 'global',
  builtin: 'builtin',
}

/** For these npm 11 and npm 12 both stop; `email` and the like stop npm 12 alone. */
const STOPPERS: ReadonlySet<string> = new Set([
  '_auth',
  '_authToken',
  'username',
  '_password',
  '_authtoken',
  '-authtoken',
])

/** What npm reads and would send with `npm publish` in a folder. */
export async function viewNpm(
  source: CredentialSource,
  chain: NpmChain,
  manifest: PublishManifest,
): Promise<ClientView> {
  const settings = (await Promise.all(chain.layers.map((layer) => settingsOf(layer, source)))).flat()
  const effective = effectiveOf(settings, manifest, chain)
  const options = Object.fromEntries([...effective].map(([key, { value }]) => [key, value]))
  const written = npmFetch.pickRegistry(manifest.name ?? 'unnamed', options)
  const registry = parseRegistryUrl(written) ?? publicRegistry()
  const stops = chain.invalid.some((key) => STOPPERS.has(key)) || !hasCredentials(chain, registry)
  const sent = stops ? new Set<Setting>() : sentOf(effective, options, written, manifest.name)
  const all = [...[...effective.values()].filter(({ layer }) => layer === 'package.json'), ...settings]
  return {
    client: 'npm',
    registry,
    readings: readingsOf(NPM, all, sent, registry),
  }
}

/** The settings of one layer that may matter, with their places. */
async function settingsOf(layer: NpmLayer, source: CredentialSource): Promise<readonly Setting[]> {
  const { env } = source
  const isFile = layer.name !== 'cli' && layer.name !== 'env'
  const keys = Object.keys(layer.raw).filter((key) => matters(expandNpmVariables(key, env)))
  if (keys.length === 0) return []
  const lines = isFile ? linesOfKeys((await readTextFile(layer.source)) ?? '') : new Map<string, number>()
  const variables = layer.name === 'env' ? variablesOf(env) : new Map<string, string>()
  const placeOf = (key: string): Place => {
    if (layer.name === 'env') return { kind: 'variable', name: variables.get(key) ?? key }
    if (layer.name === 'cli') return { kind: 'option', name: `--${key}` }
    return { kind: 'file', path: layer.source, line: lines.get(key) ?? null }
  }
  const settings = new Map<string, Setting>()
  // Two spellings of one key, the one with a variable in it: npm takes the later.
  for (const written of keys) {
    const key = expandNpmVariables(written, env)
    const text = asText(layer.settings[key])
    if (text === '') continue
    const unexpanded = missingVariable(asText(layer.raw[written]), env)
    settings.set(key, { key, written, value: text, layer: LAYERS[layer.name], place: placeOf(written), unexpanded })
  }
  return [...settings.values()]
}

/** What is in force of each key: `publishConfig` before everything but options, then the first layer that has it. */
function effectiveOf(
  settings: readonly Setting[],
  manifest: PublishManifest,
  chain: NpmChain,
): ReadonlyMap<string, Setting> {
  const effective = new Map<string, Setting>()
  for (const setting of settings) if (!effective.has(setting.key)) effective.set(setting.key, setting)
  const options = chain.layers.find(({ name }) => name === 'cli')?.raw ?? {}
  for (const [key, value] of manifest.publishConfig) {
    if (!matters(key) || Object.hasOwn(options, key)) continue
    // npm expands nothing here: a variable's name is sent as it stands.
    const unexpanded = typeof value === 'string' ? missingVariable(value, {}) : null
    const place = manifest.placeOf(key)
    effective.set(key, { key, written: key, value: asText(value), layer: 'package.json', place, unexpanded })
  }
  return effective
}

function sentOf(
  effective: ReadonlyMap<string, Setting>,
  options: Readonly<Record<string, string>>,
  registry: string,
  name: string | null,
): ReadonlySet<Setting> {
  const base = registry.trim().replace(/\/?$/u, '')
  const uri = `${base}/${(name ?? 'unnamed').replace('/', '%2f')}`
  const { regKey, token, auth, isBasicAuth, cert, key } = lookUp(uri, { ...options, spec: name ?? 'unnamed' })
  const keys: string[] = []
  if (regKey !== false) {
    if (token) keys.push(`${regKey}:_authToken`)
    else if (auth) keys.push(`${regKey}:${isBasicAuth ? '_password' : '_auth'}`)
    if (cert && key) keys.push(`${regKey}:certfile`)
  }
  if (!(cert && key) && options['cert'] && options['key']) keys.push('cert')
  // Node.js sends what stands in the URL where no header was made.
  if (!token && !auth && secretInUrl(registry) !== null) {
    const from = [...effective.values()].find((one) => isRegistryKey(one.key) && one.value === registry)
    if (from !== undefined) keys.push(from.key)
  }
  return new Set(keys.flatMap((one) => effective.get(one) ?? []))
}

function lookUp(uri: string, options: Readonly<Record<string, string>>): NpmAuth {
  try {
    return getAuth(uri, options)
  } catch (cause) {
    throw new BonafideError('BONAFIDE_CREDENTIALS_UNREADABLE', 'a client certificate cannot be read', { cause })
  }
}

/** Whether npm goes on at all: it looks for exactly the registry's own keys, and not in `publishConfig`. */
function hasCredentials(chain: NpmChain, registry: string): boolean {
  const prefix = nerfDart(registry) ?? ''
  const has = (name: string): string => {
    const key = `${prefix}:${name}`
    return asText(chain.layers.find(({ settings }) => Object.hasOwn(settings, key))?.settings[key])
  }
  if (has('_authToken') !== '' || (has('certfile') !== '' && has('keyfile') !== '')) return true
  if (has('username') !== '' && has('_password') !== '') return true
  return (Buffer.from(has('_auth'), 'base64').toString('utf8').split(':')[0] ?? '') !== ''
}

/** The variables that are settings of npm's, by the key that npm makes of them. The last spelling counts. */
function variablesOf(env: CredentialSource['env']): ReadonlyMap<string, string> {
  const names = new Map<string, string>()
  for (const [name, value] of Object.entries(env)) {
    if (!/^npm_config_/iu.test(name) || value === undefined || value === '') continue
    const rest = name.slice('npm_config_'.length)
    names.set(rest.startsWith('//') ? rest : rest.replaceAll(/(?!^)_/gu, '-').toLowerCase(), name)
  }
  return names
}

/** A value as npm would send it: of a list all, of what is no text or number nothing. */
function asText(value: unknown): string {
  if (Array.isArray(value)) return value.map(asText).join(',')
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? String(value) : ''
}

function matters(key: string): boolean {
  return key.startsWith('//') || isRegistryKey(key) || BARE.has(key)
}

/** `scope` decides on the registry; the others are what npm took without a registry's name, once. */
const BARE: ReadonlySet<string> = new Set(['scope', '_auth', '_authToken', '_password', 'certfile', 'cert', 'key'])
