// SPDX-License-Identifier: Apache-2.0
import { createHash, createPublicKey } from 'node:crypto'
import { parseRegistryKeys, parseTrustedRoot } from '@bonafide/attestation'
import type { Identity, ProvenanceEvidence, PublishEvidence, Trust } from '@bonafide/attestation'
import { BonafideError } from '@bonafide/core'
import t from 'tap'
import { attestedCases, corpusText, noCorpus, rejectedCases } from '../support/corpus.ts'
import type { AttestedCase, ReferenceAttestation } from '../support/corpus.ts'
import { codesOf, coordinateOf, corpusTrust, isTrusted, sha512, verify } from './trust.ts'

interface CorpusEntry {
  predicateType: string
  bundle: Bundle
}
interface Bundle {
  mediaType: string
  dsseEnvelope: { signatures: { sig: string; keyid?: string }[] }
  verificationMaterial: {
    publicKey?: { hint?: string }
    tlogEntries: Record<string, unknown>[]
  } & Record<string, unknown>
}

const PUBLISH = 'https://github.com/npm/attestation/tree/main/specs/publish/v0.1'
const cases = noCorpus === false ? attestedCases() : []
const complete = cases.filter(({ verification }) => verification.attestations.length === 2)

function entriesOf(version: AttestedCase): readonly [CorpusEntry, CorpusEntry] {
  const [provenance, publish] = (JSON.parse(version.text) as { attestations: CorpusEntry[] }).attestations.toSorted(
    (one, other) => Number(one.predicateType === PUBLISH) - Number(other.predicateType === PUBLISH),
  )
  if (provenance === undefined || publish === undefined) throw new Error(`${version.name} has not two attestations`)
  return [provenance, publish]
}

function documentOf(...attestations: readonly unknown[]): string {
  return JSON.stringify({ attestations })
}

function expectedIdentity(cert: NonNullable<ReferenceAttestation['cert']>): Identity {
  const repository = cert['sourceRepo'] ?? `https://github.com/${cert['repoV1']}`
  const signer = cert['san'] ?? ''
  const caller = cert['buildConfigURI'] ?? signer
  return {
    issuer: cert['issuer'] ?? cert['issuerV1'] ?? '',
    repository,
    repositoryId: cert['repoId'] ?? null,
    owner: cert['ownerURI'] ?? null,
    ownerId: cert['ownerId'] ?? null,
    workflow: caller.slice(repository.length + 1, caller.indexOf('@refs/')),
    signer,
    ref: cert['sourceRef'] ?? cert['refV1'] ?? '',
    commit: cert['sourceDigest'] ?? cert['sha'] ?? '',
    trigger: cert['buildTrigger'] ?? cert['trigger'] ?? null,
    runner: cert['runner'] ?? null,
    runUrl: cert['runInvocationURI'] ?? null,
  }
}

function summary(evidence: ProvenanceEvidence | PublishEvidence): Record<string, unknown> {
  return {
    predicateType: evidence.predicateType,
    mediaType: evidence.mediaType,
    entry: evidence.entry,
    signer: evidence.kind === 'publish' ? evidence.keyId : evidence.identity,
    log: evidence.log.map(({ kind, logId, integratedTime, proofs }) => ({ kind, logId, integratedTime, proofs })),
  }
}

function expectedSummary(reference: ReferenceAttestation, index: number): Record<string, unknown> {
  return {
    predicateType: reference.predicateType,
    mediaType: reference.mediaType,
    entry: `attestations[${index}]`,
    signer:
      reference.cert === undefined ? reference.material.replace('publicKey:', '') : expectedIdentity(reference.cert),
    log: reference.tlog.map(({ kind, logId, integratedTime, promise, proof }) => ({
      kind,
      logId,
      integratedTime: new Date(Number(integratedTime) * 1000),
      proofs: [...(promise ? ['promise'] : []), ...(proof ? ['proof'] : [])],
    })),
  }
}

