// SPDX-License-Identifier: Apache-2.0
import { setTimeout as sleep } from 'node:timers/promises'
import { SIGNING_PATIENCE } from './sign/sign-provenance.ts'
import type { SigningPatience } from './sign/sign-provenance.ts'

/** How long and how often a registry is given another chance. All times in milliseconds. */
export interface PublishPatience {
  /** How often a version is sent at most. */
  readonly sends: number
  /** For the exchange, and for revoking what it gave. */
  readonly exchangeDeadline: number
  /** For one attempt of sending, first byte to last byte. */
  readonly sendDeadline: number
  /** How long a version that was sent may be on its way before the registry shows it; `--wait`. */
  readonly arrival: number
  /** How long one looks after an attempt that got lost, before the next. */
  readonly lostLook: number
  /** The first pause between two looks or attempts; it doubles each time. */
  readonly firstPause: number
  readonly longestPause: number
  /** The longest `Retry-After` that is waited for. */
  readonly longestRetryAfter: number
  /** For the services that sign. */
  readonly signing: SigningPatience
}

/** What holds where nobody says otherwise. */
export const PUBLISH_PATIENCE: PublishPatience = {
  sends: 3,
  exchangeDeadline: 30_000,
  sendDeadline: 300_000,
  arrival: 120_000,
  lostLook: 15_000,
  firstPause: 1000,
  longestPause: 15_000,
  longestRetryAfter: 60_000,
  signing: SIGNING_PATIENCE,
}

/** The pause before a try, counted from 0. */
export function pauseBefore(tries: number, { firstPause, longestPause }: PublishPatience): number {
  return Math.min(longestPause, firstPause * 2 ** tries)
}

/** Asks again and again until an answer is good enough or the time is up; the last answer. */
export async function patiently<T>(
  ask: () => Promise<T>,
  isEnough: (answer: T) => boolean,
  total: number,
  patience: PublishPatience,
): Promise<T> {
  const end = performance.now() + total
  for (let tries = 0; ; tries += 1) {
    const answer = await ask()
    const left = end - performance.now()
    if (isEnough(answer) || left <= 0) return answer
    await sleep(Math.min(left, pauseBefore(tries, patience)))
  }
}
