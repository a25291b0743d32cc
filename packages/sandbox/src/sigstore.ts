// SPDX-License-Identifier: Apache-2.0
import { createHash } from 'node:crypto'
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
import { isTileKind, logBody } from './log-body.ts'
import type { RegistryKeyPair } from './registry-keys.ts'
import type { Statement } from './statement.ts'
import type { TimestampAuthority } from './timestamp-authority.ts'
import { trustedRootDocument } from './trusted-root.ts'
import { createWitnesses } from './witnesses.ts'
import type { Witnesses } from './witnesses.ts'

/** A whole Sigstore: certificate authority, certificate log, witnesses, and others that were retired in 2022. */
export interface Sigstore extends Witnesses {
  readonly authority: CertificateAuthority
  readonly certificateLog: CertificateLog
  readonly retired: Witnesses
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

/** Makes a Sigstore. Names and validities do not depend on the seed; every key does. */
export function createSigstore(seed: Seed): Sigstore {
  const authority = createCertificateAuthority('https://fulcio.sandbox.test', seed)
  const certificateLog = createCertificateLog('https://ctfe.sandbox.test/2022', seed.keyPair('certificate log'), {
    start: new Date('2021-03-14T00:00:00.000Z'),
  })
  const current = createWitnesses(seed, '', { start: new Date('2021-03-12T11:53:27.000Z') })
  const retired = createWitnesses(seed, 'retired.', {
    start: new Date('2021-03-12T11:53:27.000Z'),
    end: new Date('2022-10-31T23:59:59.999Z'),
  })
  let keys = 0
  return {
    authority,
    certificateLog,
    ...current,
    retired,
    trustedRoot: trustedRootDocument({
      authorities: [authority],
      certificateLogs: [certificateLog],
      transparencyLogs: [retired, current].flatMap(({ log, tileLog }) => [log, tileLog]),
      timestampAuthorities: [retired, current].map(({ timestampAuthority }) => timestampAuthority),
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

/** Signs a statement, has it logged and, where the form says so, stamped, and bundles all. */
export function attest(
  witnesses: Witnesses,
  statement: Statement,
  signer: Signer,
  form: BundleForm,
  time: Date,
  payloadType?: string,
): BundleJson {
  const envelope = signEnvelope(statement, { sign: (data) => signer.key.sign(data), keyId: signer.keyId }, payloadType)
  return bundleOf(witnesses, envelope, signer, form, time)
}

/** Has an envelope witnessed and bundles all, whether or not its signature holds. */
export function bundleOf(
  { log, tileLog, timestampAuthority }: Witnesses,
  envelope: Envelope,
  signer: Signer,
  form: BundleForm,
  time: Date,
): BundleJson {
  const second = wholeSecond(time)
  const { timestamp = isTileKind(form.log) } = form
  // The order of Sigstore's clients: the stamp before the log.
  const stamps = timestamp ? [stampEnvelope(timestampAuthority, envelope, second)] : []
  const body = logBody(form.log, envelope, signer.verifier)
  const entry = isTileKind(form.log) ? tileLog.append(body) : log.append(body, second)
  return toBundle(form, signer.bundleSigner, envelope, entry, stamps)
}

/** A timestamp over an envelope's signature. */
export function stampEnvelope(authority: TimestampAuthority, { signatures }: Envelope, time: Date): Buffer {
  const digest = createHash('sha256').update(Buffer.from(signatures[0].sig, 'base64')).digest()
  return authority.stamp({ algorithm: 'sha256', digest, time })
}
