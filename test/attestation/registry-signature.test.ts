// SPDX-License-Identifier: Apache-2.0
import { generateKeyPairSync, sign } from 'node:crypto'
import { gunzipSync } from 'node:zlib'
import { readFileSync } from 'node:fs'
import { parseRegistryKeys, verifyRegistrySignature } from '@bonafide/attestation'
import type { RegistryKeys, RegistrySignature } from '@bonafide/attestation'
import type { Coordinate } from '@bonafide/core'
import t from 'tap'
import { corpusPath, corpusText, noCorpus } from '../support/corpus.ts'
import { NOW, coordinateOf, corpusTrust } from './trust.ts'

interface Signed {
  readonly coordinate: Coordinate
  readonly signatures: readonly RegistrySignature[]
  readonly publishedAt: Date
}

interface CorpusPackument {
  readonly name: string
  readonly time: Readonly<Record<string, string>>
  readonly versions: Readonly<
    Record<
      string,
      { readonly dist: { readonly integrity?: string; readonly signatures?: readonly RegistrySignature[] } }
    >
  >
}

function signedVersions(): { readonly packuments: number; readonly signed: readonly Signed[] } {
  const index = JSON.parse(corpusText('packuments', 'index.json')) as readonly { readonly file: string }[]
  const signed: Signed[] = []
  for (const { file } of index) {
    const packument = JSON.parse(gunzipSync(readFileSync(corpusPath(file))).toString('utf8')) as CorpusPackument
    for (const [version, { dist }] of Object.entries(packument.versions)) {
      if (dist.integrity === undefined || dist.signatures === undefined) continue
      const coordinate = coordinateOf({ name: packument.name, version, integrity: dist.integrity })
      signed.push({ coordinate, signatures: dist.signatures, publishedAt: new Date(packument.time[version] ?? '') })
    }
  }
  return { packuments: index.length, signed }
}

await t.test(
  'every signature of the recorded packuments verifies, and none over anything else',
  { skip: noCorpus },
  async (rule) => {
    const { packuments, signed } = signedVersions()
    rule.equal(packuments, 36)
    const keys = corpusTrust().registryKeys
    let verified = 0
    for (const { coordinate, signatures, publishedAt } of signed) {
      const state = verifyRegistrySignature(coordinate, signatures, keys, publishedAt, NOW)
      if (state.state !== 'valid') rule.fail(`${coordinate.name}@${coordinate.version} is ${state.state}`)
      else verified += 1
    }
    rule.equal(verified, signed.length)
    rule.ok(verified > 2000)
    rule.comment(`${verified} registry signatures of ${packuments} packuments verified`)
    for (const { coordinate, signatures, publishedAt } of signed.filter((_, index) => index % 10 === 0)) {
      const { name, version, integrity } = coordinate
      const changed = integrity.startsWith('sha512-A')
        ? `sha512-B${integrity.slice(8)}`
        : `sha512-A${integrity.slice(8)}`
      for (const other of [
        { ...coordinate, name: `${name}x` },
        { ...coordinate, name: name.slice(0, -1) },
        { ...coordinate, version: `${version}0` },
        coordinateOf({ name, version, integrity: changed }),
      ]) {
        const { state } = verifyRegistrySignature(other, signatures, keys, publishedAt, NOW)
        if (state !== 'invalid') rule.fail(`${other.name}@${other.version} is ${state}`)
      }
    }
  },
)

await t.test('a key that has expired speaks for the time before its end only', { skip: noCorpus }, async (rule) => {
  const { signed } = signedVersions()
  const old = signed.find(({ signatures }) => signatures[0]?.keyid.startsWith('SHA256:jl3') === true)
  if (old === undefined) throw new Error('no version signed with the old key')
  const keys = corpusTrust().registryKeys
  const at = (publishedAt: Date | null, now = NOW): string =>
    verifyRegistrySignature(old.coordinate, old.signatures, keys, publishedAt, now).state
  rule.equal(at(old.publishedAt), 'valid')
  rule.equal(at(new Date('2025-01-29T00:00:00Z')), 'valid', 'its last moment')
  rule.equal(at(new Date('2025-01-29T00:00:00.001Z')), 'outside-window')
  rule.equal(at(NOW), 'outside-window')
  rule.equal(at(new Date('1998-01-01T00:00:00Z')), 'outside-window', 'before its start')
  rule.equal(at(null), 'time-unknown')
  rule.equal(at(null, new Date('2024-01-01T00:00:00Z')), 'valid', 'before its end nobody has to know the time')
})

