// SPDX-License-Identifier: Apache-2.0
import { createRequire } from 'node:module'

const require = createRequire(import.meta.url)
const { defaults, flatten } = require('@npmcli/config/lib/definitions') as {
  readonly defaults: Readonly<Record<string, unknown>>
  readonly flatten: (settings: object, flat: object) => Record<string, unknown>
}

/** The variable that npm reads `omit` from and tells scripts by; no branch of ours looks at it for anything else. */
const KIND = 'NODE_ENV'

/** What npm has scripts see where development dependencies are left out. */
export const PRODUCTION: Readonly<Record<string, string>> = { [KIND]: 'production' }

/**
 * Turns settings into the options that npm's own libraries take, by npm's own rules: `omit` from all that includes and omits,
 * `saveType` from `save-dev`, and so on. Settings that are not among `keys` count for nothing; those that nobody set have npm's default.
 */
export function flattenNpmOptions(
  settings: ReadonlyMap<string, unknown>,
  keys: Iterable<string>,
  env: Readonly<Record<string, string | undefined>>,
): Readonly<Record<string, unknown>> {
  const all: Record<string, unknown> = Object.create(null) as Record<string, unknown>
  for (const key of keys) all[key] = structuredClone(settings.has(key) ? settings.get(key) : defaults[key])
  // npm's default looks at the process, which need not be what was asked.
  if (!settings.has('omit')) all['omit'] = env[KIND] === PRODUCTION[KIND] ? ['dev'] : []
  const before = process.env[KIND]
  try {
    return flatten(all, {})
  } finally {
    // npm's rules set this for scripts; who runs scripts here sets it for them alone.
    if (before === undefined) delete process.env[KIND]
    else process.env[KIND] = before
  }
}
