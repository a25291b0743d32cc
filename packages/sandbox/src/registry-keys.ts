// SPDX-License-Identifier: Apache-2.0
import { createHash } from 'node:crypto'
import { nameAtVersion } from '@bonafide/core'
import type { Coordinate } from '@bonafide/core'
import type { KeyPair, Seed } from './key-pair.ts'

/** One key of the registry, with the time that it may sign. */
export interface RegistryKeyPair {
  readonly keyId: string
  readonly pair: KeyPair
  /** When it may sign versions and publish attestations: the older key began with versions long before there were attestations. */
  readonly start: { readonly signatures: Date; readonly attestations: Date }
  readonly end: Date | null
}

/** The registry's keys: one that expired in January 2025 and the one of today. */
export interface RegistryKeyRing {
  readonly expired: RegistryKeyPair
  readonly current: RegistryKeyPair
  /** The key that the registry signs with at a time. */
  at(time: Date): RegistryKeyPair
  /** The key document, as the TUF target or as the registry's endpoint has it. */
  document(form: 'tuf' | 'endpoint'): string
}

/** Makes the keys of a registry. */
export function createRegistryKeys(seed: Seed): RegistryKeyRing {
  const expired = ringKey(seed.keyPair('registry key 1'), {
    start: { signatures: new Date('1999-01-01T00:00:00.000Z'), attestations: new Date('2022-12-01T00:00:00.000Z') },
    end: new Date('2025-01-29T00:00:00.000Z'),
  })
  const start = new Date('2025-01-13T00:00:00.000Z')
  const current = ringKey(seed.keyPair('registry key 2'), {
    start: { signatures: start, attestations: start },
    end: null,
  })
  const keys = [expired, current]
  return {
    expired,
    current,
    at: (time) => (time < start ? expired : current),
    document(form) {
      const list = form === 'tuf' ? keys.flatMap(tufForm) : keys.map(endpointForm)
      return `${JSON.stringify({ keys: list }, null, 4)}\n`
    },
  }
}

/** The registry's signature over a version: `name@version:integrity`. */
export function signVersion(
  coordinate: Coordinate,
  key: RegistryKeyPair,
): { readonly keyid: string; readonly sig: string } {
  const text = `${nameAtVersion(coordinate.name, coordinate.version)}:${coordinate.integrity}`
  return { keyid: key.keyId, sig: key.pair.sign(Buffer.from(text)).toString('base64') }
}

function ringKey(pair: KeyPair, validity: Pick<RegistryKeyPair, 'start' | 'end'>): RegistryKeyPair {
  // The digest that npm names its keys by: base64 without the padding.
  const digest = createHash('sha256').update(pair.publicKey).digest('base64').replace(/=+$/u, '')
  return { keyId: `SHA256:${digest}`, pair, ...validity }
}

function tufForm({ keyId, pair, start, end }: RegistryKeyPair): readonly object[] {
  return (['signatures', 'attestations'] as const).map((usage) => ({
    keyId,
    keyUsage: `npm:${usage}`,
    publicKey: {
      rawBytes: pair.publicKey.toString('base64'),
      keyDetails: 'PKIX_ECDSA_P256_SHA_256',
      validFor: { start: start[usage].toISOString(), ...(end === null ? {} : { end: end.toISOString() }) },
    },
  }))
}

function endpointForm({ keyId, pair, end }: RegistryKeyPair): object {
  return {
    expires: end?.toISOString() ?? null,
    keyid: keyId,
    keytype: 'ecdsa-sha2-nistp256',
    scheme: 'ecdsa-sha2-nistp256',
    key: pair.publicKey.toString('base64'),
  }
}
