// SPDX-License-Identifier: Apache-2.0
import { finding, isNonEmpty } from '@bonafide/core'
import type { Finding, NonEmpty } from '@bonafide/core'
import { boundEvidence, explain } from './evidence.ts'
import type { Facts } from './facts.ts'
import { ownHooksOf } from './hooks.ts'
import { judge } from './judge.ts'
import { matchIdentity } from './match.ts'
import { addExoticToPins, addIdentity, isSameIdentity, pinIdentity, requiredStrength } from './pins.ts'
import type { Pin, PinnedIdentity, Pins, Strength } from './pins.ts'
import { defaultPolicy } from './policy.ts'
import { releaseLine } from './release-line.ts'
import { isLowerable } from './rule-traits.ts'
import { sameDomain } from './shown.ts'
import { isSettledByPin } from './way-out.ts'

/** What a locked version shows, for a pin to hold. */
export interface ShownVersion {
  readonly version: string
  /** Null: it has no provenance. */
  readonly identity: PinnedIdentity | null
  /** What it runs on installation, by name. */
  readonly hooks: readonly string[]
  /** What it asks for beside the registries, as `name@spec`. */
  readonly exotic: readonly string[]
}

/** What a version shows, from its facts. To be believed only where {@link checkPinnable} finds nothing. */
export function shownVersion(facts: Facts): ShownVersion {
  const { provenance, publish } = boundEvidence(facts)
  return {
    version: facts.version,
    identity: provenance === null || publish === null ? null : pinIdentity(provenance),
    hooks: [...ownHooksOf(facts).keys()],
    exotic: facts.metadata?.exotic ?? [],
  }
}

/**
 * What keeps a version from being recorded as it is: failed cryptography, a lockfile that contradicts, a version that the registry does
 * not have, provenance that was not handed over, and everything that nobody could tell. Nothing that a policy or an exemption lets pass
 * counts as settled here: a pin outlives both.
 */
export function checkPinnable(facts: Facts, pins: Pins): readonly Finding[] {
  const { findings } = judge(facts, defaultPolicy(), pins)
  const against = findings.filter((item) => item.level !== 'warn' && keepsOut(item))
  if (against.length > 0) return against
  // Something is there and proves nothing: neither an identity nor its absence.
  if (shownVersion(facts).identity !== null || facts.attestations.state === 'none') return []
  const detail = {
    found: 'attestations without provenance',
    wanted: 'provenance, or no attestations',
    fix: explain(facts),
  }
  return [finding('provenance-missing', detail)]
}

// A private authority in place of the public one is what a person may have to record; age and newness heal by themselves.
function keepsOut(item: Finding): boolean {
  if (item.level === 'undecided' || item.rule === 'withdrawn') return true
  if (item.rule === 'trust-domain-changed') return false
  return !isLowerable(item.rule) || (item.rule === 'provenance-required' && !isSettledByPin(item))
}

/**
 * The pins with what a person decided to record of a package: the identities that the decided versions show, or `none` for their release
 * lines, with what they run and ask for beside the registries.
 *
 * An identity on record that none of them shows is replaced, unless another locked version needs it or `keepsOld` says to keep it beside
 * the new one. Where all of them are without provenance, the identities stay, and their lines owe nothing any more.
 *
 * @param others - further locked versions of the package that the pins accept as they are, and go on accepting
 */
export function repin(
  pins: Pins,
  name: string,
  decided: NonEmpty<ShownVersion>,
  others: readonly ShownVersion[],
  keepsOld: boolean,
): Pins {
  const old = pins.packages.get(name)
  const shown = decided.flatMap(({ identity }) => identity ?? [])
  const identities = identitiesOf(old?.identities, shown, others, keepsOld)
  const lines = new Map(old?.lines)
  for (const { version } of decided) lines.set(releaseLine(version), strengthOf(releaseLine(version), decided, others))
  const hooks = [...new Set([...(old?.hooks ?? []), ...decided.flatMap((one) => one.hooks)])].sort()
  let pin: Pin = { identities, lines, hooks }
  // A version without provenance that was accepted stays accepted when another line begins to show it.
  for (const { version, identity } of others) {
    if (identity === null && requiredStrength(pin, version) === 'provenance')
      pin = { ...pin, lines: new Map(pin.lines).set(releaseLine(version), 'none') }
  }
  const edges = decided.flatMap(({ exotic }) => exotic)
  return addExoticToPins({ ...pins, packages: new Map(pins.packages).set(name, pin) }, edges)
}

function identitiesOf(
  old: Pin['identities'] | undefined,
  shown: readonly PinnedIdentity[],
  others: readonly ShownVersion[],
  keepsOld: boolean,
): Pin['identities'] {
  const before = old === undefined || old === 'none' ? [] : old
  const isNeeded = (pinned: PinnedIdentity): boolean =>
    shown.some((one) => isSameIdentity(one, pinned)) ||
    others.some(({ identity }) => identity !== null && isShownAs(identity, pinned))
  const kept = shown.length === 0 || keepsOld ? before : before.filter(isNeeded)
  const start: Pin['identities'] = isNonEmpty(kept) ? kept : 'none'
  return shown.reduce<Pin['identities']>((all, one) => addIdentity(all, one), start)
}

function isShownAs(shown: PinnedIdentity, pinned: PinnedIdentity): boolean {
  const known = sameDomain(shown, [pinned])
  return isNonEmpty(known) && matchIdentity(shown, known).kind !== 'different'
}

// What the weakest version of the line shows: the others would be refused by its debt otherwise.
function strengthOf(line: string, decided: readonly ShownVersion[], others: readonly ShownVersion[]): Strength {
  const all = [...decided, ...others].filter(({ version }) => releaseLine(version) === line)
  return all.some(({ identity }) => identity === null) ? 'none' : 'provenance'
}
