// SPDX-License-Identifier: Apache-2.0
import type { Answer, Packument, RegistryClient } from '@bonafide/registry'

/** Answers npm's installer in place of its own requests: each name is asked where the user's clients would ask, under our rules. */
export interface MetadataSource {
  /** Always: whatever is asked for comes from here, or does not come. */
  has(key: string): true
  get(key: string): Promise<object>
  set(): void
  delete(): void
  /** From now on nothing is answered. */
  seal(): void
  /** Why names could not be answered, other than that there is no such package. */
  readonly failures: ReadonlyMap<string, Exclude<Answer<Packument>, { readonly kind: 'found' }>>
}

/**
 * Makes a source of metadata for Arborist, which keys what it looks up by `corgi:` or `full:`, the registry and the name.
 *
 * A tarball that brings along what was never planned (a bundled dependency that is declared and missing): once sealed, nobody is asked.
 */
export function createMetadataSource(registry: string, client: Pick<RegistryClient, 'fetchPackument'>): MetadataSource {
  const failures = new Map<string, Exclude<Answer<Packument>, { readonly kind: 'found' }>>()
  let isSealed = false
  return {
    failures,
    has: () => true,
    async get(key) {
      const colon = key.indexOf(':')
      const name = decodeURIComponent(key.slice(colon + 1 + registry.length))
      if (isSealed) throw failed(name, 'EBONAFIDE', 'asked for after the verdict')
      const answer = await client.fetchPackument(name, key.startsWith('full:') ? 'full' : 'abbreviated')
      if (answer.kind === 'found') return documentOf(answer.value)
      if (answer.kind === 'absent') throw failed(name, 'E404', 'not found')
      failures.set(name, answer)
      throw failed(name, 'EBONAFIDE', answer.kind)
    },
    set() {},
    delete() {},
    seal() {
      isSealed = true
    },
  }
}

// What npm reads of such a document.
function documentOf(packument: Packument): object {
  const { name, tags, versions, time } = packument
  return {
    name,
    'dist-tags': Object.fromEntries(tags),
    versions: Object.fromEntries([...versions.keys()].map((version) => [version, packument.manifest(version)])),
    ...(time === null
      ? {}
      : { time: Object.fromEntries([...time].map(([version, date]) => [version, date.toISOString()])) }),
  }
}

function failed(name: string, code: string, why: string): Error {
  return Object.assign(new Error(`${name}: ${why}`), { code, package: name })
}
