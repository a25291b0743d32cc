// SPDX-License-Identifier: Apache-2.0
import { AsnConvert } from '@peculiar/asn1-schema'
import { TimeStampReq } from '@peculiar/asn1-tsp'
import { jsonReply, notFound } from './answer.ts'
import type { Asked, Reply } from './answer.ts'
import { wholeSecond } from './clock.ts'
import type { SandboxClock } from './clock.ts'
import { toPem } from './key-pair.ts'
import { STAMP_ALGORITHMS } from './timestamp-authority.ts'
import type { StampAlgorithm, StampRequest, TimestampAuthority } from './timestamp-authority.ts'

/** What Sigstore's clients send; others send the DER of RFC 3161. */
interface JsonQuery {
  readonly artifactHash?: string
  readonly hashAlgorithm?: string
  readonly certificates?: boolean
}

const TIMESTAMP = '/api/v1/timestamp'
const LENGTHS: Readonly<Record<StampAlgorithm, number>> = { sha256: 32, sha384: 48, sha512: 64 }

/** Says over HTTP when it saw a digest, as Sigstore's timestamp authority does. */
export function createTimestampService(authority: TimestampAuthority, clock: SandboxClock): (asked: Asked) => Reply {
  return ({ method, decodedPath, headers, body }) => {
    if (method === 'GET' && decodedPath === `${TIMESTAMP}/certchain`) {
      const chain = authority.chain.map((der) => `${toPem('CERTIFICATE', der)}\n`).join('')
      return { status: 200, headers: { 'content-type': 'application/pem-certificate-chain' }, body: Buffer.from(chain) }
    }
    if (method !== 'POST' || decodedPath !== TIMESTAMP) return notFound()
    const isDer = headers['content-type'] === 'application/timestamp-query'
    const query = isDer ? queryOf(body) : jsonQueryOf(JSON.parse(body.toString()) as JsonQuery)
    if (query === null || query.digest.length !== LENGTHS[query.algorithm])
      return jsonReply(400, { code: 400, message: 'error parsing timestamp request: no digest that is known' })
    const stamp = authority.stamp({ ...query, time: wholeSecond(clock.now()) })
    return { status: 201, headers: { 'content-type': 'application/timestamp-reply' }, body: stamp }
  }
}

function jsonQueryOf({
  artifactHash,
  hashAlgorithm,
  certificates = false,
}: JsonQuery): Omit<StampRequest, 'time'> | null {
  const algorithm = (Object.keys(STAMP_ALGORITHMS) as StampAlgorithm[]).find((known) => known === hashAlgorithm)
  return algorithm === undefined ? null : { algorithm, digest: Buffer.from(artifactHash ?? '', 'base64'), certificates }
}

function queryOf(der: Buffer): Omit<StampRequest, 'time'> | null {
  const { messageImprint, nonce, certReq } = AsnConvert.parse(der, TimeStampReq)
  const algorithm = (Object.keys(STAMP_ALGORITHMS) as StampAlgorithm[]).find(
    (known) => STAMP_ALGORITHMS[known] === messageImprint.hashAlgorithm.algorithm,
  )
  if (algorithm === undefined) return null
  const digest = Buffer.from(messageImprint.hashedMessage.buffer)
  return { algorithm, digest, certificates: certReq, ...(nonce === undefined ? {} : { nonce }) }
}
