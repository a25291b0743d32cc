// SPDX-License-Identifier: Apache-2.0
// Rekor v2, which signs no time, and the timestamps that say it instead.
import { createHash } from 'node:crypto'
import { parseRegistryKeys, parseTrustedRoot } from '@bonafide/attestation'
import type { DocumentOutcome } from '@bonafide/attestation'
import { RFC3161Timestamp } from '@sigstore/core'
import { startSandbox } from '@bonafide/sandbox'
import type { BundleForm, BundleJson, Published } from '@bonafide/sandbox'
import t from 'tap'
import { codesOf, coordinateOf, isTrusted, sandboxTrust, verify, verifyPublished } from './trust.ts'

const TILE: BundleForm = { version: '0.3', log: 'dsse-v2' }
const SECOND = 1000

const sandbox = await startSandbox({ seed: 'timestamps of attestations' })
t.teardown(() => sandbox.close())
const { timestampAuthority, retired } = sandbox.inside.sigstore
let releases = 0

function publish(bundle: BundleForm, publishBundle = bundle): Promise<Published> {
  releases += 1
  const provenance = { repository: 'left-pad/left-pad' }
  return sandbox.publish({ name: '@left/pad', version: `1.${releases}.0`, provenance, bundle, publishBundle })
}

const published = await publish(TILE)
const bundle = published.attestations?.attestations[1]?.bundle
const stamp = Buffer.from(
  bundle?.verificationMaterial.timestampVerificationData?.rfc3161Timestamps[0]?.signedTimestamp ?? '',
  'base64',
)
const signature = Buffer.from(bundle?.dsseEnvelope.signatures[0].sig ?? '', 'base64')

/** What becomes of the version where its provenance holds other timestamps. */
function withStamps(...stamps: readonly Buffer[]): DocumentOutcome {
  const rfc3161Timestamps = stamps.map((bytes) => ({ signedTimestamp: bytes.toString('base64') }))
  const attestations = published.attestations?.attestations.map((entry) =>
    entry.bundle === bundle ? { ...entry, bundle: stamped(entry.bundle, rfc3161Timestamps) } : entry,
  )
  return verifyPublished(sandbox, { ...published, attestationsText: JSON.stringify({ attestations }) })
}

function stamped(
  { verificationMaterial, ...rest }: BundleJson,
  rfc3161Timestamps: readonly { readonly signedTimestamp: string }[],
): BundleJson {
  return {
    ...rest,
    verificationMaterial: { ...verificationMaterial, timestampVerificationData: { rfc3161Timestamps } },
  }
}

/** A timestamp over the provenance's signature, some seconds after the honest one. */
function stampAfter(seconds: number): Buffer {
  const time = new Date(sandbox.clock.now().getTime() + (seconds - 1) * SECOND)
  return timestampAuthority.stamp({
    algorithm: 'sha512',
    digest: createHash('sha512').update(signature).digest(),
    time,
  })
}

/** The findings, with what was found. */
function reasons({ findings }: DocumentOutcome): readonly string[] {
  return findings.map(({ code, found }) => `${code}: ${found}`)
}

await t.test('each form is trusted, and shows who said when', async (rule) => {
  const now = sandbox.clock.now()
  const before = new Date(now.getTime() - SECOND)
  const forms: readonly (readonly [BundleForm, kind: string, proofs: readonly string[], logged: Date | null])[] = [
    [TILE, 'dsse/0.0.2', ['proof'], null],
    [{ version: '0.2', log: 'dsse-v2' }, 'dsse/0.0.2', ['proof'], null],
    [{ version: '0.3', log: 'hashedrekord-v2' }, 'hashedrekord/0.0.2', ['proof'], null],
    [{ version: '0.3', log: 'dsse', timestamp: true }, 'dsse/0.0.1', ['promise', 'proof'], before],
    [{ version: '0.1', log: 'intoto', timestamp: true }, 'intoto/0.0.2', ['promise'], before],
  ]
  const authority = `sha256:${createHash('sha256').update(timestampAuthority.chain[1]).digest('hex')}`
  for (const [form, kind, proofs, logged] of forms) {
    const outcome = verifyPublished(sandbox, await publish(form))
    rule.ok(isTrusted(outcome), `${form.version} ${form.log}`)
    rule.strictSame(outcome.findings, [])
    const { provenance, publish: accepted } = outcome
    rule.match(provenance?.log, [{ kind, proofs, integratedTime: logged }])
    rule.strictSame(provenance?.timestamps, [{ time: before, authority }])
    rule.strictSame(provenance?.time, before)
    rule.strictSame([accepted?.time, accepted?.timestamps], [now, [{ time: now, authority }]])
  }
})

