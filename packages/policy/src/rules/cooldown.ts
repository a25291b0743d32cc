// SPDX-License-Identifier: Apache-2.0
import { finding } from '@bonafide/core'
import type { Finding } from '@bonafide/core'
import type { Facts, PublishedTimes } from '../facts.ts'
import type { Pin } from '../pins.ts'
import type { RuleContext } from './rule.ts'

const HOUR = 60 * 60 * 1000
// How far two honest clocks may be apart.
const SKEW = 5 * 60 * 1000

/**
 * `cooldown`: a version has been out for as long as the policy asks, 72 hours unless it says otherwise.
 *
 * Stops what looks right in every other way, for as long as it takes somebody to notice: hijacked pipelines with valid provenance
 * (TanStack, keyv, AsyncAPI), and every other attack that was taken down within three days. Age is counted from the latest of the
 * provenance's time, the publish attestation's time and the time that the registry claims: a statement that was signed long before
 * the version was published makes it no older.
 *
 * Known false positives: urgent fixes, which an exemption lets through; whoever updates on the day of a release.
 */
export function checkCooldown(facts: Facts, _pin: Pin | undefined, { settings }: RuleContext): Finding[] {
  const { cooldownHours } = settings
  // A version that nobody knows has no age; other findings say what it is.
  if (cooldownHours === 0 || facts.registry.state !== 'known') return []
  const latest = latestTime(facts.published)
  const fix = 'ask a registry that serves times, with --evidence-registry'
  // A registry that strips `time` makes everything look settled.
  if (latest === null) {
    const detail = { found: 'nobody says when it was published', wanted: 'a time', fix, level: 'undecided' } as const
    return [finding('cooldown-time-missing', detail)]
  }
  // A claim from the future: our clock is wrong, or the registry's is. Nobody can tell, and nobody is accused.
  if (!(latest.at.getTime() <= facts.now.getTime() + SKEW)) {
    if (isClockDoubted(facts)) return []
    const [found, wanted] = [`the time ${stamp(facts.now)}`, `a time after ${stamp(latest.at)}, by ${latest.by}`]
    return [finding('clock-behind', { found, wanted, fix: 'set the clock right, or leave --now away' })]
  }
  const open = new Date(latest.at.getTime() + cooldownHours * HOUR)
  if (open.getTime() <= facts.now.getTime()) return []
  return [
    finding('cooldown', {
      found: `published ${stamp(latest.at)}, by ${latest.by}`,
      wanted: `${cooldownHours} hours of age`,
      fix: `wait until ${stamp(open)}, or bonafide exempt ${facts.name}@${facts.version} --rule cooldown`,
    }),
  ]
}

// A log has told already, and by its signature.
function isClockDoubted({ attestations }: Facts): boolean {
  return attestations.state === 'verified' && attestations.findings.some(({ code }) => code === 'clock-behind')
}

interface Latest {
  readonly at: Date
  readonly by: string
}

function latestTime({ provenance, publish, claimed, claimedBy }: PublishedTimes): Latest | null {
  // The registry's word alone; where it says nothing of the version, a time before which the whole package last changed.
  const word = claimed ?? claimedBy
  const times: readonly Latest[] = [
    ...(publish === null ? [] : [{ at: publish, by: "the registry's publish attestation" }]),
    ...(provenance === null ? [] : [{ at: provenance, by: 'its provenance' }]),
    ...(word === null ? [] : [{ at: word, by: 'what the registry claims' }]),
  ]
  // Provenance alone says when the version was built, and not that it was published then (a signature made in advance).
  if (publish === null && word === null) return null
  // A time that is none outranks all others, so that nothing is decided by those.
  const rank = ({ at }: Latest): number => (Number.isNaN(at.getTime()) ? Infinity : at.getTime())
  return times.toSorted((left, right) => rank(right) - rank(left) || 0)[0] ?? null
}

function stamp(date: Date): string {
  return Number.isNaN(date.getTime()) ? 'at no time' : date.toISOString().replace(/\.\d{3}Z$/u, 'Z')
}
