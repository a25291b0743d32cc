// SPDX-License-Identifier: Apache-2.0
import { seededUuid } from './access-token.ts'
import type { Seed } from './key-pair.ts'
import type { TrustConfiguration, TrustSpec } from './trust-configuration.ts'

/** Which jobs may publish which packages. */
export class TrustStore {
  readonly #seed: Seed
  readonly #byPackage = new Map<string, TrustConfiguration[]>()
  #made = 0

  constructor(seed: Seed) {
    this.#seed = seed
  }

  /** Lets jobs publish a package. */
  add(name: string, spec: TrustSpec): TrustConfiguration {
    this.#made += 1
    const configuration = { id: seededUuid(this.#seed, `trust ${this.#made}`), ...spec }
    this.#byPackage.set(name, [...this.list(name), configuration])
    return configuration
  }

  /** The configurations of a package, oldest first. */
  list(name: string): readonly TrustConfiguration[] {
    return this.#byPackage.get(name) ?? []
  }

  /** Takes a configuration away. Tells whether there was one. */
  remove(name: string, id: string): boolean {
    const before = this.list(name)
    const after = before.filter((one) => one.id !== id)
    this.#byPackage.set(name, after)
    return after.length < before.length
  }
}
