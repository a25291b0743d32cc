// SPDX-License-Identifier: Apache-2.0
import t from 'tap'
import { createPublicKey, verify } from 'node:crypto'
import { X509Certificate } from '@sigstore/core'
import { ISSUERS, PREDICATE_TYPES, logBody, startSandbox } from '@bonafide/sandbox'
import type { BundleForm, BundleJson, ProvenanceSpec } from '@bonafide/sandbox'
import { attestedCases, corpusText, noCorpus } from '../support/corpus.ts'
import { stockVerifier } from '../support/stock-verifier.ts'

const REPOSITORY = { repository: 'acme/rocket' }

await t.test('the stock verifier accepts every honest form of bundle', async (test) => {
  const sandbox = await startSandbox()
  test.teardown(() => sandbox.close())
  const stock = stockVerifier(sandbox.trustedRoot(), sandbox.registryKeys())
  const forms: readonly BundleForm[] = (['0.1', '0.2', '0.3'] as const).flatMap((version) => [
    { version, log: 'dsse' as const },
    { version, log: 'intoto' as const },
  ])
  for (const [index, form] of forms.entries()) {
    const { attestations } = await sandbox.publish({
      name: '@acme/rocket',
      version: `1.0.${index}`,
      provenance: REPOSITORY,
      bundle: form,
      publishBundle: form,
    })
    test.match(
      attestations?.attestations.map(({ bundle }) => stock(bundle)),
      [
        { identity: undefined },
        {
          identity: {
            subjectAlternativeName: `https://github.com/acme/rocket/.github/workflows/release.yml@refs/tags/v1.0.${index}`,
            extensions: { issuer: ISSUERS.github },
          },
        },
      ],
      `${form.version} ${form.log}`,
    )
  }
})

await t.test('the stock verifier accepts jobs of every kind', async (test) => {
  const sandbox = await startSandbox({ seed: 'kinds' })
  test.teardown(() => sandbox.close())
  const stock = stockVerifier(sandbox.trustedRoot(), sandbox.registryKeys())
  const kinds: Readonly<Record<string, ProvenanceSpec>> = {
    'SLSA v0.2': { ...REPOSITORY, predicateType: PREDICATE_TYPES.slsaV02 },
    'a certificate of early 2023': { ...REPOSITORY, certificate: { generation: 'early' } },
    'a reusable workflow of another repository': {
      ...REPOSITORY,
      signer: { repository: 'other/shared', workflow: '.github/workflows/publish.yml', ref: 'refs/heads/main' },
    },
    'a self-hosted runner': { ...REPOSITORY, runner: 'self-hosted' },
    'a deployment environment': { ...REPOSITORY, environment: 'npm' },
    GitLab: { ...REPOSITORY, issuer: ISSUERS.gitlab },
    'a person': { ...REPOSITORY, certificate: { subject: { email: 'me@sandbox.test' } } },
  }
  for (const [index, [what, provenance]] of Object.entries(kinds).entries()) {
    const { attestations } = await sandbox.publish({ name: 'rocket', version: `1.0.${index}`, provenance })
    const provenanceBundle = attestations?.attestations[1]?.bundle
    test.type((stock(provenanceBundle) as { identity: object }).identity, 'object', what)
  }
})

await t.test('old versions are signed with the key of their time, and verify', async (test) => {
  const sandbox = await startSandbox()
  test.teardown(() => sandbox.close())
  const stock = stockVerifier(sandbox.trustedRoot(), sandbox.registryKeys())
  const old = await sandbox.publish({
    name: 'rocket',
    version: '1.0.0',
    publishedAt: new Date('2023-06-01T10:00:00.500Z'),
    provenance: REPOSITORY,
  })
  const current = await sandbox.publish({ name: 'rocket', version: '2.0.0', provenance: REPOSITORY })
  const hints = [old, current].map(
    ({ attestations }) => attestations?.attestations[0]?.bundle.verificationMaterial.publicKey?.hint,
  )
  const keys = (JSON.parse(sandbox.registryKeys('endpoint')) as { keys: { keyid: string }[] }).keys
  test.strictSame(
    hints,
    keys.map(({ keyid }) => keyid),
  )
  for (const { attestations } of [old, current]) {
    for (const { bundle } of attestations?.attestations ?? []) test.notMatch(stock(bundle), { code: String })
  }
})

await t.test('a stolen token leaves no attestation, and a registry signature that verifies', async (test) => {
  const sandbox = await startSandbox()
  test.teardown(() => sandbox.close())
  const { attestations, integrity } = await sandbox.publish({ name: '@acme/rocket', version: '1.0.0' })
  test.equal(attestations, null)
  const manifest = (await (await fetch(`${sandbox.registryUrl}@acme%2frocket/1.0.0`)).json()) as {
    dist: { signatures: [{ sig: string; keyid: string }] }
  }
  const [{ sig, keyid }] = manifest.dist.signatures
  const { keys } = JSON.parse(sandbox.registryKeys('endpoint')) as { keys: { keyid: string; key: string }[] }
  const der = Buffer.from(keys.find((key) => key.keyid === keyid)?.key ?? '', 'base64')
  const key = createPublicKey({ key: der, format: 'der', type: 'spki' })
  const signed = Buffer.from(`@acme/rocket@1.0.0:${integrity}`)
  test.ok(verify('sha256', signed, key, Buffer.from(sig, 'base64')))
})