// A registry of our own, for what the corpus does not show.
const one = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const other = generateKeyPairSync('ec', { namedCurve: 'P-256' })

interface ListedKey {
  readonly pair: typeof one
  readonly id: string
  readonly usage?: string
  readonly start?: string
  readonly end?: string
}

function listed(...keys: readonly ListedKey[]): RegistryKeys {
  return parseRegistryKeys(
    JSON.stringify({
      keys: keys.map(({ pair, id, usage = 'npm:signatures', start = '2020-01-01T00:00:00Z', end }) => ({
        keyId: id,
        keyUsage: usage,
        publicKey: {
          rawBytes: pair.publicKey.export({ format: 'der', type: 'spki' }).toString('base64'),
          keyDetails: 'PKIX_ECDSA_P256_SHA_256',
          validFor: { start, ...(end === undefined ? {} : { end }) },
        },
      })),
    }),
  )
}

const version = coordinateOf({
  name: 'left',
  version: '1.0.0',
  integrity: `sha512-${Buffer.alloc(64, 7).toString('base64')}`,
})

function signature(keyid: string, pair = one, data = `left@1.0.0:${version.integrity}`): RegistrySignature {
  return { keyid, sig: sign('sha256', Buffer.from(data), pair.privateKey).toString('base64') }
}

function stateOf(signatures: readonly RegistrySignature[], keys: RegistryKeys, publishedAt: Date | null = NOW): string {
  return verifyRegistrySignature(version, signatures, keys, publishedAt, NOW).state
}

await t.test('no signature, or none by a pinned key, is no yes', async (rule) => {
  const keys = listed({ pair: one, id: 'one' })
  rule.equal(stateOf([], keys), 'missing')
  rule.equal(stateOf([signature('two', other)], keys), 'unknown-key')
  rule.equal(stateOf([signature('one', other)], keys), 'invalid', 'a stranger under the name of a pinned key')
  rule.equal(stateOf([{ keyid: 'one', sig: '' }], keys), 'invalid')
  rule.equal(stateOf([{ keyid: 'one', sig: 'not base64 at all' }], keys), 'invalid')
  rule.equal(stateOf([signature('one', one, `left@1.0.0:${version.integrity}\n`)], keys), 'invalid')
})

await t.test('which key signed is found by trying, not by the hint', async (rule) => {
  const keys = listed({ pair: other, id: 'two' }, { pair: one, id: 'one' })
  rule.strictSame(verifyRegistrySignature(version, [signature('two')], keys, NOW, NOW), {
    state: 'valid',
    keyId: 'one',
    trustDomain: keys.keys[1]?.trustDomain,
  })
  rule.equal(stateOf([signature('__proto__')], keys), 'valid')
})

await t.test("a stranger's signature beside a valid one does no harm; a broken one of ours does", async (rule) => {
  const keys = listed({ pair: one, id: 'one' })
  rule.equal(stateOf([signature('mirror', other), signature('one')], keys), 'valid')
  rule.equal(stateOf([signature('one'), signature('one', other)], keys), 'invalid')
})

await t.test('a key for attestations alone signs no version', async (rule) => {
  rule.equal(stateOf([signature('one')], listed({ pair: one, id: 'one', usage: 'npm:attestations' })), 'unknown-key')
})

await t.test('one key with two windows speaks for both, and for nothing between', async (rule) => {
  const keys = listed(
    { pair: one, id: 'one', start: '2020-01-01T00:00:00Z', end: '2021-01-01T00:00:00Z' },
    { pair: one, id: 'one', start: '2024-01-01T00:00:00Z', end: '2025-01-01T00:00:00Z' },
  )
  rule.equal(stateOf([signature('one')], keys, new Date('2020-06-01T00:00:00Z')), 'valid')
  rule.equal(stateOf([signature('one')], keys, new Date('2024-06-01T00:00:00Z')), 'valid')
  rule.equal(stateOf([signature('one')], keys, new Date('2022-06-01T00:00:00Z')), 'outside-window')
  rule.equal(stateOf([signature('one')], keys, null), 'time-unknown')
})

