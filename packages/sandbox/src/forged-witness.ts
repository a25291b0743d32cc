// SPDX-License-Identifier: Apache-2.0
import { createHash } from 'node:crypto'
import { before } from './attestations.ts'
import { toTlogEntry } from './bundle.ts'
import type { BundleForm, BundleJson, TimestampJson } from './bundle.ts'
import { wholeSecond } from './clock.ts'
import type { Defect } from './defect.ts'
import { entriesReplaced, entryMixed, proofReplaced, turned } from './forger.ts'
import type { Forger } from './forger.ts'
import { logBody } from './log-body.ts'
import { stampEnvelope } from './sigstore.ts'
import type { TimestampAuthority } from './timestamp-authority.ts'

/** What can be wrong with an entry of Rekor v2, and with a timestamp. */
export type WitnessDefect = Defect & (`tile-${string}` | `timestamp-${Stamped}`)

type Stamped = (typeof STAMPED)[number]

const STAMPED = [
  'none',
  'unknown-authority',
  'retired-authority',
  'of-another',
  'signature',
  'twice',
  'late',
  'early',
  'late-beside-log',
] as const

const TILE: BundleForm = { version: '0.3', log: 'dsse-v2' }

/** Whether a defect is one of Rekor v2 or of a timestamp. */
export function isWitnessDefect(defect: Defect): defect is WitnessDefect {
  return defect.startsWith('tile-') || STAMPED.some((name) => defect === `timestamp-${name}`)
}

/** The provenance in the form of Rekor v2 (or, where the defect says so, of v1 with a timestamp) with one thing wrong. */
export function forgedWitness(defect: WitnessDefect, forger: Forger): BundleJson {
  const { sigstore } = forger.inside
  const { tileLog, timestampAuthority, retired } = sigstore
  const { foreign } = forger
  const honest = (): BundleJson => forger.provenance({ form: TILE })
  const another = (): BundleJson => forger.another.provenance({ form: TILE })
  const stampedBy = (authority: TimestampAuthority, form = TILE): BundleJson =>
    forger.provenance({ form, witnesses: { ...sigstore, timestampAuthority: authority } })
  switch (defect) {
    case 'tile-log-unknown':
      return forger.provenance({ form: TILE, witnesses: { ...sigstore, tileLog: foreign.tileLog } })
    case 'tile-log-window':
      return forger.provenance({ form: TILE, witnesses: { ...sigstore, tileLog: retired.tileLog } })
    case 'tile-body-of-another':
      return entryMixed(honest(), another(), (_, other) => other)
    case 'tile-body-of-another-signer': {
      const bundle = honest()
      const body = logBody('dsse-v2', bundle.dsseEnvelope, forger.job().verifier)
      return entriesReplaced(bundle, () => [toTlogEntry(TILE, tileLog.append(body))])
    }
    case 'tile-proof-of-another':
      return entryMixed(honest(), another(), (entry, { logIndex, inclusionProof }) => ({
        ...entry,
        logIndex,
        inclusionProof,
      }))
    case 'tile-index':
      return entriesReplaced(honest(), (entries) =>
        entries.map((entry) => ({ ...entry, logIndex: String(Number(entry.logIndex) + 1) })),
      )
    case 'tile-promise':
      return entryMixed(honest(), forger.provenance(), (entry, { inclusionPromise = null }) => ({
        ...entry,
        inclusionPromise,
      }))
    case 'tile-time':
      return entryMixed(honest(), forger.provenance(), (entry, { integratedTime = '' }) => ({
        ...entry,
        integratedTime,
      }))
    case 'tile-checkpoint-root-hash': {
      const other = createHash('sha256').update('another tree').digest()
      return proofReplaced(honest(), (proof) => ({
        ...proof,
        checkpoint: { envelope: tileLog.signCheckpoint(Number(proof.treeSize), other) },
      }))
    }
    case 'tile-checkpoint-signature':
      return proofReplaced(honest(), (proof) => ({
        ...proof,
        checkpoint: { envelope: turned(proof.checkpoint.envelope) },
      }))
    case 'tile-checkpoint-origin':
      // A name that stands within the log's own: whoever looks for a part of it is content.
      return proofReplaced(honest(), ({ rootHash, treeSize, ...proof }) => {
        const root = Buffer.from(rootHash, 'base64')
        const envelope = tileLog.signCheckpoint(Number(treeSize), root, 'rekor.sandbox.test')
        return { ...proof, rootHash, treeSize, checkpoint: { envelope } }
      })
    case 'timestamp-none':
      return forger.provenance({ form: { ...TILE, timestamp: false } })
    case 'timestamp-unknown-authority':
      return stampedBy(foreign.timestampAuthority)
    case 'timestamp-retired-authority':
      return stampedBy(retired.timestampAuthority)
    case 'timestamp-of-another': {
      const time = wholeSecond(before(forger.published.publishedAt, 1))
      const stamp = stampEnvelope(timestampAuthority, another().dsseEnvelope, time)
      return stampsReplaced(honest(), () => [{ signedTimestamp: stamp.toString('base64') }])
    }
    case 'timestamp-signature': {
      // By the name and number of the trusted authority, with a key of one's own.
      const key = forger.foreignSeed.keyPair('timestamps', 'P-384')
      return stampedBy({
        ...timestampAuthority,
        stamp: (request) => timestampAuthority.stamp({ ...request, signWith: key }),
      })
    }
    case 'timestamp-twice':
      return stampsReplaced(honest(), (stamps) => [...stamps, ...stamps])
    case 'timestamp-late':
      return stampedBy(moved(timestampAuthority, HOUR))
    case 'timestamp-early':
      return stampedBy(moved(timestampAuthority, -HOUR))
    case 'timestamp-late-beside-log':
      return stampedBy(moved(timestampAuthority, 2 * HOUR), { version: '0.3', log: 'dsse', timestamp: true })
    default:
      throw new TypeError(`no such defect: ${String(defect satisfies never)}`)
  }
}

const HOUR = 3_600_000

// An authority whose clock is wrong, or that lies for its friends.
function moved(authority: TimestampAuthority, milliseconds: number): TimestampAuthority {
  return {
    ...authority,
    stamp: (request) => authority.stamp({ ...request, time: new Date(request.time.getTime() + milliseconds) }),
  }
}

function stampsReplaced(
  bundle: BundleJson,
  replace: (stamps: readonly TimestampJson[]) => readonly TimestampJson[],
): BundleJson {
  const { verificationMaterial } = bundle
  const rfc3161Timestamps = replace(verificationMaterial.timestampVerificationData?.rfc3161Timestamps ?? [])
  return {
    ...bundle,
    verificationMaterial: { ...verificationMaterial, timestampVerificationData: { rfc3161Timestamps } },
  }
}
