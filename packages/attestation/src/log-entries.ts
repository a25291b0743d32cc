// SPDX-License-Identifier: Apache-2.0
import { isJsonObject, isNonEmpty, parseJson } from '@bonafide/core'
import type { Json, NonEmpty } from '@bonafide/core'
import type { TransparencyLogEntry } from '@sigstore/bundle'
import type { TrustMaterial } from '@sigstore/verify'
import type { BundleFailure } from './bundle-failure.ts'
import type { LogEntry } from './evidence.ts'
import { checkTileEntry } from './tile-entry.ts'
import { integratedTime } from './witnessed-times.ts'

// What Rekor v1 calls its entries, and what Rekor v2 does.
const LOG_KINDS: readonly string[] = ['dsse/0.0.1', 'intoto/0.0.2']
const TILE_KINDS: readonly string[] = ['dsse/0.0.2', 'hashedrekord/0.0.2']

// A bundle of npm has one log entry, and a checkpoint of some hundred characters; a hostile one must not cost minutes.
/** How many log entries of a bundle are read. */
export const MAX_LOG_ENTRIES = 8
const MAX_CHECKPOINT = 16_384

/** Checks that a log saw the signature at all: what nobody can look up may be a secret. */
export function checkLogged({ tlogEntries }: { readonly tlogEntries: readonly unknown[] }): BundleFailure | null {
  return tlogEntries.length === 0
    ? { code: 'log-missing', found: 'no log entry', wanted: 'an entry of a transparency log' }
    : null
}

/**
 * Checks what `@sigstore/verify` leaves open about log entries, before it verifies any of them: kind, log, window of the log's key,
 * spelling of numbers, duplicates, and whether the checkpoint is of the tree that the proof is for.
 *
 * @param stamped - the times of the bundle's timestamps, on which alone an entry of Rekor v2 can rest
 */
export function checkLogEntries(
  entries: readonly TransparencyLogEntry[],
  material: TrustMaterial,
  stamped: readonly Date[],
): BundleFailure | null {
  const seen = new Set<string>()
  for (const entry of entries) {
    const kind = kindOf(entry)
    const isTile = TILE_KINDS.includes(kind)
    if (!isTile && !LOG_KINDS.includes(kind))
      return { code: 'log-body', found: `entry of kind ${kind}`, wanted: [...LOG_KINDS, ...TILE_KINDS].join(' or ') }
    const logs = material.tlogs.filter((log) => log.logID.equals(entry.logId.keyId))
    if (logs.length === 0)
      return { code: 'log-unknown', found: entry.logId.keyId.toString('base64'), wanted: 'a log of the trusted root' }
    const failure =
      (isTile ? null : checkPromised(entry)) ??
      checkNumbers(entry) ??
      (isTile ? checkTileEntry(entry, logs, stamped) : checkTime(entry, logs)) ??
      checkOnce(entry, seen) ??
      checkCheckpoint(entry)
    if (failure !== null) return failure
  }
  return null
}

function checkPromised(entry: TransparencyLogEntry): BundleFailure | null {
  // A time that only the bundle claims: without the log's promise nothing signs it.
  return entry.inclusionPromise === undefined
    ? { code: 'timestamp-missing', found: 'no signed entry timestamp', wanted: 'a time signed by the log' }
    : null
}

function checkNumbers({ integratedTime: time, logIndex, inclusionProof }: TransparencyLogEntry): BundleFailure | null {
  // The log signs numbers; a text that is another spelling of one, or that rounds to it, is not what it signed.
  const numbers = [time, logIndex, ...(inclusionProof === undefined ? [] : [inclusionProof.logIndex])]
  if (numbers.every(isWholeNumber)) return null
  return {
    code: 'bundle-malformed',
    found: `log indexes and times ${numbers.join(', ')}`,
    wanted: 'whole numbers in decimal digits',
  }
}

function checkTime(entry: TransparencyLogEntry, logs: TrustMaterial['tlogs']): BundleFailure | null {
  const time = integratedTime(entry)
  if (time === null || Number.isNaN(time.getTime()) || time.getTime() <= 0)
    return { code: 'timestamp-missing', found: `time ${entry.integratedTime}`, wanted: 'a time signed by the log' }
  // A log key that was retired, or broken, signs something new. The stock check covers promises, not checkpoints.
  if (logs.some((log) => log.validFor.start <= time && time <= log.validFor.end)) return null
  return {
    code: 'log-window',
    found: `log key used at ${time.toISOString()}`,
    wanted: 'a time within the validity of the log key',
  }
}

