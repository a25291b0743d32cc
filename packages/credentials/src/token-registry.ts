// SPDX-License-Identifier: Apache-2.0
import { isLoopback, parseRegistryUrl, publicRegistry } from '@bonafide/registry'
import type { Credential, FoundCredentials } from './credential.ts'
import type { TokenKind } from './token-kind.ts'

/** Every registry that a client would publish the package to; npm's first. */
export function publishRegistries({
  registry,
  registries,
}: Pick<FoundCredentials, 'registry' | 'registries'>): readonly string[] {
  const others = Object.values(registries ?? {}).filter((one) => one !== null)
  return [...new Set([registry, ...others])]
}

/**
 * Whether a credential is for another registry than the package's, so that it could not publish it. By host: what is written under one path
 * of a host may well be good under another one.
 */
export function isForAnotherRegistry(
  { registry, sentBy }: Pick<Credential, 'registry' | 'sentBy'>,
  kind: TokenKind,
  found: Pick<FoundCredentials, 'registry' | 'registries'>,
): boolean {
  // Settings that lead one client elsewhere, say Bun's: what it would send there could publish the package there.
  return sentBy.length === 0 && publishRegistries(found).every((one) => isForAnother(registry, kind, one))
}

function isForAnother(registry: string | null, kind: TokenKind, packageRegistry: string): boolean {
  // Where nobody can tell what the package's registry is, every credential may be for it.
  if (!URL.canParse(packageRegistry)) return false
  const own = new URL(packageRegistry)
  // A variable that no client sends: whose token it is tells what it could be sent to.
  if (registry === null) return isOfAnotherMaker(kind, own)
  const other = urlOf(registry, packageRegistry)
  if (other === null || hostOf(own) === hostOf(other)) return false
  // A token of the public registry is one wherever it stands: the registry has more than one name.
  return !(kind === 'npm' && own.href === publicRegistry())
}

// Words in the address of a registry that is the maker's own. Whoever has none of them here hands out tokens for any host.
const MAKERS: ReadonlyMap<TokenKind, RegExp> = new Map([
  ['github', /github|ghe/u],
  ['gitlab', /gitlab|\/api\/v4\//u],
  ['gitlab-job', /gitlab|\/api\/v4\//u],
  ['codeartifact', /codeartifact/u],
  ['azure', /azure|visualstudio|_packaging/u],
  ['google', /google|pkg\.dev/u],
  ['buildkite', /buildkite/u],
])
// The public registry has tokens of one form, and had those of old.
const PUBLIC: ReadonlySet<TokenKind> = new Set(['npm', 'npm-wrong-checksum', 'uuid', 'unknown', 'basic', 'phantom'])

// A job's token for its own repository, say, beside a release to the public registry.
function isOfAnotherMaker(kind: TokenKind, registry: URL): boolean {
  if (registry.href === publicRegistry()) return !PUBLIC.has(kind)
  const words = MAKERS.get(kind)
  return words !== undefined && !words.test(`${registry.host}${registry.pathname}`)
}

/**
 * Whether it is a program that no client would ask for a token as far as anybody can tell: a plugin of Yarn's. It may make up what it sends,
 * as all code that runs here may; that is no reason to refuse every project that has one.
 */
export function isPlugin({ form, registry, sentBy }: Pick<Credential, 'form' | 'registry' | 'sentBy'>): boolean {
  return form === 'helper' && registry === null && sentBy.length === 0
}

/** Whether it is an id, by the name of the variable that holds it: many programs have UUIDs there, and no registry is told about these. */
export function isOnlyAnId({ form, place, sentBy }: Credential, kind: TokenKind): boolean {
  if (kind !== 'uuid' || form !== 'variable' || sentBy.length > 0 || place.kind !== 'variable') return false
  return !/token|auth|npm|registry|secret|key|pass|cred/iu.test(place.name)
}

/**
 * The registry that a credential may be sent to, to ask what it is: the one that its place names, or one that a client publishes the package
 * to where that is the same. Null where it may be sent nowhere.
 */
export function registryToAsk(
  { registry, form }: Pick<Credential, 'registry' | 'form'>,
  kind: TokenKind,
  found: Pick<FoundCredentials, 'registry' | 'registries'>,
): string | null {
  if (!URL.canParse(found.registry)) return null
  const url = ((): URL | null => {
    // A variable names no registry: only what has the shape of the public registry's tokens is for npm at all.
    if (registry === null)
      return form === 'variable' && (kind === 'npm' || kind === 'uuid') ? new URL(found.registry) : null
    const owns = publishRegistries(found)
      .filter((one) => URL.canParse(one))
      .map((one) => new URL(one))
    // The scheme is that of a registry on the same host, and npm's where no client publishes there.
    const named = owns
      .map((own) => urlOf(registry, own.href))
      .find((one) => owns.some((own) => own.origin === one?.origin))
    if (named === undefined || named === null) return urlOf(registry, found.registry)
    // A key for a part of the registry, or for all that lies around it.
    const isOwn = (own: URL): boolean =>
      own.origin === named.origin &&
      (own.pathname.startsWith(named.pathname) || named.pathname.startsWith(own.pathname))
    return owns.find(isOwn) ?? named
  })()
  // A token read on the way.
  if (url === null || (url.protocol !== 'https:' && !isLoopback(url.hostname))) return null
  return url.href
}

// npm's keys name no scheme: it is that of the registry.
function urlOf(key: string, packageRegistry: string): URL | null {
  const text = key.startsWith('//') ? `${new URL(packageRegistry).protocol}${key}` : key
  const href = parseRegistryUrl(text)
  return href === null ? null : new URL(href)
}

function hostOf({ hostname, port }: URL): string {
  return `${hostname.replace(/\.$/u, '')}:${port}`
}
