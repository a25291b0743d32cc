// SPDX-License-Identifier: Apache-2.0
// One property: a genuine document with a changed byte is refused, or comes to the very evidence of the genuine one. A timestamp that
// stands beside a log's own time may get lost, since nothing says that it was there: then the evidence is less, and never other.
import { isDeepStrictEqual } from 'node:util'
import { verifyDocument } from '@bonafide/attestation'
import type { DocumentOutcome, ProvenanceEvidence, PublishEvidence, Trust } from '@bonafide/attestation'
import type { Coordinate, Json } from '@bonafide/core'

/** A document that is trusted as it is. */
export interface Genuine {
  readonly label: string
  readonly coordinate: Coordinate
  readonly text: string
  readonly trust: Trust
  readonly now: Date
}

/**
 * The parts of a document that somebody signed; `unsigned` is all the rest: labels, hints, key ids, the JSON itself. Of a `timestamp`
 * some bytes are signed and some not; which, is tested in `test/attestation/timestamps.test.ts`.
 */
export type Region =
  | 'payload'
  | 'signature'
  | 'certificate'
  | 'log entry'
  | 'log body'
  | 'promise'
  | 'proof'
  | 'checkpoint'
  | 'timestamp'
  | 'unsigned'

/** Where a document may be changed: a part of its text, and its bytes where they are in base64. */
interface Site {
  readonly path: string
  readonly region: Region
  readonly start: number
  readonly end: number
}

/** What a number of flips came to. `same` are those that were trusted, by region: with the evidence of the genuine document. */
export interface Tally {
  flips: number
  signed: number
  refused: number
  /** Flips of the text that changed no byte behind the base64: spare bits and characters that decoders skip. */
  sameBytes: number
  readonly same: Map<Region, number>
  readonly failures: string[]
}

/** An empty tally. */
export function emptyTally(): Tally {
  return { flips: 0, signed: 0, refused: 0, sameBytes: 0, same: new Map(), failures: [] }
}

/** Adds one tally to another. */
export function addTally(sum: Tally, other: Tally): void {
  sum.flips += other.flips
  sum.signed += other.signed
  sum.refused += other.refused
  sum.sameBytes += other.sameBytes
  for (const [region, count] of other.same) sum.same.set(region, (sum.same.get(region) ?? 0) + count)
  sum.failures.push(...other.failures)
}

/** A tally in lines. */
export function describeTally({ flips, signed, refused, sameBytes, same, failures }: Tally): readonly string[] {
  const unsigned = same.get('unsigned') ?? 0
  return [
    `${flips} flips: ${signed} in signed regions, ${flips - signed} in unsigned ones`,
    `${refused} not trusted`,
    `${unsigned} in unsigned regions trusted with the same evidence`,
    `${sameBytes} in the text of signed regions that left their bytes as they were, trusted with the same evidence`,
    `${failures.length} crashes or wrong passes`,
    ...failures,
  ]
}

interface Target {
  readonly genuine: Genuine
  readonly text: string
  readonly evidence: Evidence
  readonly sites: readonly Site[]
  readonly encoded: readonly Site[]
}

type Evidence = Pick<DocumentOutcome, 'provenance' | 'publish'>

/** Flips bytes of the documents in turn; the same seed gives the same flips. */
export function flipBytes(documents: readonly Genuine[], count: number, seed: number): Tally {
  const targets = documents.map(toTarget)
  const random = createRandom(seed)
  const tally = emptyTally()
  for (let index = 0; index < count; index += 1) {
    const target = targets[index % targets.length]
    if (target === undefined) throw new Error('no documents to flip')
    flipOne(target, random, tally, `seed ${seed} flip ${index}`)
  }
  return tally
}

