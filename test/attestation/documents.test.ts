// SPDX-License-Identifier: Apache-2.0
import { startSandbox } from '@bonafide/sandbox'
import type { BundleForm, CertificateSpec, ProvenanceSpec, Published, Release } from '@bonafide/sandbox'
import t from 'tap'
import { codesOf, isTrusted, verifyPublished } from './trust.ts'

const sandbox = await startSandbox({ seed: 'documents' })
t.teardown(() => sandbox.close())

const REPOSITORY = 'left-pad/left-pad'
const SLSA_V02 = 'https://slsa.dev/provenance/v0.2'
const SLSA_V1 = 'https://slsa.dev/provenance/v1'
let releases = 0

function publish(release: Omit<Release, 'name' | 'version'>): Promise<Published> {
  releases += 1
  return sandbox.publish({ name: '@left/pad', version: `1.0.${releases}`, ...release })
}

async function codesFor(provenance: Partial<ProvenanceSpec>): Promise<readonly string[]> {
  const outcome = verifyPublished(sandbox, await publish({ provenance: { repository: REPOSITORY, ...provenance } }))
  if (outcome.findings.length === 0 && !isTrusted(outcome)) throw new Error('neither trusted nor refused')
  return codesOf(outcome).map((code) => code.replace(/ at .*/u, ''))
}

await t.test('every form of bundle, log entry and predicate is read alike', async (rule) => {
  for (const version of ['0.1', '0.2', '0.3'] as const) {
    for (const log of ['dsse', 'intoto'] as const) {
      for (const predicateType of [SLSA_V02, SLSA_V1] as const) {
        const form: BundleForm = { version, log }
        const published = await publish({
          bundle: form,
          publishBundle: form,
          provenance: { repository: REPOSITORY, predicateType, environment: 'npm' },
        })
        const outcome = verifyPublished(sandbox, published)
        rule.ok(isTrusted(outcome), `v${version}, ${log}, ${predicateType}`)
        rule.equal(outcome.provenance?.predicateType, predicateType)
        rule.equal(outcome.provenance?.log[0].kind, log === 'dsse' ? 'dsse/0.0.1' : 'intoto/0.0.2')
        rule.strictSame(outcome.publish?.log[0].proofs, version === '0.1' ? ['promise'] : ['promise', 'proof'])
        rule.equal(outcome.provenance?.identity.repository, `https://github.com/${REPOSITORY}`)
      }
    }
  }
})

await t.test('a version without provenance, or without a publish attestation, shows what it has', async (rule) => {
  const alone = verifyPublished(
    sandbox,
    await publish({ provenance: { repository: REPOSITORY }, publishAttestation: false }),
  )
  rule.ok(alone.provenance !== null && alone.publish === null)
  rule.strictSame(alone.findings, [])
  const byHand = verifyPublished(sandbox, await publish({ publishAttestation: true }))
  rule.ok(byHand.provenance === null && byHand.publish !== null)
  rule.strictSame(byHand.findings, [])
})

await t.test('reusable workflow: the caller and the signer are told apart', async (rule) => {
  const signer = { repository: 'shared/flows', workflow: '.github/workflows/publish.yml', ref: 'refs/heads/main' }
  const published = await publish({ provenance: { repository: REPOSITORY, signer } })
  const identity = verifyPublished(sandbox, published).provenance?.identity
  rule.equal(identity?.repository, `https://github.com/${REPOSITORY}`)
  rule.equal(identity?.workflow, '.github/workflows/release.yml')
  rule.equal(identity?.signer, 'https://github.com/shared/flows/.github/workflows/publish.yml@refs/heads/main')
})

await t.test('a tag with an @ in it, as monorepos have, is a ref and no part of the workflow', async (rule) => {
  const ref = 'refs/tags/@left/pad@1.0.0'
  const published = await publish({ provenance: { repository: REPOSITORY, ref } })
  const identity = verifyPublished(sandbox, published).provenance?.identity
  rule.equal(identity?.workflow, '.github/workflows/release.yml')
  rule.equal(identity?.ref, ref)
})

