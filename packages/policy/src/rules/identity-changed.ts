// SPDX-License-Identifier: Apache-2.0
import { finding, isNonEmpty } from '@bonafide/core'
import type { Finding } from '@bonafide/core'
import { explain } from '../evidence.ts'
import type { Facts } from '../facts.ts'
import { matchIdentity } from '../match.ts'
import type { Pin } from '../pins.ts'
import { expectedIdentities, sameDomain, shownIdentity } from '../shown.ts'

/**
 * `identity-changed`: a version was built by an identity that the pin holds; without a pin, by the one that built the accepted versions
 * before it.
 *
 * Stops a valid provenance of the wrong origin: another repository, a namesake raised on a deleted account, another workflow of the same
 * repository, somebody else's reusable workflow. A reusable workflow of another repository is known by its URL alone, since certificates
 * do not carry that repository's id.
 *
 * Known false positives: transfers to another owner and release workflows that moved, which `bonafide pin` records anew. Renames with
 * equal ids are told and accepted.
 */
export function checkIdentityChanged(facts: Facts, pin: Pin | undefined): Finding[] {
  const shown = shownIdentity(facts)
  const expected = expectedIdentities(facts, pin)
  if (shown === null || expected === null) return []
  // Under a foreign authority no field says anything: `trust-domain-changed` refuses that.
  const known = sameDomain(shown, expected.identities)
  if (!isNonEmpty(known)) return []
  const match = matchIdentity(shown, known)
  switch (match.kind) {
    case 'same':
      return []
    case 'renamed': {
      const [found, wanted] = [`repository ${match.to}`, `repository ${match.from}${expected.as}`]
      const fix = `bonafide pin ${facts.name}, where you know of the move`
      return [finding('identity-changed', { found, wanted, fix, level: 'warn' })]
    }
    case 'different':
    default:
      return [
        finding('identity-changed', {
          found: match.found,
          wanted: `${match.wanted}${expected.as}`,
          fix: `${explain(facts)}; bonafide pin ${facts.name} where you know of the move`,
        }),
      ]
  }
}