function flipOne(target: Target, random: (below: number) => number, tally: Tally, label: string): void {
  const { genuine, text, evidence } = target
  const mask = 1 + random(255)
  // Half of the flips in the text as it is served, half in the bytes that it encodes.
  const flip = random(2) === 0 ? flipText(target, random, mask) : flipEncoded(target, random, mask)
  tally.flips += 1
  if (isSigned(flip)) tally.signed += 1
  const place = `${genuine.label} ${flip.place} xor ${mask} (${label})`
  let outcome: DocumentOutcome
  try {
    outcome = verifyDocument(genuine.coordinate, flip.text, genuine.trust, genuine.now)
  } catch (error) {
    tally.failures.push(`${place}: threw ${String(error)}`)
    return
  }
  const stopped = outcome.findings.some(({ level }) => level !== 'warn')
  if (stopped || outcome.provenance === null || outcome.publish === null) {
    tally.refused += 1
    return
  }
  const { provenance, publish } = outcome
  if (!saysNoMore(provenance, evidence.provenance) || !saysNoMore(publish, evidence.publish)) {
    tally.failures.push(`${place}: trusted with other evidence`)
    return
  }
  // Signed bytes have changed and nobody noticed. Harmless with the same evidence, but then they were not checked.
  if (isSigned(flip) && flip.changed) tally.failures.push(`${place}: trusted with changed ${flip.region}`)
  if (isSigned(flip)) tally.sameBytes += 1
  else tally.same.set(flip.region, (tally.same.get(flip.region) ?? 0) + 1)
  if (flip.text === text) tally.failures.push(`${place}: changed nothing`)
}

function saysNoMore(
  found: ProvenanceEvidence | PublishEvidence,
  genuine: ProvenanceEvidence | PublishEvidence | null,
): boolean {
  if (genuine === null) return false
  const { timestamps, time } = genuine
  return (
    isDeepStrictEqual({ ...found, timestamps, time }, genuine) &&
    found.time <= time &&
    found.timestamps.every((stamp) => timestamps.some((known) => isDeepStrictEqual(stamp, known)))
  )
}

function isSigned({ region }: Flip): boolean {
  return region !== 'unsigned' && region !== 'timestamp'
}

interface Flip {
  readonly text: string
  readonly region: Region
  readonly place: string
  /** Whether the bytes behind the text are others now. */
  readonly changed: boolean
}

function flipText({ text, sites }: Target, random: (below: number) => number, mask: number): Flip {
  const bytes = Buffer.from(text)
  const at = random(bytes.length)
  bytes.writeUInt8(bytes.readUInt8(at) ^ mask, at)
  const flipped = bytes.toString('utf8')
  const site = sites.find(({ start, end }) => start <= at && at < end)
  if (site === undefined) return { text: flipped, region: 'unsigned', place: `text at ${at}`, changed: true }
  const changed = isChanged(site, text, bytes.subarray(site.start, site.end).toString('utf8'))
  return { text: flipped, region: site.region, place: `text of ${site.path} at ${at - site.start}`, changed }
}

function flipEncoded({ text, encoded }: Target, random: (below: number) => number, mask: number): Flip {
  const site = encoded[random(encoded.length)]
  if (site === undefined) throw new Error('no base64 to flip')
  const bytes = bytesOf(site, text.slice(site.start, site.end))
  const at = random(bytes.length)
  bytes.writeUInt8(bytes.readUInt8(at) ^ mask, at)
  const value = isText(site) ? JSON.stringify(bytes.toString('utf8')).slice(1, -1) : bytes.toString('base64')
  return {
    text: `${text.slice(0, site.start)}${value}${text.slice(site.end)}`,
    region: site.region,
    place: `bytes of ${site.path} at ${at}`,
    changed: isChanged(site, text, value),
  }
}

function isChanged(site: Site, text: string, value: string): boolean {
  const [before, after] = [bytesOf(site, text.slice(site.start, site.end)), bytesOf(site, value)]
  if (!isText(site)) return !before.equals(after)
  return withDecodedSignatures(before) !== withDecodedSignatures(after)
}

