// SPDX-License-Identifier: Apache-2.0
// What a bundle may say about logs and times, each on an otherwise genuine document.
import { logBody, startSandbox } from '@bonafide/sandbox'
import type { BundleJson, LogKind, Published, TlogEntryJson } from '@bonafide/sandbox'
import t from 'tap'
import { noCorpus, rejectedCases } from '../support/corpus.ts'
import { codesOf, verifyPublished } from './trust.ts'

const sandbox = await startSandbox({ seed: 'log entries' })
t.teardown(() => sandbox.close())

const SLSA_V1 = 'https://slsa.dev/provenance/v1'
let releases = 0

function publish(repository: string): Promise<Published> {
  releases += 1
  return sandbox.publish({ name: '@left/pad', version: `1.0.${releases}`, provenance: { repository } })
}

type Material = BundleJson['verificationMaterial']

/** The findings about a version whose provenance shows other verification material. */
async function codesWithMaterial(edit: (material: Material, bundle: BundleJson) => object): Promise<readonly string[]> {
  const published = await publish('left-pad/left-pad')
  const attestations = (published.attestations?.attestations ?? []).map(({ bundle, ...entry }) =>
    entry.predicateType === SLSA_V1
      ? { ...entry, bundle: { ...bundle, verificationMaterial: edit(bundle.verificationMaterial, bundle) } }
      : { ...entry, bundle },
  )
  return codesOf(verifyPublished(sandbox, { ...published, attestationsText: JSON.stringify({ attestations }) }))
}

const withEntry = (change: object): Promise<readonly string[]> =>
  codesWithMaterial((material) => ({ ...material, tlogEntries: [{ ...material.tlogEntries[0], ...change }] }))

await t.test('a time that only the bundle claims is none', async (rule) => {
  rule.strictSame(await withEntry({}), [])
  rule.strictSame(await withEntry({ inclusionPromise: null }), ['timestamp-missing at attestations[1]'])
  rule.strictSame(await withEntry({ integratedTime: '0' }), ['timestamp-missing at attestations[1]'])
  rule.strictSame(await withEntry({ integratedTime: '9'.repeat(15) }), ['timestamp-missing at attestations[1]'])
  rule.strictSame(await withEntry({ integratedTime: '4102444800' }), ['certificate-expired at attestations[1]'])
  const later = codesWithMaterial((material) => {
    const tlogEntries = material.tlogEntries.map((entry) => ({
      ...entry,
      integratedTime: `${Number(entry.integratedTime) + 1}`,
    }))
    return { ...material, tlogEntries }
  })
  rule.strictSame(await later, ['log-promise at attestations[1]'])
  rule.strictSame(await withEntry({ kindVersion: { kind: 'hashedrekord', version: '0.0.1' } }), [
    'log-body at attestations[1]',
  ])
  rule.strictSame(await withEntry({ kindVersion: { kind: 'intoto', version: '0.0.2' } }), [
    'log-body at attestations[1]',
  ])
})

const withProof = (edit: (proof: NonNullable<Material['tlogEntries'][number]['inclusionProof']>) => object) =>
  codesWithMaterial((material) => {
    const [entry] = material.tlogEntries
    if (entry === undefined || entry.inclusionProof === null) throw new Error('no proof')
    return {
      ...material,
      tlogEntries: [{ ...entry, inclusionProof: { ...entry.inclusionProof, ...edit(entry.inclusionProof) } }],
    }
  })

await t.test('a checkpoint of another size than the proof says, or of the size of a book', async (rule) => {
  const checkpoint = ['log-checkpoint at attestations[1]']
  rule.strictSame(await withProof(({ treeSize }) => ({ treeSize: `${treeSize}0` })), checkpoint)
  rule.strictSame(
    await withProof(({ checkpoint: { envelope } }) => ({
      checkpoint: { envelope: `${envelope}${'x'.repeat(20_000)}` },
    })),
    checkpoint,
  )
  rule.strictSame(
    await withProof(({ checkpoint: { envelope } }) => ({ checkpoint: { envelope: envelope.replace('\n\n', '\n') } })),
    checkpoint,
  )
  rule.strictSame(await withProof(({ logIndex }) => ({ logIndex: `0x${logIndex}` })), [
    'bundle-malformed at attestations[1]',
  ])
  rule.strictSame(await withProof(({ hashes }) => ({ hashes: [...hashes, hashes[0]] })), [
    'log-proof at attestations[1]',
  ])
})

