// SPDX-License-Identifier: Apache-2.0
import { nameAtVersion } from '@bonafide/core'
import type { Answer, PackumentDocument, RegistryClient } from '@bonafide/registry'
import type { ApprovedVersion } from './gateway-options.ts'
import { pathOfUrl } from './requested.ts'

/** A version as the registry's metadata lists it: unsigned, and what a client that was served it holds the bytes against. */
export interface ListedVersion {
  readonly integrity: string | null
  readonly tarball: string | null
}

/** One version by name. */
export interface NamedVersion {
  readonly name: string
  readonly version: string
}

/** What the registry said of packages in this run. */
export interface Catalogue {
  /** Asks for a package's metadata, and remembers what it lists. */
  packument(name: string, need: 'abbreviated' | 'full'): Promise<Answer<PackumentDocument>>
  /** A version as it was served, else as it is listed now; `absent` where it is not listed. */
  version(name: string, version: string): Promise<Answer<ListedVersion>>
  /** Where the metadata or the lockfile says that a version's tarball is; null where nobody said. */
  claimedUrl(name: string, version: string): string | null
  /** Whose tarball a path is that no registry of npm's kind would use; null for an unknown one, and for one that two versions claim. */
  byPath(path: string): NamedVersion | null
}

/** Opens an empty catalogue over what a lockfile holds. */
export function openCatalogue(client: RegistryClient, approved: readonly ApprovedVersion[]): Catalogue {
  const listed = new Map<string, ReadonlyMap<string, ListedVersion>>()
  const urls = new Map<string, string>()
  const paths = new Map<string, NamedVersion | null>()

  const note = (name: string, version: string, url: string | null): void => {
    if (url === null) return
    const path = pathOfUrl(url)
    if (path === null) return
    const known = paths.get(path)
    const isSame = known === undefined || (known?.name === name && known.version === version)
    // One path for two versions: which one was judged would be anybody's guess.
    paths.set(path, isSame ? { name, version } : null)
  }

  for (const { name, version, resolved = null } of approved) {
    if (resolved !== null) urls.set(nameAtVersion(name, version), resolved)
    note(name, version, resolved)
  }

  const packument: Catalogue['packument'] = async (name, need) => {
    const answer = await client.fetchServedPackument(name, need)
    if (answer.kind !== 'found') return answer
    const { versions } = answer.value.packument
    listed.set(
      name,
      new Map([...versions].map(([version, { integrity, tarball }]) => [version, { integrity, tarball }])),
    )
    for (const { version, tarball } of versions.values()) note(name, version, tarball)
    return answer
  }

  return {
    packument,
    async version(name, version) {
      const known = listed.get(name)?.get(version)
      const url = client.downloadRegistryOf(name) ?? ''
      if (known !== undefined) return { kind: 'found', value: known, source: 'cache', url }
      const answer = await packument(name, 'abbreviated')
      if (answer.kind !== 'found') return answer
      const value = listed.get(name)?.get(version)
      return value === undefined ? { kind: 'absent', url } : { ...answer, value }
    },
    claimedUrl: (name, version) =>
      listed.get(name)?.get(version)?.tarball ?? urls.get(nameAtVersion(name, version)) ?? null,
    byPath: (path) => paths.get(path) ?? null,
  }
}
