// SPDX-License-Identifier: Apache-2.0
import { createPublicKey, verify } from 'node:crypto'
import { jsonReply, notFound } from './answer.ts'
import type { Asked, Reply } from './answer.ts'
import { currentExtensions } from './certificate-extensions.ts'
import { certifiedJob } from './certified-job.ts'
import { wholeSecond } from './clock.ts'
import type { SandboxClock } from './clock.ts'
import type { TokenIssuers } from './identity-token.ts'
import { toPem } from './key-pair.ts'
import type { Sigstore } from './sigstore.ts'

/** What clients send to Fulcio's `/api/v2/signingCert`. */
interface SigningRequest {
  readonly credentials?: { readonly oidcIdentityToken?: string }
  readonly publicKeyRequest?: {
    readonly publicKey?: { readonly content?: string }
    readonly proofOfPossession?: string
  }
}

/** Certifies keys of jobs that show an identity token of the sandbox, over HTTP, as Fulcio does. */
export function createFulcioService(
  sigstore: Sigstore,
  issuers: TokenIssuers,
  clock: SandboxClock,
): (asked: Asked) => Reply {
  const { authority, certificateLog } = sigstore
  return ({ method, decodedPath, body }) => {
    if (method === 'GET' && decodedPath === '/api/v2/trustBundle')
      return jsonReply(200, { chains: [{ certificates: authority.chain.map(pem) }] })
    if (method !== 'POST' || decodedPath !== '/api/v2/signingCert') return notFound()
    const request = JSON.parse(body.toString()) as SigningRequest
    const token = issuers.verify(request.credentials?.oidcIdentityToken ?? '', {
      audience: 'sigstore',
      now: clock.now(),
    })
    if ('problem' in token) return refusal(401, token.problem)
    const job = certifiedJob(token)
    if (job === null) return refusal(401, `no certificates for jobs of ${token.claims.iss}`)
    const key = createPublicKey(request.publicKeyRequest?.publicKey?.content ?? '')
    const proof = Buffer.from(request.publicKeyRequest?.proofOfPossession ?? '', 'base64')
    // A certificate for somebody else's key: whoever asks must hold it.
    if (!verify('sha256', Buffer.from(token.claims.sub), key, proof))
      return refusal(400, 'the proof of possession is wrong')
    const leaf = authority.issue(
      {
        subject: { kind: 'uri', uri: job.signerUrl },
        extensions: currentExtensions(job),
        publicKey: key.export({ type: 'spki', format: 'der' }),
        notBefore: wholeSecond(clock.now()),
      },
      certificateLog,
    )
    const certificates = [leaf, ...authority.chain].map(pem)
    return jsonReply(201, { signedCertificateEmbeddedSct: { chain: { certificates } } })
  }
}

function pem(der: Buffer): string {
  return `${toPem('CERTIFICATE', der)}\n`
}

function refusal(status: number, message: string): Reply {
  return jsonReply(status, { code: status === 401 ? 16 : 3, message, details: [] })
}