// The signatures below a checkpoint are in base64 once more.
function withDecodedSignatures(checkpoint: Buffer): string {
  return checkpoint
    .toString('utf8')
    .replaceAll(/(\u{2014} \S+ )(\S+)\n/gu, (_, name: string, signature: string) =>
      [name, Buffer.from(signature, 'base64').toString('hex')].join(''),
    )
}

function isText({ region }: Site): boolean {
  return region === 'checkpoint'
}

function bytesOf(site: Site, value: string): Buffer {
  if (!isText(site)) return Buffer.from(value, 'base64')
  try {
    return Buffer.from(JSON.parse(`"${value}"`) as string)
  } catch {
    return Buffer.alloc(0)
  }
}

function toTarget(genuine: Genuine): Target {
  const sites: Site[] = []
  const text = write(JSON.parse(genuine.text) as Json, [], 0, sites)
  const outcome = verifyDocument(genuine.coordinate, text, genuine.trust, genuine.now)
  const { provenance, publish, findings } = outcome
  if (provenance === null || publish === null || findings.length > 0) {
    throw new Error(`${genuine.label} is not trusted as it is`)
  }
  const encoded = sites.filter(({ path, start, end }) => start < end && !/(?:Index|Time|Size)$/u.test(path))
  // The text and its bytes are counted alike: a checkpoint alone has a character that is no ASCII, and is written escaped.
  return { genuine, text, evidence: { provenance, publish }, sites, encoded }
}

// JSON as `JSON.stringify` has it, in ASCII, with the places of the strings that somebody signed.
function write(value: Json, path: readonly (string | number)[], offset: number, sites: Site[]): string {
  if (typeof value === 'string') {
    const literal = JSON.stringify(value).replaceAll(/\P{ASCII}/gu, (letter) => inAscii(letter))
    const region = regionOf(path)
    const name = path.join('.')
    if (region !== 'unsigned') sites.push({ path: name, region, start: offset + 1, end: offset + literal.length - 1 })
    return literal
  }
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const isArray = Array.isArray(value)
  let text = isArray ? '[' : '{'
  for (const [key, member] of Object.entries(value) as readonly (readonly [string, Json])[]) {
    if (text.length > 1) text += ','
    if (!isArray) text += `${JSON.stringify(key)}:`
    text += write(member, [...path, isArray ? Number(key) : key], offset + text.length, sites)
  }
  return text + (isArray ? ']' : '}')
}

function inAscii(letter: string): string {
  return Array.from(
    { length: letter.length },
    (_, at) => `\\u${letter.charCodeAt(at).toString(16).padStart(4, '0')}`,
  ).join('')
}

const SIGNED: ReadonlyMap<string, Region> = new Map([
  ['payload', 'payload'],
  ['sig', 'signature'],
  ['canonicalizedBody', 'log body'],
  ['signedEntryTimestamp', 'promise'],
  ['rootHash', 'proof'],
  ['treeSize', 'proof'],
  ['envelope', 'checkpoint'],
  ['integratedTime', 'log entry'],
  ['signedTimestamp', 'timestamp'],
])

function regionOf(path: readonly (string | number)[]): Region {
  const [last, parent] = [path.at(-1), path.at(-2)]
  if (parent === 'hashes') return 'proof'
  if (last === 'logIndex') return parent === 'inclusionProof' ? 'proof' : 'log entry'
  if (last === 'keyId' && parent === 'logId') return 'log entry'
  // The first certificate signs; those above it come from the trust root, whatever the bundle says.
  if (last === 'rawBytes') return parent === 'certificate' || parent === 0 ? 'certificate' : 'unsigned'
  return SIGNED.get(String(last)) ?? 'unsigned'
}

// Mulberry32: small, seeded, and even enough to choose bytes.
function createRandom(seed: number): (below: number) => number {
  let state = seed >>> 0
  return (below) => {
    state = (state + 0x6d_2b_79_f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below
  }
}
