// SPDX-License-Identifier: Apache-2.0
import type { Finding, NonEmpty, Rule, Sha512 } from '@bonafide/core'
import { isLowerable } from './rule-traits.ts'

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

/** What an exemption of a version would come to. */
export interface ExemptionEffect {
  /** The refusals that it would waive. */
  readonly waived: readonly Finding[]
  /** Rules that it would name and that refuse nothing: permissions that nobody needs. */
  readonly idle: readonly Rule[]
  /** What would go on standing against the version. */
  readonly left: readonly Finding[]
}

/** Finds out what waiving rules for a version would come to, from what stands against it without any exemption. */
export function planExemption(findings: readonly Finding[], rules: readonly Rule[]): ExemptionEffect {
  // The same that `judge` counts as a stop.
  const stops = findings.filter(({ level, code }) => level === 'refuse' || code === 'cooldown-time-missing')
  const open = findings.filter(({ level, code }) => level === 'undecided' && code !== 'cooldown-time-missing')
  const isNamed = ({ rule }: Finding): boolean => rules.includes(rule) && isLowerable(rule)
  const waived = stops.filter(isNamed)
  return {
    waived,
    idle: rules.filter((rule) => !waived.some((item) => item.rule === rule)),
    left: [...stops.filter((item) => !isNamed(item)), ...open],
  }
}

/** The exemptions with one more; another one for the same bytes gives way to it. */
export function withExemption(exemptions: Exemptions, exemption: Exemption): Exemptions {
  const { name, version, integrity } = exemption
  const same = exemptionFor(exemptions, name, version, integrity)
  return [...exemptions.filter((one) => one !== same), exemption]
}
