// SPDX-License-Identifier: Apache-2.0
import type { TransparencyLogEntry } from '@sigstore/bundle'
import type { RFC3161Timestamp } from '@sigstore/core'
import type { SignedEntity } from '@sigstore/verify'

/** When a log took an entry in, by its own signature; null where it signed no time, whatever the bundle says. */
export function integratedTime(entry: TransparencyLogEntry): Date | null {
  return entry.inclusionPromise === undefined ? null : new Date(Number(entry.integratedTime) * 1000)
}

/** The timestamps of authorities that a bundle holds. */
export function timestampsOf({ timestamps }: SignedEntity): readonly RFC3161Timestamp[] {
  return timestamps.flatMap((each) => (each.$case === 'timestamp-authority' ? [each.timestamp] : []))
}

/**
 * Every time at which somebody saw the signature: the logs that sign one, and the timestamps. Only claims until the stock verifier has
 * verified the bundle, which it does for each of them; where there is none, nothing can be said about a validity.
 */
export function witnessedTimes(entity: SignedEntity): readonly Date[] {
  const logged = entity.tlogEntries.map(integratedTime).filter((time) => time !== null)
  return [...logged, ...timestampsOf(entity).map(({ signingTime }) => signingTime)]
}