await t.test('real documents come to what a reference verifier made of them', { skip: noCorpus }, async (rule) => {
  rule.equal(cases.length, 20)
  for (const version of cases) {
    const outcome = verify(coordinateOf(version), version.text)
    rule.strictSame(codesOf(outcome), [], `${version.name}@${version.version} has no findings`)
    const expected = version.verification.attestations.map(expectedSummary)
    const found = [outcome.provenance, outcome.publish]
      .filter((evidence) => evidence !== null)
      .toSorted((one, other) => one.entry.localeCompare(other.entry))
    rule.strictSame(found.map(summary), expected, `${version.name}@${version.version} shows all that is there`)
    for (const evidence of found) rule.strictSame(evidence.coordinate, coordinateOf(version))
    rule.equal(isTrusted(outcome), expected.length === 2)
  }
})

await t.test(
  'the trust domain is the root or key that vouches, not what it signed',
  { skip: noCorpus },
  async (rule) => {
    const roots = new Set(cases.map((version) => verify(coordinateOf(version), version.text).provenance?.trustDomain))
    roots.delete(undefined)
    rule.equal(roots.size, 1, 'one certificate authority stands behind all provenance')
    const { keys } = JSON.parse(corpusText('trust', 'npm-keys.tuf.json')) as {
      keys: { keyId: string; publicKey: { rawBytes: string } }[]
    }
    for (const version of complete) {
      const { publish } = verify(coordinateOf(version), version.text)
      const key = keys.find(({ keyId }) => keyId === publish?.keyId)
      const der = Buffer.from(key?.publicKey.rawBytes ?? '', 'base64')
      rule.equal(createPublicKey({ key: der, format: 'der', type: 'spki' }).asymmetricKeyType, 'ec')
      rule.equal(publish?.trustDomain, `sha256:${createHash('sha256').update(der).digest('hex')}`)
    }
  },
)

// Each case with what stands against it; what verifies beside it is told in the second column.
const REJECTED: ReadonlyMap<string, readonly [codes: readonly string[], left: 'provenance' | 'publish' | 'none']> =
  new Map([
    ['gh-invalid-signature', [['document-malformed'], 'none']],
    ['go-github-staging', [['log-missing at attestations[0]'], 'none']],
    ['helm-tampered-sigstore-verify', [['log-body at attestations[0]'], 'none']],
    ['pacote-invalid', [['log-body at attestations[1]'], 'provenance']],
    ['pacote-mismatched-subject-digest', [['subject-digest at attestations[1]'], 'provenance']],
    ['pacote-mismatched-subject-name', [['subject-name at attestations[1]'], 'provenance']],
    ['pacote-no-keyid', [['log-body at attestations[0]'], 'publish']],
    ['pacote-unsupported', [['bundle-malformed at attestations[1]'], 'provenance']],
    ['sigstorejs-bundleV01-dsse-no-proof', [['signer-kind at attestations[0]'], 'none']],
    ['sigstorejs-bundleV02-dsse', [['signer-kind at attestations[0]'], 'none']],
    ['slsa-npm-att-mismatch-prov-predicatetype', [['predicate-type-label at attestations[0]'], 'publish']],
    ['slsa-npm-att-mismatch-pub-payloadtype', [['bundle-malformed at attestations[0]'], 'publish']],
    ['slsa-npm-att-mismatch-pub-predicatetype', [['predicate-type-label at attestations[1]'], 'provenance']],
    ['slsa-npm-att-prov-invalid-signature', [['log-body at attestations[0]'], 'publish']],
    ['slsa-npm-att-publish-invalid-signature', [['subject-digest at attestations[1]'], 'provenance']],
    ['slsa-npm-att-publish-nodigest', [['subject-digest at attestations[1]'], 'provenance']],
    ['slsa-npm-att-publish-nosubjects', [['subject-count at attestations[1]'], 'provenance']],
    ['slsa-npm-stmt-mismatch-prov-predicatetype', [['predicate-type-label at attestations[0]'], 'publish']],
    ['slsa-npm-stmt-mismatch-prov-type', [['statement-type at attestations[0]'], 'publish']],
    ['slsa-provenance-npm-test-cli-v02-prega-invalidsigprov', [['log-body at attestations[1]'], 'publish']],
    ['slsa-provenance-npm-test-cli-v02-prega-invalidsigpub', [['log-body at attestations[0]'], 'provenance']],
    ['slsa-supreme-googles-cli-v02-tag-invalidsigprov', [['log-body at attestations[1]'], 'publish']],
    ['slsa-supreme-googles-cli-v02-tag-invalidsigpub', [['log-body at attestations[0]'], 'provenance']],
    ['windlass-wrong-predicate', [['predicate-type-unknown at attestations[0]'], 'none']],
  ])

