// SPDX-License-Identifier: Apache-2.0

/** Environment variables as a process has them. */
export type Environment = Readonly<Record<string, string | undefined>>

// What clients and CI systems document as a credential of a registry, or as a way to one.
const NAMES: ReadonlySet<string> = new Set([
  'node_auth_token',
  'npm_token',
  'npm_auth_token',
  'bun_config_token',
  'yarn_npm_auth_token',
  'yarn_npm_auth_ident',
  'yarn_npm_registries',
  'npm_config_token',
  // An identity with which a registry hands out a token (trusted publishing), and the way to one.
  'npm_id_token',
  'sigstore_id_token',
  'actions_id_token_request_token',
  'actions_id_token_request_url',
])

// `npm_config__authToken`, `npm_config_//host/:_authToken`, `pnpm_config__auth`, and what else npm's files keep secret.
const SETTING =
  /^p?npm_config_(?:.*:)?(?:_auth|_authtoken|_password|username|password|email|otp|cert|key|certfile|keyfile|tokenhelper|token_helper)$/u

/** Whether a variable holds a credential of a registry, whatever the case of its letters. */
export function isCredentialVariable(name: string): boolean {
  const lower = name.toLowerCase()
  return NAMES.has(lower) || SETTING.test(lower.replaceAll('-', '_')) || /^p?npm_config_\/\//u.test(lower)
}

/**
 * The environment without credentials of registries: a child asks the gateway, which has no use for one.
 *
 * Token theft: an install script that reads `NODE_AUTH_TOKEN`. Only what is meant for registries is taken out; other secrets of a job are
 * the job's own to withhold.
 */
export function withoutCredentials(env: Environment): Environment {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !isCredentialVariable(name)))
}
