// SPDX-License-Identifier: Apache-2.0
import type { TransparencyLogEntry } from '@sigstore/bundle'
import { isNonEmpty } from '@bonafide/core'
import type { TrustMaterial } from '@sigstore/verify'
import type { BundleFailure } from './bundle-failure.ts'

type Log = TrustMaterial['tlogs'][number]

/**
 * Checks an entry of Rekor v2, as far as `@sigstore/verify` leaves it open. Such a log signs neither a time nor a promise, only
 * checkpoints; when it saw the entry follows from timestamps alone.
 *
 * @param logs - the logs of the trusted root that have the entry's log id
 * @param times - what the bundle's timestamps say
 */
export function checkTileEntry(
  entry: TransparencyLogEntry,
  logs: readonly Log[],
  times: readonly Date[],
): BundleFailure | null {
  // What no such log ever says: a time or a promise that somebody put there.
  if (entry.inclusionPromise !== undefined)
    return { code: 'log-promise', found: 'a promise of a log that gives none', wanted: 'an entry without a promise' }
  if (entry.integratedTime !== '0')
    return {
      code: 'timestamp-missing',
      found: `the time ${entry.integratedTime}, which no log signed`,
      wanted: 'a time signed by a timestamp authority',
    }
  const proof = entry.inclusionProof
  if (proof === undefined)
    return { code: 'log-missing', found: 'no inclusion proof', wanted: 'a proof that the log holds the entry' }
  // The proof is for one place in the log; nothing signs another that the entry claims.
  if (proof.logIndex !== entry.logIndex)
    return {
      code: 'log-proof',
      found: `the index ${entry.logIndex}`,
      wanted: `the index of the proof, ${proof.logIndex}`,
    }
  if (!isNonEmpty(times))
    return { code: 'timestamp-missing', found: 'no timestamp', wanted: 'a time signed by a timestamp authority' }
  const current = logs.filter(({ validFor }) => times.every((time) => validFor.start <= time && time <= validFor.end))
  // A log key that was retired, or broken, signs something new.
  if (!isNonEmpty(current)) {
    return {
      code: 'log-window',
      found: `log key used at ${times.map((time) => time.toISOString()).join(', ')}`,
      wanted: 'a time within the validity of the log key',
    }
  }
  // The checkpoint of another log: the stock check wants a name that is part of the log's URL, and never reads the origin.
  const note = proof.checkpoint?.envelope ?? ''
  if (!current.some((log) => isSignedBy(note, log))) {
    return {
      code: 'log-checkpoint',
      found: `checkpoint of ${note.split('\n', 1)[0] ?? ''}`,
      wanted: `a checkpoint of ${current.map(originOf).join(' or ')}, under its name and key`,
    }
  }
  return null
}

// Origin and signature bear the log's name, and the signature the first four bytes of its id (C2SP tlog-checkpoint, signed-note).
function isSignedBy(note: string, log: Log): boolean {
  const origin = originOf(log)
  const end = note.indexOf('\n\n')
  if (origin === null || end === -1 || !note.startsWith(`${origin}\n`)) return false
  const prefix = `\u2014 ${origin} `
  return note
    .slice(end + 2)
    .split('\n')
    .some(
      (line) =>
        line.startsWith(prefix) &&
        Buffer.from(line.slice(prefix.length), 'base64').subarray(0, 4).equals(log.logID.subarray(0, 4)),
    )
}

function originOf({ baseURL }: Log): string | null {
  return URL.canParse(baseURL) ? new URL(baseURL).host : null
}
