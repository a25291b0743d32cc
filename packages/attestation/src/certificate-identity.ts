// SPDX-License-Identifier: Apache-2.0
import { isUtf8 } from 'node:buffer'
import { finding, withoutRef } from '@bonafide/core'
import type { Finding } from '@bonafide/core'
import type { Certificate } from './certificate.ts'
import type { Identity } from './identity.ts'

// Fulcio's certificate extensions, https://github.com/sigstore/fulcio/blob/main/docs/oid-info.md
const FULCIO = '1.3.6.1.4.1.57264.1'
const CODE_SIGNING = '1.3.6.1.5.5.7.3.3' // id-kp-codeSigning, RFC 5280 section 4.2.1.12
const EXTENDED_KEY_USAGE = '2.5.29.37'

/** A CI system whose certificates count as provenance: its issuer, where its repositories live, how it names a workflow. */
interface CiIssuer {
  readonly issuer: string
  readonly host: string
  /** What stands between the repository and the workflow's path in a workflow URL. */
  readonly separator: '/' | '//'
}

const CI_ISSUERS: readonly CiIssuer[] = [
  { issuer: 'https://token.actions.githubusercontent.com', host: 'https://github.com/', separator: '/' },
  { issuer: 'https://gitlab.com', host: 'https://gitlab.com/', separator: '//' },
]

/**
 * Reads who a certificate was issued to, from its extensions alone.
 *
 * Two generations are known: certificates with the extensions .8 to .24 (since spring 2023), and those of before, which have the raw
 * extensions .1 to .6 and no ids. A certificate of the first kind that lacks an extension which all of its kind have is refused.
 *
 * @returns the identity, or the finding that stands against it
 */
export function identityOf(certificate: Certificate, entry: string): Identity | Finding {
  const fail = (
    code: 'certificate-identity' | 'issuer-unknown' | 'certificate-purpose',
    found: string,
    wanted: string,
  ): Finding => finding(code, { found, wanted, fix: 'ask the maintainers how this version was built', entry })

  // A certificate that was issued for something else, such as TLS, must not sign code.
  const usages = certificate.extension(EXTENDED_KEY_USAGE)?.valueObj.subs[0]?.subs ?? []
  if (!usages.some((usage) => usage.tag.isOID() && usage.toOID() === CODE_SIGNING))
    return fail('certificate-purpose', 'no code signing', 'extended key usage code signing')

  // Two extensions of one kind: readers differ on which one they see (RFC 5280, section 4.2, forbids it).
  const twice = certificate.repeatedExtension
  if (twice !== undefined) return fail('certificate-identity', `the extension ${twice} twice`, 'each extension once')

  const raw = (number: number): string | null =>
    certificate.extensionBytes(`${FULCIO}.${number}`)?.toString('utf8') ?? null
  let malformed: string | undefined
  const text = (number: number): string | null => {
    const bytes = certificate.extensionBytes(`${FULCIO}.${number}`)
    if (bytes === undefined) return null
    const value = utf8String(bytes)
    if (value === undefined) malformed = `${FULCIO}.${number} is no UTF8String`
    return value ?? null
  }

  const issuerV2 = text(8)
  const issuerV1 = raw(1)
  const issuer = issuerV2 ?? issuerV1
  // Identity theft by e-mail: Fulcio certifies people too; a person is no build.
  const ci = CI_ISSUERS.find((known) => known.issuer === issuer)
  if (ci === undefined)
    return fail('issuer-unknown', issuer ?? 'no issuer', CI_ISSUERS.map((known) => known.issuer).join(' or '))
  if (issuerV1 !== null && issuerV1 !== ci.issuer)
    return fail('certificate-identity', `issuers ${issuerV1} and ${ci.issuer}`, 'one issuer')
  const san = certificate.extSubjectAltName?.uri
  if (san === undefined)
    return fail('certificate-identity', certificate.extSubjectAltName?.rfc822Name ?? 'no name', 'the URL of a workflow')

  const fields = issuerV2 === null ? earlyFields(raw, san, ci) : currentFields(text)
  if (malformed !== undefined) return fail('certificate-identity', malformed, 'a UTF8String')
  if (typeof fields === 'string') return fail('certificate-identity', fields, 'the extensions of a CI job')

  // The name that the certificate authority checked is the signer's; the extension must not say otherwise.
  if (fields.signer !== san) return fail('certificate-identity', `signer ${fields.signer}, name ${san}`, 'one signer')
  if (!fields.repository.startsWith(ci.host))
    return fail('certificate-identity', fields.repository, `a repository under ${ci.host}`)
  const workflow = workflowPath(fields.callerUrl, fields.ref, fields.repository, ci)
  if (workflow === null) return fail('certificate-identity', fields.callerUrl, `a workflow of ${fields.repository}`)
  const { callerUrl: _, ...identity } = fields
  return { issuer: ci.issuer, ...identity, workflow }
}

