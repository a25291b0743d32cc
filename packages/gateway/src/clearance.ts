// SPDX-License-Identifier: Apache-2.0
import { isNonEmpty, nameAtVersion, parseIntegrity } from '@bonafide/core'
import type { Finding, NonEmpty, Sha512 } from '@bonafide/core'
import { isObserving } from '@bonafide/policy'
import type { Answer } from '@bonafide/registry'
import { availabilityFinding, verifyPackages } from '@bonafide/verify'
import type { PackageReport } from '@bonafide/verify'
import type { Catalogue } from './catalogue.ts'
import type { GatewayOptions } from './gateway-options.ts'
import type { ServedVersion } from './gateway-log.ts'

/** Whether a version's tarball may be handed out. */
export type Clearance =
  /** `integrity` is what the bytes have to hash to; null where the policy leaves the package out and the registry binds nothing. */
  | {
      readonly kind: 'cleared'
      readonly verdict: ServedVersion['verdict']
      readonly integrity: Sha512 | null
      readonly against: PackageReport | null
    }
  | { readonly kind: 'refused'; readonly report: PackageReport }
  | { readonly kind: 'undecided'; readonly findings: NonEmpty<Finding> }
  | { readonly kind: 'absent' }

/** Clears a version, once a run: whoever asks for the same at the same time waits for the same judgement. */
export type Clear = (name: string, version: string) => Promise<Clearance>

/**
 * Makes the clearing of versions: those that were approved for their approved bytes, all others by a judgement over the bytes that the
 * registry's metadata promised to the client.
 */
export function createClearing(
  { own, sources, approved, simulated = false }: GatewayOptions,
  catalogue: Catalogue,
): Clear {
  const bound = new Map(approved.map(({ name, version, integrity }) => [nameAtVersion(name, version), integrity]))
  const known = new Map<string, Promise<Clearance>>()
  const isLenient = isObserving(own.policy, sources.now)

  const judge = async (name: string, version: string): Promise<Clearance> => {
    const what = nameAtVersion(name, version)
    const integrity = bound.get(what)
    if (integrity !== undefined) return { kind: 'cleared', verdict: 'approved', integrity, against: null }
    const listed = await catalogue.version(name, version)
    if (listed.kind !== 'found') return unlisted(listed, what)
    const { report } = await verifyPackages([{ name, version, integrity: listed.value.integrity }], own, sources, {
      simulated,
    })
    const [judged, ...more] = report.packages
    if (judged === undefined || more.length > 0)
      throw new TypeError('one version was asked about, and one answer has to come')
    return clearanceOf(judged, isLenient)
  }

  return (name, version) => {
    const key = nameAtVersion(name, version)
    const clearance = known.get(key) ?? judge(name, version)
    known.set(key, clearance)
    return clearance
  }
}

function clearanceOf(report: PackageReport, isLenient: boolean): Clearance {
  const field = parseIntegrity(report.integrity)
  const integrity = field.state === 'sha512' ? field.sha512 : null
  const cleared = { kind: 'cleared', verdict: report.verdict, integrity, against: null } as const
  switch (report.verdict) {
    case 'trusted':
    case 'unattested':
    case 'exempt':
      // What was judged cannot be told from other bytes.
      return integrity === null ? undecided(report.findings, report) : cleared
    case 'outside':
      return cleared
    case 'refused':
      return isLenient ? { ...cleared, against: report } : { kind: 'refused', report }
    case 'undecided':
      return isLenient ? { ...cleared, against: report } : undecided(report.findings, report)
    default:
      throw new TypeError('a verdict of an unknown kind')
  }
}

function undecided(findings: readonly Finding[], { name, version }: PackageReport): Clearance {
  const told = findings.filter(({ level }) => level === 'undecided')
  if (isNonEmpty(told)) return { kind: 'undecided', findings: told }
  const answer = { kind: 'unreachable', reason: 'status', detail: 'no integrity', url: '' } as const
  return { kind: 'undecided', findings: [availabilityFinding(answer, nameAtVersion(name, version))] }
}

function unlisted(answer: Exclude<Answer<unknown>, { kind: 'found' }>, what: string): Clearance {
  if (answer.kind === 'absent' || answer.kind === 'private') return { kind: 'absent' }
  return { kind: 'undecided', findings: [availabilityFinding(answer, what)] }
}
