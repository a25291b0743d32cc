// SPDX-License-Identifier: Apache-2.0
import { finding } from '@bonafide/core'
import type { Finding } from '@bonafide/core'
import { boundEvidence, explain } from '../evidence.ts'
import type { Facts } from '../facts.ts'

const KEYS_FIX = 'connect to the network once, or give --registry-keys FILE'
const WANTED = "the registry's signature under a pinned key"

/**
 * `registry-signature`: the registry signed this name, version and integrity with a key that we pinned.
 *
 * Stops swapped tarballs and invented versions on a mirror, above all of packages without provenance, for which this signature is all
 * there is. A verified publish attestation of the same coordinate stands in for a missing signature: it is the registry's signature
 * over the same facts. It never makes up for one that is wrong.
 *
 * Known false positives: mirrors that drop `dist.signatures`; a registry key rotated before the pinned keys were.
 */
export function checkRegistrySignature(facts: Facts): Finding[] {
  const { signature, registry } = facts
  const fix = explain(facts)
  switch (signature.state) {
    case 'valid':
      return []
    case 'missing': {
      // A mirror that serves neither signatures nor attestations to anybody: that finding leaves the version undecided already.
      if (servesNone(facts)) return []
      const publish = boundEvidence(facts).publish !== null
      const detail = { found: 'no signature', wanted: WANTED, fix: 'ask a registry that serves signatures' }
      return [finding('registry-signature-missing', publish ? { ...detail, level: 'warn' } : detail)]
    }
    // Signed for other bytes, and a pinned key's name put on it.
    case 'invalid':
      return [finding('registry-signature-invalid', { found: signature.found, wanted: WANTED, fix })]
    // The registry under test brings its own key.
    case 'unknown-key':
      return [finding('registry-signature-key', { found: signature.found, wanted: WANTED, fix })]
    // An expired key signs something new.
    case 'outside-window':
      return [finding('registry-signature-window', { found: signature.found, wanted: WANTED, fix })]
    case 'time-unknown': {
      const wanted = 'the time at which this version was published'
      return [
        finding('registry-time-missing', { found: signature.found, wanted, fix: 'ask a registry that serves times' }),
      ]
    }
    case 'not-checked':
      // Nothing to check where the registry does not know the version or was not reached: those findings are made elsewhere.
      if (registry.state !== 'known') return []
      return [finding('registry-keys-unavailable', { found: signature.found, wanted: WANTED, fix: KEYS_FIX })]
    default:
      return [finding('registry-signature-invalid', { found: 'an unknown state', wanted: WANTED, fix })]
  }
}

function servesNone({ attestations }: Facts): boolean {
  return (
    attestations.state === 'unknown' &&
    attestations.findings.some(({ code }) => code === 'registry-serves-no-attestations')
  )
}
