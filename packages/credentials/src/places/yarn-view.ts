// SPDX-License-Identifier: Apache-2.0
import { Secret } from '@bonafide/core'
import { parseRegistryUrl, publicRegistry } from '@bonafide/registry'
import type { CredentialSource } from '../credential.ts'
import type { PublishManifest } from './publish-manifest.ts'
import { nerfDart, secretInUrl } from './setting.ts'
import type { ClientView, Reading } from './setting.ts'
import { readYarnSources } from './yarn-sources.ts'
import type { YarnSetting, YarnSources } from './yarn-sources.ts'

/** What Yarn 4 reads and would send with `yarn npm publish` in a folder. */
export async function viewYarn(source: CredentialSource, home: string, manifest: PublishManifest): Promise<ClientView> {
  const sources = await readYarnSources(source.cwd, source.env, home)
  const written = registryOf(sources, manifest)
  const registry = parseRegistryUrl(written) ?? publicRegistry()
  const chosen = sources.isRefused ? null : chosenOf(sources, written, manifest.scope)
  const readings = sources.settings.flatMap((setting): Reading[] => {
    const { path, place, layer, unexpanded, value } = setting
    const name = path.at(-1) ?? ''
    const common = {
      client: 'yarn',
      layer,
      place,
      key: path.join('.'),
      unexpanded,
      isSent: setting === chosen,
    } as const
    // A plugin may make up the header by itself: nobody but it knows which.
    if (path[0] === 'plugins') return [{ ...common, form: 'helper', registry: null, secret: null }]
    if (value === '') return []
    if (name === 'npmAuthToken' || name === 'npmAuthIdent') {
      const form = name === 'npmAuthToken' ? 'token' : 'basic'
      return [{ ...common, form, registry: whereTo(sources, path, registry), secret: secretOf(form, value) }]
    }
    const inUrl = REGISTRIES.has(name) ? secretInUrl(value) : null
    return inUrl === null ? [] : [{ ...common, form: 'password', registry: nerfDart(value), secret: inUrl }]
  })
  return { client: 'yarn', registry, readings }
}

const REGISTRIES: ReadonlySet<string> = new Set(['npmPublishRegistry', 'npmRegistryServer'])

function registryOf({ inForce }: YarnSources, { scope, publishConfig }: PublishManifest): string {
  const own = publishConfig.get('registry')
  if (typeof own === 'string' && own !== '') return own
  const ofScope = scope === null ? undefined : inForce(['npmScopes', scope.slice(1), 'npmPublishRegistry'])
  const chain = [ofScope, inForce(['npmPublishRegistry']), inForce(['npmRegistryServer'])]
  return chain.find((one) => one !== undefined)?.value ?? publicRegistry()
}

/** The scope's own, else the registry's own, else what stands at the top; the first that is there decides, even where it is empty. */
function chosenOf(sources: YarnSources, registry: string, scope: string | null): YarnSetting | null {
  const { inForce, has } = sources
  const pick = (prefix: readonly string[]): YarnSetting | null => {
    const found = ['npmAuthToken', 'npmAuthIdent'].map((name) => inForce([...prefix, name]))
    return found.find((one) => one !== undefined && one.value !== '') ?? null
  }
  const ofScope = scope === null ? null : pick(['npmScopes', scope.slice(1)])
  if (ofScope !== null) return ofScope
  const key = registry.replace(/\/$/u, '')
  for (const one of [key, key.replace(/^[a-z]+:/u, '')])
    if (has(['npmRegistries', one])) return pick(['npmRegistries', one])
  return pick([])
}

function whereTo(sources: YarnSources, path: readonly string[], registry: string): string | null {
  const [first, second] = path
  if (first === 'npmRegistries' && second !== undefined)
    return nerfDart(second.startsWith('//') ? `https:${second}` : second)
  if (first !== 'npmScopes' || second === undefined) return nerfDart(registry)
  const own = sources.inForce(['npmScopes', second, 'npmPublishRegistry'])
  return nerfDart(own?.value ?? registry)
}

// Yarn encodes what has a colon, and sends the rest as it is.
function secretOf(form: 'token' | 'basic', value: string): Secret {
  const isPlain = form === 'basic' && value.includes(':')
  return new Secret(isPlain ? Buffer.from(value, 'utf8').toString('base64') : value)
}
