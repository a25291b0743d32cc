// SPDX-License-Identifier: Apache-2.0
// The verifier that we did not write: what the sandbox makes has to satisfy it, or our own code would only be checked by itself.
import { bundleFromJSON } from '@sigstore/bundle'
import { PublicKey, TrustedRoot } from '@sigstore/protobuf-specs'
import { VerificationError, Verifier, toSignedEntity, toTrustMaterial } from '@sigstore/verify'
import type { Signer } from '@sigstore/verify'

/** A function that verifies one bundle, or tells the stock verifier's code and message. */
export type StockVerify = (bundle: unknown) => Signer | { readonly code: string; readonly message: string }

/**
 * Sets up `@sigstore/verify` as npm does, with the registry's keys for attestations.
 *
 * @param trustedRoot - the text of a `trusted_root.json`
 * @param registryKeys - the text of a `keys.json` in the form of the TUF target
 */
export function stockVerifier(trustedRoot: string, registryKeys: string): StockVerify {
  const { keys } = JSON.parse(registryKeys) as {
    keys: readonly { keyId: string; keyUsage: string; publicKey: unknown }[]
  }
  const attesting = keys.filter(({ keyUsage }) => keyUsage === 'npm:attestations')
  const found = Object.fromEntries(attesting.map(({ keyId, publicKey }) => [keyId, PublicKey.fromJSON(publicKey)]))
  const verifier = new Verifier(toTrustMaterial(TrustedRoot.fromJSON(JSON.parse(trustedRoot)), found))
  return (bundle) => {
    try {
      return verifier.verify(toSignedEntity(bundleFromJSON(bundle)))
    } catch (error) {
      if (!(error instanceof Error)) throw error
      return { code: error instanceof VerificationError ? error.code : error.name, message: error.message }
    }
  }
}
