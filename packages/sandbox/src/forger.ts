// SPDX-License-Identifier: Apache-2.0
import { FORMS, REGISTRY_NAME, before, provenanceParts } from './attestations.ts'
import type { BundleForm, BundleJson, TlogEntryJson } from './bundle.ts'
import type { CertificateAuthority } from './certificate-authority.ts'
import type { CertificateLog } from './certificate-log.ts'
import type { SubjectName } from './certificate.ts'
import type { FulcioExtensions } from './certificate-extensions.ts'
import { signEnvelope } from './envelope.ts'
import type { Seed } from './key-pair.ts'
import type { ProvenanceSpec, Published } from './release.ts'
import type { Sandbox } from './sandbox.ts'
import { bundleOf, certifiedSigner, createSigstore, registrySigner } from './sigstore.ts'
import type { Signer, Sigstore } from './sigstore.ts'
import { publishStatement } from './statement.ts'
import type { Statement } from './statement.ts'
import type { Witnesses } from './witnesses.ts'

/** In what the provenance is to differ while it is made; what is not named is as an honest job has it. */
export interface Changes {
  readonly statement?: (statement: Statement) => Statement
  readonly identity?: { readonly subject: SubjectName; readonly extensions: FulcioExtensions }
  readonly authority?: CertificateAuthority
  readonly certificateLog?: CertificateLog | null
  readonly certifiedAt?: Date
  readonly signer?: Signer
  readonly signWith?: Signer['key']
  readonly payloadType?: string
  readonly form?: BundleForm
  readonly witnesses?: Witnesses
}

/** Makes the two attestations of a version, honest unless told otherwise. */
export class Forger {
  readonly inside: Sandbox['inside']
  readonly published: Published
  readonly spec: ProvenanceSpec

  constructor(inside: Sandbox['inside'], published: Published, spec: ProvenanceSpec) {
    this.inside = inside
    this.published = published
    this.spec = spec
  }

  /** The registry's statement, honest unless told otherwise. */
  publish(
    signer: Signer = registrySigner(this.inside.keys.at(this.published.publishedAt)),
    version?: string,
  ): BundleJson {
    const statement = publishStatement(this.published, REGISTRY_NAME)
    const predicate = version === undefined ? statement.predicate : { ...statement.predicate, version }
    return this.#sign({ ...statement, predicate }, signer, FORMS.publish, 0, {})
  }

  /** The provenance, honest where nothing is to differ. */
  provenance(changes: Changes = {}): BundleJson {
    const parts = provenanceParts(this.published, this.spec)
    const statement = changes.statement?.(parts.statement) ?? parts.statement
    return this.#sign(statement, changes.signer ?? this.job(changes), changes.form ?? FORMS.provenance, 1, changes)
  }

  /** The job as a signer, with a certificate that is honest unless told otherwise. */
  job({ identity, authority, certificateLog, certifiedAt }: Changes = {}): Signer {
    return certifiedSigner(
      this.inside.sigstore,
      identity ?? provenanceParts(this.published, this.spec).identity,
      certifiedAt ?? before(this.published.publishedAt, 2),
      certificateLog,
      authority,
    )
  }

  /** The same makers for another version, whose genuine bundles go into the same logs. */
  get another(): Forger {
    return new Forger(this.inside, { ...this.published, version: '0.0.0-other' }, this.spec)
  }

  /** The seed of a world that nobody here trusts. */
  get foreignSeed(): Seed {
    return this.inside.seed.derive('foreign')
  }

  /** A Sigstore that nobody here trusts. */
  get foreign(): Sigstore {
    return createSigstore(this.foreignSeed)
  }

  #sign(
    statement: Statement,
    signer: Signer,
    form: BundleForm,
    secondsBefore: number,
    { signWith = signer.key, payloadType, witnesses = this.inside.sigstore }: Changes,
  ): BundleJson {
    const envelope = signEnvelope(statement, { sign: (data) => signWith.sign(data), keyId: signer.keyId }, payloadType)
    return bundleOf(witnesses, envelope, signer, form, before(this.published.publishedAt, secondsBefore))
  }
}

/** A bundle with other log entries. */
export function entriesReplaced(
  bundle: BundleJson,
  replace: (entries: readonly TlogEntryJson[]) => readonly TlogEntryJson[],
): BundleJson {
  const { verificationMaterial } = bundle
  return {
    ...bundle,
    verificationMaterial: { ...verificationMaterial, tlogEntries: replace(verificationMaterial.tlogEntries) },
  }
}

/** A bundle whose entry is put together with that of another bundle. */
export function entryMixed(
  bundle: BundleJson,
  other: BundleJson,
  mix: (entry: TlogEntryJson, other: TlogEntryJson) => TlogEntryJson,
): BundleJson {
  const [stranger] = other.verificationMaterial.tlogEntries
  return entriesReplaced(bundle, (entries) =>
    entries.map((entry) => (stranger === undefined ? entry : mix(entry, stranger))),
  )
}

/** A bundle with another proof. */
export function proofReplaced(
  bundle: BundleJson,
  replace: (proof: NonNullable<TlogEntryJson['inclusionProof']>) => TlogEntryJson['inclusionProof'],
): BundleJson {
  return entriesReplaced(bundle, (entries) =>
    entries.map((entry) => ({
      ...entry,
      inclusionProof: entry.inclusionProof === null ? null : replace(entry.inclusionProof),
    })),
  )
}

/** A checkpoint with one bit of its signature turned. */
export function turned(envelope: string): string {
  const [note = '', signature = ''] = envelope.split(/(?<= )(?=\S+\n$)/u)
  const bytes = Buffer.from(signature, 'base64')
  bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1
  return `${note}${bytes.toString('base64')}\n`
}
