// SPDX-License-Identifier: Apache-2.0
import { readFile } from 'node:fs/promises'
import { BonafideError } from '@bonafide/core'
import { wrapCredentials } from './authorize.ts'
import { loadNpmLayers } from './npm-layers.ts'
import type { NpmLayers } from './npm-layers.ts'
import type { Connection, IgnoredSetting, NpmSettings, NpmSettingsSource } from './npm-settings.ts'
import { hostOf, pickProjectSettings } from './project-npmrc.ts'
import { parseRegistryUrl, publicRegistry } from './registry-url.ts'

/**
 * Reads npm's configuration with npm's own code, in npm's order: options, environment, project, user, global.
 * The project's `.npmrc` is heard on registries and literal credentials only.
 *
 * @throws BonafideError `BONAFIDE_NPM_CONFIG` where a file cannot be read or a registry is no URL: falling back to the public
 * registry then would tell it private names
 */
export async function loadNpmSettings(source: NpmSettingsSource): Promise<NpmSettings> {
  const layers = await loadNpmLayers(source)
  const { user, project } = layers
  const ignored: IgnoredSetting[] = [...layers.ignored]

  const named = new Set<string>()
  const plainHttp = new Set<string>()
  for (const [key, value] of user) {
    if (key.startsWith('//')) named.add(hostOf(key))
    else if (isRegistryKey(key) && typeof value === 'string' && URL.canParse(value)) {
      const url = new URL(value)
      named.add(url.host)
      if (url.protocol === 'http:') plainHttp.add(url.origin)
    }
  }

  const picked = pickProjectSettings(project.raw, project.source, (host) => named.has(host), layers.expand)
  ignored.push(...picked.ignored)

  const scopes = new Map<string, string>()
  const credentials = new Map<string, string>()
  const fromProject = new Set<string>()
  let registry = publicRegistry()
  // Later wins: global and user files, then the project, then environment and options.
  for (const [origin, entries] of [
    ['user', layers.files],
    ['project', picked.accepted],
    ['user', layers.explicit],
  ] as const) {
    for (const [key, value] of entries) {
      if (isRegistryKey(key)) {
        const url = registryUrl(key, value)
        if (key === 'registry') registry = url
        else scopes.set(key.slice(0, key.indexOf(':')), url)
        if (origin === 'project') fromProject.add(key)
        else fromProject.delete(key)
      } else if (key.startsWith('//') && typeof value === 'string') {
        // A variable that is not set would be sent as the words "${NAME}".
        if (value.includes('${')) ignored.push({ key, source: 'npm configuration', reason: 'variable-not-expanded' })
        else credentials.set(key, value)
      }
    }
  }

  const wrapped = wrapCredentials(credentials, plainHttp)
  const connection = await readConnection(layers)
  return {
    registry,
    scopes,
    fromProject,
    ignored,
    authorize: wrapped.authorize,
    connectionTo: (url) => {
      const certificate = wrapped.certificateFor(url)
      return certificate === null ? connection(url) : { ...connection(url), ...certificate }
    },
    retries: asNumber(user.get('fetch-retries')),
    minDelay: asNumber(user.get('fetch-retry-mintimeout')),
    maxDelay: asNumber(user.get('fetch-retry-maxtimeout')),
    attemptDeadline: asNumber(user.get('fetch-timeout')),
    maxSockets: asNumber(user.get('maxsockets')),
  }
}

/** Settings without any configuration at all: the public registry, no credentials, certificates checked. */
export function bareNpmSettings(registry: string = publicRegistry()): NpmSettings {
  return {
    registry,
    scopes: new Map(),
    fromProject: new Set(),
    ignored: [],
    authorize: () => null,
    connectionTo: () => ({ rejectUnauthorized: true }),
  }
}

async function readConnection(layers: NpmLayers): Promise<(url: URL) => Connection> {
  const { user } = layers
  const ca = await readAuthorities(user)
  const shared: Connection = {
    rejectUnauthorized: user.get('strict-ssl') !== false,
    ...(ca === null ? {} : { ca }),
    ...defined('cert', asText(user.get('cert'))),
    ...defined('key', asText(user.get('key'))),
    ...defined('localAddress', asText(user.get('local-address'))),
    ...defined('noProxy', asList(user.get('noproxy'))?.join(',')),
  }
  const proxy = asText(user.get('proxy'))
  const httpsProxy = asText(user.get('https-proxy')) ?? proxy
  return (url) => ({ ...shared, ...defined('proxy', url.protocol === 'https:' ? httpsProxy : proxy) })
}

async function readAuthorities(user: NpmLayers['user']): Promise<readonly string[] | null> {
  const path = asText(user.get('cafile'))
  if (path === undefined) return asList(user.get('ca')) ?? null
  try {
    const text = await readFile(path, 'utf8')
    return text
      .replaceAll('\r\n', '\n')
      .split(/(?<=-----END CERTIFICATE-----)/u)
      .filter((part) => part.trim() !== '')
  } catch (cause) {
    throw new BonafideError('BONAFIDE_NPM_CONFIG', 'the cafile of npm’s configuration cannot be read', { path, cause })
  }
}

function registryUrl(key: string, value: unknown): string {
  const url = typeof value === 'string' ? parseRegistryUrl(value) : null
  if (url !== null) return url
  throw new BonafideError('BONAFIDE_NPM_CONFIG', `${key} in npm’s configuration is not the URL of a registry`, {
    wanted: 'an http(s) URL',
    hint: `npm config get ${key}, and npm config ls -l tells the file`,
  })
}

function isRegistryKey(key: string): boolean {
  return key === 'registry' || /^@[^/:]+:registry$/u.test(key)
}

function asText(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}

function asList(value: unknown): string[] | undefined {
  const list = (Array.isArray(value) ? value : [value]).filter((item) => typeof item === 'string' && item !== '')
  return list.length === 0 ? undefined : (list as string[])
}

function asNumber(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : undefined
}

function defined<K extends string>(key: K, value: string | undefined): { readonly [P in K]?: string } {
  return value === undefined ? {} : ({ [key]: value } as { [P in K]: string })
}
