// SPDX-License-Identifier: Apache-2.0
// Rekor v2 and timestamps, as Sigstore's own programs send and read them.
import t from 'tap'
import { createHash } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { bundleToJSON } from '@sigstore/bundle'
import { SigningConfig } from '@sigstore/protobuf-specs'
import {
  DSSEBundleBuilder,
  FulcioSigner,
  RekorWitness,
  TSAWitness,
  bundleBuilderFromSigningConfig,
} from '@sigstore/sign'
import { initTUF } from '@sigstore/tuf'
import { verify } from 'sigstore'
import { startSandbox } from '@bonafide/sandbox'
import type { BundleForm, BundleJson } from '@bonafide/sandbox'
import { stockVerifier } from '../support/stock-verifier.ts'

const REPOSITORY = { repository: 'acme/rocket' }
const INTOTO = 'application/vnd.in-toto+json'
const STATEMENT = Buffer.from('{"_type":"https://in-toto.io/Statement/v1"}')

const sandbox = await startSandbox({ seed: 'rekor v2' })
t.teardown(() => sandbox.close())
const stock = stockVerifier(sandbox.trustedRoot(), sandbox.registryKeys())
const identityProvider = { getToken: () => Promise.resolve(sandbox.identityToken(REPOSITORY)) }
const signer = new FulcioSigner({ fulcioBaseURL: sandbox.fulcioUrl, identityProvider })
const rekor = new RekorWitness({ rekorBaseURL: sandbox.rekorV2Url, majorApiVersion: 2 })
const authority = new TSAWitness({ tsaBaseURL: sandbox.timestampUrl })

await t.test("Sigstore's own signer uses them, and its verifier accepts the bundle", async (rule) => {
  const builder = new DSSEBundleBuilder({ signer, witnesses: [rekor, authority] })
  for (const index of [0, 1, 2]) {
    const bundle = await builder.create({ data: STATEMENT, type: INTOTO })
    const json = bundleToJSON(bundle) as unknown as BundleJson
    const [entry] = json.verificationMaterial.tlogEntries
    rule.match(entry, { kindVersion: { kind: 'dsse', version: '0.0.2' } })
    // Clients leave away what is zero.
    rule.equal(entry?.logIndex ?? '0', String(index))
    rule.equal(entry?.inclusionPromise, undefined, 'no promise')
    rule.type((stock(json) as { identity: object }).identity, 'object')
  }
  // Time comes from the authority alone.
  const alone = new DSSEBundleBuilder({ signer, witnesses: [rekor] })
  const timeless = bundleToJSON(await alone.create({ data: STATEMENT, type: INTOTO }))
  rule.match(stock(timeless), { code: 'TIMESTAMP_ERROR' })
})

await t.test('the services are found by what TUF serves', async (rule) => {
  const folder = rule.testdir()
  const rootPath = join(folder, 'root.json')
  await writeFile(rootPath, sandbox.tufRoot())
  const tuf = { mirrorURL: sandbox.tufUrl, rootPath, cachePath: join(folder, 'cache'), retry: 0 }
  const text = await (await initTUF(tuf)).getTarget('signing_config.v0.2.json')
  const signingConfig = SigningConfig.fromJSON(JSON.parse(text))
  const builder = bundleBuilderFromSigningConfig({ signingConfig, identityProvider, bundleType: 'dsseEnvelope' })
  const bundle = bundleToJSON(await builder.create({ data: STATEMENT, type: INTOTO }))
  const options = { tufMirrorURL: tuf.mirrorURL, tufRootPath: rootPath, tufCachePath: tuf.cachePath, retry: 0 }
  const { identity } = await verify(bundle, options)
  rule.equal(
    identity?.subjectAlternativeName,
    'https://github.com/acme/rocket/.github/workflows/release.yml@refs/heads/main',
  )
  rule.match(bundle.verificationMaterial.tlogEntries, [{ kindVersion: { version: '0.0.2' } }])
})