await t.test('the same seed, clock and steps give the same bytes, and another seed gives others', async (test) => {
  const [one, again, other] = [await run('x'), await run('x'), await run('y')]
  test.strictSame(one, again)
  test.notSame(one[0], other[0])
  test.notSame(one[2], other[2])
})

await t.test('documents have the very fields of real ones', { skip: noCorpus }, async (test) => {
  const sandbox = await startSandbox()
  test.teardown(() => sandbox.close())
  const today = await sandbox.publish({ name: 'nuxt', version: '4.1.2', provenance: REPOSITORY })
  test.strictSame(shapeOf(today.attestations), shapeOf(JSON.parse(corpusText('attested/nuxt@4.1.2/attestations.json'))))
  const early = await sandbox.publish({
    name: 'sigstore',
    version: '1.0.0',
    publishedAt: new Date('2023-02-09T17:56:02.000Z'),
    provenance: {
      ...REPOSITORY,
      predicateType: PREDICATE_TYPES.slsaV02,
      certificate: { generation: 'early' },
    },
    bundle: { version: '0.1', log: 'intoto' },
    publishBundle: { version: '0.1', log: 'intoto' },
  })
  // Of old the provenance came first, and entries had no further field.
  const shape = shapeOf(
    early.attestations?.attestations.toReversed().map(({ predicateType, bundle }) => ({ predicateType, bundle })),
  )
  const real = JSON.parse(corpusText('attested/sigstore@1.0.0/attestations.json')) as { attestations: unknown }
  test.strictSame(shape, shapeOf(real.attestations))
})

await t.test('certificates have the very extensions of real ones, in their order', { skip: noCorpus }, async (test) => {
  const sandbox = await startSandbox()
  test.teardown(() => sandbox.close())
  const { attestations } = await sandbox.publish({
    name: 'rocket',
    version: '1.0.0',
    provenance: { ...REPOSITORY, environment: 'npm' },
  })
  const real = JSON.parse(corpusText('attested/@blamejs/pki@0.2.2/attestations.json')) as typeof attestations
  const [ours, theirs] = [attestations?.attestations[1], real?.attestations[0]].map((entry) => {
    const { certificate } = entry?.bundle.verificationMaterial ?? {}
    const { extensions } = X509Certificate.parse(Buffer.from(certificate?.rawBytes ?? '', 'base64'))
    // Object identifier and, where it is there, whether it is critical; the kind of what a value holds.
    return extensions.map(({ subs }) => [
      subs[0]?.toOID(),
      subs.length,
      subs.at(-1)?.value[0] === 0x0c ? 'UTF8String' : 'other',
    ])
  })
  test.strictSame(ours, theirs)
})

await t.test('the log keeps of a real envelope exactly what the real log keeps', { skip: noCorpus }, async (test) => {
  for (const { name, version, text } of attestedCases()) {
    const { attestations } = JSON.parse(text) as { attestations: readonly { bundle: BundleJson }[] }
    for (const { bundle } of attestations) {
      const [entry] = bundle.verificationMaterial.tlogEntries
      const body = Buffer.from(entry?.canonicalizedBody ?? '', 'base64')
      const kind = entry?.kindVersion.kind === 'dsse' ? 'dsse' : 'intoto'
      const ours = logBody(kind, bundle.dsseEnvelope, verifierOf(body))
      test.equal(comparable(ours), comparable(body), `${name}@${version}`)
    }
  }
})

// Every field with the kind of its value; payloads and log bodies with their fields too.
function shapeOf(value: unknown, key = ''): unknown {
  if (Array.isArray(value)) return key === 'hashes' ? 'hashes' : value.map((item) => shapeOf(item))
  if (typeof value === 'object' && value !== null)
    return Object.entries(value).map(([name, member]) => [name, shapeOf(member, name)])
  if (key !== 'payload' && key !== 'canonicalizedBody') return typeof value
  return shapeOf(JSON.parse(Buffer.from(String(value), 'base64').toString()))
}

// Each client made the digest of an intoto envelope in its own way; nobody verifies it.
function comparable(body: Buffer): string {
  return body.toString().replace(/("hash":\{"algorithm":"sha256","value":")[0-9a-f]{64}/u, '$1')
}

function verifierOf(body: Buffer): string {
  const { spec } = JSON.parse(body.toString()) as {
    spec: {
      signatures?: readonly [{ verifier: string }]
      content?: { envelope: { signatures: readonly [{ publicKey: string }] } }
    }
  }
  const encoded = spec.signatures?.[0].verifier ?? spec.content?.envelope.signatures[0].publicKey ?? ''
  return Buffer.from(encoded, 'base64').toString()
}

async function run(seed: string): Promise<readonly string[]> {
  const sandbox = await startSandbox({ seed, now: new Date('2026-02-03T04:05:06.789Z') })
  const first = await sandbox.publish({ name: 'a', version: '1.0.0', provenance: REPOSITORY })
  sandbox.clock.advance(60_000)
  const second = await sandbox.publish({ name: 'a', version: '1.0.1', provenance: REPOSITORY })
  await sandbox.close()
  return [
    sandbox.trustedRoot(),
    sandbox.registryKeys(),
    ...[first, second].flatMap(({ attestationsText, tarball }) => [attestationsText ?? '', tarball.toString('hex')]),
  ]
}