await t.test('of several timestamps each has to hold, and the latest counts', async (rule) => {
  rule.strictSame(reasons(withStamps(stamp)), [])
  const later = withStamps(stamp, stampAfter(300))
  rule.ok(isTrusted(later))
  rule.equal(later.provenance?.timestamps.length, 2)
  rule.strictSame(later.provenance?.time, new Date(sandbox.clock.now().getTime() + 299 * SECOND))
  // Ten minutes after it was issued the certificate ends.
  rule.strictSame(codesOf(withStamps(stamp, stampAfter(601))), ['certificate-expired at attestations[1]'])
  rule.strictSame(codesOf(withStamps(stampAfter(601), stamp)), ['certificate-expired at attestations[1]'])
  rule.strictSame(codesOf(withStamps(stamp, stampAfter(0))), ['timestamp-duplicate at attestations[1]'])
  rule.strictSame(codesOf(withStamps()), ['timestamp-missing at attestations[1]'])
})

await t.test('a clock behind the timestamp leaves the version undecided', async (rule) => {
  const { attestationsText } = published
  const now = new Date(sandbox.clock.now().getTime() - 3_600_000)
  const outcome = verify(coordinateOf(published), attestationsText ?? '', sandboxTrust(sandbox), now)
  rule.strictSame(codesOf(outcome), ['clock-behind at attestations[0]', 'clock-behind at attestations[1]'])
})

await t.test('an answer that is no timestamp', async (rule) => {
  const edited = (edit: (bytes: Buffer) => void): readonly string[] => {
    const bytes = Buffer.from(stamp)
    edit(bytes)
    return reasons(withStamps(bytes))
  }
  // The status is the one byte behind two sequences and the head of a number.
  const status = (value: number): readonly string[] => edited((bytes) => bytes.writeUInt8(value, 8))
  rule.equal(stamp[8], 0)
  rule.strictSame(status(1), [], 'granted with changes')
  rule.strictSame(status(2), ['timestamp-invalid: an answer of status 2'])
  rule.match(reasons(withStamps(Buffer.from('30053003020100', 'hex'))), [/^timestamp-invalid: /u], 'no token')
  rule.match(reasons(withStamps(Buffer.from('nothing'))), [/^bundle-malformed: /u])
  rule.match(reasons(withStamps(Buffer.concat([stamp, Buffer.of(0)]))), [/^bundle-malformed: /u])

  // What the signature says that it is over: data, and not a timestamp.
  const contentType = Buffer.from('06092a864886f70d010903310d060b2a864886f70d0109100104', 'hex')
  const asData = edited((bytes) => bytes.writeUInt8(1, bytes.indexOf(contentType) + contentType.length - 1))
  rule.strictSame(asData, ['timestamp-invalid: a signature over something that is no timestamp'])
  const digest = Buffer.from('06092a864886f70d010904', 'hex')
  const withoutDigest = edited((bytes) => bytes.writeUInt8(9, bytes.indexOf(digest) + digest.length - 1))
  rule.strictSame(withoutDigest, ['timestamp-invalid: a timestamp without one digest of its content'])
})

await t.test('not a byte that the authority signed can be changed', async (rule) => {
  const { tstInfo, signatureValue } = RFC3161Timestamp.parse(stamp)
  const info = stamp.indexOf(tstInfo.raw)
  const tail = stamp.indexOf(signatureValue)
  // Between the content and the signature stand the attributes that the signature is over, and the name of the signer.
  const attributes = stamp.indexOf(Buffer.from('06092a864886f70d0109', 'hex'), info)
  const ranges = [
    [info, info + tstInfo.raw.length],
    [attributes, tail - 14],
    [tail, stamp.length],
  ] as const
  let flips = 0
  const through: number[] = []
  for (const [start, end] of ranges) {
    for (let at = start; at < end; at += 1) {
      const bytes = Buffer.from(stamp)
      bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at)
      flips += 1
      if (isTrusted(withStamps(bytes))) through.push(at)
    }
  }
  rule.strictSame(through, [])
  rule.ok(flips > 300, `${flips} flips`)
})