await t.test('forged and misused documents are each refused for their own reason', { skip: noCorpus }, async (rule) => {
  const rejected = rejectedCases().filter(({ mustReject }) => mustReject === true)
  rule.strictSame(
    rejected.map(({ id }) => id),
    [...REJECTED.keys()],
    'every case has its codes',
  )
  for (const document of rejected) {
    // Where the tarball is not known, a genuine document of the same version tells its digest, or any digest will do.
    const genuine = cases.find(({ name, version }) => name === document.name && version === document.version)
    const integrity = document.integrity ?? genuine?.integrity ?? `sha512-${Buffer.alloc(64).toString('base64')}`
    const outcome = verify(coordinateOf({ ...document, integrity }), document.text)
    const [codes, left] = REJECTED.get(document.id) ?? [[], 'none']
    rule.strictSame(codesOf(outcome), codes, document.id)
    rule.equal(outcome.provenance !== null, left === 'provenance', `${document.id}: provenance`)
    rule.equal(outcome.publish !== null, left === 'publish', `${document.id}: publish attestation`)
  }
})

await t.test('an unsigned key id that names no key changes nothing', { skip: noCorpus }, async (rule) => {
  const mismatched = rejectedCases().find(({ id }) => id === 'pacote-mismatched-keyid')
  const genuine = cases.find(({ name, version }) => name === 'sigstore' && version === '0.4.0')
  if (mismatched === undefined || genuine === undefined) throw new Error('the corpus lacks sigstore@0.4.0')
  const wanted = verify(coordinateOf(genuine), genuine.text)
  rule.ok(isTrusted(wanted))
  rule.strictSame(verify(coordinateOf(genuine), mismatched.text), wanted)
})

await t.test(
  'key ids and hints can be changed or removed: the outcome is the same',
  { skip: noCorpus },
  async (rule) => {
    const otherHints = ['SHA256:jl3bwswu80PjjokCgh0o2w5c2U4LhQAE57gj9cz1kzA', 'constructor', '']
    for (const version of complete) {
      const wanted = verify(coordinateOf(version), version.text)
      for (const hint of [...otherHints, undefined]) {
        const document = JSON.parse(version.text) as { attestations: CorpusEntry[] }
        for (const { bundle } of document.attestations) {
          const [signature] = bundle.dsseEnvelope.signatures
          if (signature === undefined) throw new Error('no signature')
          if (hint === undefined) delete signature.keyid
          else signature.keyid = hint
          const { publicKey } = bundle.verificationMaterial
          if (publicKey !== undefined && hint === undefined) delete publicKey.hint
          else if (publicKey !== undefined && hint !== undefined) publicKey.hint = hint
        }
        const outcome = verify(coordinateOf(version), JSON.stringify(document))
        rule.strictSame(outcome, wanted, `${version.name}@${version.version} with the hint ${hint ?? '(none)'}`)
      }
    }
  },
)

