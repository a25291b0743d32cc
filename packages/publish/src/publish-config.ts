// SPDX-License-Identifier: Apache-2.0
import { isJsonObject } from '@bonafide/core'
import type { Json, JsonObject } from '@bonafide/core'

/** The three things that a package's own `publishConfig` may decide. */
export interface PublishConfig {
  readonly access: 'public' | 'restricted' | null
  readonly tag: string | null
  /** The registry's URL as it is written there: `@scope:registry` for the package's own scope, else `registry`. */
  readonly registry: string | null
}

/** Nothing asked for. */
export const NO_PUBLISH_CONFIG: PublishConfig = { access: null, tag: null, registry: null }

/** What is wrong with one key. */
export interface ConfigProblem {
  readonly key: string
  readonly kind: 'credential' | 'malformed'
}

/**
 * Reads `publishConfig`. Everything but access, tag and registry is left to whoever packs; keys that hold a credential are problems.
 *
 * npm lets `publishConfig` set any option, keys such as `//host/:_authToken` included, and the manifest is public.
 */
export function parsePublishConfig(
  name: string,
  manifest: JsonObject,
): { readonly config: PublishConfig; readonly problems: readonly ConfigProblem[] } {
  const stated = manifest['publishConfig']
  if (stated === undefined || stated === null) return { config: NO_PUBLISH_CONFIG, problems: [] }
  if (!isJsonObject(stated))
    return { config: NO_PUBLISH_CONFIG, problems: [{ key: 'publishConfig', kind: 'malformed' }] }
  const problems: ConfigProblem[] = []
  const scopeKey = `${name.slice(0, Math.max(name.indexOf('/'), 0))}:registry`
  for (const [key, value] of Object.entries(stated)) {
    if (CREDENTIAL.test(key)) problems.push({ key, kind: 'credential' })
    else if (!isFit(key === scopeKey ? 'registry' : key, value)) problems.push({ key, kind: 'malformed' })
  }
  const text = (key: string): string | null => {
    const value = stated[key]
    return typeof value === 'string' ? value : null
  }
  const access = text('access')
  return {
    config: {
      access: access === 'public' || access === 'restricted' ? access : null,
      tag: text('tag'),
      // npm gives a scope's registry precedence over the general one.
      registry: text(scopeKey) ?? text('registry'),
    },
    problems,
  }
}

// Keys of one registry (`//host/:_authToken`) and the bare ones of old, in npm's words and in those of Yarn.
const CREDENTIAL =
  /^(?:\/\/|_|(?:username|password|otp|cert|key|certfile|keyfile|tokenHelper|npmAuthToken|npmAuthIdent)$)/iu

function isFit(key: string, value: Json | undefined): boolean {
  switch (key) {
    case 'access':
      return value === 'public' || value === 'restricted'
    case 'tag':
      return typeof value === 'string' && value !== ''
    case 'registry':
      return typeof value === 'string' && URL.canParse(value)
    default:
      return true
  }
}
