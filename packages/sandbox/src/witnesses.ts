// SPDX-License-Identifier: Apache-2.0
import type { Seed } from './key-pair.ts'
import { TileLog } from './tile-log.ts'
import { createTimestampAuthority } from './timestamp-authority.ts'
import type { TimestampAuthority } from './timestamp-authority.ts'
import { TransparencyLog } from './transparency-log.ts'

/** Who sees a signature: a Rekor v1, a Rekor v2, and an authority that says when. */
export interface Witnesses {
  readonly log: TransparencyLog
  readonly tileLog: TileLog
  readonly timestampAuthority: TimestampAuthority
}

/** Makes witnesses. Those whose names begin with `retired.` have keys of their own. */
export function createWitnesses(seed: Seed, prefix: '' | 'retired.', validFor: TransparencyLog['validFor']): Witnesses {
  const label = prefix === '' ? '' : 'retired '
  return {
    log: new TransparencyLog(
      `https://${prefix}rekor.sandbox.test`,
      seed.keyPair(label === '' ? 'transparency log' : 'retired log'),
      validFor,
    ),
    tileLog: new TileLog(
      `https://${prefix}log2021.rekor.sandbox.test`,
      seed.keyPair(`${label}tile log`, 'Ed25519'),
      validFor,
    ),
    timestampAuthority: createTimestampAuthority(
      `https://${prefix}timestamp.sandbox.test/api/v1/timestamp`,
      seed,
      validFor,
    ),
  }
}
