// SPDX-License-Identifier: Apache-2.0

/** What a version's manifest lists under one name, as the registry has it. */
export interface ListedDependency {
  /** Every text that it gives for the name, as dependency, optional dependency or peer. */
  readonly all: readonly string[]
  /** Whether it leaves it to others to bring that along. */
  readonly isPeer: boolean
  /**
   * Whether it has to be there for the version, beside its tarball: as a dependency of its own, or as a peer that is not optional. `no` where it is
   * an optional peer, or comes within the tarball.
   */
  readonly installed: 'own' | 'peer' | 'no'
}

/** Reads what a manifest lists by a name, without believing its shape. */
export function listedBy(manifest: unknown, name: string): ListedDependency {
  const peer = specIn(manifest, 'peerDependencies', name)
  const own = [specIn(manifest, 'dependencies', name), specIn(manifest, 'optionalDependencies', name)].flat()
  const isOptionalPeer = field(field(field(manifest, 'peerDependenciesMeta'), name), 'optional') === true
  const bundled = [field(manifest, 'bundleDependencies'), field(manifest, 'bundledDependencies')]
  const isBundled = bundled.some((list) => list === true || (Array.isArray(list) && list.includes(name)))
  return {
    all: [...own, ...peer],
    isPeer: peer.length > 0,
    installed: isBundled ? 'no' : own.length > 0 ? 'own' : peer.length > 0 && !isOptionalPeer ? 'peer' : 'no',
  }
}

function specIn(manifest: unknown, group: string, name: string): readonly string[] {
  const spec = field(field(manifest, group), name)
  return typeof spec === 'string' ? [spec] : []
}

// By own keys alone: a name may be one that every object has.
function field(value: unknown, key: string): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || !Object.hasOwn(value, key))
    return undefined
  return (value as Readonly<Record<string, unknown>>)[key]
}
