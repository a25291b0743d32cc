// SPDX-License-Identifier: Apache-2.0
import { BonafideError, isPackageName, isVersion, nameAtVersion, parseIntegrity } from '@bonafide/core'
import type { IntegrityField } from '@bonafide/core'
import { judge, outsideEntry } from '@bonafide/policy'
import { gatherFacts } from './gather-facts.ts'
import type { LockedUrl } from './locked-urls.ts'
import { evidenceNotes, observingNotes } from './notes.ts'
import type { OpenSources } from './open-sources.ts'
import type { OwnFiles } from './own-files.ts'
import { pastOf } from './past.ts'
import { buildReport } from './report.ts'
import type { Report } from './report.ts'
import { offerPassing, reportVersion, settleAbsence, unasked } from './verify-project.ts'
import type { Progress } from './verify-project.ts'

/** A version to be judged that need not stand in a lockfile. */
export interface PackageToVerify {
  readonly name: string
  readonly version: string
  /** The sha512 that binds its bytes (`sha512-` and base64); null where nothing binds them, and the registry's signed metadata has to. */
  readonly integrity: string | null
  /** The URL that it is to be fetched from; null where that is left to the registry. */
  readonly resolved?: string | null
}

/**
 * Judges versions one by one, by a project's policy, pins and exemptions: for tools that bring their own list. Whoever has a lockfile
 * wants `verifyProject`, which also judges how each version got into it.
 *
 * @throws BonafideError `BONAFIDE_USAGE` where a name or version is not well-formed
 */
export async function verifyPackages(
  packages: readonly PackageToVerify[],
  own: OwnFiles,
  sources: OpenSources,
  options: { readonly simulated: boolean; readonly onProgress?: Progress },
): Promise<{ readonly report: Report }> {
  const past = pastOf(own)
  const wanted = packages.map(assertWellFormed)
  let done = 0
  const gathered = await Promise.all(
    wanted.map(async (locked) => {
      // What the policy leaves out is asked of nobody: its name may be private.
      const isAsked = outsideEntry(own.policy, locked.name) === null
      const facts = isAsked ? await gatherFacts(locked, past, sources) : unasked(locked, sources)
      done += 1
      options.onProgress?.(done, wanted.length)
      return { group: { name: locked.name, version: locked.version, integrity: locked.locked, places: [] }, ...facts }
    }),
  )
  const settled = await settleAbsence(gathered, sources)
  const { policy, pins, exemptions } = own
  const reports = settled.map((item) =>
    reportVersion({ ...item, judgement: judge(item.facts, policy, pins, exemptions) }),
  )
  const report = buildReport({
    packages: await offerPassing(reports, own, sources),
    hasRegistryVersions: settled.length > 0,
    trust: sources.trust.report,
    now: sources.now,
    simulated: options.simulated,
    lockfiles: [],
    evidenceRegistry: sources.client.registries.evidence,
    readsTarballs: sources.readsTarballs,
    notes: [...observingNotes(policy, sources.now), ...evidenceNotes(sources)],
  })
  return { report }
}

interface Wanted {
  readonly name: string
  readonly version: string
  readonly locked: IntegrityField
  readonly resolved: readonly LockedUrl[]
  readonly entryFindings: readonly []
}

function assertWellFormed({ name, version, integrity, resolved = null }: PackageToVerify): Wanted {
  if (!isPackageName(name) || !isVersion(version))
    throw new BonafideError('BONAFIDE_USAGE', 'this is no version of a package', {
      found: nameAtVersion(name, version),
      wanted: 'a name and an exact version',
    })
  const locked = parseIntegrity(integrity)
  return {
    name,
    version,
    locked,
    resolved: resolved === null ? [] : [{ url: resolved, isBound: locked.state === 'sha512' }],
    entryFindings: [],
  }
}
