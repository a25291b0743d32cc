// SPDX-License-Identifier: Apache-2.0
import { CLOCK_SKEW, LONGEST_TOKEN_LIFETIME } from '@bonafide/policy'
import type { PublishPolicy } from '@bonafide/policy'
import type { CredentialVerdict, LifetimeSource } from './judged-credential.ts'

/** When a credential was made and when it ends, as far as that is known, and who says so. */
export type Lifespan =
  | {
      readonly from: 'registry' | 'token'
      readonly created: Date | null
      readonly expires: Date | 'never' | null
    }
  /** Nothing is known of this one; of its kind, the longest life in seconds. */
  | { readonly from: 'documented'; readonly longest: number }

/** By when and by what a lifetime is judged. */
export interface LifetimeRule {
  readonly now: Date
  readonly policy: Pick<PublishPolicy, 'maxTokenLifetime'>
}

/** The longest lifetime in seconds that a policy allows, clock skew aside; no policy allows more than seven days. */
export function limitOf({ maxTokenLifetime }: Pick<PublishPolicy, 'maxTokenLifetime'>): number {
  return Math.min(maxTokenLifetime, LONGEST_TOKEN_LIFETIME)
}

/** Whether an end has passed, as far as clocks agree. */
export function hasEnded(expires: Date | 'never' | null, now: Date): boolean {
  return expires instanceof Date && expires.getTime() + CLOCK_SKEW * 1000 < now.getTime()
}

/** A lifespan in seconds, and where that is from; null where it has no end, or where nobody knows. */
export function lifetimeOf(
  lifespan: Lifespan,
  now: Date,
): { readonly seconds: number; readonly from: LifetimeSource } | null {
  if (lifespan.from === 'documented') return { seconds: lifespan.longest, from: 'documented' }
  const { created, expires, from } = lifespan
  if (!(expires instanceof Date)) return null
  if (created === null) return { seconds: secondsBetween(now, expires), from: 'remaining' }
  // A token from the future, whose life looks short since it has not begun; and one that ended before it was made.
  if (created.getTime() > now.getTime() + CLOCK_SKEW * 1000 || created >= expires) return null
  return { seconds: secondsBetween(created, expires), from }
}

/**
 * Judges how long a credential lives: from its making to its end, not what is left. A token that was made for 90 days and ends in half an
 * hour lay about for 90 days; whoever copied it meanwhile has it now, and the next one will be like it.
 */
export function judgeLifetime(lifespan: Lifespan, { now, policy }: LifetimeRule): CredentialVerdict {
  // A token without an end is never allowed, whatever a policy says.
  if (lifespan.from !== 'documented' && lifespan.expires === 'never') return { kind: 'refused', why: 'no-end' }
  const lifetime = lifetimeOf(lifespan, now)
  if (lifetime === null) return { kind: 'refused', why: 'unknown-lifetime' }
  return lifetime.seconds <= limitOf(policy) + CLOCK_SKEW ? { kind: 'allowed' } : { kind: 'refused', why: 'long-lived' }
}

function secondsBetween(start: Date, end: Date): number {
  return Math.round((end.getTime() - start.getTime()) / 1000)
}
