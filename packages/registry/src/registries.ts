// SPDX-License-Identifier: Apache-2.0

/** Which registries a run talks to, so that a report can say so. URLs end in a slash and carry no credentials. */
export interface RegistriesInPlay {
  /** The public registry: npm-registry-fetch's own default. */
  readonly public: string
  /** What npm's configuration calls `registry`; another one than the public registry at many companies. */
  readonly configured: string
  /** Whose metadata and attestations are taken for names that no scope rule covers. */
  readonly evidence: string
  /** Where tarballs to be installed come from, for names that no scope rule covers: what the user named, else what npm is configured with. */
  readonly downloads: string
  /** Scopes that npm's configuration maps to a registry of their own, `@scope` to URL. */
  readonly scopes: ReadonlyMap<string, string>
  /** Scopes of the policy that no public registry may be told about. */
  readonly privateScopes: ReadonlySet<string>
}

/**
 * The registry that is asked about a name; null where none may be told it.
 *
 * 1. A scope that npm's configuration maps to a registry is asked there, and nowhere else: npm has it so, and the names may be private.
 * 2. All other names go to the registry that was given by option or chosen for the run, and to the public one where none was.
 * 3. Names of private scopes are never told to the public registry: they go to the configured one, or nowhere.
 */
export function registryOf(name: string, registries: RegistriesInPlay): string | null {
  const scope = name.startsWith('@') ? name.slice(0, name.indexOf('/')) : null
  const mapped = scope === null ? undefined : registries.scopes.get(scope)
  const isPrivate = scope !== null && registries.privateScopes.has(scope)
  for (const registry of [mapped, registries.evidence, registries.configured]) {
    if (registry !== undefined && !(isPrivate && registry === registries.public)) return registry
  }
  return null
}

/**
 * The registry that a client would install a name from: the scope's own, else the one that was named, else npm's configured one. Null
 * where none may be told the name. Whose attestations are asked for is another question: see {@link registryOf}.
 */
export function downloadRegistryOf(name: string, registries: RegistriesInPlay): string | null {
  return registryOf(name, { ...registries, evidence: registries.downloads })
}

/**
 * Whether a mirror may stand in a lockfile in the place of this name's registry. Not for a scope that has a registry of its own or is
 * private: its packages are not those that a mirror of the public registry has under the same names (dependency confusion).
 */
export function takesMirrors(name: string, { scopes, privateScopes }: RegistriesInPlay): boolean {
  const scope = name.startsWith('@') ? name.slice(0, name.indexOf('/')) : null
  return scope === null || !(scopes.has(scope) || privateScopes.has(scope))
}

/** Every registry whose canonical tarball paths a lockfile may name for this package. */
export function registriesInPlayOf(name: string, registries: RegistriesInPlay): readonly string[] {
  const scope = name.startsWith('@') ? name.slice(0, name.indexOf('/')) : null
  const mapped = scope === null ? undefined : registries.scopes.get(scope)
  return [
    ...new Set([
      registries.evidence,
      registries.downloads,
      registries.configured,
      registries.public,
      ...(mapped ? [mapped] : []),
    ]),
  ]
}
