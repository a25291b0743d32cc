// SPDX-License-Identifier: Apache-2.0
import type { Answer } from './answer.ts'
import type { Packument } from './packument.ts'

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
}

/** How one request may differ from the others. */
export interface RequestOptions {
  /** Ask the network even where the cache has a copy, such as after a cached document did not verify. Means nothing off line. */
  readonly fresh?: boolean
}

/**
 * Asks registries. Every method answers with a value; none rejects because of what a registry or the network did.
 * Requests for the same URL at the same time are one request; answers are not kept in memory beyond that.
 */
export interface RegistryClient {
  readonly registries: RegistriesInPlay
  /** A package's metadata; off line the cached copy of any age, on line revalidated. `full` is needed for `time` and publishers. */
  fetchPackument(name: string, need: 'abbreviated' | 'full', options?: RequestOptions): Promise<Answer<Packument>>
  /** The raw attestation document of a version, unparsed and unverified; a cached copy of any age is an answer. */
  fetchAttestations(name: string, version: string, options?: RequestOptions): Promise<Answer<{ readonly text: string }>>
  /**
   * Whether a registry serves signing keys, and so attestations at all: the difference between "this version has none" and
   * "this registry has none for anybody". Asked once per client. The keys themselves are thrown away: keys that the registry
   * under test serves verify nothing.
   */
  fetchServesAttestations(registry: string): Promise<Answer<boolean>>
  /** The registry that is asked for a name's metadata; null: none may be told the name. */
  metadataRegistryOf(name: string): string | null
  /** The registry that is asked for a name's attestations; null: none may be told the name. */
  evidenceRegistryOf(name: string): string | null
  /** Prunes the cache where that is due and closes idle connections. */
  close(): Promise<void>
}