await t.test('a file release.yml@evil.yml is not release.yml', async (rule) => {
  const workflow = '.github/workflows/release.yml@evil.yml'
  const published = await publish({ provenance: { repository: REPOSITORY, workflow } })
  rule.equal(verifyPublished(sandbox, published).provenance?.identity.workflow, workflow)
})

await t.test('early certificates: no ids, no runner, and the signer has to be the caller', async (rule) => {
  const early: CertificateSpec = { generation: 'early' }
  const published = await publish({
    bundle: { version: '0.1', log: 'intoto' },
    provenance: { repository: REPOSITORY, predicateType: SLSA_V02, certificate: early },
  })
  const identity = verifyPublished(sandbox, published).provenance?.identity
  rule.match(identity, { repositoryId: null, ownerId: null, owner: null, runner: null, runUrl: null, trigger: 'push' })
  rule.equal(identity?.repository, `https://github.com/${REPOSITORY}`)
  const signer = { repository: 'shared/flows', workflow: '.github/workflows/publish.yml', ref: 'refs/heads/main' }
  rule.strictSame(await codesFor({ signer, certificate: early }), ['certificate-identity'])
  for (const number of [2, 3, 5, 6]) {
    const certificate = { ...early, extensions: { [number]: null } }
    rule.strictSame(await codesFor({ certificate }), ['certificate-identity'], `without .${number}`)
  }
})

await t.test('GitLab: another issuer, another separator', async (rule) => {
  const issuer = 'https://gitlab.com'
  const published = await publish({ provenance: { repository: 'group/sub/left-pad', issuer, ref: 'refs/heads/main' } })
  const outcome = verifyPublished(sandbox, published)
  rule.ok(isTrusted(outcome))
  rule.match(outcome.provenance?.identity, {
    issuer,
    repository: 'https://gitlab.com/group/sub/left-pad',
    workflow: '.gitlab-ci.yml',
    runner: 'gitlab-hosted',
  })
  const elsewhere = { repository: 'group/left-pad', issuer, ref: 'refs/heads/main' }
  rule.strictSame(
    await codesFor({
      ...elsewhere,
      editPredicate: (predicate) => ({
        ...predicate,
        invocation: { configSource: { uri: 'git+https://gitlab.com/other/left-pad', digest: { sha1: 'x' } } },
      }),
    }),
    ['predicate-mismatch', 'predicate-mismatch'],
  )
})

await t.test('a person, or a CI system that we do not know, is no build', async (rule) => {
  rule.strictSame(await codesFor({ issuer: 'https://token.actions.githubusercontent.com.evil.test' }), [
    'issuer-unknown',
  ])
  rule.strictSame(await codesFor({ issuer: 'https://github.com/login/oauth' }), ['issuer-unknown'])
  const email = 'maintainer@left-pad.test'
  rule.strictSame(await codesFor({ certificate: { subject: { email } } }), ['certificate-identity'])
  rule.strictSame(
    await codesFor({
      certificate: {
        subject: { email },
        extensions: { 1: 'https://accounts.google.com', 8: 'https://accounts.google.com' },
      },
    }),
    ['issuer-unknown'],
  )
})

await t.test('certificates that contradict themselves are refused', async (rule) => {
  const identity = 'certificate-identity'
  const uri = 'https://github.com/evil/left-pad/.github/workflows/release.yml@refs/tags/v1.0.0'
  rule.strictSame(await codesFor({ certificate: { subject: { uri } } }), [identity], 'name and signer differ')
  for (const [number, value, what] of [
    [1, 'https://gitlab.com', 'two issuers'],
    [9, uri, 'signer and name differ'],
    [12, 'https://gitlab.com/left-pad/left-pad', "a repository of another host than the issuer's"],
    [12, 'https://github.com.evil.test/left-pad/left-pad', 'a host that only begins alike'],
    [18, uri, 'a caller that is of another repository'],
    [18, `https://github.com/${REPOSITORY}-evil/.github/workflows/release.yml@refs/heads/main`, 'or only begins alike'],
    [18, `https://github.com/${REPOSITORY}/.github/workflows/release.yml`, 'a caller without a ref'],
  ] as const) {
    rule.strictSame(await codesFor({ certificate: { extensions: { [number]: value } } }), [identity], what)
  }
  for (const number of [9, 11, 12, 13, 14, 15, 16, 17, 18, 20, 21]) {
    for (const value of number === 9 ? [null, ''] : [null])
      rule.strictSame(await codesFor({ certificate: { extensions: { [number]: value } } }), [identity], `.${number}`)
  }
  rule.strictSame(await codesFor({ certificate: { extensions: { 8: null, 1: null } } }), ['issuer-unknown'])
})