await t.test('replay: no document passes for any other version', { skip: noCorpus }, async (rule) => {
  let pairs = 0
  for (const version of cases) {
    for (const other of cases) {
      if (other === version) continue
      pairs += 1
      const outcome = verify(coordinateOf(version), other.text)
      if (outcome.provenance !== null || outcome.publish !== null || outcome.findings.length === 0)
        rule.fail(`${other.name}@${other.version} passes for ${version.name}@${version.version}`)
      if (!codesOf(outcome).every((code) => code.startsWith('subject-name')))
        rule.fail(`${other.name}@${other.version} for ${version.name}: ${codesOf(outcome).join()}`)
    }
  }
  rule.equal(pairs, 380)
})

await t.test('swapped tarball: a genuine document does not vouch for other bytes', { skip: noCorpus }, async (rule) => {
  for (const version of cases) {
    const digest = Buffer.from(version.integrity.slice(7), 'base64')
    digest.writeUInt8(digest.readUInt8(63) ^ 1, 63)
    const changed = { ...coordinateOf(version), integrity: sha512(`sha512-${digest.toString('base64')}`) }
    const outcome = verify(changed, version.text)
    rule.strictSame(
      [outcome.provenance, outcome.publish, ...outcome.findings.map(({ code }) => code)],
      [null, null, ...version.verification.attestations.map(() => 'subject-digest')],
    )
  }
})

await t.test('recombined documents', { skip: noCorpus }, async (rule) => {
  for (const version of complete) {
    const [provenance, publish] = entriesOf(version)
    const coordinate = coordinateOf(version)
    const label = `${version.name}@${version.version}`
    const codes = (...attestations: readonly unknown[]): readonly string[] => {
      const outcome = verify(coordinate, documentOf(...attestations))
      rule.notOk(isTrusted(outcome), `${label} is not trusted`)
      return codesOf(outcome)
    }
    rule.ok(isTrusted(verify(coordinate, documentOf(publish, provenance))), 'the order of the entries is free')
    rule.strictSame(codes(provenance), [], 'an entry dropped is an entry missing, and nothing false was said')
    rule.strictSame(codes(publish), [])
    rule.strictSame(codes(), ['document-empty'])
    rule.strictSame(codes(provenance, publish, provenance), ['entry-duplicate'])
    rule.strictSame(codes(publish, provenance, publish), ['entry-duplicate'])
    rule.strictSame(codes(provenance, provenance), ['entry-duplicate'])
    const swapped = [
      { ...provenance, bundle: publish.bundle },
      { ...publish, bundle: provenance.bundle },
    ]
    const labels = ['predicate-type-label at attestations[0]', 'predicate-type-label at attestations[1]']
    rule.strictSame(codes(...swapped), labels, 'two bundles swapped')
    // The envelope of one in the verification material of the other: the wrong party signs.
    const exchanged = [
      { ...provenance, bundle: { ...provenance.bundle, verificationMaterial: publish.bundle.verificationMaterial } },
      { ...publish, bundle: { ...publish.bundle, verificationMaterial: provenance.bundle.verificationMaterial } },
    ]
    rule.ok(codes(...exchanged).length === 2, 'verification material swapped')
  }
})

await t.test('the bundle of another version in its place', { skip: noCorpus }, async (rule) => {
  const [first, ...rest] = complete
  if (first === undefined) throw new Error('the corpus has no complete document')
  const [provenance, publish] = entriesOf(first)
  for (const other of rest) {
    const [otherProvenance, otherPublish] = entriesOf(other)
    const mixed = verify(coordinateOf(first), documentOf(otherProvenance, publish))
    rule.strictSame(codesOf(mixed), ['subject-name at attestations[0]'])
    rule.equal(mixed.provenance, null)
    rule.strictSame(codesOf(verify(coordinateOf(first), documentOf(provenance, otherPublish))), [
      'subject-name at attestations[1]',
    ])
    // The log entry of another version: genuine, but for another envelope.
    const borrowed = {
      ...publish,
      bundle: {
        ...publish.bundle,
        verificationMaterial: {
          ...publish.bundle.verificationMaterial,
          tlogEntries: otherPublish.bundle.verificationMaterial.tlogEntries,
        },
      },
    }
    const outcome = verify(coordinateOf(first), documentOf(provenance, borrowed))
    rule.equal(outcome.publish, null)
    rule.equal(outcome.findings.length, 1)
  }
})

