// SPDX-License-Identifier: Apache-2.0
import type { JsonPath } from '@bonafide/core'
import type { StatedLoosening } from './loosening.ts'
import { isSameIdentity, strengthOfLine } from './pins.ts'
import type { Pin, PinnedIdentity, Pins } from './pins.ts'
import { covers } from './publish-loosening.ts'
import { compareLines } from './release-line.ts'

/** What a change does to pins. */
export interface PinsChange {
  readonly loosened: readonly StatedLoosening[]
  /** Pins of packages that had none. They are no loosening by themselves: whether anybody shows them is for {@link compareNewPins}. */
  readonly added: ReadonlyMap<string, Pin>
}

/** Holds the pins of a change against those of its base: what is new, and what allows more than before. */
export function comparePins(base: Pins, head: Pins): PinsChange {
  const changed = [...base.packages].flatMap(([name, pin]) => pinBeyond(name, pin, head.packages.get(name)))
  const exotic = head.exotic.flatMap((edge, index) =>
    base.exotic.includes(edge) ? [] : [loosening(['exotic', index], edge, 'no dependency from beside the registries')],
  )
  const added = [...head.packages].filter(([name]) => !base.packages.has(name))
  return { loosened: [...changed, ...exotic], added: new Map(added) }
}

/**
 * Holds new pins against what the locked versions show: a pin may record that and no more. An identity that nobody shows yet is one that
 * waits for its attacker, in a change that looks like housekeeping.
 *
 * @param shown - what the locked versions show, as pins
 * @param isOpen - names of which nobody could tell what they show; for those nothing is said
 */
export function compareNewPins(
  added: ReadonlyMap<string, Pin>,
  shown: Pins,
  isOpen: (name: string) => boolean,
): readonly StatedLoosening[] {
  return [...added].flatMap(([name, pin]) => {
    if (isOpen(name)) return []
    const seen = shown.packages.get(name)
    if (seen !== undefined) return pinBeyond(name, seen, pin)
    return [loosening(['packages', name], describe(pin), 'a version in the lockfile that shows it')]
  })
}

/**
 * The pins by which a change is judged: those of its base, and new ones for the names that `isHonoured` lets through.
 */
export function pinsForChange(base: Pins, head: Pins, isHonoured: (name: string) => boolean): Pins {
  const added = [...head.packages].filter(([name]) => !base.packages.has(name) && isHonoured(name))
  return { ...base, packages: new Map([...base.packages, ...added]) }
}

function pinBeyond(name: string, base: Pin, head: Pin | undefined): readonly StatedLoosening[] {
  const place: JsonPath = ['packages', name]
  // The next version would be a stranger's first.
  if (head === undefined) return [loosening(place, 'no pin', describe(base))]
  return [
    ...identitiesBeyond(place, base.identities, head.identities),
    ...linesBeyond([...place, 'lines'], base, head),
    ...beyond(base.hooks, head.hooks).map((hook) =>
      loosening([...place, 'hooks'], hook, `${listOf(base.hooks)} to run on installation`),
    ),
  ]
}

function identitiesBeyond(
  place: JsonPath,
  base: Pin['identities'],
  head: Pin['identities'],
): readonly StatedLoosening[] {
  if (head === 'none') return base === 'none' ? [] : [loosening([...place, 'identities'], 'none', namesOf(base))]
  // From none to an identity: stricter, whoever it is.
  if (base === 'none') return []
  return head.flatMap((identity, index) => {
    const path = [...place, 'identities', index]
    const same = base.filter((one) => isSameIdentity(one, identity))
    // Another builder, or the same one in one field only: whoever is recorded may publish.
    if (same.length === 0) return [loosening(path, describeIdentity(identity), namesOf(base))]
    return (['refs', 'triggers', 'runners'] as const).flatMap((field) => {
      const known = same.flatMap((one) => one[field])
      const more = identity[field].filter((text) => !covers(known, text))
      return more.length === 0 ? [] : [loosening([...path, field], more.join(', '), listOf(known))]
    })
  })
}

function linesBeyond(path: JsonPath, base: Pin, head: Pin): readonly StatedLoosening[] {
  const lines = [...new Set([...base.lines.keys(), ...head.lines.keys()])].sort(compareLines)
  const lowered = lines.filter(
    (line) => strengthOfLine(base, line) === 'provenance' && strengthOfLine(head, line) === 'none',
  )
  // Said once for the whole package where its identities went.
  if (head.identities === 'none' && base.identities !== 'none') return []
  return lowered.map((line) => loosening([...path, line], 'none', 'provenance'))
}

function beyond(base: readonly string[], head: readonly string[]): readonly string[] {
  return head.filter((text) => !base.includes(text))
}

function describe(pin: Pin): string {
  return pin.identities === 'none' ? 'a pin of none' : `a pin to ${namesOf(pin.identities)}`
}

function namesOf(identities: Exclude<Pin['identities'], 'none'>): string {
  return identities.map(describeIdentity).join(' or ')
}

function describeIdentity({ issuer, repository, repositoryId, ownerId, workflow }: PinnedIdentity): string {
  return `${repository} (${repositoryId ?? 'no id'}, owner ${ownerId ?? 'no id'}) ${workflow} by ${issuer}`
}

function listOf(texts: readonly string[]): string {
  return texts.length === 0 ? 'nothing' : texts.join(', ')
}

function loosening(path: JsonPath, found: string, wanted: string): StatedLoosening {
  return { what: path.map((part) => (typeof part === 'number' ? `[${part}]` : part)).join('.'), found, wanted, path }
}
