// SPDX-License-Identifier: Apache-2.0

// Where requests go, whom they are checked against, and what is kept where: all of it is the run's to say.
const OURS: ReadonlySet<string> = new Set([
  'registry',
  'replace-registry-host',
  'cache',
  'store-dir',
  'cache-dir',
  'state-dir',
  'userconfig',
  'globalconfig',
  'proxy',
  'http-proxy',
  'https-proxy',
  'noproxy',
  'no-proxy',
  'ca',
  'cafile',
  'cert',
  'key',
  'strict-ssl',
  'local-address',
  'email',
  'username',
  'otp',
  'token-helper',
  'offline',
  'prefer-offline',
  'prefer-online',
  'fetch-retries',
])

// A setting with a plain name: no host, no scope, nothing that begins with an underscore, as credentials do.
const SETTING = /^\s*([a-z][a-z0-9-]*)(?:\[\])?\s*(?:=|$)/u

/**
 * What of a user's `.npmrc` a child may have: how they like their installs, without a credential, a registry or a way to one.
 * A setting that takes its value from a variable is left out.
 */
export function harmlessSettings(npmrc: string): string {
  const lines = npmrc.split(/\r?\n/u).filter((line) => {
    const key = SETTING.exec(line)?.[1]
    return key !== undefined && !OURS.has(key) && !line.includes('${')
  })
  return lines.map((line) => `${line}\n`).join('')
}