interface RootJson {
  timestampAuthorities: {
    certChain: { certificates: { rawBytes: string }[] }
    validFor: { start: string; end?: string }
  }[]
}

/** What becomes of the version under another trusted root. */
function under(
  edit: (authorities: RootJson['timestampAuthorities']) => RootJson['timestampAuthorities'],
): readonly string[] {
  const root = JSON.parse(sandbox.trustedRoot()) as RootJson
  const text = JSON.stringify({ ...root, timestampAuthorities: edit(root.timestampAuthorities) })
  const outcome = verifyPublished(sandbox, published, { ...sandboxTrust(sandbox), root: parseTrustedRoot(text) })
  return outcome.findings
    .filter(({ entry }) => entry === 'attestations[1]')
    .map(({ code, found }) => `${code}: ${found}`)
}

/** The authority in use, with other bytes for its certificate. */
function withLeaf(from: string, to: string): readonly string[] {
  return under((authorities) =>
    authorities.map(({ certChain: { certificates }, validFor }) => {
      const [leaf, ...others] = certificates.map(({ rawBytes }) => rawBytes)
      const bytes = Buffer.from(leaf ?? '', 'base64')
      if (!bytes.includes(Buffer.from(from, 'hex'))) throw new Error('nothing to replace')
      Buffer.from(to, 'hex').copy(bytes, bytes.indexOf(Buffer.from(from, 'hex')))
      const certificate = { rawBytes: bytes.toString('base64') }
      return { certChain: { certificates: [certificate, ...others.map((rawBytes) => ({ rawBytes }))] }, validFor }
    }),
  )
}

function ended(authorities: RootJson['timestampAuthorities']): RootJson['timestampAuthorities'] {
  return authorities.map(({ certChain, validFor: { start } }) => ({
    certChain,
    validFor: { start, end: '2026-01-01T00:00:00Z' },
  }))
}

function hex(text: string): string {
  return Buffer.from(text).toString('hex')
}

await t.test('an authority counts by the trusted root alone', async (rule) => {
  const at = '2026-01-15T11:59:59.000Z'
  rule.strictSame(
    under((authorities) => authorities),
    [],
  )
  rule.match(
    under(() => []),
    [/^timestamp-authority-unknown: /u],
  )
  const late = `timestamp-authority-window: timestamp authority used at ${at}`
  rule.strictSame(under(ended), [late])
  // The validity of an authority that stamped nothing is no help.
  const idle = { certChain: { certificates: [] }, validFor: { start: '2021-03-12T00:00:00Z' } }
  rule.strictSame(
    under((authorities) => [...ended(authorities), idle]),
    [late],
  )
  // The same names above another key: the chain does not hold.
  const root = { rawBytes: retired.timestampAuthority.chain[1].toString('base64') }
  const crossed = under((authorities) =>
    authorities.map(({ certChain: { certificates }, validFor }) => ({
      certChain: { certificates: [...certificates.slice(0, 1), root] },
      validFor,
    })),
  )
  rule.strictSame(crossed, [
    "timestamp-authority-chain: a timestamp authority whose certificate is not by its own root's chain",
  ])
  // The certificate is for signing code; then, it ended the year before.
  rule.strictSame(withLeaf('2b06010505070308', '2b06010505070303'), [
    'timestamp-authority-chain: a certificate that is not for timestamps',
  ])
  rule.strictSame(withLeaf(hex('410312000000Z'), hex('250312000000Z')), [
    `timestamp-authority-chain: a certificate of the timestamp authority outside its validity at ${at}`,
  ])
})

await t.test('a registry key has to be valid at the time of the timestamp', async (rule) => {
  const keys = JSON.parse(sandbox.registryKeys()) as { keys: { publicKey: { validFor: { end?: string } } }[] }
  for (const { publicKey } of keys.keys) publicKey.validFor.end ??= '2026-01-01T00:00:00.000Z'
  const registryKeys = parseRegistryKeys(JSON.stringify(keys))
  const outcome = verifyPublished(sandbox, published, { ...sandboxTrust(sandbox), registryKeys })
  rule.strictSame(codesOf(outcome), ['registry-key-window at attestations[0]'])
})
