// SPDX-License-Identifier: Apache-2.0
// A project that holds recorded packages, judges what it updates to by the default policy, and a person who decides what is refused.
import type { FindingCode } from '@bonafide/core'
import {
  NO_PINS,
  addExoticToPins,
  addHooksToPins,
  addToPins,
  defaultPolicy,
  judge,
  releaseLine,
} from '@bonafide/policy'
import type { Facts, Judgement, Pins } from '@bonafide/policy'
import type * as gatherModule from '../../packages/verify/src/gather-facts.ts'
import type * as pastModule from '../../packages/verify/src/past.ts'
import type * as recordModule from '../../packages/verify/src/recorded-pins.ts'
import { integrityOf } from './past-registry.ts'
import type { PastRegistry } from './past-registry.ts'
import type { Release } from './record.ts'

// None is exported by the package.
const folder = new URL('../../packages/verify/src/', import.meta.url).href
const { gatherFacts } = (await import(`${folder}gather-facts.ts`)) as typeof gatherModule
const { pastOf } = (await import(`${folder}past.ts`)) as typeof pastModule
const { recordedPins } = (await import(`${folder}recorded-pins.ts`)) as typeof recordModule

/** What a person does about a refused version: accept from now on what the package does (`pin`), or this version alone (`exempt`). */
export type Habit = 'pin' | 'exempt'

/** A version that was judged. */
export interface Judged {
  readonly facts: Facts
  readonly judgement: Judgement
  /** Why it was refused or left open, beside its youth. */
  readonly refusals: readonly FindingCode[]
  readonly warnings: readonly FindingCode[]
  /** Whether it was too young. */
  readonly isYoung: boolean
  /** New dependencies of which nobody knows how old they are. */
  readonly unknown: readonly string[]
}

const POLICY = defaultPolicy()

/** Judges a version at a time by the default policy. */
export async function look(
  past: PastRegistry,
  name: string,
  release: Release,
  { now, pins, base }: { readonly now: Date; readonly pins: Pins; readonly base: readonly Release[] },
): Promise<Judged> {
  past.takeUnknown()
  const locked = { name, version: release.version, locked: integrityOf(release), resolved: [], entryFindings: [] }
  const before = pastOf({ pins, base: heldBy(name, base), policy: POLICY })
  const { facts } = await gatherFacts(locked, before, past.sourcesAt(now))
  const judgement = judge(facts, POLICY, pins)
  const stopping = judgement.findings.filter(({ level }) => level !== 'warn')
  return {
    facts,
    judgement,
    refusals: stopping.flatMap(({ code }) => (code === 'cooldown' ? [] : [code])),
    warnings: judgement.findings.flatMap(({ level, code }) => (level === 'warn' ? [code] : [])),
    isYoung: stopping.some(({ code }) => code === 'cooldown'),
    unknown: past.takeUnknown(),
  }
}

/** A project that holds one package, on some of its lines. */
export interface Project {
  /** Holds these versions from the beginning, as `init` finds them. Returns those that are left for a person to decide, who does. */
  adopt(releases: readonly Release[], now: Date): Promise<readonly Judged[]>
  /** Judges a version without accepting it. */
  glance(release: Release, now: Date): Promise<Judged>
  /** Judges a version that is to take the place of another, or of none, and accepts it. */
  update(release: Release, replaced: Release | undefined, now: Date): Promise<Judged>
}

/** Starts a project that has recorded nothing. */
export function startProject(past: PastRegistry, name: string, habit: Habit): Project {
  let pins = NO_PINS
  let held: readonly Release[] = []

  const lookAt = (release: Release, now: Date, base: readonly Release[]): Promise<Judged> =>
    look(past, name, release, { now, pins, base })

  const decide = (release: Release, judged: Judged): void => {
    if (habit === 'pin') pins = pinned(pins, name, release, judged)
  }

  return {
    async adopt(releases, now) {
      for (const release of releases) {
        const { metadata, accepted } = (await lookAt(release, now, [])).facts
        const standing = (metadata?.exotic ?? []).filter((edge) => accepted.standing.exotic.has(edge))
        pins = addExoticToPins(pins, standing)
      }
      const all: Judged[] = []
      for (const release of releases) all.push(await lookAt(release, now, []))
      pins = recordedPins(pins, all)
      const left: Judged[] = []
      for (const release of releases) {
        const judged = await lookAt(release, now, [])
        if (judged.refusals.length > 0) left.push(judged)
        decide(release, judged)
      }
      held = releases
      return left
    },
    glance: (release, now) => lookAt(release, now, held),
    async update(release, replaced, now) {
      const judged = await lookAt(release, now, held)
      const others = held.filter((one) => one !== replaced)
      const known = pins.packages.get(name)
      // `init`, over all that the lockfile holds. What one version teaches concerns the others only where it is the first identity.
      const all = [judged]
      if (known?.identities === 'none' && judged.judgement.verdict.kind === 'trusted')
        for (const one of others) all.push(await lookAt(one, now, held))
      pins = recordedPins(pins, all)
      held = [...others, release]
      decide(release, judged)
      return judged
    },
  }
}

// `bonafide pin`, for exactly what was refused.
function pinned(pins: Pins, name: string, { version, manifest }: Release, { refusals, facts }: Judged): Pins {
  if (refusals.length === 0) return pins
  let changed = pins.packages.has(name) ? pins : addToPins(pins, name, version, null)
  const pin = changed.packages.get(name)
  if (pin !== undefined && refusals.some((code) => code === 'provenance-missing' || code === 'regression-unpinned')) {
    const lines = new Map(pin.lines).set(releaseLine(version), 'none')
    changed = { ...changed, packages: new Map(changed.packages).set(name, { ...pin, lines }) }
  }
  if (refusals.includes('install-script-added')) changed = addHooksToPins(changed, name, [...manifest.hooks.keys()])
  if (refusals.includes('exotic-dependency')) changed = addExoticToPins(changed, facts.metadata?.exotic ?? [])
  return changed
}

function heldBy(name: string, base: readonly Release[]): pastModule.BaseVersions {
  const held = base.flatMap((release) => {
    const integrity = integrityOf(release)
    return integrity.state === 'sha512' ? [[release.version, integrity.sha512] as const] : []
  })
  return new Map([[name, new Map(held)]])
}