function checkOnce({ logId, canonicalizedBody }: TransparencyLogEntry, seen: Set<string>): BundleFailure | null {
  // One entry counted twice reaches a threshold of two.
  const id = `${logId.keyId.toString('base64')} ${canonicalizedBody.toString('base64')}`
  if (seen.has(id)) return { code: 'log-duplicate', found: 'the same log entry twice', wanted: 'each entry once' }
  seen.add(id)
  return null
}

function checkCheckpoint({ inclusionProof: proof }: TransparencyLogEntry): BundleFailure | null {
  if (proof === undefined) return null
  const note = proof.checkpoint?.envelope ?? ''
  if (note.length > MAX_CHECKPOINT)
    return { code: 'log-checkpoint', found: `${note.length} characters`, wanted: 'a checkpoint' }
  // A checkpoint of another tree: the stock check never reads the size and root that the proof itself names.
  const [, size, root] = note.split('\n')
  if (size === proof.treeSize && root === proof.rootHash.toString('base64')) return null
  return {
    code: 'log-checkpoint',
    found: `checkpoint of the tree ${root ?? '(none)'} of size ${size ?? '(none)'}`,
    wanted: `the tree ${proof.rootHash.toString('base64')} of size ${proof.treeSize}`,
  }
}

/**
 * Checks that the log saw the very certificate or key that the bundle shows. The stock check compares signature and payload alone, and
 * for one signature another key can be made under which it verifies.
 *
 * @param isSigner - tells whether a certificate, or a public key, in DER is the one that verified the bundle
 */
export function checkLoggedSigner(
  entries: readonly TransparencyLogEntry[],
  isSigner: (der: Buffer) => boolean,
): BundleFailure | null {
  for (const entry of entries) {
    const logged = signerOfBody(entry)
    if (logged === null || !isSigner(logged))
      return { code: 'log-body', found: 'a log entry for another signer', wanted: 'a log entry for this signer' }
  }
  return null
}

/** What a verified bundle shows of its log entries; null where it has none. */
export function toLogEntries(entries: readonly TransparencyLogEntry[]): NonEmpty<LogEntry> | null {
  const log = entries.map(toLogEntry)
  return isNonEmpty(log) ? log : null
}

// The log has canonicalized the body, and its promise or tree is over these bytes, so the form is the one of the kind.
function signerOfBody(entry: TransparencyLogEntry): Buffer | null {
  const document = parseJson(entry.canonicalizedBody.toString('utf8'))
  const spec = 'problem' in document ? null : field(document.value, 'spec')
  switch (kindOf(entry)) {
    case 'dsse/0.0.1':
      return fromPem(field(first(field(spec, 'signatures')), 'verifier'))
    case 'intoto/0.0.2':
      return fromPem(field(first(field(field(field(spec, 'content'), 'envelope'), 'signatures')), 'publicKey'))
    case 'dsse/0.0.2':
      return rawBytes(field(first(field(field(spec, 'dsseV002'), 'signatures')), 'verifier'))
    case 'hashedrekord/0.0.2':
      return rawBytes(field(field(field(spec, 'hashedRekordV002'), 'signature'), 'verifier'))
    default:
      return null
  }
}

function fromPem(pem: Json): Buffer | null {
  if (typeof pem !== 'string') return null
  const lines = Buffer.from(pem, 'base64').toString('latin1').trim().split('\n')
  return Buffer.from(lines.slice(1, -1).join(''), 'base64')
}

function rawBytes(verifier: Json): Buffer | null {
  const named = ['x509Certificate', 'publicKey'].map((name) => field(field(verifier, name), 'rawBytes'))
  const [bytes, ...others] = named.filter((value) => typeof value === 'string')
  // Exactly one of the two: of both, readers see another one.
  return bytes === undefined || others.length > 0 ? null : Buffer.from(bytes, 'base64')
}

function first(list: Json): Json {
  return Array.isArray(list) ? (list[0] ?? null) : null
}

function field(value: Json, name: string): Json {
  return isJsonObject(value) ? (value[name] ?? null) : null
}

function toLogEntry(entry: TransparencyLogEntry): LogEntry {
  return {
    kind: kindOf(entry),
    logId: entry.logId.keyId.toString('base64'),
    logIndex: entry.logIndex,
    integratedTime: integratedTime(entry),
    proofs:
      entry.inclusionPromise === undefined
        ? ['proof']
        : entry.inclusionProof === undefined
          ? ['promise']
          : ['promise', 'proof'],
  }
}

function kindOf({ kindVersion: { kind, version } }: TransparencyLogEntry): string {
  return `${kind}/${version}`
}

function isWholeNumber(text: string): boolean {
  return /^(?:0|[1-9]\d*)$/u.test(text) && Number.isSafeInteger(Number(text))
}