await t.test('long extensions are read whole', async (rule) => {
  for (const length of [100, 127, 128, 255, 256, 5000]) {
    const ref = `refs/heads/${'x'.repeat(length - 11)}`
    const published = await publish({ provenance: { repository: REPOSITORY, ref } })
    rule.equal(verifyPublished(sandbox, published).provenance?.identity.ref, ref, `a ref of ${length} characters`)
  }
  const ref = 'refs/heads/grüße-😀'
  const signer = { repository: 'shared/flows', workflow: '.github/workflows/publish.yml', ref: 'refs/heads/main' }
  const published = await publish({ provenance: { repository: REPOSITORY, ref, signer } })
  rule.equal(verifyPublished(sandbox, published).provenance?.identity.ref, ref)
})

type Path = readonly (string | number)[]

function set(value: unknown, [step, ...rest]: Path, member: unknown): unknown {
  if (step === undefined) return member
  const inner = (value as Record<string | number, unknown>)[step]
  if (Array.isArray(value)) return value.with(Number(step), set(inner, rest, member))
  return { ...(value as object), [step]: set(inner, rest, member) }
}

async function codesWith(predicateType: typeof SLSA_V1 | typeof SLSA_V02, path: Path, member: unknown) {
  return codesFor({ predicateType, editPredicate: (predicate) => set(predicate, path, member) as object })
}

await t.test('a predicate that contradicts the certificate, field by field', async (rule) => {
  const definition = 'buildDefinition'
  const workflow = [definition, 'externalParameters', 'workflow']
  const github = [definition, 'internalParameters', 'github']
  const environment = ['invocation', 'environment']
  const config = ['invocation', 'configSource']
  const always: readonly (readonly [typeof SLSA_V1 | typeof SLSA_V02, Path])[] = [
    [SLSA_V1, [...workflow, 'repository']],
    [SLSA_V1, [...workflow, 'ref']],
    [SLSA_V1, [...workflow, 'path']],
    [SLSA_V1, [definition, 'resolvedDependencies', 0, 'uri']],
    [SLSA_V1, [definition, 'resolvedDependencies', 0, 'digest', 'gitCommit']],
    [SLSA_V02, [...config, 'uri']],
    [SLSA_V02, [...config, 'digest', 'sha1']],
    [SLSA_V02, [...config, 'entryPoint']],
    [SLSA_V02, ['materials', 0, 'uri']],
    [SLSA_V02, ['materials', 0, 'digest', 'sha1']],
  ]
  const whereTold: typeof always = [
    [SLSA_V1, [...github, 'event_name']],
    [SLSA_V1, [...github, 'repository_id']],
    [SLSA_V1, [...github, 'repository_owner_id']],
    [SLSA_V1, ['runDetails', 'builder', 'id']],
    [SLSA_V1, ['runDetails', 'metadata', 'invocationId']],
    ...['REPOSITORY', 'REF', 'SHA', 'EVENT_NAME', 'REPOSITORY_ID', 'REPOSITORY_OWNER_ID'].map(
      (name) => [SLSA_V02, [...environment, `GITHUB_${name}`]] as const,
    ),
  ]
  for (const [predicateType, path] of [...always, ...whereTold]) {
    for (const value of path.length > 3 ? ['https://github.com/evil/evil'] : ['', 7, ['push']]) {
      const codes = await codesWith(predicateType, path, value)
      rule.strictSame(codes, ['predicate-mismatch'], `${path.join('.')} is ${JSON.stringify(value)}`)
    }
  }
  for (const [predicateType, path] of always)
    rule.strictSame(await codesWith(predicateType, path, undefined), ['predicate-mismatch'], `no ${path.join('.')}`)
  for (const [predicateType, path] of whereTold)
    rule.strictSame(
      await codesWith(predicateType, path, undefined),
      [],
      `no ${path.join('.')}: nothing said, nothing false`,
    )
  for (const [predicateType, path] of [
    [SLSA_V1, [definition]],
    [SLSA_V1, [definition, 'resolvedDependencies']],
    [SLSA_V1, workflow],
    [SLSA_V02, ['invocation']],
    [SLSA_V02, config],
  ] as const) {
    for (const value of [undefined, []])
      rule.strictSame(
        await codesWith(predicateType, path, value),
        ['predicate-malformed'],
        `${path.join('.')} malformed`,
      )
  }
})

