// SPDX-License-Identifier: Apache-2.0
import { BonafideError, publishFinding, publishVerdict } from '@bonafide/core'
import type { PublishFinding } from '@bonafide/core'
import { checkCredentials, examineCredentials, findCredentials } from '@bonafide/credentials'
import type { FoundCredentials, PublishClient } from '@bonafide/credentials'
import type { PublishPolicy } from '@bonafide/policy'
import { exchangeIdentityToken, parseRegistryUrl, registryAudience, revokeRegistryToken } from '@bonafide/registry'
import type { Connection } from '@bonafide/registry'
import { checkBesideIdentity, installScripts, scriptsBesideIdentity } from './beside-identity.ts'
import { checkContext } from './check-context.ts'
import { checkExchange, checkRevocation } from './check-exchange.ts'
import { checkIdentity } from './check-identity.ts'
import { readCheckout } from './checkout.ts'
import { readCiJob } from './ci-job.ts'
import type { CiJob, Environment } from './ci-job.ts'
import { fetchIdentityToken } from './identity-token.ts'
import type { IdentityTokenAnswer } from './identity-token.ts'
import { insecureRegistry } from './insecure-registry.ts'
import { outsideCi, stagedOutsideCi } from './outside-ci.ts'
import { checkPublishedFolder } from './published-folder.ts'
import { readReleaseManifest } from './release-manifest.ts'
import type { ReleaseManifest } from './release-manifest.ts'

/** What is guarded, and by what. */
export interface GuardOptions {
  /** The folder of the package, absolute. */
  readonly dir: string
  /** Where the repository begins; `dir` where there is none. */
  readonly top: string
  readonly env: Environment
  readonly policy: PublishPolicy
  readonly connectionTo: (url: URL) => Connection
  readonly now: Date
  /** Whether somebody gave the time. */
  readonly simulated: boolean
  /** Whether somebody answers for scripts that run beside the identity. */
  readonly allowScripts: boolean
}

/** What the exchange came to. Holds no token. */
export interface GuardedExchange {
  /** Null where the registry says no end. */
  readonly expires: Date | null
  readonly isRevoked: boolean
}

/** What the guard came to. */
export interface GuardReport {
  readonly schemaVersion: 1
  readonly package: string
  readonly version: string
  readonly registry: string
  /** Null outside of CI. */
  readonly job: CiJob | null
  readonly verdict: 'satisfied' | 'refused' | 'undecided'
  readonly now: Date
  /** Whether it was judged as of a time that somebody gave. */
  readonly simulated: boolean
  /** How many credentials were found, wherever a client would look. */
  readonly credentials: number
  /** Null where the registry gave nothing, or was not asked. */
  readonly exchange: GuardedExchange | null
  readonly findings: readonly PublishFinding[]
}

/**
 * Judges a publish that a client is about to make from a folder: every credential that it could use, the job, and whether the registry
 * gives this job a token. What the registry gave is revoked before this returns. Nothing is published.
 *
 * @throws BonafideError `BONAFIDE_PACKAGE_UNREADABLE`, `BONAFIDE_NPM_CONFIG`
 */
export async function guardRelease(options: GuardOptions): Promise<GuardReport> {
  const { dir, env, policy, connectionTo, now } = options
  const release = await readReleaseManifest(dir)
  const found = await findCredentials({ cwd: dir, env })
  const registry = registryOf(found, env)
  const judged = await examineCredentials(found, { connectionTo, now, policy })
  const job = readCiJob(env)
  const { exchange, findings } =
    job === null
      ? {
          exchange: null,
          findings: [env['npm_command'] === 'stage' ? stagedOutsideCi(release.name) : outsideCi(release.name, env)],
        }
      : await guardJob(job, release, registry, options)
  const all = [...checkCredentials(judged, found), ...(await checkPublishedFolder(dir, release)), ...findings]
  return {
    schemaVersion: 1,
    package: release.name,
    version: release.version,
    registry,
    job,
    verdict: publishVerdict(all),
    now,
    simulated: options.simulated,
    credentials: found.credentials.length,
    exchange,
    findings: all,
  }
}

