// SPDX-License-Identifier: Apache-2.0
import { verify } from 'node:crypto'
import type { Coordinate } from '@bonafide/core'
import { isValidAt } from './registry-key.ts'
import type { RegistryKeys } from './registry-key.ts'

/** One entry of `dist.signatures`, as the registry serves it. The key id is only a hint. */
export interface RegistrySignature {
  readonly keyid: string
  readonly sig: string
}

/**
 * What the registry's signatures over `name@version:integrity` amount to. Only `valid` speaks for the version:
 * `unknown-key` names no pinned key, `outside-window` was signed by a key that had expired or was not yet valid, and `time-unknown` by
 * one that has expired since, where nobody says when the version was published.
 */
export type RegistrySignatureState =
  | { readonly state: 'valid'; readonly keyId: string; readonly trustDomain: string }
  | { readonly state: 'missing' }
  | { readonly state: 'invalid' | 'unknown-key' | 'outside-window' | 'time-unknown'; readonly found: string }

/**
 * Verifies the registry's signature over a version (registry signatures, ECDSA P-256 with SHA-256).
 *
 * Every signature is tried with every pinned key: which key a signature names is not signed, so it cannot decide anything.
 * One signature that no pinned key made is no harm beside one that verifies; a signature that names a pinned key and does not verify is.
 *
 * @param publishedAt - when the version was published: the integrated time of its publish attestation where there is one, else
 *   the registry's claim; null where nobody says. Only keys that have an end need it.
 */
export function verifyRegistrySignature(
  coordinate: Coordinate,
  signatures: readonly RegistrySignature[],
  registryKeys: RegistryKeys,
  publishedAt: Date | null,
  now: Date,
): RegistrySignatureState {
  if (signatures.length === 0) return { state: 'missing' }
  const data = Buffer.from(`${coordinate.name}@${coordinate.version}:${coordinate.integrity}`)
  const keys = registryKeys.keys.filter((key) => key.usages.has('signatures'))
  let window: RegistrySignatureState | undefined
  let valid: RegistrySignatureState | undefined
  for (const { keyid, sig } of signatures) {
    // The named key first: which one verifies does not depend on the order, only how many have to be tried.
    const ordered = [
      ...keys.filter((candidate) => candidate.keyId === keyid),
      ...keys.filter((candidate) => candidate.keyId !== keyid),
    ]
    const key = ordered.find((candidate) => verifySignature(data, candidate.key, sig))
    if (key === undefined) {
      // A swapped tarball or a renamed version: the named key exists and did not sign this.
      if (keys.some((candidate) => candidate.keyId === keyid))
        return { state: 'invalid', found: `signature by ${keyid}` }
      continue
    }
    // One key may be listed with several windows.
    const windows = keys.filter(({ trustDomain }) => trustDomain === key.trustDomain)
    const fitting = windows.find((candidate) => isValidAt(candidate, publishedAt ?? now))
    if (fitting !== undefined) {
      valid ??= { state: 'valid', keyId: fitting.keyId, trustDomain: fitting.trustDomain }
    } else if (publishedAt === null && key.end !== null && key.end < now) {
      window ??= { state: 'time-unknown', found: `${key.keyId}, which expired ${key.end.toISOString()}` }
    } else {
      // An old key, stolen or broken, signs something new.
      window ??= { state: 'outside-window', found: `${key.keyId} at ${(publishedAt ?? now).toISOString()}` }
    }
  }
  return valid ?? window ?? { state: 'unknown-key', found: signatures.map(({ keyid }) => keyid).join(', ') }
}

function verifySignature(data: Buffer, key: Parameters<typeof verify>[2], signature: string): boolean {
  try {
    return verify('sha256', data, key, Buffer.from(signature, 'base64'))
  } catch {
    return false
  }
}