/** Has another body logged in the same second as an entry. */
function logAgain(entry: TlogEntryJson, kind: LogKind, body: Buffer): TlogEntryJson {
  const time = new Date(Number(entry.integratedTime) * 1000)
  const { logIndex, promise, proof } = sandbox.inside.sigstore.log.append(body, time)
  return {
    ...entry,
    logIndex: String(logIndex),
    kindVersion: { kind, version: kind === 'dsse' ? '0.0.1' : '0.0.2' },
    inclusionPromise: { signedEntryTimestamp: promise.toString('base64') },
    inclusionProof: {
      logIndex: String(proof.logIndex),
      rootHash: proof.rootHash.toString('base64'),
      treeSize: String(proof.treeSize),
      hashes: proof.hashes.map((hash) => hash.toString('base64')),
      checkpoint: { envelope: proof.checkpoint },
    },
    canonicalizedBody: body.toString('base64'),
  }
}

await t.test('two log entries of one second are one timestamp', async (rule) => {
  const codes = await codesWithMaterial((material, { dsseEnvelope }) => {
    const [entry] = material.tlogEntries
    if (entry === undefined) throw new Error('no log entry')
    const body = JSON.parse(Buffer.from(entry.canonicalizedBody, 'base64').toString('utf8')) as {
      spec: { signatures: { verifier: string }[] }
    }
    const verifier = Buffer.from(body.spec.signatures[0]?.verifier ?? '', 'base64').toString('utf8')
    const other = logAgain(entry, 'intoto', logBody('intoto', dsseEnvelope, verifier))
    return { ...material, tlogEntries: [entry, other] }
  })
  rule.strictSame(codes, ['timestamp-duplicate at attestations[1]'])
})

await t.test('the log saw another signer than the bundle shows', async (rule) => {
  // Promise, proof and signature are genuine; the certificate that was logged is somebody else's.
  const other = await publish('evil/left-pad')
  const certificate = other.attestations?.attestations.find(({ predicateType }) => predicateType === SLSA_V1)?.bundle
    .verificationMaterial.certificate
  const codes = await codesWithMaterial((material, { dsseEnvelope }) => {
    const [entry] = material.tlogEntries
    if (entry === undefined) throw new Error('no log entry')
    const pem = `-----BEGIN CERTIFICATE-----\n${certificate?.rawBytes ?? ''}\n-----END CERTIFICATE-----\n`
    const swapped = logAgain(entry, 'dsse', logBody('dsse', dsseEnvelope, pem))
    return { ...material, tlogEntries: [swapped] }
  })
  rule.strictSame(codes, ['log-body at attestations[1]'])
})

await t.test('timestamps of an authority that nobody trusts', { skip: noCorpus }, async (rule) => {
  const staging = rejectedCases().find(({ id }) => id === 'go-github-staging')
  const { attestations } = JSON.parse(staging?.text ?? '') as { attestations: { bundle: BundleJson }[] }
  const stamped = attestations[0]?.bundle.verificationMaterial.timestampVerificationData
  rule.equal(stamped?.rfc3161Timestamps.length, 1)
  const codes = await codesWithMaterial((material) => ({ ...material, timestampVerificationData: stamped }))
  rule.strictSame(codes, ['timestamp-authority-unknown at attestations[1]'])
  const many = { rfc3161Timestamps: Array.from({ length: 20 }, () => stamped?.rfc3161Timestamps[0]) }
  rule.strictSame(await codesWithMaterial((material) => ({ ...material, timestampVerificationData: many })), [
    'bundle-malformed at attestations[1]',
  ])
})
