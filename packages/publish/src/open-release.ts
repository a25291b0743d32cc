// SPDX-License-Identifier: Apache-2.0
import { resolve } from 'node:path'
import { BonafideError, publishVerdict, withoutLogin } from '@bonafide/core'
import type { PublishFinding, Secret } from '@bonafide/core'
import { createRegistryClient, loadNpmSettings, parseRegistryUrl, registryAudience } from '@bonafide/registry'
import type { Authorize, Connection, NpmSettings } from '@bonafide/registry'
import { checkContext } from './check-context.ts'
import { checkIdentity } from './check-identity.ts'
import { checkPackage } from './check-package.ts'
import { checkSettings } from './check-settings.ts'
import { checkReleaseCredentials } from './check-release-credentials.ts'
import { readCheckout } from './checkout.ts'
import type { CiJob } from './ci-job.ts'
import { glance } from './glance.ts'
import type { Glance } from './glance.ts'
import { fetchIdentityToken } from './identity-token.ts'
import { insecureRegistry } from './insecure-registry.ts'
import type { PreparedPackage } from './prepared-package.ts'
import { cannotSign } from './publish-findings.ts'
import { isFolder } from './publish-options.ts'
import type { PublishOptions } from './publish-options.ts'
import type { Access } from './upload-document.ts'

/** A release against which nothing stands so far. */
export interface OpenRelease {
  readonly prepared: PreparedPackage
  readonly job: CiJob
  /** With a slash at the end. */
  readonly registry: string
  readonly tag: string
  readonly access: Access
  readonly connectionTo: (url: URL) => Connection
  /** As whom one reads here: by npm's configuration, as whoever installs. */
  readonly readAs: Authorize
  /** The job's identity, for the registry. */
  readonly identity: Secret
}

/** What the first three steps came to. */
export interface Opening {
  /** Null where something stands against it. */
  readonly release: OpenRelease | null
  /** What is known of the package; null where it could not be read. */
  readonly seen: (Pick<PreparedPackage, 'name' | 'version'> & { readonly prepared: PreparedPackage | null }) | null
  readonly registry: string | null
  readonly findings: readonly PublishFinding[]
}

/**
 * Steps 1 to 3: credentials, context and package, with everything that stands against the release in one list. Reads and asks, and changes
 * nothing; scripts of a folder that may run do so last, and only where nothing stands against the release.
 *
 * @throws BonafideError for what cannot be read, and for settings that cannot be used
 */
export async function openRelease(options: PublishOptions, job: CiJob): Promise<Opening> {
  const { source, cwd, env, now, tag, allowScript, onStage } = options
  const path = resolve(cwd, source.path)
  const folder = isFolder(source) ? path : cwd
  onStage?.('package', source.path)
  const seen = await glance(source, path, env)
  if ('findings' in seen) return { release: null, seen: null, registry: null, findings: seen.findings }
  const { name, version } = seen
  const settings = await loadNpmSettings({ cwd: folder, env })
  const registry = registryFor(options, seen, settings)
  const findings: PublishFinding[] = [...insecureRegistry(name, registry)]
  const stopped = (prepared: PreparedPackage | null): Opening => ({
    release: null,
    seen: { name, version, prepared },
    registry,
    findings,
  })

  if (findings.length > 0) return stopped(seen.prepared)

  // 1. Credentials.
  onStage?.('credentials', registry)
  const { connectionTo, authorize } = settings
  findings.push(
    ...(await checkReleaseCredentials({
      folder,
      env,
      name,
      registry,
      connectionTo,
      now: now(),
      policy: options.policy,
    })),
  )

  // 2. Context.
  onStage?.('context', job.repository ?? job.provider)
  const audience = registryAudience(registry)
  const identity = await fetchIdentityToken({
    job,
    env,
    audience,
    connectionTo,
    now: now(),
  })
  const claims = identity.kind === 'found' ? identity.claims : null
  const checkout = isFolder(source) ? await readCheckout(folder, env) : null
  findings.push(
    ...checkIdentity(identity, { provider: job.provider, audience }),
    ...(isFolder(source) ? [] : await checkSettings({ path, cwd, env, registry: options.registry })),
    ...checkContext({ ...seen, job, claims, policy: options.policy, checkout }),
    ...(options.withoutProvenance ? [] : cannotSign(job, seen)),
  )
  // A script that runs although the release is refused already.
  if (seen.runsScripts && publishVerdict(findings) !== 'satisfied') return stopped(null)

  // 3. Package.
  const preparation = await seen.prepare()
  if (preparation.kind === 'refused') {
    findings.push(...preparation.findings)
    return stopped(null)
  }
  const { prepared } = preparation
  const client = createRegistryClient({ ...settings, scopes: new Map() }, { cacheDir: null, registry })
  findings.push(...(await checkPackage(prepared, { client, tag, allowScript, now: now() })))
  if (publishVerdict(findings) !== 'satisfied' || identity.kind !== 'found') return stopped(prepared)
  return {
    ...stopped(prepared),
    release: {
      prepared,
      job,
      registry,
      tag: tag ?? prepared.publishConfig.tag ?? 'latest',
      access: options.access ?? prepared.publishConfig.access,
      connectionTo,
      readAs: authorize,
      identity: identity.token,
    },
  }
}

/** The registry of a package: the user's own word, the package's, then npm's configuration for its scope and for all. */
export function registryFor(
  options: Pick<PublishOptions, 'registry'>,
  { name, publishConfig }: Pick<Glance, 'name' | 'publishConfig'>,
  settings: NpmSettings,
): string {
  const scope = name.startsWith('@') ? name.slice(0, name.indexOf('/')) : ''
  const text = options.registry ?? publishConfig.registry ?? settings.scopes.get(scope) ?? settings.registry
  const registry = parseRegistryUrl(text)
  if (registry === null)
    throw new BonafideError('BONAFIDE_USAGE', 'this is no registry', {
      found: withoutLogin(text),
      wanted: 'an http(s) URL',
    })
  return registry
}