// Where the client that runs this would publish: their settings differ. npm's where it says nothing of itself.
function registryOf({ registries, registry }: FoundCredentials, env: Environment): string {
  const client = /^(?<name>npm|pnpm|yarn|bun)\/(?<major>\d+)/u.exec(env['npm_config_user_agent'] ?? '')?.groups
  const own = client === undefined ? null : registries?.[nameOf(client['name'] ?? '', client['major'] ?? '')]
  const url = parseRegistryUrl(own ?? registry)
  if (url === null)
    throw new BonafideError('BONAFIDE_NPM_CONFIG', 'the registry that a publish would go to is no URL of one', {
      found: own ?? registry,
      wanted: 'an http(s) URL',
    })
  return url
}

function nameOf(name: string, major: string): PublishClient {
  if (name === 'yarn') return major === '1' ? 'yarn-classic' : 'yarn'
  return name === 'pnpm' || name === 'bun' ? name : 'npm'
}

interface JobOutcome {
  readonly exchange: GuardedExchange | null
  readonly findings: readonly PublishFinding[]
}

async function guardJob(
  job: CiJob,
  release: ReleaseManifest,
  registry: string,
  options: GuardOptions,
): Promise<JobOutcome> {
  const { dir, top, env, policy, connectionTo, now, allowScripts } = options
  const audience = registryAudience(registry)
  const [identity, checkout, installed] = await Promise.all([
    fetchIdentityToken({ job, env, audience, connectionTo, now }),
    readCheckout(dir, env),
    installScripts(dir, top, env),
  ])
  const claims = identity.kind === 'found' ? identity.claims : null
  const context = checkContext({ ...release, job, claims, policy, checkout })
  const scripts = { own: scriptsBesideIdentity(release.manifest), installed }
  const { exchange, findings } = await proveExchange(identity, job, release.name, registry, options)
  return {
    exchange,
    findings: [
      ...context,
      ...checkIdentity(identity, { provider: job.provider, audience }),
      ...(identity.kind === 'found' ? checkBesideIdentity(scripts, allowScripts) : []),
      ...findings,
    ],
  }
}

// npm goes on with whatever else it finds where the exchange fails, and says nothing.
async function proveExchange(
  identity: IdentityTokenAnswer,
  job: CiJob,
  name: string,
  registry: string,
  { policy, connectionTo, now }: GuardOptions,
): Promise<JobOutcome> {
  if (identity.kind !== 'found') return { exchange: null, findings: [] }
  const place = checkPlace(name, registry)
  if (place.some(({ level }) => level === 'refuse')) return { exchange: null, findings: place }
  const exchange = await exchangeIdentityToken({ registry, name, idToken: identity.token, connectionTo })
  const findings = [...place, ...checkExchange(exchange, { name, job, policy, now })]
  if (exchange.kind !== 'granted') return { exchange: null, findings }
  const revocation = await revokeRegistryToken({ registry, token: exchange.token, connectionTo })
  return {
    exchange: { expires: exchange.expires, isRevoked: revocation.kind === 'revoked' },
    findings: [...findings, ...checkRevocation(revocation, { name, findings })],
  }
}

function checkPlace(name: string, registry: string): readonly PublishFinding[] {
  const insecure = insecureRegistry(name, registry)
  if (insecure.length > 0) return insecure
  const { pathname, origin } = new URL(registry)
  const where = { kind: 'url', url: registry } as const
  if (pathname === '/') return []
  return [
    publishFinding('exchange-place', {
      level: 'warn',
      subject: name,
      found: `a registry beneath the path ${pathname}; npm and pnpm ask ${origin}/ for the token of this job, and end without one`,
      wanted: 'a client that asks the registry itself',
      where,
      fix: ['bonafide publish'],
    }),
  ]
}
