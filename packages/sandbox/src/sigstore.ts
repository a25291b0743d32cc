// SPDX-License-Identifier: Apache-2.0
import { toBundle } from './bundle.ts'
import type { BundleForm, BundleJson, BundleSigner } from './bundle.ts'
import { createCertificateAuthority } from './certificate-authority.ts'
import type { CertificateAuthority } from './certificate-authority.ts'
import type { SubjectName } from './certificate.ts'
import type { FulcioExtensions } from './certificate-extensions.ts'
import { createCertificateLog } from './certificate-log.ts'
import type { CertificateLog } from './certificate-log.ts'
import { wholeSecond } from './clock.ts'
import { signEnvelope } from './envelope.ts'
import type { Envelope } from './envelope.ts'
import { toPem } from './key-pair.ts'
import type { KeyPair, Seed } from './key-pair.ts'
import { logBody } from './log-body.ts'
import type { RegistryKeyPair } from './registry-keys.ts'
import type { Statement } from './statement.ts'
import { createTimestampAuthority } from './timestamp-authority.ts'
import type { TimestampAuthority } from './timestamp-authority.ts'
import { TransparencyLog } from './transparency-log.ts'
import { trustedRootDocument } from './trusted-root.ts'

/** A whole Sigstore: certificate authority, certificate log, transparency log, timestamp authority, and retired ones of the last two. */
export interface Sigstore {
  readonly authority: CertificateAuthority
  readonly certificateLog: CertificateLog
  readonly log: TransparencyLog
  readonly retiredLog: TransparencyLog
  readonly timestampAuthority: TimestampAuthority
  readonly retiredTimestampAuthority: TimestampAuthority
  readonly trustedRoot: string
  /** A key that nobody has used before. */
  freshKey(): KeyPair
}

/** Somebody who can sign: a key, how bundles name it, and how logs name it. */
export interface Signer {
  readonly key: KeyPair
  readonly keyId: string
  readonly bundleSigner: BundleSigner
  /** Certificate or public key, as PEM. */
  readonly verifier: string
}

const RETIRED = new Date('2022-10-31T23:59:59.999Z')

/** Makes a Sigstore. Names and validities do not depend on the seed; every key does. */
export function createSigstore(seed: Seed): Sigstore {
  const authority = createCertificateAuthority('https://fulcio.sandbox.test', seed)
  const certificateLog = createCertificateLog('https://ctfe.sandbox.test/2022', seed.keyPair('certificate log'), {
    start: new Date('2021-03-14T00:00:00.000Z'),
  })
  const log = new TransparencyLog('https://rekor.sandbox.test', seed.keyPair('transparency log'), {
    start: new Date('2021-03-12T11:53:27.000Z'),
  })
  const retiredLog = new TransparencyLog('https://retired.rekor.sandbox.test', seed.keyPair('retired log'), {
    start: new Date('2021-03-12T11:53:27.000Z'),
    end: RETIRED,
  })
  const timestampAuthority = createTimestampAuthority('https://timestamp.sandbox.test/api/v1/timestamp', seed)
  const retiredTimestampAuthority = createTimestampAuthority('https://retired.timestamp.sandbox.test', seed, {
    start: new Date('2021-03-12T00:00:00.000Z'),
    end: RETIRED,
  })
  let keys = 0
  return {
    authority,
    certificateLog,
    log,
    retiredLog,
    timestampAuthority,
    retiredTimestampAuthority,
    trustedRoot: trustedRootDocument({
      authorities: [authority],
      certificateLogs: [certificateLog],
      transparencyLogs: [retiredLog, log],
      timestampAuthorities: [retiredTimestampAuthority, timestampAuthority],
    }),
    freshKey() {
      keys += 1
      return seed.keyPair(`fresh ${keys}`)
    },
  }
}

/** Makes a signer of a new key, and has it certified. */
export function certifiedSigner(
  sigstore: Sigstore,
  identity: { readonly subject: SubjectName; readonly extensions: FulcioExtensions },
  time: Date,
  certificateLog: CertificateLog | null = sigstore.certificateLog,
  authority: CertificateAuthority = sigstore.authority,
): Signer {
  const key = sigstore.freshKey()
  const notBefore = wholeSecond(time)
  const leaf = authority.issue({ ...identity, publicKey: key.publicKey, notBefore }, certificateLog)
  return {
    key,
    keyId: '',
    bundleSigner: { kind: 'certificate', leaf, chain: authority.chain },
    verifier: `${toPem('CERTIFICATE', leaf)}\n`,
  }
}

/** The registry as a signer of publish attestations. */
export function registrySigner({ keyId, pair }: RegistryKeyPair): Signer {
  return { key: pair, keyId, bundleSigner: { kind: 'key', keyId }, verifier: toPem('PUBLIC KEY', pair.publicKey) }
}

/** Signs a statement, has it logged, and bundles both. */
export function attest(
  log: TransparencyLog,
  statement: Statement,
  signer: Signer,
  form: BundleForm,
  time: Date,
  payloadType?: string,
): BundleJson {
  const envelope = signEnvelope(statement, { sign: (data) => signer.key.sign(data), keyId: signer.keyId }, payloadType)
  return bundleOf(log, envelope, signer, form, time)
}

/** Has an envelope logged and bundles both, whether or not its signature holds. */
export function bundleOf(
  log: TransparencyLog,
  envelope: Envelope,
  signer: Signer,
  form: BundleForm,
  time: Date,
): BundleJson {
  const entry = log.append(logBody(form.log, envelope, signer.verifier), wholeSecond(time))
  return toBundle(form, signer.bundleSigner, envelope, [entry])
}
