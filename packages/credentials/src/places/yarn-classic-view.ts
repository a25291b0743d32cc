// SPDX-License-Identifier: Apache-2.0
import { parseRegistryUrl, publicRegistry } from '@bonafide/registry'
import type { CredentialSource } from '../credential.ts'
import type { PublishManifest } from './publish-manifest.ts'
import { isRegistryKey, nerfDart, readingsOf } from './setting.ts'
import type { ClientView, Reader, Reading, Setting } from './setting.ts'
import { readYarnClassicSources } from './yarn-classic-sources.ts'
import type { YarnClassicPlaces } from './yarn-classic-sources.ts'
import { Secret } from '@bonafide/core'

const YARN_CLASSIC: Reader = { client: 'yarn-classic', names: ['_authToken', '_auth', '_password'] }

/** The variables that Yarn 1 looks at where no file has a credential. */
const LAST_RESORTS = ['YARN_AUTH_TOKEN', 'NPM_AUTH_TOKEN'] as const

/** What Yarn 1 reads and would send with `yarn publish` in a folder. */
export async function viewYarnClassic(
  source: CredentialSource,
  places: YarnClassicPlaces,
  manifest: PublishManifest,
): Promise<ClientView> {
  const { settings, registries, isRefused } = await readYarnClassicSources(source, places)
  const effective = new Map<string, Setting>()
  for (const setting of settings) if (!effective.has(setting.key)) effective.set(setting.key, setting)
  const own = manifest.publishConfig.get('registry')
  const { scope } = manifest
  const written =
    typeof own === 'string' && own !== ''
      ? own
      : ((scope === null ? undefined : registries.get(`${scope}:registry`)) ??
        registries.get('registry') ??
        publicRegistry())
  const registry = parseRegistryUrl(written) ?? publicRegistry()
  const chosen = isRefused ? null : chosenOf(effective, written)
  const sent = new Set(chosen === null ? [] : [chosen])
  const npmrc = readingsOf(YARN_CLASSIC, settings, sent, registry)
  return {
    client: 'yarn-classic',
    registry,
    readings: [...npmrc, ...lastResorts(source, registry, isRefused || chosen !== null)],
  }
}

/** The registry's own keys, with and without its scheme, then the same above `registry/`, then keys without a registry; never a longer path. */
function chosenOf(effective: ReadonlyMap<string, Setting>, registry: string): Setting | null {
  const slashed = registry.endsWith('/') ? registry : `${registry}/`
  const bare = slashed.replace(/^https?:/iu, '')
  const starts = [...new Set([slashed, bare, bare.replace(/registry\/?$/u, '')])]
  const find = (name: string): Setting | null => {
    const keys = [...starts.map((start) => `${start}:${name}`), name]
    return keys.map((key) => effective.get(key)).find((one) => one !== undefined && one.value !== '') ?? null
  }
  const password = find('_password')
  return find('_authToken') ?? find('_auth') ?? (find('username') === null ? null : password)
}

function lastResorts({ env }: CredentialSource, registry: string, isDecided: boolean): readonly Reading[] {
  const set = LAST_RESORTS.filter((name) => env[name] !== undefined && env[name] !== '')
  return set.map((name, index) => ({
    client: 'yarn-classic',
    form: 'token',
    layer: 'environment',
    place: { kind: 'variable', name },
    key: name,
    registry: nerfDart(registry),
    secret: new Secret(env[name] ?? ''),
    unexpanded: null,
    isSent: !isDecided && index === 0,
  }))
}

/** Whether Yarn 1 takes a key for anything here. */
export function mattersToYarnClassic(key: string): boolean {
  const name = key.slice(key.lastIndexOf(':') + 1)
  return isRegistryKey(key) || [...YARN_CLASSIC.names, 'username'].includes(name)
}
