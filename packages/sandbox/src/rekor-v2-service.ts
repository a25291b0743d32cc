// SPDX-License-Identifier: Apache-2.0
import { X509Certificate, createHash, createPublicKey, verify } from 'node:crypto'
import { p256 } from '@noble/curves/nist.js'
import { jsonReply } from './answer.ts'
import type { Asked, Reply } from './answer.ts'
import { toTlogEntry } from './bundle.ts'
import { preAuthEncoding } from './envelope.ts'
import { tileEntryBody } from './log-body.ts'
import type { TileKind, TileVerifier } from './log-body.ts'
import type { TileLog } from './tile-log.ts'

/** What clients send to `/api/v2/log/entries`: an envelope, or a digest with a signature over what it is of. */
interface CreateEntryRequest {
  readonly dsseRequestV002?: {
    readonly envelope: {
      readonly payload: string
      readonly payloadType: string
      readonly signatures: readonly [{ readonly sig: string }]
    }
    readonly verifiers: readonly [TileVerifier]
  }
  readonly hashedRekordRequestV002?: {
    readonly digest: string
    readonly signature: { readonly content: string; readonly verifier: TileVerifier }
  }
}

interface Proposal {
  readonly kind: TileKind
  readonly digest: Buffer
  readonly signature: Buffer
  readonly verifier: TileVerifier
  readonly isSigned: boolean
}

/** Takes in log entries over HTTP and shows the newest checkpoint, as Rekor v2 does; it signs no time and gives no promise. */
export function createRekorV2Service(log: TileLog): (asked: Asked) => Reply {
  return ({ method, decodedPath, body }) => {
    if (method === 'GET' && decodedPath === '/api/v2/checkpoint')
      return { status: 200, headers: { 'content-type': 'text/plain' }, body: Buffer.from(log.checkpoint()) }
    if (method !== 'POST' || decodedPath !== '/api/v2/log/entries') return refusal(404, 5, 'Not Found')
    const proposal = read(JSON.parse(body.toString()) as CreateEntryRequest)
    if (proposal === null) return refusal(400, 3, 'invalid request: no known kind of entry with a P-256 key')
    // A log of signatures that nobody made.
    if (!proposal.isSigned) return refusal(400, 3, 'invalid request: verifying signature')
    const { kind, digest, signature, verifier } = proposal
    const entry = log.append(tileEntryBody(kind, digest, signature, verifier))
    // The public service writes out what is empty; clients leave it away when they make a bundle.
    const absent = { integratedTime: '0', inclusionPromise: null }
    return jsonReply(201, { ...absent, ...toTlogEntry({ version: '0.3', log: kind }, entry) })
  }
}

function read({ dsseRequestV002: dsse, hashedRekordRequestV002: record }: CreateEntryRequest): Proposal | null {
  if (dsse !== undefined) {
    const { envelope, verifiers } = dsse
    const [verifier] = verifiers
    const spki = publicKeyOf(verifier)
    if (spki === null) return null
    const payload = Buffer.from(envelope.payload, 'base64')
    const signature = Buffer.from(envelope.signatures[0].sig, 'base64')
    const key = createPublicKey({ key: spki, format: 'der', type: 'spki' })
    return {
      kind: 'dsse-v2',
      digest: createHash('sha256').update(payload).digest(),
      signature,
      verifier,
      isSigned: verify('sha256', preAuthEncoding(envelope.payloadType, payload), key, signature),
    }
  }
  if (record === undefined) return null
  const { content, verifier } = record.signature
  const spki = publicKeyOf(verifier)
  if (spki === null) return null
  const [digest, signature] = [Buffer.from(record.digest, 'base64'), Buffer.from(content, 'base64')]
  return { kind: 'hashedrekord-v2', digest, signature, verifier, isSigned: isSignedDigest(digest, signature, spki) }
}

// Node verifies what it hashes itself; here the digest is all there is.
function isSignedDigest(digest: Buffer, signature: Buffer, spki: Buffer): boolean {
  const point = spki.subarray(-65)
  try {
    return p256.verify(signature, digest, point, { prehash: false, format: 'der', lowS: false })
  } catch {
    return false
  }
}

// SubjectPublicKeyInfo of a P-256 key; other keys are nobody's here.
function publicKeyOf({ x509Certificate, publicKey }: TileVerifier): Buffer | null {
  const key =
    x509Certificate === undefined
      ? createPublicKey({ key: Buffer.from(publicKey?.rawBytes ?? '', 'base64'), format: 'der', type: 'spki' })
      : new X509Certificate(Buffer.from(x509Certificate.rawBytes, 'base64')).publicKey
  return key.asymmetricKeyDetails?.namedCurve === 'prime256v1' ? key.export({ format: 'der', type: 'spki' }) : null
}

function refusal(status: number, code: number, message: string): Reply {
  return jsonReply(status, { code, message, details: [] })
}
