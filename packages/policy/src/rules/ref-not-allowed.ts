// SPDX-License-Identifier: Apache-2.0
import { finding } from '@bonafide/core'
import type { Finding } from '@bonafide/core'
import { boundEvidence } from '../evidence.ts'
import type { Facts } from '../facts.ts'
import type { Pin } from '../pins.ts'
import { expectedIdentities, matchingIdentities, shownIdentity } from '../shown.ts'

/**
 * `ref-not-allowed`: a version was built from the tag that equals it, or from a ref that is recorded for the package; without a pin, from
 * one that the accepted versions before it were built from.
 *
 * Stops what whoever may push can build: a throw-away branch with a workflow of the right name (the snapshot attack), an orphan commit
 * (Red Hat), a side branch released as if it were the main one (AsyncAPI). The registry's own trusted publishing binds no ref.
 *
 * Known false positives: a new release branch, which `bonafide pin` records. Somebody who may push tags or to a recorded branch passes.
 */
export function checkRefNotAllowed(facts: Facts, pin: Pin | undefined): Finding[] {
  const shown = shownIdentity(facts)
  const expected = expectedIdentities(facts, pin)
  if (shown === null) return []
  const refs = shown.refs
  if (refs.length === 1 && refs[0] === 'tag') return []
  const ref = boundEvidence(facts).provenance?.identity.ref ?? 'no ref'
  const fix = `bonafide pin ${facts.name}, where the package is released from there`
  // Nothing to hold it against: said, since a first sight decides nothing.
  if (expected === null) {
    if (facts.accepted.isHeld) return []
    const wanted = 'a tag that equals the version, or a recorded ref'
    return [finding('ref-not-allowed', { found: `built from ${ref}`, wanted, fix, level: 'warn' })]
  }
  const known = matchingIdentities(shown, expected)
  if (known.length === 0) return []
  const allowed = [...new Set(known.flatMap((one) => one.refs))]
  // A ref of no known form is in nobody's list.
  if (refs.length === 1 && refs.every((one) => allowed.includes(one))) return []
  const wanted = [...new Set(['a tag that equals the version', ...allowed.map(inWords)])].join(' or ')
  return [finding('ref-not-allowed', { found: `built from ${ref}`, wanted: `${wanted}${expected.as}`, fix })]
}

function inWords(ref: string): string {
  if (ref === 'tag') return 'a tag that equals the version'
  return ref === 'tags' ? 'any tag' : ref
}
