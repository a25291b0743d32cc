// SPDX-License-Identifier: Apache-2.0
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { PublishFinding } from '@bonafide/core'
import type { Environment } from '@bonafide/credentials'
import { NO_EXEMPTIONS, NO_PINS, defaultPolicy } from '@bonafide/policy'
import { openSources, verifyPackages } from '@bonafide/verify'
import type { OwnFiles, PackageReport } from '@bonafide/verify'
import { lookUp } from './look-up.ts'
import { patiently } from './patience.ts'
import { altered, foreignIdentity, isPassing, missingThere, readBackFindings } from './read-back-findings.ts'
import type { ReadBackRequest } from './read-back-request.ts'

/** What came back. */
export interface ReadBack {
  /** Whether the registry serves what was sent, to somebody who trusts nobody's word for it. */
  readonly isConfirmed: boolean
  /** The consumer's verdict; null where the version was not to be had. */
  readonly report: PackageReport | null
  readonly findings: readonly PublishFinding[]
}

/**
 * Reads a version back as a consumer elsewhere would, who has nothing kept and trusts nobody's word: the registry's metadata, the tarball's
 * bytes, the attestations, by the code that installs. Registries need a while; what speaks against the version at once is said at once.
 */
export async function readBack(asked: ReadBackRequest): Promise<ReadBack> {
  const { patience, integrity } = asked
  const end = performance.now() + patience.arrival
  const shown = await patiently(
    () => lookUp(asked),
    ({ kind }) => kind === 'there',
    patience.arrival,
    patience,
  )
  if (shown.kind !== 'there') return { isConfirmed: false, report: null, findings: [missingThere(asked, shown)] }
  // Swapped on the way, or after it arrived.
  if (shown.integrity !== integrity)
    return { isConfirmed: false, report: null, findings: [altered(asked, shown.integrity ?? 'no sha512')] }
  const folder = await mkdtemp(join(tmpdir(), 'bonafide-consumer-'))
  try {
    const report = await patiently(
      () => verifyOnce(asked, folder, shown.isHidden),
      // Attestations come a moment after the version, and so may tarballs.
      ({ findings }) => !findings.some((one) => isPassing(asked, one)),
      end - performance.now(),
      patience,
    )
    const findings = [...readBackFindings(asked, report), ...foreignIdentity(asked, report.identity)]
    return { isConfirmed: findings.every(({ level }) => level === 'warn'), report, findings }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function verifyOnce(asked: ReadBackRequest, folder: string, isHidden: boolean): Promise<PackageReport> {
  const { registry, name, version, integrity, trust, cwd } = asked
  const sources = await openSources({
    ...trust,
    cwd,
    dir: cwd,
    env: consumerEnvironment(asked, isHidden),
    now: asked.now(),
    registry,
    tarballs: true,
    cacheDir: join(folder, 'cache'),
    stateDir: join(folder, 'state'),
  })
  try {
    const { report } = await verifyPackages([{ name, version, integrity }], consumer(asked), sources, {
      simulated: false,
    })
    const [only] = report.packages
    // Cannot be: one version was asked for.
    if (only === undefined) throw new TypeError('no report about the version')
    return only
  } finally {
    await sources.close()
  }
}

// A consumer by default, without pins, who has waited until the version is old enough.
function consumer({ trust, identity }: ReadBackRequest): OwnFiles {
  const lowered = identity === null ? (['cooldown', 'provenance-required'] as const) : (['cooldown'] as const)
  return {
    policy: { ...defaultPolicy(), cooldownHours: 0, rules: new Map(lowered.map((rule) => [rule, 'off'])) },
    floor: null,
    hasPolicy: false,
    pins: NO_PINS,
    hasPins: false,
    exemptions: NO_EXEMPTIONS,
    hasExemptions: false,
    privateRoots: trust.privateRoots ?? [],
    base: new Map(),
    baseEdges: [],
  }
}

// The registry that it was sent to, wherever scopes are mapped; with the job's token where nobody else sees the package.
function consumerEnvironment({ env, registry, name, token }: ReadBackRequest, isHidden: boolean): Environment {
  const scope = name.startsWith('@') ? name.slice(0, name.indexOf('/')) : null
  const { host, pathname } = new URL(registry)
  return {
    ...env,
    ...(scope === null ? {} : { [`npm_config_${scope}:registry`]: registry }),
    ...(isHidden && token !== null ? { [`npm_config_//${host}${pathname}:_authToken`]: token.reveal() } : {}),
  }
}
