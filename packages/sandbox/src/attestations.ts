// SPDX-License-Identifier: Apache-2.0
import type { Coordinate } from '@bonafide/core'
import type { BundleForm, BundleJson } from './bundle.ts'
import { currentExtensions, earlyExtensions } from './certificate-extensions.ts'
import type { FulcioExtensions } from './certificate-extensions.ts'
import type { SubjectName } from './certificate.ts'
import { resolveJob } from './job.ts'
import type { Job } from './job.ts'
import { registrySigner, attest, certifiedSigner } from './sigstore.ts'
import type { Sigstore } from './sigstore.ts'
import { PREDICATE_TYPES, provenanceStatement, publishStatement } from './statement.ts'
import type { Statement } from './statement.ts'
import type { RegistryKeyRing } from './registry-keys.ts'
import type { AttestationEntry, CertificateSpec, ProvenanceSpec } from './release.ts'

/** How the registry calls itself inside its statements, whatever port it listens on. */
export const REGISTRY_NAME = 'https://registry.sandbox.test'

const SECOND = 1000

/** The forms in which the public registry serves today. */
export const FORMS: { readonly provenance: BundleForm; readonly publish: BundleForm } = {
  provenance: { version: '0.3', log: 'dsse' },
  publish: { version: '0.2', log: 'intoto' },
}

/** What a job signs, and whom its certificate names. */
export interface ProvenanceParts {
  readonly job: Job
  readonly statement: Statement
  readonly identity: { readonly subject: SubjectName; readonly extensions: FulcioExtensions }
}

/** Works out statement and identity; nothing is signed yet. */
export function provenanceParts(coordinate: Coordinate, spec: ProvenanceSpec): ProvenanceParts {
  const job = resolveJob(spec, coordinate.name, coordinate.version)
  const honest = provenanceStatement(coordinate, job, spec.predicateType ?? PREDICATE_TYPES.slsaV1)
  const predicate = spec.editPredicate?.(structuredClone(honest.predicate)) ?? honest.predicate
  return { job, statement: { ...honest, predicate }, identity: certificateIdentity(job, spec.certificate) }
}

/** Whom a job's certificate names, with the changes that a spec asks for. */
export function certificateIdentity(job: Job, spec: CertificateSpec = {}): ProvenanceParts['identity'] {
  const { subject: other } = spec
  const subject: SubjectName =
    other === undefined
      ? { kind: 'uri', uri: job.signerUrl }
      : 'email' in other
        ? { kind: 'email', email: other.email }
        : { kind: 'uri', uri: other.uri }
  const extensions = new Map(spec.generation === 'early' ? earlyExtensions(job) : currentExtensions(job))
  for (const [number, value] of Object.entries(spec.extensions ?? {})) {
    if (value === null) extensions.delete(Number(number))
    else extensions.set(Number(number), value)
  }
  return { subject, extensions: new Map([...extensions].sort(([a], [b]) => a - b)) }
}

/** Signs and logs the provenance of a version: certificate two seconds, log entry one second before it is published. */
export function signProvenance(
  sigstore: Sigstore,
  coordinate: Coordinate,
  spec: ProvenanceSpec,
  form: BundleForm,
  publishedAt: Date,
): BundleJson {
  const { statement, identity } = provenanceParts(coordinate, spec)
  const signer = certifiedSigner(sigstore, identity, before(publishedAt, 2))
  return attest(sigstore, statement, signer, form, before(publishedAt, 1))
}

/** Signs and logs the registry's statement that it accepted a version. */
export function signPublish(
  sigstore: Sigstore,
  keys: RegistryKeyRing,
  coordinate: Coordinate,
  form: BundleForm,
  publishedAt: Date,
): BundleJson {
  const statement = publishStatement(coordinate, REGISTRY_NAME)
  return attest(sigstore, statement, registrySigner(keys.at(publishedAt)), form, publishedAt)
}

/** An entry of a document, labelled with what the bundle says. */
export function labelled(bundle: BundleJson): AttestationEntry {
  const payload = Buffer.from(bundle.dsseEnvelope.payload, 'base64').toString('utf8')
  const { predicateType } = JSON.parse(payload) as Statement
  return { predicateType, bundle, signedAccessSignatureUrl: '' }
}

/** Some seconds earlier. */
export function before(time: Date, seconds: number): Date {
  return new Date(time.getTime() - seconds * SECOND)
}