await t.test('a valid signature counts beside one whose key had expired', async (rule) => {
  const keys = listed({ pair: other, id: 'old', end: '2021-01-01T00:00:00Z' }, { pair: one, id: 'one' })
  rule.equal(stateOf([signature('old', other), signature('one')], keys), 'valid')
  rule.equal(stateOf([signature('old', other)], keys), 'outside-window')
})

const keysDocument = (...list: readonly unknown[]): string => JSON.stringify({ keys: list })

await t.test('the keys document: anything unexpected stops, with its place', async (rule) => {
  const der = one.publicKey.export({ format: 'der', type: 'spki' }).toString('base64')
  const p384 = generateKeyPairSync('ec', { namedCurve: 'P-384' })
    .publicKey.export({ format: 'der', type: 'spki' })
    .toString('base64')
  const endpoint = {
    keyid: 'one',
    keytype: 'ecdsa-sha2-nistp256',
    scheme: 'ecdsa-sha2-nistp256',
    key: der,
    expires: null,
  }
  const publicKey = {
    rawBytes: der,
    keyDetails: 'PKIX_ECDSA_P256_SHA_256',
    validFor: { start: '2020-01-01T00:00:00Z' },
  }
  const tuf = { keyId: 'one', keyUsage: 'npm:signatures', publicKey }
  const both = parseRegistryKeys(keysDocument(endpoint)).keys[0]
  rule.strictSame([...(both?.usages ?? [])], ['signatures', 'attestations'], 'the endpoint tells no usage')
  rule.equal(
    parseRegistryKeys(keysDocument(tuf, { ...tuf, keyUsage: 'npm:attestations' })).keys.length,
    1,
    'one key, two usages',
  )
  for (const [text, found] of [
    ['', 'no JSON: value expected, found the end of the file'],
    ['[]', 'no keys'],
    ['null', 'no keys'],
    ['{}', 'no keys'],
    ['{"keys":[]}', 'no keys'],
    ['{"keys":{}}', 'no keys'],
    [`{"keys":[${JSON.stringify(endpoint).replace('{', '{"keyid":"two",')}]}`, 'the key keys.0.keyid twice'],
    [keysDocument(null), 'keys[0]: not an object'],
    [keysDocument(endpoint, {}), 'keys[1]: no id'],
    [keysDocument({ ...endpoint, keyid: '' }), 'keys[0]: no id'],
    [keysDocument({ ...endpoint, key: 1 }), 'keys[0]: no key bytes'],
    [keysDocument({ ...endpoint, key: 'AAAA' }), 'keys[0]: key bytes that are no public key'],
    [keysDocument({ ...endpoint, key: p384 }), 'keys[0]: not a P-256 key'],
    [keysDocument({ ...endpoint, scheme: 'rsa' }), 'keys[0]: scheme "rsa"'],
    [keysDocument({ ...endpoint, expires: 'soon' }), 'keys[0]: an end of its validity that is no time'],
    [keysDocument({ ...endpoint, expires: '2025-01-29T00:00:00' }), 'keys[0]: an end of its validity that is no time'],
    [keysDocument({ ...endpoint, expires: '2025-13-29T00:00:00Z' }), 'keys[0]: an end of its validity that is no time'],
    [keysDocument({ ...endpoint, expires: 1 }), 'keys[0]: an end of its validity that is no time'],
    [keysDocument({ ...tuf, keyUsage: 'npm:somethingelse' }), 'keys[0]: usage "npm:somethingelse"'],
    [keysDocument({ ...tuf, keyUsage: 'constructor' }), 'keys[0]: usage "constructor"'],
    [keysDocument({ ...tuf, keyUsage: ['npm:signatures'] }), 'keys[0]: usage ["npm:signatures"]'],
    [
      keysDocument({ ...tuf, publicKey: { ...publicKey, keyDetails: 'PKIX_ED25519' } }),
      'keys[0]: scheme "PKIX_ED25519"',
    ],
    [keysDocument({ ...tuf, publicKey: { ...publicKey, validFor: undefined } }), 'keys[0]: no validity'],
    [keysDocument({ ...tuf, publicKey: { ...publicKey, validFor: {} } }), 'keys[0]: no start of its validity'],
  ] as const) {
    rule.throws(
      () => parseRegistryKeys(text, 'keys.json'),
      { code: 'BONAFIDE_REGISTRY_KEYS_MALFORMED', detail: { found, path: 'keys.json', hint: /keys\.json/u } },
      found,
    )
  }
})
