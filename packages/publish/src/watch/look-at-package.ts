// SPDX-License-Identifier: Apache-2.0
import { parseIntegrity } from '@bonafide/core'
import type { Packument, PackumentVersion } from '@bonafide/registry'
import { availabilityFinding } from '@bonafide/verify'
import type { OpenSources } from '@bonafide/verify'
import { goneVersions, readSeenVersion } from './seen-package.ts'
import type { SeenPackage, SeenProvenance } from './seen-package.ts'

/** What a look at a package gave: nothing was ever published under the name, or nobody could tell. */
export type Look =
  | { readonly kind: 'seen'; readonly seen: SeenPackage }
  | { readonly kind: 'absent' }
  | { readonly kind: 'unknown'; readonly found: string }

/** Looks at a package on the registry, and verifies the attestations of every version that claims some. */
export async function lookAtPackage(name: string, sources: OpenSources): Promise<Look> {
  const answer = await sources.client.fetchPackument(name, 'full', { fresh: true })
  if (answer.kind === 'absent') return { kind: 'absent' }
  if (answer.kind !== 'found')
    return { kind: 'unknown', found: availabilityFinding(answer, `the metadata of ${name}`).found }
  const packument = answer.value
  const versions = await Promise.all(
    [...packument.versions.values()].map(async (listed) =>
      readSeenVersion(packument, listed, await provenanceOf(packument, listed, sources)),
    ),
  )
  const { tags, maintainers } = packument
  return { kind: 'seen', seen: { name, versions, gone: goneVersions(packument), tags, maintainers } }
}

async function provenanceOf(
  { name }: Packument,
  { version, integrity, claimsAttestations }: PackumentVersion,
  sources: OpenSources,
): Promise<SeenProvenance> {
  if (!claimsAttestations) return { state: 'none' }
  const bytes = parseIntegrity(integrity)
  if (bytes.state !== 'sha512') return { state: 'failed', found: 'no sha512 that provenance could be held against' }
  const first = await verified(name, version, bytes.sha512, sources, false)
  // A copy in the cache that does not verify says something of the cache alone.
  return first.state === 'failed' ? verified(name, version, bytes.sha512, sources, true) : first
}

async function verified(
  name: string,
  version: string,
  integrity: Parameters<NonNullable<OpenSources['verifyDocument']>>[0]['integrity'],
  { client, verifyDocument, trust, now }: OpenSources,
  fresh: boolean,
): Promise<SeenProvenance> {
  const document = await client.fetchAttestations(name, version, { fresh })
  // Advertised and not served: withheld, which is no better than forged.
  if (document.kind === 'absent') return { state: 'failed', found: 'attestations that are advertised and not served' }
  if (document.kind !== 'found')
    return { state: 'unknown', found: availabilityFinding(document, `the attestations of ${name}@${version}`).found }
  if (verifyDocument === null) return { state: 'unknown', found: trust.findings[0]?.found ?? 'no trust root' }
  const { provenance, findings } = await verifyDocument({ name, version, integrity }, document.value.text, now)
  const wrong = findings.find(({ level }) => level === 'refuse')
  if (wrong !== undefined) return { state: 'failed', found: `${wrong.code}: ${wrong.found}` }
  const open = findings.find(({ level }) => level === 'undecided')
  if (open !== undefined) return { state: 'unknown', found: `${open.code}: ${open.found}` }
  return provenance === null
    ? { state: 'none' }
    : { state: 'verified', identity: provenance.identity, time: provenance.time }
}
