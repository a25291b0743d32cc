// SPDX-License-Identifier: Apache-2.0
import { finding } from '@bonafide/core'
import type { Finding } from '@bonafide/core'
import { explain } from '../evidence.ts'
import type { Facts } from '../facts.ts'
import type { Pin } from '../pins.ts'
import { expectedIdentities, sameDomain, shownIdentity } from '../shown.ts'

/**
 * `trust-domain-changed`: a version verified under the certificate authority under which the package has always verified.
 *
 * Stops a private authority that vouches for a public package: its owner can write any identity into a certificate. No policy and no
 * exemption waives it.
 *
 * Known false positives: a package that moves between a private and the public Sigstore; an authority that is replaced. Both are
 * recorded anew with `bonafide pin`.
 */
export function checkTrustDomainChanged(facts: Facts, pin: Pin | undefined): Finding[] {
  const shown = shownIdentity(facts)
  const expected = expectedIdentities(facts, pin)
  if (shown === null || expected === null || sameDomain(shown, expected.identities).length > 0) return []
  const domains = [...new Set(expected.identities.map(({ trustDomain }) => trustDomain))]
  return [
    finding('trust-domain-changed', {
      found: `trust domain ${shown.trustDomain}`,
      wanted: `trust domain ${domains.join(' or ')}${expected.as}`,
      fix: explain(facts),
    }),
  ]
}
