// SPDX-License-Identifier: Apache-2.0
import type { Identity } from '@bonafide/attestation'
import { isJsonObject, parseIntegrity } from '@bonafide/core'
import type { Json, Sha512 } from '@bonafide/core'
import type { Packument, PackumentVersion } from '@bonafide/registry'

/** What came of a version's provenance: `failed` where what is served does not verify, `unknown` where nobody could tell. */
export type SeenProvenance =
  | { readonly state: 'verified'; readonly identity: Identity; readonly time: Date }
  | { readonly state: 'none' }
  | { readonly state: 'failed'; readonly found: string }
  | { readonly state: 'unknown'; readonly found: string }

/** A version as the registry shows it. But for the provenance, all of it is the registry's word. */
export interface SeenVersion {
  readonly version: string
  readonly integrity: Sha512 | null
  readonly publishedAt: Date | null
  /** The message; null where it is not deprecated. */
  readonly deprecated: string | null
  /** The name of whoever published it. */
  readonly publisher: string | null
  /** The configuration of trusted publishing by which it came; null where somebody's own token published it. */
  readonly trustedPublisher: string | null
  /** Whether a person approved it after it was staged. */
  readonly isApproved: boolean
  readonly provenance: SeenProvenance
}

/** A package as the registry shows it. */
export interface SeenPackage {
  readonly name: string
  readonly versions: readonly SeenVersion[]
  /** Versions that were there once. */
  readonly gone: readonly string[]
  readonly tags: ReadonlyMap<string, string>
  /** User names; null where the registry tells none. */
  readonly maintainers: readonly string[] | null
}

/** What a version's metadata says beside its provenance. */
export function readSeenVersion(
  packument: Packument,
  listed: PackumentVersion,
  provenance: SeenProvenance,
): SeenVersion {
  const { version } = listed
  const integrity = parseIntegrity(listed.integrity)
  const manifest = objectOf(packument.manifest(version))
  const trusted = objectOf(objectOf(manifest['_npmUser'])['trustedPublisher'])
  const deprecated = manifest['deprecated']
  return {
    version,
    integrity: integrity.state === 'sha512' ? integrity.sha512 : null,
    publishedAt: packument.time?.get(version) ?? null,
    deprecated: typeof deprecated === 'string' && deprecated !== '' ? deprecated : null,
    publisher: listed.publisher,
    trustedPublisher: listed.trustedPublisherClaimed
      ? (textOf(trusted['oidcConfigId']) ?? textOf(trusted['id']) ?? 'unnamed')
      : null,
    isApproved: listed.approverClaimed,
    provenance,
  }
}

/** The versions that have a time and are not listed any more. */
export function goneVersions({ time, versions }: Packument): readonly string[] {
  return [...(time?.keys() ?? [])].filter((key) => !TIMES.has(key) && !versions.has(key))
}

const TIMES: ReadonlySet<string> = new Set(['created', 'modified', 'unpublished'])

function objectOf(value: unknown): Readonly<Record<string, unknown>> {
  return isJsonObject(value as Json) ? (value as Readonly<Record<string, unknown>>) : {}
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null
}
