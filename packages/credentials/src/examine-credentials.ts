// SPDX-License-Identifier: Apache-2.0
import type { PublishPolicy } from '@bonafide/policy'
import { isLoopback, isSameToken, listTokens, publicRegistry, whoami } from '@bonafide/registry'
import type { Connection, TokenApiOptions } from '@bonafide/registry'
import type { Credential, FoundCredentials } from './credential.ts'
import { isIdentity, judgeCredential, kindOf } from './judge-credential.ts'
import type { CredentialStanding, JudgedCredential } from './judged-credential.ts'
import { isForAnotherRegistry, isOnlyAnId, registryToAsk } from './token-registry.ts'

/** How credentials are examined. */
export interface ExamineOptions {
  readonly connectionTo: (url: URL) => Connection
  readonly now: Date
  readonly policy: Pick<PublishPolicy, 'maxTokenLifetime'>
  /** Patience with a registry: see `TokenApiOptions`. */
  readonly patience?: Pick<TokenApiOptions, 'retries' | 'pause' | 'deadline'>
}

const NOT_ASKED: CredentialStanding = { kind: 'not-asked' }

/**
 * Asks the registry of each credential what it is, by the credential itself, and judges it. A token is sent to the registry that its place
 * names and nowhere else; one that could not publish the package is not sent at all, and neither are passwords and identity tokens.
 */
export async function examineCredentials(
  found: FoundCredentials,
  options: ExamineOptions,
): Promise<readonly JudgedCredential[]> {
  const asked = new Map<string, Promise<CredentialStanding>>()
  const standingOf = (credential: Credential): Promise<CredentialStanding> | CredentialStanding => {
    const registry = whomToAsk(credential, found)
    const { secret } = credential
    if (registry === null || secret === null) return NOT_ASKED
    // The same token in several places is asked about once.
    const key = `${registry} ${secret.reveal()}`
    const known = asked.get(key)
    if (known !== undefined) return known
    const standing = ask({ registry, token: secret, connectionTo: options.connectionTo, ...options.patience })
    asked.set(key, standing)
    return standing
  }
  return Promise.all(
    found.credentials.map(async (credential) =>
      judgeCredential(credential, await standingOf(credential), { found, now: options.now, policy: options.policy }),
    ),
  )
}

function whomToAsk(credential: Credential, found: FoundCredentials): string | null {
  const registry = registryOfToken(credential, found)
  if (registry === null || credential.registry !== null) return registry
  // A strange checkout that names a registry of its own, to be told what the user's variables hold. No client would send them there.
  return isOwnChoice(registry, found) || isSentThere(credential, registry, found) ? registry : null
}

// Which registry a token could be asked about, by its place and its form.
function registryOfToken(credential: Credential, found: FoundCredentials): string | null {
  const { form, secret } = credential
  // Passwords stay where they are: no registry lists them.
  if (secret === null || (form !== 'token' && form !== 'variable')) return null
  const kind = kindOf(credential)
  if (kind === 'setup-node-dummy' || kind === 'unexpanded' || kind === 'phantom' || isIdentity(credential, kind))
    return null
  if (isOnlyAnId(credential, kind) || isForAnotherRegistry(credential, kind, found)) return null
  // What no header can carry is no token, and splits requests.
  return /^[!-~]+$/u.test(secret.reveal()) ? registryToAsk(credential, kind, found) : null
}

// Layers that no repository writes.
const OWN_LAYERS: ReadonlySet<Credential['layer']> = new Set(['option', 'environment', 'user', 'global', 'builtin'])

// The public registry, this machine, and registries that the user's own settings hold a credential for.
function isOwnChoice(registry: string, { credentials }: FoundCredentials): boolean {
  const { host, hostname } = new URL(registry)
  if (registry === publicRegistry() || isLoopback(hostname)) return true
  return credentials.some((one) => OWN_LAYERS.has(one.layer) && one.registry?.startsWith(`//${host}/`) === true)
}

// A variable that a file names too, by which a client sends the same token there.
function isSentThere({ secret }: Credential, registry: string, found: FoundCredentials): boolean {
  return found.credentials.some(
    (one) =>
      one.registry !== null &&
      one.sentBy.length > 0 &&
      one.secret?.reveal() === secret?.reveal() &&
      registryOfToken(one, found) === registry,
  )
}

async function ask(api: TokenApiOptions): Promise<CredentialStanding> {
  const list = await listTokens(api)
  if (list.kind === 'unreachable' || list.kind === 'nonsense') return { kind: 'unreachable', detail: list.detail }
  const caller = await whoami(api)
  const username = caller.kind === 'found' ? caller.username : null
  if (list.kind === 'found') {
    const own = list.tokens.filter((token) => !token.revoked && isSameToken(token, api.token))
    const [token] = own
    if (own.length > 1) return { kind: 'ambiguous', username }
    return token === undefined ? { kind: 'unlisted', username } : { kind: 'listed', token, username }
  }
  // Whether the registry takes the token at all is what is left to ask.
  if (caller.kind === 'unreachable') return { kind: 'unreachable', detail: caller.detail }
  const isStranger = caller.kind === 'denied'
  return list.kind === 'denied'
    ? { kind: 'denied', status: list.status, username, isStranger }
    : { kind: 'no-list', username, isStranger }
}