await t.test('what is no attestation document', async (rule) => {
  const published = await publish({ provenance: { repository: REPOSITORY } })
  const [first] = published.attestations?.attestations ?? []
  const served = (attestationsText: string): readonly string[] => {
    const outcome = verifyPublished(sandbox, { ...published, attestationsText })
    rule.strictSame([outcome.provenance, outcome.publish], [null, null])
    return codesOf(outcome)
  }
  for (const text of [
    '',
    'null',
    '[]',
    '{}',
    '{"attestations":{}}',
    '{"attestations":[null]}',
    '{"attestations":[{"predicateType":"x"}]}',
    '{"attestations":[{"bundle":{}}]}',
    '{"attestations":[],"attestations":[]}',
    `{"attestations":[${Array.from({ length: 17 }, () => '{"predicateType":"x","bundle":{}}').join()}]}`,
    '['.repeat(100_000),
    published.attestationsText?.slice(0, -1) ?? '',
  ])
    rule.strictSame(served(text), ['document-malformed'], text.slice(0, 40))
  rule.strictSame(served('{"attestations":[]}'), ['document-empty'])
  for (const bundle of [
    {},
    { ...first?.bundle, dsseEnvelope: undefined },
    { ...first?.bundle, dsseEnvelope: { ...first?.bundle.dsseEnvelope, signatures: [] } },
    { ...first?.bundle, verificationMaterial: undefined },
    { ...first?.bundle, verificationMaterial: { ...first?.bundle.verificationMaterial, publicKey: undefined } },
    {
      ...first?.bundle,
      messageSignature: { messageDigest: { digest: 'AA==' }, signature: 'AA==' },
      dsseEnvelope: undefined,
    },
  ]) {
    const text = JSON.stringify({ attestations: [{ predicateType: first?.predicateType, bundle }] })
    rule.strictSame(served(text), ['bundle-malformed at attestations[0]'])
  }
})

await t.test('what is no statement', async (rule) => {
  const published = await publish({ provenance: { repository: REPOSITORY } })
  const entry = published.attestations?.attestations.find(({ predicateType }) => predicateType === SLSA_V1)
  if (entry === undefined) throw new Error('no provenance')
  const { dsseEnvelope } = entry.bundle
  const statement = Buffer.from(dsseEnvelope.payload, 'base64').toString('utf8')
  const codes = (payload: string): readonly string[] => {
    const envelope = { ...dsseEnvelope, payload: Buffer.from(payload).toString('base64') }
    const attestations = [{ ...entry, bundle: { ...entry.bundle, dsseEnvelope: envelope } }]
    return codesOf(verifyPublished(sandbox, { ...published, attestationsText: JSON.stringify({ attestations }) }))
  }
  for (const payload of [
    'null',
    '[]',
    '{}',
    'not JSON',
    statement.slice(0, -1),
    // Two subjects under one key: parsers differ on which they read.
    statement.replace('"subject":', '"subject":[],"subject":'),
    JSON.stringify({ ...(JSON.parse(statement) as object), predicate: undefined }),
    JSON.stringify({ ...(JSON.parse(statement) as object), predicate: [] }),
    JSON.stringify({ ...(JSON.parse(statement) as object), predicateType: [SLSA_V1] }),
  ])
    rule.strictSame(codes(payload), ['statement-malformed at attestations[0]'], payload.slice(0, 60))
  for (const _type of [undefined, 'https://in-toto.io/Statement/v2', ['https://in-toto.io/Statement/v1']])
    rule.strictSame(codes(JSON.stringify({ ...(JSON.parse(statement) as object), _type })), [
      'statement-type at attestations[0]',
    ])
})
