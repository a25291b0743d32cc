// SPDX-License-Identifier: Apache-2.0
import { isJsonObject, isNonEmpty, parseJson } from '@bonafide/core'
import type { Json, NonEmpty } from '@bonafide/core'
import type { TransparencyLogEntry } from '@sigstore/bundle'
import type { TrustMaterial } from '@sigstore/verify'
import type { BundleFailure } from './bundle-failure.ts'
import type { LogEntry } from './evidence.ts'
import { integratedTime } from './integrated-time.ts'

const LOG_KINDS: readonly string[] = ['dsse/0.0.1', 'intoto/0.0.2']

// A bundle of npm has one log entry, and a checkpoint of some hundred characters; a hostile one must not cost minutes.
/** How many log entries of a bundle are read. */
export const MAX_LOG_ENTRIES = 8
const MAX_CHECKPOINT = 16_384

/**
 * Checks what `@sigstore/verify` leaves open about log entries, before it verifies any of them: kind, log, window of the log's key,
 * spelling of numbers, duplicates, and whether the checkpoint is of the tree that the proof is for.
 */
export function checkLogEntries(
  entries: readonly TransparencyLogEntry[],
  material: TrustMaterial,
): BundleFailure | null {
  if (entries.length === 0)
    return { code: 'log-missing', found: 'no log entry', wanted: 'an entry of a transparency log' }
  const seen = new Set<string>()
  for (const entry of entries) {
    const kind = `${entry.kindVersion.kind}/${entry.kindVersion.version}`
    if (!LOG_KINDS.includes(kind))
      return { code: 'log-body', found: `entry of kind ${kind}`, wanted: LOG_KINDS.join(' or ') }
    const logs = material.tlogs.filter((log) => log.logID.equals(entry.logId.keyId))
    if (logs.length === 0)
      return { code: 'log-unknown', found: entry.logId.keyId.toString('base64'), wanted: 'a log of the trusted root' }
    // A time that only the bundle claims: without the log's promise nothing signs it.
    if (entry.inclusionPromise === undefined)
      return { code: 'timestamp-missing', found: 'no signed entry timestamp', wanted: 'a time signed by the log' }
    // The log signs numbers; a text that is another spelling of one, or that rounds to it, is not what it signed.
    const proof = entry.inclusionProof
    const numbers = [entry.integratedTime, entry.logIndex, ...(proof === undefined ? [] : [proof.logIndex])]
    if (!numbers.every(isWholeNumber))
      return {
        code: 'bundle-malformed',
        found: `log indexes and times ${numbers.join(', ')}`,
        wanted: 'whole numbers in decimal digits',
      }
    const time = integratedTime(entry)
    if (Number.isNaN(time.getTime()) || time.getTime() <= 0)
      return { code: 'timestamp-missing', found: `time ${entry.integratedTime}`, wanted: 'a time signed by the log' }
    // A log key that was retired, or broken, signs something new. The stock check covers promises, not checkpoints.
    if (!logs.some((log) => log.validFor.start <= time && time <= log.validFor.end)) {
      return {
        code: 'log-window',
        found: `log key used at ${time.toISOString()}`,
        wanted: 'a time within the validity of the log key',
      }
    }
    // One entry counted twice reaches a threshold of two.
    const id = `${entry.logId.keyId.toString('base64')} ${entry.canonicalizedBody.toString('base64')}`
    if (seen.has(id)) return { code: 'log-duplicate', found: 'the same log entry twice', wanted: 'each entry once' }
    seen.add(id)
    if (proof === undefined) continue
    const note = proof.checkpoint?.envelope ?? ''
    if (note.length > MAX_CHECKPOINT)
      return { code: 'log-checkpoint', found: `${note.length} characters`, wanted: 'a checkpoint' }
    // A checkpoint of another tree: the stock check never reads the size and root that the proof itself names.
    const [, size, root] = note.split('\n')
    if (size !== proof.treeSize || root !== proof.rootHash.toString('base64')) {
      return {
        code: 'log-checkpoint',
        found: `checkpoint of the tree ${root ?? '(none)'} of size ${size ?? '(none)'}`,
        wanted: `the tree ${proof.rootHash.toString('base64')} of size ${proof.treeSize}`,
      }
    }
  }
  return null
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

// The log has canonicalized the body, and its promise is over these bytes, so the form is the one of the kind.
function signerOfBody({ kindVersion, canonicalizedBody }: TransparencyLogEntry): Buffer | null {
  const document = parseJson(canonicalizedBody.toString('utf8'))
  const spec = 'problem' in document ? null : field(document.value, 'spec')
  const isDsse = kindVersion.kind === 'dsse'
  const signatures = field(isDsse ? spec : field(field(spec, 'content'), 'envelope'), 'signatures')
  const pem = field(Array.isArray(signatures) ? (signatures[0] as Json) : null, isDsse ? 'verifier' : 'publicKey')
  if (typeof pem !== 'string') return null
  const lines = Buffer.from(pem, 'base64').toString('latin1').trim().split('\n')
  return Buffer.from(lines.slice(1, -1).join(''), 'base64')
}

function field(value: Json, name: string): Json {
  return isJsonObject(value) ? (value[name] ?? null) : null
}

function toLogEntry(entry: TransparencyLogEntry): LogEntry {
  return {
    kind: `${entry.kindVersion.kind}/${entry.kindVersion.version}`,
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

function isWholeNumber(text: string): boolean {
  return /^(?:0|[1-9]\d*)$/u.test(text) && Number.isSafeInteger(Number(text))
}
