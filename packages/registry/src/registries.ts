// SPDX-License-Identifier: Apache-2.0

/** Which registries a run talks to, so that a report can say so. URLs end in a slash and carry no credentials. */
export interface RegistriesInPlay {
  /** The public registry: npm-registry-fetch's own default. */
  readonly public: string
  /** What npm's configuration calls `registry`; another one than the public registry at many companies. */
  readonly configured: string
  /** Whose metadata and attestations are taken for names that no scope rule covers. */
  readonly evidence: string
  /** Scopes that npm's configuration maps to a registry of their own, `@scope` to URL. */
  readonly scopes: ReadonlyMap<string, string>
  /** Scopes of the policy that no public registry may be told about. */
  readonly privateScopes: ReadonlySet<string>
}

/**
 * The registry that is asked about a name; null where none may be told it.
 *
 * 1. A registry that was given by option answers for every name, with one exception: names of private scopes, and of scopes that
 *    are mapped elsewhere, are not told to the public registry even then.
 * 2. A scope that npm's configuration maps to a registry is asked there.
 * 3. A private scope without a mapping goes to the configured registry, unless that is the public one.
 * 4. Everything else goes to the public registry, also where npm's configuration names a mirror: mirrors tend to drop
 *    signatures and attestations, and an integrity binds whatever the mirror serves.
 */
export function registryOf(name: string, registries: RegistriesInPlay): string | null {
  const scope = name.startsWith('@') ? name.slice(0, name.indexOf('/')) : null
  const mapped = scope === null ? undefined : registries.scopes.get(scope)
  const isPrivate = scope !== null && registries.privateScopes.has(scope)
  const isGiven = registries.evidence !== registries.public
  if (isGiven) return registries.evidence
  if (mapped !== undefined && !(isPrivate && mapped === registries.public)) return mapped
  if (!isPrivate) return registries.public
  return registries.configured === registries.public ? null : registries.configured
}

/** Every registry whose canonical tarball paths a lockfile may name for this package. */
export function registriesInPlayOf(name: string, registries: RegistriesInPlay): readonly string[] {
  const scope = name.startsWith('@') ? name.slice(0, name.indexOf('/')) : null
  const mapped = scope === null ? undefined : registries.scopes.get(scope)
  return [...new Set([registries.evidence, registries.configured, registries.public, ...(mapped ? [mapped] : [])])]
}