await t.test('the same log entry listed twice, or a great many', { skip: noCorpus }, async (rule) => {
  for (const version of complete) {
    const [provenance, publish] = entriesOf(version)
    const { tlogEntries } = provenance.bundle.verificationMaterial
    const withEntries = (count: number): readonly string[] => {
      const material = {
        ...provenance.bundle.verificationMaterial,
        tlogEntries: Array.from({ length: count }, () => tlogEntries[0]),
      }
      const bundle = { ...provenance.bundle, verificationMaterial: material }
      return codesOf(verify(coordinateOf(version), documentOf({ ...provenance, bundle }, publish)))
    }
    rule.strictSame(withEntries(2), ['log-duplicate at attestations[0]'])
    rule.strictSame(withEntries(9), ['bundle-malformed at attestations[0]'])
    rule.strictSame(withEntries(0), ['log-missing at attestations[0]'])
  }
})

await t.test(
  'a bundle has one spelling of each version, and a log entry one of each number',
  { skip: noCorpus },
  async (rule) => {
    const newest = complete.filter((version) => entriesOf(version)[0].bundle.mediaType.endsWith('.v0.3+json'))
    rule.ok(newest.length > 0)
    for (const version of newest) {
      const [provenance, publish] = entriesOf(version)
      for (const [mediaType, code] of [
        ['application/vnd.dev.sigstore.bundle+json;version=0.9', 'bundle-media-type'],
        ['application/vnd.dev.sigstore.bundle.v0.9+json', 'bundle-media-type'],
        ['application/vnd.dev.sigstore.bundle.v0.3+json;x', 'bundle-media-type'],
        [' application/vnd.dev.sigstore.bundle.v0.3+json', 'bundle-malformed'],
        ['', 'bundle-malformed'],
      ] as const) {
        const document = documentOf({ ...provenance, bundle: { ...provenance.bundle, mediaType } }, publish)
        rule.strictSame(codesOf(verify(coordinateOf(version), document)), [`${code} at attestations[0]`], mediaType)
      }
    }
    for (const version of complete) {
      const [, entry] = entriesOf(version)
      const [log] = entry.bundle.verificationMaterial.tlogEntries
      for (const field of ['logIndex', 'integratedTime']) {
        for (const change of [
          (text: string) => `0${text}`,
          (text: string) => `${text}.0`,
          (text: string) => ` ${text}`,
        ]) {
          const changed = { ...log, [field]: change(String(log?.[field])) }
          const material = { ...entry.bundle.verificationMaterial, tlogEntries: [changed] }
          const outcome = verify(
            coordinateOf(version),
            documentOf({ ...entry, bundle: { ...entry.bundle, verificationMaterial: material } }),
          )
          rule.strictSame(codesOf(outcome), ['bundle-malformed at attestations[0]'], JSON.stringify(changed[field]))
        }
      }
    }
  },
)

await t.test('keys: a document with the other key only, or for another usage', { skip: noCorpus }, async (rule) => {
  const { keys } = JSON.parse(corpusText('trust', 'npm-keys.tuf.json')) as {
    keys: { keyId: string; keyUsage: string; publicKey: object }[]
  }
  for (const version of complete) {
    const { publish } = verify(coordinateOf(version), version.text)
    const under = (kept: typeof keys): Trust => ({
      ...corpusTrust(),
      registryKeys: parseRegistryKeys(JSON.stringify({ keys: kept })),
    })
    const entry = publish?.entry ?? ''
    const other = under(keys.filter(({ keyId }) => keyId !== publish?.keyId))
    rule.strictSame(codesOf(verify(coordinateOf(version), version.text, other)), [`registry-key-unknown at ${entry}`])
    const signaturesOnly = under(keys.filter(({ keyUsage }) => keyUsage === 'npm:signatures'))
    rule.strictSame(codesOf(verify(coordinateOf(version), version.text, signaturesOnly)), [
      `registry-key-unknown at ${entry}`,
    ])
    const validFor = { start: '2000-01-01T00:00:00Z', end: '2001-01-01T00:00:00Z' }
    const expired = under(keys.map((key) => ({ ...key, publicKey: { ...key.publicKey, validFor } })))
    rule.strictSame(codesOf(verify(coordinateOf(version), version.text, expired)), [`registry-key-window at ${entry}`])
  }
  rule.throws(() => parseRegistryKeys(corpusText('rejected', '_keys', 'wrong-keyusage.json')), {
    name: BonafideError.name,
    code: 'BONAFIDE_REGISTRY_KEYS_MALFORMED',
    detail: { found: 'keys[1]: usage "npm:somethingelse"', line: 14 },
  })
})

