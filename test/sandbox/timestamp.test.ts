// SPDX-License-Identifier: Apache-2.0
import t from 'tap'
import { createHash, createPublicKey } from 'node:crypto'
import { bundleToJSON } from '@sigstore/bundle'
import { RFC3161Timestamp, X509Certificate } from '@sigstore/core'
import { DSSEBundleBuilder, FulcioSigner, RekorWitness, TSAWitness } from '@sigstore/sign'
import { startSandbox } from '@bonafide/sandbox'
import type { BundleJson, Sandbox } from '@bonafide/sandbox'
import { stockVerifier } from '../support/stock-verifier.ts'

const SIGNATURE = Buffer.from('a signature')
const sandbox = await startSandbox({ seed: 'timestamps' })
t.teardown(() => sandbox.close())

/** Asks for a timestamp. */
async function ask(
  query: object | Uint8Array<ArrayBuffer>,
  at: Sandbox = sandbox,
): Promise<{ status: number; type: string | null; body: Buffer<ArrayBuffer> }> {
  const [type, body] =
    query instanceof Uint8Array ? ['application/timestamp-query', query] : ['application/json', JSON.stringify(query)]
  const answer = await fetch(`${at.timestampUrl}/api/v1/timestamp`, {
    method: 'POST',
    headers: { 'content-type': type },
    body,
  })
  return {
    status: answer.status,
    type: answer.headers.get('content-type'),
    body: Buffer.from(await answer.arrayBuffer()),
  }
}

const digest = (algorithm: string): string => createHash(algorithm).update(SIGNATURE).digest('base64')

/** The authority's key, from the chain that it publishes. */
async function authorityKey(): Promise<ReturnType<typeof createPublicKey>> {
  const pem = await (await fetch(`${sandbox.timestampUrl}/api/v1/timestamp/certchain`)).text()
  const certificates = pem.match(/-----BEGIN[^-]+-----[^-]+-----END[^-]+-----\n/gu) ?? []
  const [leaf, root] = certificates.map((text) => X509Certificate.parse(text))
  t.equal(certificates.length, 2)
  t.ok(root !== undefined && leaf?.verify(root))
  return createPublicKey(certificates[0] ?? '')
}

await t.test('a timestamp is over one digest, at the time of the clock', async (rule) => {
  const key = await authorityKey()
  for (const algorithm of ['sha256', 'sha384', 'sha512']) {
    const { status, type, body } = await ask({ artifactHash: digest(algorithm), hashAlgorithm: algorithm })
    rule.equal(status, 201)
    rule.equal(type, 'application/timestamp-reply')
    const stamp = RFC3161Timestamp.parse(body)
    rule.doesNotThrow(() => stamp.verify(SIGNATURE, key), algorithm)
    rule.throws(() => stamp.verify(Buffer.from('another'), key), `${algorithm}, another signature`)
    rule.strictSame(stamp.signingTime, sandbox.clock.now())
  }
})

await t.test('a query in DER is answered with its nonce and, where it asks, the certificate', async (rule) => {
  // Version 1, the imprint, a nonce of eight bytes, certificates wanted (RFC 3161, section 2.4.1).
  const imprint = Buffer.concat([
    Buffer.from('3031300d060960864801650304020105000420', 'hex'),
    createHash('sha256').update(SIGNATURE).digest(),
  ])
  const nonce = Buffer.from('02080123456789abcdef', 'hex')
  const query = Buffer.concat([
    Buffer.from('304302', 'hex'),
    Buffer.of(1, 1),
    imprint,
    nonce,
    Buffer.from('0101ff', 'hex'),
  ])
  query[1] = query.length - 2
  const { status, body } = await ask(new Uint8Array(query))
  rule.equal(status, 201)
  rule.ok(body.includes(nonce))
  rule.doesNotThrow(() => RFC3161Timestamp.parse(body).verify(SIGNATURE, createPublicKey(pemOf(body))))
})

await t.test('no timestamp over something that is no digest', async (rule) => {
  for (const query of [
    {},
    { artifactHash: digest('sha256') },
    { artifactHash: digest('sha1'), hashAlgorithm: 'sha1' },
    { artifactHash: digest('sha256'), hashAlgorithm: 'sha512' },
  ])
    rule.equal((await ask(query)).status, 400)
  rule.equal((await ask(new Uint8Array([0x30, 0x00]))).status, 500)
  rule.equal((await fetch(`${sandbox.timestampUrl}/api/v1/timestamp`)).status, 404)
})

await t.test('the same seed and questions give the same timestamps', async (rule) => {
  const query = { artifactHash: digest('sha256'), hashAlgorithm: 'sha256' }
  const answers = []
  for (const seed of ['one', 'one', 'two']) {
    const own = await startSandbox({ seed })
    answers.push([(await ask(query, own)).body.toString('hex'), (await ask(query, own)).body.toString('hex')])
    await own.close()
  }
  rule.strictSame(answers[0], answers[1])
  rule.notSame(answers[0], answers[2])
  rule.not(answers[0]?.[0], answers[0]?.[1], 'each has a serial number of its own')
})

await t.test("Sigstore's own signer and verifier take them", async (rule) => {
  const signer = new FulcioSigner({
    fulcioBaseURL: sandbox.fulcioUrl,
    identityProvider: { getToken: () => Promise.resolve(sandbox.identityToken({ repository: 'acme/rocket' })) },
  })
  const witnesses = [
    new RekorWitness({ rekorBaseURL: sandbox.rekorUrl }),
    new TSAWitness({ tsaBaseURL: sandbox.timestampUrl }),
  ]
  const builder = new DSSEBundleBuilder({ signer, witnesses })
  const bundle = bundleToJSON(
    await builder.create({ data: Buffer.from('{}'), type: 'text/plain' }),
  ) as unknown as BundleJson
  const { timestampVerificationData } = bundle.verificationMaterial
  rule.equal(timestampVerificationData?.rfc3161Timestamps.length, 1)

  const stock = stockVerifier(sandbox.trustedRoot(), sandbox.registryKeys())
  rule.type((stock(bundle) as { identity: object }).identity, 'object')
  const other = RFC3161Timestamp.parse((await ask({ artifactHash: digest('sha256'), hashAlgorithm: 'sha256' })).body)
  const stamped = { rfc3161Timestamps: [{ signedTimestamp: other.root.toDER().toString('base64') }] }
  const material = { ...bundle.verificationMaterial, timestampVerificationData: stamped }
  rule.match(stock({ ...bundle, verificationMaterial: material }), { code: 'TIMESTAMP_ERROR' })
})

// The one certificate inside a token, found by what stands at its beginning: version 3 and a serial number of 20 bytes.
function pemOf(token: Buffer): string {
  const start = token.indexOf(Buffer.from('a0030201020214', 'hex')) - 8
  const der = token.subarray(start, start + 4 + token.readUInt16BE(start + 2)).toString('base64')
  return `-----BEGIN CERTIFICATE-----\n${der}\n-----END CERTIFICATE-----\n`
}
