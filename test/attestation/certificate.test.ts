// SPDX-License-Identifier: Apache-2.0
// What a certificate must not say, byte by byte. No authority would sign these, so the reader of identities is asked directly.
import { startSandbox } from '@bonafide/sandbox'
import { X509Certificate } from '@sigstore/core'
import t from 'tap'
import type * as certificateModule from '../../packages/attestation/src/certificate.ts'
import type * as identityModule from '../../packages/attestation/src/certificate-identity.ts'

// Neither is exported by the package.
const folder = new URL('../../packages/attestation/src/', import.meta.url).href
const { Certificate } = (await import(`${folder}certificate.ts`)) as typeof certificateModule
const { identityOf } = (await import(`${folder}certificate-identity.ts`)) as typeof identityModule

const sandbox = await startSandbox({ seed: 'certificates' })
const published = await sandbox.publish({
  name: 'left-pad',
  version: '1.0.0',
  provenance: { repository: 'left-pad/left-pad', commit: 'c'.repeat(40), visibility: 'public' },
})
await sandbox.close()
const bundle = published.attestations?.attestations.find(({ predicateType }) => predicateType.includes('slsa'))?.bundle
const leaf = Buffer.from(bundle?.verificationMaterial.certificate?.rawBytes ?? '', 'base64')

// 1.3.6.1.4.1.57264.1 in DER; one more byte makes it the id of an extension.
const ARC = '2b0601040183bf3001'
const COMMIT = Buffer.from(`0c28${Buffer.from('c'.repeat(40)).toString('hex')}`, 'hex')

/** The certificate with some bytes replaced by as many others, behind the first place where a mark stands. */
function patched(mark: string, old: Buffer, replacement: Buffer): certificateModule.Certificate {
  const der = Buffer.from(leaf)
  const from = der.indexOf(Buffer.from(mark, 'hex'))
  const at = der.indexOf(old, from)
  if (from === -1 || at === -1 || old.length !== replacement.length) throw new Error('nothing to replace')
  replacement.copy(der, at)
  return new Certificate(X509Certificate.parse(der), der)
}

function codeOf(certificate: certificateModule.Certificate): string {
  const identity = identityOf(certificate, 'attestations[0]')
  return 'code' in identity ? `${identity.code}: ${identity.found}` : identity.commit
}

/** The certificate with another value of the commit's extension. */
function withCommit(hexadecimal: string): string {
  return codeOf(patched(`${ARC}0d`, COMMIT, Buffer.from(hexadecimal.padEnd(84, '63'), 'hex')))
}

const hex = (text: string): string => Buffer.from(text).toString('hex')

await t.test('an extension has one spelling of its text', async (rule) => {
  rule.equal(withCommit('0c28'), 'c'.repeat(40), 'as it is')
  rule.equal(withCommit(`0c28${hex('ü')}`), `ü${'c'.repeat(38)}`, 'UTF-8')
  const malformed = 'certificate-identity: 1.3.6.1.4.1.57264.1.13 is no UTF8String'
  for (const [bytes, what] of [
    ['1628', 'an IA5String'],
    ['1328', 'a PrintableString'],
    ['2c28', 'a constructed string'],
    ['0c27', 'bytes behind the end'],
    ['0c29', 'an end before the length'],
    ['0c8127', 'a length in more bytes than it needs'],
    ['0c820026', 'a length with a leading zero'],
    ['0c83000025', 'a length in three bytes'],
    ['0c80', 'no length at all'],
    ['0cff', 'a length of 127 bytes'],
    ['0c28ff', 'broken UTF-8'],
    ['0c28c080', 'an overlong encoding'],
    ['0c28eda080', 'half a surrogate pair'],
    ['0000', 'nothing'],
  ] as const)
    rule.equal(withCommit(bytes), malformed, what)
})

await t.test('an extension stands in a certificate once', async (rule) => {
  // The visibility (.22) becomes a second commit (.13).
  const [visibility, commit] = ['16', '0d'].map((number) => Buffer.from(`${ARC}${number}`, 'hex'))
  if (visibility === undefined || commit === undefined) throw new Error('no ids')
  rule.equal(
    codeOf(patched(`${ARC}16`, visibility, commit)),
    'certificate-identity: the extension 1.3.6.1.4.1.57264.1.13 twice',
  )
})

await t.test('a certificate for another purpose signs no code', async (rule) => {
  const codeSigning = Buffer.from('06082b06010505070303', 'hex')
  const serverAuth = Buffer.from('06082b06010505070301', 'hex')
  rule.equal(codeOf(patched('551d25', codeSigning, serverAuth)), 'certificate-purpose: no code signing')
  // The bytes of the purpose inside something that is no purpose.
  const octets = Buffer.from('04082b06010505070303', 'hex')
  rule.equal(codeOf(patched('551d25', codeSigning, octets)), 'certificate-purpose: no code signing')
})

await t.test('a certificate that names a host and no workflow is no identity', async (rule) => {
  rule.equal(codeOf(patched('551d11', Buffer.of(0x86), Buffer.of(0x82))), 'certificate-identity: no name')
})
