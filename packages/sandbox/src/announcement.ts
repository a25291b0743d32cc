// SPDX-License-Identifier: Apache-2.0
import type { AccessToken } from './access-token.ts'
import type { Account } from './account-store.ts'
import type { SandboxFiles } from './sandbox-files.ts'
import type { Sandbox } from './sandbox.ts'

/** What there is to know about a sandbox that has just been started. */
export interface Announcement {
  readonly sandbox: Sandbox
  readonly account: Account
  readonly token: AccessToken
  readonly files: SandboxFiles
  /** When it stops by itself. */
  readonly stops: Date
}

/** The variables by which each client finds the registry, and the token for it. */
export function environmentOf({ sandbox, token, files }: Announcement): Readonly<Record<ClientGroup, Variables>> {
  const { registryUrl } = sandbox
  return {
    'npm, Yarn 1': { npm_config_registry: registryUrl, npm_config_userconfig: files.npmrc },
    // pnpm and Yarn wait for versions to grow older, which here are all new.
    pnpm: {
      PNPM_CONFIG_REGISTRY: registryUrl,
      PNPM_CONFIG_MINIMUM_RELEASE_AGE: '0',
      pnpm_config__auth: JSON.stringify({ [registryUrl]: { '@': { authToken: token.token } } }),
    },
    Yarn: {
      YARN_NPM_REGISTRY_SERVER: registryUrl.slice(0, -1),
      YARN_NPM_AUTH_TOKEN: token.token,
      YARN_NPM_MINIMAL_AGE_GATE: '0',
      YARN_UNSAFE_HTTP_WHITELIST: '127.0.0.1',
    },
    Bun: { BUN_CONFIG_REGISTRY: registryUrl, BUN_CONFIG_TOKEN: token.token },
  }
}

type ClientGroup = 'npm, Yarn 1' | 'pnpm' | 'Yarn' | 'Bun'
type Variables = Readonly<Record<string, string>>

/** One line of JSON, for programs. */
export function renderAnnouncementJson(announcement: Announcement): string {
  const { sandbox, account, token, files, stops } = announcement
  const document = {
    schemaVersion: 1,
    registry: sandbox.registryUrl,
    fulcio: sandbox.fulcioUrl,
    rekor: sandbox.rekorUrl,
    certificateLog: sandbox.certificateLogUrl,
    rekorV2: sandbox.rekorV2Url,
    timestampAuthority: sandbox.timestampUrl,
    ci: sandbox.ciUrl,
    tuf: sandbox.tufUrl,
    files,
    account: { name: account.name, password: account.password, oneTimePassword: account.otp },
    token: { token: token.token, expires: token.expiry?.toISOString() ?? null },
    environment: Object.assign({}, ...Object.values(environmentOf(announcement))) as Variables,
    stops: stops.toISOString(),
  }
  return `${JSON.stringify(document)}\n`
}

/** For people: what is where, and what to type. */
export function renderAnnouncement(announcement: Announcement): string {
  const { sandbox, account, token, files, stops } = announcement
  const rows: readonly (readonly [string, string])[] = [
    ['registry', sandbox.registryUrl],
    ['Fulcio', sandbox.fulcioUrl],
    ['Rekor v1', sandbox.rekorUrl],
    ['CT log', sandbox.certificateLogUrl],
    ['Rekor v2', sandbox.rekorV2Url],
    ['timestamps', sandbox.timestampUrl],
    ['CI issuers', sandbox.ciUrl],
    ['TUF mirror', sandbox.tufUrl],
    ['trusted root', files.trustedRoot],
    ['registry keys', files.registryKeys],
    ['TUF root', files.tufRoot],
    ['account', `${account.name}, password ${account.password}, one-time password ${account.otp}`],
    ['token', `${token.token}, publishes until ${token.expiry?.toISOString() ?? 'it is revoked'}`],
    ['stops', stops.toISOString()],
  ]
  const exports = Object.entries(environmentOf(announcement)).map(([clients, variables]) =>
    [`# ${clients}`, ...Object.entries(variables).map(([name, value]) => `export ${name}=${quoted(value)}`)].join('\n'),
  )
  const table = rows.map(([name, value]) => `${name.padEnd(14)} ${value}`).join('\n')
  return `${table}\n\n${exports.join('\n')}\n`
}

// For the shell: within single quotes everything stands for itself but the quote.
function quoted(value: string): string {
  return /^[\w@%+=:,./-]+$/u.test(value) ? value : `'${value.replaceAll("'", String.raw`'\''`)}'`
}
