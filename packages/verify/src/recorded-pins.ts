// SPDX-License-Identifier: Apache-2.0
import type { FindingCode, Rule } from '@bonafide/core'
import { addHooksToPins, addToPins, boundEvidence, requiredStrength } from '@bonafide/policy'
import type { Facts, Judgement, Pins } from '@bonafide/policy'

/** A locked version, judged by the pins as they were. */
export interface Recordable {
  readonly facts: Facts
  readonly judgement: Judgement
}

/**
 * The pins with what the locked versions show: the identity of each package, or `none`, and the evidence of each release line. Never
 * changes or lowers what is recorded; returns the same pins where there is nothing to record.
 *
 * Each line of a package that nobody knew is recorded for itself, in whatever order the lockfile names them. A version that the pins
 * accepted without provenance stays accepted when another line begins to show it.
 */
export function recordedPins(pins: Pins, versions: readonly Recordable[]): Pins {
  const packages = new Map(pins.packages)
  let isChanged = false
  // Package by package: pins are copied at each change, and copies of all of them would grow with the square of their number.
  for (const [name, own] of Map.groupBy(versions, ({ facts }) => facts.name)) {
    const before = pinsOf(pins, name)
    const recorded = own.reduce((all, version) => record(all, version, !pins.packages.has(name)), before)
    const pin = own.reduce(keepLine, recorded).packages.get(name)
    if (pin === undefined || pin === pins.packages.get(name)) continue
    packages.set(name, pin)
    isChanged = true
  }
  return isChanged ? { ...pins, packages } : pins
}

function pinsOf(pins: Pins, name: string): Pins {
  const pin = pins.packages.get(name)
  return { ...pins, packages: new Map(pin === undefined ? [] : [[name, pin]]) }
}

// Refusals that say nothing of a version's origin: time heals the one, and the other is recorded where it has stood for long.
const ASIDE: ReadonlySet<FindingCode> = new Set(['cooldown', 'install-script-added'])

// An exemption from these lets one version in, and a lowered rule those of today; a pin would let in all that follow.
const ABOUT_ORIGIN: ReadonlySet<Rule> = new Set<Rule>([
  'identity-changed',
  'ref-not-allowed',
  'runner-self-hosted',
  'trigger-not-allowed',
])

function record(pins: Pins, { judgement, facts }: Recordable, isStranger: boolean): Pins {
  const { name, version } = facts
  const refusals = judgement.findings.filter(({ level, code }) => level !== 'warn' && !ASIDE.has(code))
  const recorded = recordOrigin()
  // Scripts are recorded together with the package, the first time it is seen; later ones are a person's to accept.
  return isStranger && recorded.packages.has(name) ? addHooksToPins(recorded, name, standingHooks(facts)) : recorded

  function recordOrigin(): Pins {
    if (judgement.waived.some(({ rule }) => ABOUT_ORIGIN.has(rule))) return pins
    const { provenance, publish } = boundEvidence(facts)
    if (refusals.length === 0 && provenance !== null && publish !== null)
      // A version that shows a recorded identity teaches nothing new.
      return judgement.pin === 'matched' ? pins : addToPins(pins, name, version, provenance)
    // Recorded as `none` only where the one thing against it is that it never had provenance.
    const isUnattested =
      facts.attestations.state === 'none' && refusals.length === 1 && refusals[0]?.code === 'provenance-missing'
    return isUnattested && isStranger ? addToPins(pins, name, version, null) : pins
  }
}

// A package of which nothing is attested owes nothing on any line. Once one line shows provenance, the lines that nobody recorded owe it
// as well: the one that the project holds without is recorded as what it was when it was accepted.
function keepLine(pins: Pins, { facts: { name, version }, judgement: { verdict } }: Recordable): Pins {
  const pin = pins.packages.get(name)
  if (pin === undefined || verdict.kind !== 'unattested' || verdict.because !== 'pinned-none') return pins
  return requiredStrength(pin, version) === 'none' ? pins : addToPins(pins, name, version, null)
}

// What has run for a month, in this version or the one before it. A script of this week's is for a person to read.
function standingHooks({ metadata, accepted }: Facts): readonly string[] {
  return [...(metadata?.hooks.keys() ?? [])].filter((hook) => accepted.standing.hooks.has(hook))
}