await t.test(
  'trusted root: a log or authority without a start of its validity vouches for nothing',
  { skip: noCorpus },
  async (rule) => {
    interface Root {
      certificateAuthorities: { validFor?: { start?: string } }[]
      tlogs: { publicKey: { validFor?: { start?: string } } }[]
      ctlogs: { publicKey: { validFor?: { start?: string } } }[]
      timestampAuthorities?: { validFor?: { start?: string } }[]
    }
    const remove: readonly (readonly [what: string, change: (root: Root) => void])[] = [
      ['certificate authority 0', (root) => delete root.certificateAuthorities[0]?.validFor],
      ['transparency log 0', (root) => delete root.tlogs[0]?.publicKey.validFor],
      ['certificate transparency log 1', (root) => delete root.ctlogs[1]?.publicKey.validFor?.start],
    ]
    for (const [what, change] of remove) {
      const root = JSON.parse(corpusText('trust', 'trusted_root.public-good.json')) as Root
      change(root)
      rule.throws(() => parseTrustedRoot(JSON.stringify(root)), {
        code: 'BONAFIDE_TRUSTED_ROOT_MALFORMED',
        detail: { found: `${what} without the start of its validity` },
      })
    }
  },
)

await t.test('trust roots of others: nothing that the public one signed verifies', { skip: noCorpus }, async (rule) => {
  for (const file of ['trusted_root.github.json', 'trusted_root.staging.json']) {
    let root: Trust['root']
    try {
      root = parseTrustedRoot(corpusText('trust', file))
    } catch (error) {
      rule.match(error, { code: 'BONAFIDE_TRUSTED_ROOT_MALFORMED' }, `${file} cannot serve npm at all`)
      continue
    }
    for (const version of complete) {
      const outcome = verify(coordinateOf(version), version.text, { ...corpusTrust(), root })
      rule.strictSame([outcome.provenance, outcome.publish], [null, null], `${version.name} under ${file}`)
      rule.equal(outcome.findings.length, 2)
    }
  }
})

await t.test('a clock behind the log leaves the version undecided', { skip: noCorpus }, async (rule) => {
  for (const version of cases) {
    const { provenance, publish } = verify(coordinateOf(version), version.text)
    const times = [provenance, publish].flatMap(
      (evidence) => evidence?.log.map((log) => log.integratedTime?.getTime() ?? Number.NaN) ?? [],
    )
    const behind = verify(coordinateOf(version), version.text, corpusTrust(), new Date(Math.min(...times) - 3_600_000))
    rule.ok(
      behind.findings.length > 0 &&
        behind.findings.every(({ code, level }) => code === 'clock-behind' && level === 'undecided'),
    )
    rule.strictSame([behind.provenance, behind.publish], [null, null])
    // Two honest clocks may differ by some minutes.
    const slow = verify(coordinateOf(version), version.text, corpusTrust(), new Date(Math.max(...times) - 60_000))
    rule.strictSame(codesOf(slow), [])
    const none = verify(coordinateOf(version), version.text, corpusTrust(), new Date(Number.NaN))
    rule.ok(
      none.findings.length > 0 && none.findings.every(({ code }) => code === 'clock-behind'),
      'no time is no time',
    )
  }
})
