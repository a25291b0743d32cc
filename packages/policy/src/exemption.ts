// SPDX-License-Identifier: Apache-2.0
import type { NonEmpty, Rule, Sha512 } from '@bonafide/core'

/** An exception that a person made: for exactly these bytes, from exactly these rules. */
export interface Exemption {
  readonly name: string
  readonly version: string
  readonly integrity: Sha512
  /** Rules that a policy may lower, and no others. */
  readonly rules: NonEmpty<Rule>
  readonly reason: string
}

/** The content of `bonafide.exemptions.json`: at most one exemption for a name, version and integrity. */
export type Exemptions = readonly Exemption[]

/** The exemptions of a project that made none. */
export const NO_EXEMPTIONS: Exemptions = []

/** The exemption for exactly these bytes, or null. One for other bytes under the same version is none (superseded in place; B31). */
export function exemptionFor(
  exemptions: Exemptions,
  name: string,
  version: string,
  integrity: Sha512 | null,
): Exemption | null {
  return exemptions.find((one) => one.name === name && one.version === version && one.integrity === integrity) ?? null
}