await t.test('the registry serves versions in these forms, with the fields that clients write', async (rule) => {
  const builder = new DSSEBundleBuilder({ signer, witnesses: [rekor, authority] })
  const theirs = bundleToJSON(await builder.create({ data: STATEMENT, type: INTOTO }))
  const forms: Readonly<Record<string, BundleForm>> = {
    'Rekor v2': { version: '0.3', log: 'dsse-v2' },
    'Rekor v2, hashedrekord': { version: '0.3', log: 'hashedrekord-v2' },
    'Rekor v1 and a timestamp': { version: '0.3', log: 'dsse', timestamp: true },
    'v0.1 and a timestamp': { version: '0.1', log: 'intoto', timestamp: true },
    'v0.2 with Rekor v2': { version: '0.2', log: 'dsse-v2' },
  }
  for (const [index, [what, form]] of Object.entries(forms).entries()) {
    const { attestations } = await sandbox.publish({
      name: 'rocket',
      version: `1.${index}.0`,
      provenance: REPOSITORY,
      bundle: form,
      publishBundle: form,
    })
    const bundles = attestations?.attestations.map(({ bundle }) => bundle) ?? []
    rule.equal(bundles.length, 2)
    for (const bundle of bundles) rule.notMatch(stock(bundle), { code: String }, what)
    if (what === 'Rekor v2')
      rule.strictSame(shapeOf(bundles[1]?.verificationMaterial), shapeOf(theirs.verificationMaterial))
  }
})

await t.test('the log takes digests, and nothing unsigned', async (rule) => {
  const { attestations } = await sandbox.publish({ name: 'rocket', version: '2.0.0', provenance: REPOSITORY })
  const { dsseEnvelope, verificationMaterial } = attestations?.attestations[1]?.bundle ?? {}
  const { payload = '', payloadType = '', signatures } = dsseEnvelope ?? {}
  const verifier = { keyDetails: 'PKIX_ECDSA_P256_SHA_256', x509Certificate: verificationMaterial?.certificate }
  const content = signatures?.[0].sig
  const bytes = Buffer.from(payload, 'base64')
  const signed = Buffer.concat([Buffer.from(`DSSEv1 ${payloadType.length} ${payloadType} ${bytes.length} `), bytes])
  const digest = createHash('sha256').update(signed).digest('base64')
  const post = (body: object): Promise<Response> =>
    fetch(`${sandbox.rekorV2Url}/api/v2/log/entries`, { method: 'POST', body: JSON.stringify(body) })
  const record = (of: string | undefined): object => ({
    hashedRekordRequestV002: { digest: of, signature: { content, verifier } },
  })
  const taken = await post(record(digest))
  rule.equal(taken.status, 201)
  const entry = (await taken.json()) as { kindVersion: object; integratedTime: string; canonicalizedBody: string }
  rule.match(entry, {
    kindVersion: { kind: 'hashedrekord', version: '0.0.2' },
    integratedTime: '0',
    inclusionPromise: null,
  })
  rule.match(JSON.parse(Buffer.from(entry.canonicalizedBody, 'base64').toString()), {
    apiVersion: '0.0.2',
    kind: 'hashedrekord',
    spec: { hashedRekordV002: { data: { algorithm: 'SHA2_256', digest }, signature: { content, verifier } } },
  })
  const checkpoint = await (await fetch(`${sandbox.rekorV2Url}/api/v2/checkpoint`)).text()
  rule.match(checkpoint, /^log2021\.rekor\.sandbox\.test\n\d+\n\S{44}\n\n— log2021\.rekor\.sandbox\.test \S+\n$/u)

  rule.equal((await post(record(createHash('sha256').update('another').digest('base64')))).status, 400)
  const envelope = { payload: `e30${payload}`, payloadType, signatures }
  rule.equal((await post({ dsseRequestV002: { envelope, verifiers: [verifier] } })).status, 400)
  rule.equal((await post({})).status, 400)
  rule.equal((await fetch(`${sandbox.rekorV2Url}/api/v1/log/entries`)).status, 404)
})

// Every field with the kind of its value; log bodies with their fields too.
function shapeOf(value: unknown, key = ''): unknown {
  if (Array.isArray(value)) return key === 'hashes' ? 'hashes' : value.map((item) => shapeOf(item))
  if (typeof value === 'object' && value !== null)
    return Object.entries(value)
      .map(([name, member]) => [name, shapeOf(member, name)] as const)
      .toSorted(([one], [other]) => one.localeCompare(other))
  return key === 'canonicalizedBody'
    ? shapeOf(JSON.parse(Buffer.from(String(value), 'base64').toString()))
    : typeof value
}
