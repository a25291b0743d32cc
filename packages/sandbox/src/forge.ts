// SPDX-License-Identifier: Apache-2.0
import { createHash } from 'node:crypto'
import { FORMS, REGISTRY_NAME, before, certificateIdentity, labelled, provenanceParts } from './attestations.ts'
import type { BundleJson, TlogEntryJson } from './bundle.ts'
import type { CertificateAuthority } from './certificate-authority.ts'
import type { CertificateLog } from './certificate-log.ts'
import type { SubjectName } from './certificate.ts'
import type { FulcioExtensions } from './certificate-extensions.ts'
import type { Defect } from './defect.ts'
import { signEnvelope } from './envelope.ts'
import { createRegistryKeys } from './registry-keys.ts'
import type { RegistryKeyPair, RegistryKeyRing } from './registry-keys.ts'
import type { AttestationDocument, AttestationEntry, ProvenanceSpec, Published } from './release.ts'
import type { Sandbox } from './sandbox.ts'
import { bundleOf, certifiedSigner, createSigstore, registrySigner } from './sigstore.ts'
import type { Signer, Sigstore } from './sigstore.ts'
import { publishStatement } from './statement.ts'
import type { Statement } from './statement.ts'
import type { Witnesses } from './witnesses.ts'

/** A document with exactly one thing wrong. */
export interface Forgery {
  readonly defect: Defect
  readonly document: AttestationDocument
  readonly text: string
  /** Where it is wrong, such as `attestations[1]`; the other entry is honest. */
  readonly entry: string
}

/** In what the provenance is to differ while it is made; what is not named is as an honest job has it. */
interface Changes {
  readonly statement?: (statement: Statement) => Statement
  readonly identity?: { readonly subject: SubjectName; readonly extensions: FulcioExtensions }
  readonly authority?: CertificateAuthority
  readonly certificateLog?: CertificateLog | null
  readonly certifiedAt?: Date
  readonly signer?: Signer
  readonly signWith?: Signer['key']
  readonly payloadType?: string
  readonly witnesses?: Witnesses
}

/**
 * Makes an attestation document for a published version in which one thing is wrong, and signs everything else anew, so that it is
 * that one thing which a verifier has to find. Serves nothing: give the result to `serveAttestations`.
 *
 * @param provenance - the job that the document is to name, as it was given to `publish`
 * @throws RangeError where a defect would be none, since the keys that are to have ended had not when the version was published
 */
export function forge(sandbox: Sandbox, published: Published, defect: Defect, provenance: ProvenanceSpec): Forgery {
  const { keys, sigstore } = sandbox.inside
  const end = ENDS[defect]?.(keys, sigstore)
  if (end !== undefined && end !== null && published.publishedAt <= end)
    throw new RangeError(`${defect} wants a version that was published after ${end.toISOString()}`)
  const { forged, at } = new Forger(sandbox.inside, published, provenance).document(defect)
  const document: AttestationDocument = { attestations: forged }
  return { defect, document, text: JSON.stringify(document), entry: `attestations[${at}]` }
}

/** The honest document that forgeries differ from, signed anew. */
export function honestDocument(
  sandbox: Sandbox,
  published: Published,
  provenance: ProvenanceSpec,
): AttestationDocument {
  const forger = new Forger(sandbox.inside, published, provenance)
  return { attestations: [labelled(forger.publish()), labelled(forger.provenance())] }
}

const ENDS: Partial<Record<Defect, (keys: RegistryKeyRing, sigstore: Sigstore) => Date | null | undefined>> = {
  'publish-key-expired': ({ expired }) => expired.end,
  'log-key-window': (_, { retired }) => retired.log.validFor.end,
}

class Forger {
  readonly #inside: Sandbox['inside']
  readonly #published: Published
  readonly #spec: ProvenanceSpec

  constructor(inside: Sandbox['inside'], published: Published, spec: ProvenanceSpec) {
    this.#inside = inside
    this.#published = published
    this.#spec = spec
  }

