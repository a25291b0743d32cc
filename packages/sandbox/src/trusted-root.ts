// SPDX-License-Identifier: Apache-2.0
import type { CertificateAuthority } from './certificate-authority.ts'
import { ORGANIZATION } from './certificate.ts'
import type { KeyPair } from './key-pair.ts'
import type { TimestampAuthority } from './timestamp-authority.ts'

interface Log {
  readonly baseUrl: string
  readonly logId: Buffer
  readonly key: KeyPair
  readonly validFor: Window
}

interface Window {
  readonly start: Date
  readonly end?: Date
}

/** The `trusted_root.json` of a Sigstore, in the form of the public one; every key says since when it counts. */
export function trustedRootDocument(parts: {
  readonly authorities: readonly CertificateAuthority[]
  readonly certificateLogs: readonly Log[]
  readonly transparencyLogs: readonly Log[]
  readonly timestampAuthorities: readonly TimestampAuthority[]
}): string {
  const root = {
    mediaType: 'application/vnd.dev.sigstore.trustedroot+json;version=0.1',
    tlogs: parts.transparencyLogs.map(logInstance),
    certificateAuthorities: parts.authorities.map((authority) => authorityOf('sandbox', authority)),
    ctlogs: parts.certificateLogs.map(logInstance),
    timestampAuthorities: parts.timestampAuthorities.map((authority) =>
      authorityOf('sandbox-tsa-selfsigned', authority),
    ),
  }
  return `${JSON.stringify(root, null, 2)}\n`
}

function authorityOf(
  commonName: string,
  { uri, chain, validFor }: Pick<CertificateAuthority, 'uri' | 'chain' | 'validFor'>,
): object {
  return {
    subject: { organization: ORGANIZATION, commonName },
    uri,
    certChain: { certificates: chain.map((der) => ({ rawBytes: der.toString('base64') })) },
    validFor: window(validFor),
  }
}

function logInstance({ baseUrl, logId, key, validFor }: Log): object {
  return {
    baseUrl,
    hashAlgorithm: 'SHA2_256',
    publicKey: {
      rawBytes: key.publicKey.toString('base64'),
      keyDetails: key.curve === 'Ed25519' ? 'PKIX_ED25519' : 'PKIX_ECDSA_P256_SHA_256',
      validFor: window(validFor),
    },
    logId: { keyId: logId.toString('base64') },
  }
}

function window({ start, end }: Window): object {
  return { start: start.toISOString(), ...(end === undefined ? {} : { end: end.toISOString() }) }
}
