// SPDX-License-Identifier: Apache-2.0
import { finding } from '@bonafide/core'
import type { Finding } from '@bonafide/core'
import { boundEvidence, explain } from '../evidence.ts'
import type { Facts } from '../facts.ts'
import { matchIdentity } from '../match.ts'
import { pinIdentity } from '../pins.ts'
import type { Pin } from '../pins.ts'

/**
 * `identity-changed`: a version was built by an identity that the pin holds.
 *
 * Stops a valid provenance of the wrong origin: another repository, a namesake raised on a deleted account, another workflow of the same
 * repository, somebody else's reusable workflow, another certificate authority. A reusable workflow of another repository is known by
 * its URL alone, since certificates do not carry that repository's id.
 *
 * Known false positives: transfers to another owner and release workflows that moved, which a person records anew. Renames with equal
 * ids are told and accepted.
 */
export function checkIdentityChanged(facts: Facts, pin: Pin | undefined): Finding[] {
  const { provenance } = boundEvidence(facts)
  if (provenance === null || pin === undefined || pin.identities === 'none') return []
  const match = matchIdentity(pinIdentity(provenance), pin.identities)
  switch (match.kind) {
    case 'same':
      return []
    case 'renamed': {
      const [found, wanted] = [`repository ${match.to}`, `repository ${match.from}`]
      const fix = 'write the new name into bonafide.lock, where you know of the move'
      return [finding('identity-changed', { found, wanted, fix, level: 'warn' })]
    }
    case 'different':
    default:
      return [finding('identity-changed', { found: match.found, wanted: match.wanted, fix: explain(facts) })]
  }
}
