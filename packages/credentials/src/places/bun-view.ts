// SPDX-License-Identifier: Apache-2.0
import { Secret } from '@bonafide/core'
import { parseRegistryUrl, publicRegistry } from '@bonafide/registry'
import type { CredentialSource } from '../credential.ts'
import { credentialInUrl, registriesOf } from './bun-registry.ts'
import type { BunCredential, BunRegistry } from './bun-registry.ts'
import { readBunSources } from './bun-sources.ts'
import type { BunPlaces, BunSources } from './bun-sources.ts'
import type { PublishManifest } from './publish-manifest.ts'
import { nerfDart, readingsOf, secretInUrl } from './setting.ts'
import type { ClientView, Reader, Setting } from './setting.ts'

const BUN: Reader = { client: 'bun', names: ['_authToken', '_auth', '_password'] }
const TOKEN_VARIABLES = ['BUN_CONFIG_TOKEN', 'NPM_CONFIG_TOKEN', 'npm_config_token'] as const
const REGISTRY_VARIABLES = ['BUN_CONFIG_REGISTRY', 'NPM_CONFIG_REGISTRY', 'npm_config_registry'] as const

/** A registry, and what Bun would send there. */
interface Target {
  readonly url: string
  readonly sent: Setting | BunCredential | null
}

/** What Bun reads and would send with `bun publish` in a folder. */
export async function viewBun(
  source: CredentialSource,
  places: BunPlaces,
  manifest: PublishManifest,
): Promise<ClientView> {
  const sources = await readBunSources(source.env, places)
  const { npmrc, variables } = sources
  const declared = sources.bunfigs.map((bunfig) => registriesOf(bunfig, variables))
  const fromVariables = credentialsOfVariables(sources)
  const usual = usualTarget(sources, declared)
  const ofScope = manifest.scope === null ? null : scopeTarget(sources, declared, manifest.scope, usual.url)
  const { url, sent } =
    ofScope ?? publishTarget(filled(withVariables(usual, sources, fromVariables), sources), manifest)
  const registry = parseRegistryUrl(url) ?? publicRegistry()
  const own = declared
    .flat()
    .flatMap(({ name, url: at, credentials }) => credentials.map((one) => [one, at, name] as const))
  const isSent = (one: BunCredential): boolean => sent === one
  const goesTo = (name: string, at: string | null): string | null =>
    nerfDart(at ?? (name === 'registry' ? registry : usual.url))
  const client = 'bun' as const
  return {
    client,
    registry,
    readings: [
      ...readingsOf(BUN, npmrc, new Set(npmrc.filter((one) => one === sent)), registry),
      ...own.map(([one, at, name]) => ({
        ...one,
        client,
        registry: isSent(one) ? nerfDart(registry) : goesTo(name, at),
        isSent: isSent(one),
      })),
      ...fromVariables.map((one) => ({ ...one, client, registry: nerfDart(registry), isSent: isSent(one) })),
    ],
  }
}

/** A bunfig's registry before that of an `.npmrc`; the nearest file before the user's, and the whole of it. */
function usualTarget({ npmrc }: BunSources, declared: readonly (readonly BunRegistry[])[]): Target {
  const found = declared.flat().find(({ name }) => name === 'registry')
  if (found !== undefined) return { url: found.url ?? publicRegistry(), sent: firstUsable(found) }
  return npmrcTarget(npmrc, 'registry') ?? { url: publicRegistry(), sent: null }
}

function scopeTarget(
  sources: BunSources,
  declared: readonly (readonly BunRegistry[])[],
  scope: string,
  usual: string,
): Target | null {
  const found = declared.flat().find(({ name }) => name === scope)
  if (found !== undefined) return filled({ url: found.url ?? usual, sent: firstUsable(found) }, sources)
  const own = npmrcTarget(sources.npmrc, `${scope}:registry`)
  return own === null ? null : filled(own, sources)
}

function npmrcTarget(npmrc: readonly Setting[], key: string): Target | null {
  const setting = npmrc.find((one) => one.key === key && one.value !== '')
  if (setting === undefined) return null
  return { url: setting.value, sent: secretInUrl(setting.value) === null ? null : setting }
}

// What names a variable that is not set is left out by Bun.
function firstUsable({ credentials }: BunRegistry): BunCredential | null {
  return credentials.find(({ unexpanded }) => unexpanded === null) ?? null
}

/** Another registry from the environment takes the credential along where it lies below the former; a token from there replaces it. */
function withVariables(usual: Target, { variables }: BunSources, own: readonly BunCredential[]): Target {
  const name = REGISTRY_VARIABLES.find((one) => /^https?:\/\//u.test(variables.get(one)?.value ?? ''))
  const url = name === undefined ? usual.url : (variables.get(name)?.value ?? usual.url)
  const inUrl = own.find(({ key }) => key === name) ?? null
  const kept = inUrl ?? (isBelow(url, usual.url) ? usual.sent : null)
  const token = TOKEN_VARIABLES.map((one) => own.find(({ key }) => key === one)).find((one) => one !== undefined)
  return { url, sent: token ?? kept }
}

/** The keys of `.npmrc` files, where nothing stronger is there: what a URL of an `.npmrc` says is weaker than they are. */
function filled({ url, sent }: Target, { npmrc }: BunSources): Target {
  const isWeak = sent === null || 'written' in sent
  return { url, sent: isWeak ? (walk(npmrc, url) ?? sent) : sent }
}

/** `publishConfig.registry` moves the usual registry; the credential comes along where the new one lies below it, and is not looked up anew. */
function publishTarget(target: Target, { publishConfig }: PublishManifest): Target {
  const own = publishConfig.get('registry')
  if (typeof own !== 'string' || own === '') return target
  return { url: own, sent: isBelow(own, target.url) ? target.sent : null }
}

function walk(npmrc: readonly Setting[], registry: string): Setting | null {
  const find = (key: string): Setting | undefined => npmrc.find((one) => one.key === key && one.value !== '')
  let prefix = nerfDart(registry) ?? ''
  while (prefix.length > '//'.length) {
    const whole = find(`${prefix}:_authToken`) ?? find(`${prefix}:_auth`)
    const password = find(`${prefix}:username`) === undefined ? undefined : find(`${prefix}:_password`)
    const found = whole ?? password
    if (found !== undefined) return found
    prefix = prefix.endsWith('/') ? prefix.slice(0, -1) : prefix.replace(/[^/]+$/u, '')
  }
  return null
}

function isBelow(url: string, base: string): boolean {
  const [inner, outer] = [nerfDart(url), nerfDart(base)]
  if (inner === null || outer === null || !inner.startsWith(outer)) return false
  return url.startsWith('https:') || !base.startsWith('https:')
}

function credentialsOfVariables({ variables }: BunSources): readonly BunCredential[] {
  const layer = 'environment' as const
  const tokens = TOKEN_VARIABLES.flatMap((key): BunCredential[] => {
    const found = variables.get(key)
    if (found === undefined || found.value === '') return []
    return [{ form: 'token', layer, place: found.place, key, secret: new Secret(found.value), unexpanded: null }]
  })
  const urls = REGISTRY_VARIABLES.flatMap((key) => {
    const found = variables.get(key)
    return found === undefined ? [] : (credentialInUrl(found.value, { layer, place: found.place, key }) ?? [])
  })
  return [...tokens, ...urls]
}