  /** The document and the index of what is wrong in it. The registry's own statement comes first. */
  document(defect: Defect): { readonly forged: readonly AttestationEntry[]; readonly at: 0 | 1 } {
    const [publish, provenance] = [() => labelled(this.publish()), () => labelled(this.provenance())]
    if (isPublishDefect(defect)) return { forged: [labelled(this.#forgedPublish(defect)), provenance()], at: 0 }
    if (defect === 'same-entry-twice') {
      const [accepted, attested] = [publish(), provenance()]
      return { forged: [accepted, attested, attested], at: 1 }
    }
    if (defect === 'swapped-labels') {
      const [accepted, attested] = [publish(), provenance()]
      const forged = [
        { ...accepted, predicateType: attested.predicateType },
        { ...attested, predicateType: accepted.predicateType },
      ]
      return { forged, at: 0 }
    }
    return { forged: [publish(), labelled(this.#forgedProvenance(defect))], at: 1 }
  }

  /** The registry's statement, honest unless told otherwise. */
  publish(
    signer: Signer = registrySigner(this.#inside.keys.at(this.#published.publishedAt)),
    version?: string,
  ): BundleJson {
    const statement = publishStatement(this.#published, REGISTRY_NAME)
    const predicate = version === undefined ? statement.predicate : { ...statement.predicate, version }
    return this.#sign({ ...statement, predicate }, signer, FORMS.publish, 0, {})
  }

  /** The provenance, honest where nothing is to differ. */
  provenance(changes: Changes = {}): BundleJson {
    const parts = provenanceParts(this.#published, this.#spec)
    const statement = changes.statement?.(parts.statement) ?? parts.statement
    return this.#sign(statement, changes.signer ?? this.#job(changes), FORMS.provenance, 1, changes)
  }

  #forgedPublish(defect: PublishDefect): BundleJson {
    switch (defect) {
      case 'publish-by-certificate':
        return this.publish(this.#job({}))
      case 'publish-key-expired':
        return this.publish(registrySigner(this.#inside.keys.expired))
      case 'publish-key-unknown': {
        // Under the name of the key that it is not.
        const { pair } = createRegistryKeys(this.#foreignSeed).current
        const claimed: RegistryKeyPair = { ...this.#inside.keys.current, pair }
        return this.publish(registrySigner(claimed))
      }
      case 'publish-of-another-version':
        return this.publish(undefined, `${this.#published.version}-other`)
      default:
        throw new TypeError(`no such defect: ${String(defect satisfies never)}`)
    }
  }

  #forgedProvenance(defect: Exclude<Defect, `publish-${string}` | 'swapped-labels' | 'same-entry-twice'>): BundleJson {
    const { publishedAt } = this.#published
    switch (defect) {
      case 'checkpoint-root-hash':
        return this.#proofEdited((proof) => {
          const other = createHash('sha256').update('another tree').digest()
          const envelope = this.#inside.sigstore.log.signCheckpoint(Number(proof.treeSize), other)
          return { ...proof, checkpoint: { envelope } }
        })
      case 'checkpoint-signature':
        return this.#proofEdited((proof) => {
          const [note = '', signature = ''] = proof.checkpoint.envelope.split(/(?<= )(?=\S+\n$)/u)
          const bytes = Buffer.from(signature, 'base64')
          bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1
          return { ...proof, checkpoint: { envelope: `${note}${bytes.toString('base64')}\n` } }
        })
      case 'log-key-window':
        return this.provenance({ witnesses: this.#inside.sigstore.retired })
      case 'log-unknown':
        return this.provenance({ witnesses: this.#foreign })
      case 'log-body-of-another':
        return this.#entryEdited((_, other) => other)
      case 'inclusion-proof-of-another-entry':
        return this.#entryEdited((entry, { inclusionProof }) => ({ ...entry, inclusionProof }))
      case 'promise-of-another-entry':
        return this.#entryEdited((entry, { inclusionPromise = null }) => ({ ...entry, inclusionPromise }))
      case 'timestamp-duplicate':
        return entriesReplaced(this.provenance(), (entries) => [...entries, ...entries])
      case 'no-log-entry':
        return entriesReplaced(this.provenance(), () => [])
      case 'sct-missing':
        return this.provenance({ certificateLog: null })
      case 'sct-foreign':
        return this.provenance({ certificateLog: this.#foreign.certificateLog })
      case 'certificate-expired':
        return this.provenance({ certifiedAt: before(publishedAt, 3600) })
      case 'foreign-ca':
        return this.provenance({ authority: this.#foreign.authority })
      case 'email-identity': {
        const issuer = 'https://accounts.sandbox.test'
        const extensions = new Map([1, 8].map((number) => [number, issuer] as const))
        return this.provenance({ identity: { subject: { kind: 'email', email: 'me@sandbox.test' }, extensions } })
      }
      case 'unknown-issuer':
        return this.provenance({
          identity: certificateIdentity(
            provenanceParts(this.#published, { ...this.#spec, issuer: 'https://ci.sandbox.test' }).job,
          ),
        })
      case 'dsse-signature':
        return this.provenance({ signWith: this.#inside.sigstore.freshKey() })
      case 'payload-type':
        return this.provenance({ payloadType: 'text/plain' })
      case 'two-subjects':
        return this.#subjectsEdited((subject) => [subject, { ...subject, name: 'pkg:npm/another@1.0.0' }])
      case 'no-subject':
        return this.#subjectsEdited(() => [])
      case 'subject-name':
        return this.#subjectsEdited((subject) => [{ ...subject, name: 'pkg:npm/another@1.0.0' }])
      case 'subject-sha256-only':
        return this.#subjectsEdited(({ name }) => [
          { name, digest: { sha256: createHash('sha256').update(this.#published.tarball).digest('hex') } },
        ])
      case 'predicate-contradicts-certificate': {
        const { repositoryUrl } = provenanceParts(this.#published, this.#spec).job
        const statement = (honest: Statement): Statement => {
          const text = JSON.stringify(honest.predicate).replaceAll(repositoryUrl, `${repositoryUrl}-of-somebody-else`)
          return { ...honest, predicate: JSON.parse(text) as object }
        }
        return this.provenance({ statement })
      }
      case 'provenance-by-registry-key':
        return this.provenance({ signer: registrySigner(this.#inside.keys.at(publishedAt)) })
      case 'unknown-predicate':
        return this.provenance({
          statement: (honest) => ({ ...honest, predicateType: 'https://sandbox.test/unknown/v1' }),
        })
      default:
        throw new TypeError(`no such defect: ${String(defect satisfies never)}`)
    }
  }

  get #foreignSeed(): Sandbox['inside']['seed'] {
    return this.#inside.seed.derive('foreign')
  }

  get #foreign(): Sigstore {
    return createSigstore(this.#foreignSeed)
  }

  #job({ identity, authority, certificateLog, certifiedAt }: Changes): Signer {
    return certifiedSigner(
      this.#inside.sigstore,
      identity ?? provenanceParts(this.#published, this.#spec).identity,
      certifiedAt ?? before(this.#published.publishedAt, 2),
      certificateLog,
      authority,
    )
  }

  #sign(
    statement: Statement,
    signer: Signer,
    form: (typeof FORMS)['publish'],
    secondsBefore: number,
    { signWith = signer.key, payloadType, witnesses = this.#inside.sigstore }: Changes,
  ): BundleJson {
    const envelope = signEnvelope(statement, { sign: (data) => signWith.sign(data), keyId: signer.keyId }, payloadType)
    return bundleOf(witnesses, envelope, signer, form, before(this.#published.publishedAt, secondsBefore))
  }

  #subjectsEdited(edit: (subject: Statement['subject'][number]) => Statement['subject']): BundleJson {
    return this.provenance({
      statement: (honest) => ({ ...honest, subject: honest.subject.flatMap((subject) => edit(subject)) }),
    })
  }

  // Another genuine bundle goes into the same log, a second earlier.
  #entryEdited(edit: (entry: TlogEntryJson, other: TlogEntryJson) => TlogEntryJson): BundleJson {
    const [other] = new Forger(this.#inside, { ...this.#published, version: '0.0.0-other' }, this.#spec).provenance()
      .verificationMaterial.tlogEntries
    return entriesReplaced(this.provenance(), (entries) =>
      entries.map((entry) => (other === undefined ? entry : edit(entry, other))),
    )
  }

  #proofEdited(
    edit: (proof: NonNullable<TlogEntryJson['inclusionProof']>) => TlogEntryJson['inclusionProof'],
  ): BundleJson {
    return entriesReplaced(this.provenance(), (entries) =>
      entries.map((entry) => ({
        ...entry,
        inclusionProof: entry.inclusionProof === null ? null : edit(entry.inclusionProof),
      })),
    )
  }
}

type PublishDefect = Defect & `publish-${string}`

function isPublishDefect(defect: Defect): defect is PublishDefect {
  return defect.startsWith('publish-')
}

function entriesReplaced(
  bundle: BundleJson,
  replace: (entries: readonly TlogEntryJson[]) => readonly TlogEntryJson[],
): BundleJson {
  const { verificationMaterial } = bundle
  return {
    ...bundle,
    verificationMaterial: { ...verificationMaterial, tlogEntries: replace(verificationMaterial.tlogEntries) },
  }
}
