// SPDX-License-Identifier: Apache-2.0
import { parseRegistryUrl, publicRegistry } from '@bonafide/registry'
import type { CredentialSource } from '../credential.ts'
import { readPnpmSources } from './pnpm-sources.ts'
import type { PnpmSource, PnpmSources } from './pnpm-sources.ts'
import type { PublishManifest } from './publish-manifest.ts'
import { nerfDart, readingsOf, secretInUrl } from './setting.ts'
import type { ClientView, Reader, Setting } from './setting.ts'

const PNPM: Reader = {
  client: 'pnpm',
  names: ['_authToken', '_auth', '_password', 'certfile', 'cert', 'tokenHelper'],
  uriOf: (prefix) => splitScope(prefix).uri,
}

/** The fields of one registry and scope; the first source that has a field gives it. */
type Fields = Map<string, Setting>

/** What pnpm 12 reads and would send with `pnpm publish` in a folder. */
export async function viewPnpm(source: CredentialSource, home: string, manifest: PublishManifest): Promise<ClientView> {
  const sources = await readPnpmSources(source.cwd, source.env, home)
  const written = registryOf(sources, source, manifest)
  const registry = parseRegistryUrl(written) ?? publicRegistry()
  const all = sources.credentials.flatMap(({ settings }) => settings)
  const sent = stops(sources.credentials) ? [] : sentOf(all, written, manifest.scope)
  const readings = readingsOf(PNPM, all, new Set(sent), registry)
  return { client: 'pnpm', registry, readings }
}

/** `publishConfig`, then the variable `_auth`, then pnpm's own settings, then `.npmrc`; a scope's registry before the default. */
function registryOf(
  sources: PnpmSources,
  { env }: CredentialSource,
  { scope, publishConfig }: PublishManifest,
): string {
  const files = sources.credentials.map(({ registries }) => registries)
  const settings = [sources.workspace.registries, sources.user.registries]
  // What the user's `_auth` routes to counts where nothing else names a registry.
  const fromFile = (wanted: string): string | undefined =>
    sources.user.tokens.findLast((one) => one.scope === wanted)?.registry
  const declared =
    env['pnpm_config_registry'] || env['PNPM_CONFIG_REGISTRY'] || first('registry', ...settings, ...files)
  const ofPublishConfig = (key: string): string | undefined => {
    const value = publishConfig.get(key)
    return typeof value === 'string' && value !== '' ? value : undefined
  }
  const ofScope =
    scope === null
      ? undefined
      : (ofPublishConfig(`${scope}:registry`) ??
        ofPublishConfig('registry') ??
        sources.routes.findLast((route) => route.scope === scope)?.registry ??
        first(`${scope}:registry`, ...settings, ...files) ??
        fromFile(scope))
  return (
    ofScope ??
    ofPublishConfig('registry') ??
    routeOf(sources, declared, [...settings, ...files]) ??
    declared ??
    fromFile('@') ??
    publicRegistry()
  )
}

function first(key: string, ...maps: readonly ReadonlyMap<string, string>[]): string | undefined {
  return maps.map((map) => map.get(key)).find((value) => value !== undefined && value !== '')
}

/**
 * The default that the variable `_auth` routes to. Where it names a registry that is declared for a scope, that is no route; where it names
 * several and one is declared as the default, that one stays.
 */
function routeOf(
  { routes }: PnpmSources,
  declared: string | undefined,
  maps: readonly ReadonlyMap<string, string>[],
): string | undefined {
  const scoped = maps.flatMap((map) => [...map]).filter(([key]) => key !== 'registry')
  const taken = new Set(scoped.map(([, url]) => nerfDart(url)))
  const candidates = routes
    .filter(({ scope, registry }) => scope === '@' && !taken.has(nerfDart(registry)))
    .map(({ registry }) => registry)
  if (declared === undefined || candidates.length < 2) return candidates.at(-1)
  return candidates.find((one) => nerfDart(one) === nerfDart(declared))
}

/** pnpm stops where a repository's file names a helper that the user's files do not name in just the same way. */
function stops(sources: readonly PnpmSource[]): boolean {
  const helpers = (isProject: boolean): ReadonlyMap<string, string> =>
    new Map(
      sources
        .filter((one) => one.isProject === isProject)
        .flatMap(({ settings }) => settings)
        .filter(({ key }) => key.endsWith('tokenHelper'))
        .map(({ key, value }) => [key, value]),
    )
  const trusted = helpers(false)
  return [...helpers(true)].some(([key, value]) => trusted.get(key) !== value)
}

function sentOf(settings: readonly Setting[], registry: string, scope: string | null): readonly Setting[] {
  // pnpm takes what stands in the URL before everything else.
  if (secretInUrl(registry) !== null) {
    const from = settings.find(({ value }) => value === registry)
    return from === undefined ? [] : [from]
  }
  const table = tableOf(settings)
  for (const wanted of scope === null ? ['@'] : [scope, '@']) {
    for (const uri of walk(registry)) {
      const fields = table.get(`${uri} ${wanted}`)
      const found = fields === undefined ? null : chosen(fields)
      if (found !== null) return [found, ...certificateOf(table, registry)]
    }
  }
  return certificateOf(table, registry)
}

function tableOf(settings: readonly Setting[]): ReadonlyMap<string, Fields> {
  const table = new Map<string, Fields>()
  for (const setting of settings) {
    const colon = setting.key.lastIndexOf(':')
    if (!setting.key.startsWith('//') || colon === -1) continue
    const { uri, scope } = splitScope(setting.key.slice(0, colon))
    const fields = table.get(`${uri} ${scope}`) ?? new Map<string, Setting>()
    const name = setting.key.slice(colon + 1)
    if (!fields.has(name)) fields.set(name, setting)
    table.set(`${uri} ${scope}`, fields)
  }
  return table
}

function chosen(fields: Fields): Setting | null {
  const whole = ['tokenHelper', '_authToken', '_auth'].map((name) => fields.get(name)).find((one) => one !== undefined)
  if (whole !== undefined) return whole
  return fields.has('username') ? (fields.get('_password') ?? null) : null
}

function certificateOf(table: ReadonlyMap<string, Fields>, registry: string): readonly Setting[] {
  for (const uri of walk(registry)) {
    const fields = table.get(`${uri} @`)
    for (const [certificate, key] of [
      ['certfile', 'keyfile'],
      ['cert', 'key'],
    ] as const) {
      const found = fields?.get(certificate)
      if (found !== undefined && fields?.has(key)) return [found]
    }
  }
  return []
}

/** The registry's own key, then shorter paths of it, then the same without the port. */
function walk(registry: string): readonly string[] {
  const own = nerfDart(registry)
  if (own === null) return []
  const { host, hostname } = new URL(registry)
  return host === hostname ? upwards(own) : [...upwards(own), ...upwards(own.replace(host, hostname))]
}

function upwards(start: string): readonly string[] {
  const parts = start.slice(2, -1).split('/')
  return parts.map((_, index) => `//${parts.slice(0, parts.length - index).join('/')}/`)
}

/** pnpm's keys may end in a scope: `//host/:@scope`, `//host/@scope/`. */
function splitScope(prefix: string): { readonly uri: string; readonly scope: string } {
  const { uri, scope } = /^(?<uri>\/\/.*?)[:/](?<scope>@[^/:]+)\/?$/u.exec(prefix)?.groups ?? {}
  const bare = uri ?? prefix
  return { uri: bare.endsWith('/') ? bare : `${bare}/`, scope: scope ?? '@' }
}
