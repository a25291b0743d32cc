// SPDX-License-Identifier: Apache-2.0
import { finding } from '@bonafide/core'
import type { Finding } from '@bonafide/core'
import { explain } from '../evidence.ts'
import type { Facts } from '../facts.ts'
import type { Pin } from '../pins.ts'
import { expectedIdentities, matchingIdentities, shownIdentity } from '../shown.ts'

/**
 * `publisher-changed`: a version was published by somebody who published an accepted version before it.
 *
 * Tells of accounts that wake up or take over: event-stream, node-ipc, Mastra, whose attacker had not used the right for 16 months.
 *
 * Says nothing where verified provenance shows the expected identity, which is better than a name.
 *
 * Known false positives: every handover, and every team that takes turns; names are the registry's word. So it is a warning unless a
 * policy says more.
 */
export function checkPublisherChanged(facts: Facts, pin: Pin | undefined): Finding[] {
  const { metadata, accepted } = facts
  const publisher = metadata?.publisher ?? null
  if (publisher === null || accepted.publishers.size === 0 || accepted.isHeld) return []
  if (accepted.publishers.has(publisher)) return []
  // Who built it is proven, and has always been: a job that publishes for itself is a new name for the same.
  const shown = shownIdentity(facts)
  const expected = expectedIdentities(facts, pin)
  if (shown !== null && expected !== null && matchingIdentities(shown, expected).length > 0) return []
  const known = [...accepted.publishers]
  const more = known.length > 5 ? ` and ${known.length - 5} more` : ''
  return [
    finding('publisher-changed', {
      found: `published by ${publisher}`,
      wanted: `${known.slice(-5).join(', ')}${more}`,
      fix: explain(facts),
    }),
  ]
}