type Fields = Omit<Identity, 'issuer' | 'workflow'> & { readonly callerUrl: string }

function currentFields(text: (number: number) => string | null): Fields | string {
  const required = new Map<string, string | null>([
    ['build signer URI', text(9)],
    ['runner environment', text(11)],
    ['source repository URI', text(12)],
    ['source repository digest', text(13)],
    ['source repository ref', text(14)],
    ['source repository id', text(15)],
    ['source repository owner URI', text(16)],
    ['source repository owner id', text(17)],
    ['build config URI', text(18)],
    ['build trigger', text(20)],
    ['run invocation URI', text(21)],
  ])
  for (const [what, value] of required) if (value === null || value === '') return `no ${what}`
  const get = (what: string): string => required.get(what) ?? ''
  return {
    repository: get('source repository URI'),
    repositoryId: get('source repository id'),
    owner: get('source repository owner URI'),
    ownerId: get('source repository owner id'),
    signer: get('build signer URI'),
    callerUrl: get('build config URI'),
    ref: get('source repository ref'),
    commit: get('source repository digest'),
    trigger: get('build trigger'),
    runner: get('runner environment'),
    runUrl: get('run invocation URI'),
  }
}

// GitHub only: .2 trigger, .3 commit, .5 repository, .6 ref. The caller is not told, so the signer has to be a workflow of the repository.
function earlyFields(raw: (number: number) => string | null, san: string, ci: CiIssuer): Fields | string {
  const trigger = raw(2)
  const commit = raw(3)
  const repository = raw(5)
  const ref = raw(6)
  if (ci.separator !== '/' || trigger === null || commit === null || repository === null || ref === null)
    return 'none of the extensions'
  return {
    repository: `${ci.host}${repository}`,
    repositoryId: null,
    owner: null,
    ownerId: null,
    signer: san,
    callerUrl: san,
    ref,
    commit,
    trigger,
    runner: null,
    runUrl: null,
  }
}

// `<repository>/<path>@<ref>`; a URL of another form names no workflow.
function workflowPath(url: string, ref: string, repository: string, ci: CiIssuer): string | null {
  const prefix = `${repository}${ci.separator}`
  const workflow = withoutRef(url, ref)
  return workflow === url || !url.startsWith(prefix) || workflow.length <= prefix.length
    ? null
    : workflow.slice(prefix.length)
}

// DER: tag 0x0c, a length in short or one- to two-byte long form, and nothing behind it (X.690, sections 8.1.3 and 10.1).
function utf8String(bytes: Buffer): string | undefined {
  const [tag, first, second = 0, third = 0] = bytes
  if (tag !== 0x0c || first === undefined) return undefined
  // Every other form is a second spelling of a length, the indefinite one (0x80), or longer than any certificate.
  const [start, length] =
    first < 0x80
      ? [2, first]
      : first === 0x81 && second >= 0x80
        ? [3, second]
        : first === 0x82 && second > 0
          ? [4, second * 256 + third]
          : [0, -1]
  const content = bytes.subarray(start)
  // Broken UTF-8 would be read as U+FFFD, so that two certificates show one identity.
  return content.length === length && isUtf8(content) ? content.toString('utf8') : undefined
}
