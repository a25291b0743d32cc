// SPDX-License-Identifier: Apache-2.0
import { finding } from '@bonafide/core'
import type { Finding } from '@bonafide/core'
import { explain } from '../evidence.ts'
import type { Facts } from '../facts.ts'
import type { Pin } from '../pins.ts'
import { SELF_HOSTED, expectedIdentities, matchingIdentities, shownIdentity } from '../shown.ts'

/**
 * `runner-self-hosted`: a version was built on a machine of the CI system, or on one of the owner's where the pin says so; without a
 * pin, where the accepted versions before it were.
 *
 * Stops whoever has taken over a machine that registers itself as a runner: what it builds carries the right identity.
 *
 * Known false positives: companies that build on their own machines, which `bonafide pin` records.
 */
export function checkRunnerSelfHosted(facts: Facts, pin: Pin | undefined): Finding[] {
  const shown = shownIdentity(facts)
  // Certificates of early 2023 name no runner; no authority has left it out since.
  if (shown === null || !shown.runners.includes(SELF_HOSTED)) return []
  const expected = expectedIdentities(facts, pin)
  const known = expected === null ? [] : matchingIdentities(shown, expected)
  if (known.some(({ runners }) => runners.includes(SELF_HOSTED))) return []
  // Another identity than the expected one is refused as that.
  if (expected !== null && known.length === 0) return []
  if (expected === null && facts.accepted.isHeld) return []
  return [
    finding('runner-self-hosted', {
      found: 'built on a self-hosted runner',
      wanted: `a runner of the CI system${expected?.as ?? ''}`,
      fix: `${explain(facts)}; bonafide pin ${facts.name} where that is where it is built`,
    }),
  ]
}
