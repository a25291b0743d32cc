// SPDX-License-Identifier: Apache-2.0
import { createHash } from 'node:crypto'
import { BonafideError, parseJson } from '@bonafide/core'
import { TrustedRoot } from '@sigstore/protobuf-specs'
import { VerificationError, toTrustMaterial } from '@sigstore/verify'
import type { TrustMaterial } from '@sigstore/verify'
import { Certificate } from './certificate.ts'

type Authority = TrustMaterial['certificateAuthorities'][number]

declare const parsed: unique symbol

/** A Sigstore trusted root, ready for verification. Only {@link parseTrustedRoot} makes one. */
export interface SigstoreRoot {
  readonly [parsed]: true
  /** `sha256:` and the digest of the document's bytes, in hexadecimal: what reports name. */
  readonly digest: string
  readonly material: TrustMaterial
}

/**
 * Reads a Sigstore trusted root (`application/vnd.dev.sigstore.trustedroot+json`, version 0.1 or 0.2).
 *
 * Stricter than the stock reader: every authority and every log has to say since when it is valid, and none of the three lists that
 * provenance needs may be empty.
 *
 * @param text - the document
 * @param file - its name, for errors
 * @throws BonafideError `BONAFIDE_TRUSTED_ROOT_MALFORMED`, naming what is wrong
 */
export function parseTrustedRoot(text: string, file = 'the trusted root'): SigstoreRoot {
  const fail = (found: string, wanted: string, cause?: unknown): never => {
    throw new BonafideError('BONAFIDE_TRUSTED_ROOT_MALFORMED', `the trusted root cannot be used: ${found}`, {
      path: file,
      found,
      wanted,
      hint: 'give the trusted_root.json of a Sigstore TUF repository',
      ...(cause === undefined ? {} : { cause }),
    })
  }
  const document = parseJson(text)
  if ('problem' in document) return fail(`no JSON: ${document.problem} at line ${document.line}`, 'a JSON object')
  // Parsers differ on which of two equal keys they read.
  const duplicate = document.duplicates[0]
  if (duplicate !== undefined) return fail(`the key ${duplicate.path.join('.')} twice`, 'each key once')
  let root: TrustedRoot
  try {
    root = TrustedRoot.fromJSON(document.value)
  } catch (error) {
    return fail('not a trusted root', 'a Sigstore trusted root', error)
  }
  if (!MEDIA_TYPES.includes(root.mediaType)) {
    return fail(`media type ${root.mediaType === '' ? '(none)' : root.mediaType}`, MEDIA_TYPES.join(' or '))
  }
  const lists = {
    'certificate authority': root.certificateAuthorities.map((ca) => ca.validFor?.start),
    'transparency log': root.tlogs.map((log) => log.publicKey?.validFor?.start),
    'certificate transparency log': root.ctlogs.map((log) => log.publicKey?.validFor?.start),
  }
  for (const [what, starts] of Object.entries(lists)) {
    if (starts.length === 0) return fail(`no ${what}`, `at least one ${what}`)
    // A key without a start would be valid since 1970: it could vouch for any time. The stock reader accepts it.
    const index = starts.findIndex((start) => !isTime(start))
    if (index !== -1) return fail(`${what} ${index} without the start of its validity`, 'validFor.start')
  }
  if (root.timestampAuthorities.some(({ validFor }) => !isTime(validFor?.start))) {
    return fail('a timestamp authority without the start of its validity', 'validFor.start')
  }
  try {
    const stock = toTrustMaterial(root, noRegistryKey)
    const cached = (ca: Authority): Authority => ({
      ...ca,
      certChain: ca.certChain.map((certificate) => new Certificate(certificate)),
    })
    const certificateAuthorities = stock.certificateAuthorities.map(cached)
    const timestampAuthorities = stock.timestampAuthorities.map(cached)
    return {
      digest: `sha256:${createHash('sha256').update(text).digest('hex')}`,
      material: { ...stock, certificateAuthorities, timestampAuthorities },
    } as unknown as SigstoreRoot
  } catch (error) {
    return fail('a key or certificate that cannot be read', 'keys and certificates in DER', error)
  }
}

function isTime(date: Date | undefined): boolean {
  return date !== undefined && !Number.isNaN(date.getTime())
}

const MEDIA_TYPES = [
  'application/vnd.dev.sigstore.trustedroot+json;version=0.1',
  'application/vnd.dev.sigstore.trustedroot.v0.2+json',
]

// A trusted root holds no registry keys; which one verifies a bundle is decided in verify-bundle.ts, never by the bundle's hint.
function noRegistryKey(): never {
  throw new VerificationError({ code: 'PUBLIC_KEY_ERROR', message: 'no registry key' })
}
