// SPDX-License-Identifier: Apache-2.0
import { createHash } from 'node:crypto'
import { before, certificateIdentity, labelled, provenanceParts } from './attestations.ts'
import type { BundleJson } from './bundle.ts'
import type { Defect } from './defect.ts'
import { Forger, entriesReplaced, entryMixed, proofReplaced, turned } from './forger.ts'
import { forgedWitness, isWitnessDefect } from './forged-witness.ts'
import type { WitnessDefect } from './forged-witness.ts'
import { createRegistryKeys } from './registry-keys.ts'
import type { RegistryKeyPair, RegistryKeyRing } from './registry-keys.ts'
import type { AttestationDocument, AttestationEntry, ProvenanceSpec, Published } from './release.ts'
import type { Sandbox } from './sandbox.ts'
import { registrySigner } from './sigstore.ts'
import type { Sigstore } from './sigstore.ts'
import type { Statement } from './statement.ts'

/** A document with exactly one thing wrong. */
export interface Forgery {
  readonly defect: Defect
  readonly document: AttestationDocument
  readonly text: string
  /** Where it is wrong, such as `attestations[1]`; the other entry is honest. */
  readonly entry: string
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
  const { forged, at } = documentOf(defect, new Forger(sandbox.inside, published, provenance))
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
  'tile-log-window': (_, { retired }) => retired.tileLog.validFor.end,
  'timestamp-retired-authority': (_, { retired }) => retired.timestampAuthority.validFor.end,
}

type PublishDefect = Defect & `publish-${string}`

// The document and the index of what is wrong in it. The registry's own statement comes first.
function documentOf(
  defect: Defect,
  forger: Forger,
): { readonly forged: readonly AttestationEntry[]; readonly at: 0 | 1 } {
  if (isPublishDefect(defect))
    return { forged: [labelled(forgedPublish(defect, forger)), labelled(forger.provenance())], at: 0 }
  const accepted = labelled(forger.publish())
  if (isWitnessDefect(defect)) return { forged: [accepted, labelled(forgedWitness(defect, forger))], at: 1 }
  if (defect === 'same-entry-twice') {
    const attested = labelled(forger.provenance())
    return { forged: [accepted, attested, attested], at: 1 }
  }
  if (defect === 'swapped-labels') {
    const attested = labelled(forger.provenance())
    const forged = [
      { ...accepted, predicateType: attested.predicateType },
      { ...attested, predicateType: accepted.predicateType },
    ]
    return { forged, at: 0 }
  }
  return { forged: [accepted, labelled(forgedProvenance(defect, forger))], at: 1 }
}

function forgedPublish(defect: PublishDefect, forger: Forger): BundleJson {
  switch (defect) {
    case 'publish-by-certificate':
      return forger.publish(forger.job())
    case 'publish-key-expired':
      return forger.publish(registrySigner(forger.inside.keys.expired))
    case 'publish-key-unknown': {
      // Under the name of the key that it is not.
      const { pair } = createRegistryKeys(forger.foreignSeed).current
      const claimed: RegistryKeyPair = { ...forger.inside.keys.current, pair }
      return forger.publish(registrySigner(claimed))
    }
    case 'publish-of-another-version':
      return forger.publish(undefined, `${forger.published.version}-other`)
    default:
      throw new TypeError(`no such defect: ${String(defect satisfies never)}`)
  }
}

function forgedProvenance(
  defect: Exclude<Defect, PublishDefect | WitnessDefect | 'swapped-labels' | 'same-entry-twice'>,
  forger: Forger,
): BundleJson {
  const { publishedAt } = forger.published
  switch (defect) {
    case 'checkpoint-root-hash':
      return proofReplaced(forger.provenance(), (proof) => {
        const other = createHash('sha256').update('another tree').digest()
        const envelope = forger.inside.sigstore.log.signCheckpoint(Number(proof.treeSize), other)
        return { ...proof, checkpoint: { envelope } }
      })
    case 'checkpoint-signature':
      return proofReplaced(forger.provenance(), (proof) => ({
        ...proof,
        checkpoint: { envelope: turned(proof.checkpoint.envelope) },
      }))
    case 'log-key-window':
      return forger.provenance({ witnesses: forger.inside.sigstore.retired })
    case 'log-unknown':
      return forger.provenance({ witnesses: forger.foreign })
    case 'log-body-of-another':
      return entryMixed(forger.provenance(), forger.another.provenance(), (_, other) => other)
    case 'inclusion-proof-of-another-entry':
      return entryMixed(forger.provenance(), forger.another.provenance(), (entry, { inclusionProof }) => ({
        ...entry,
        inclusionProof,
      }))
    case 'promise-of-another-entry':
      return entryMixed(forger.provenance(), forger.another.provenance(), (entry, { inclusionPromise = null }) => ({
        ...entry,
        inclusionPromise,
      }))
    case 'timestamp-duplicate':
      return entriesReplaced(forger.provenance(), (entries) => [...entries, ...entries])
    case 'no-log-entry':
      return entriesReplaced(forger.provenance(), () => [])
    case 'sct-missing':
      return forger.provenance({ certificateLog: null })
    case 'sct-foreign':
      return forger.provenance({ certificateLog: forger.foreign.certificateLog })
    case 'certificate-expired':
      return forger.provenance({ certifiedAt: before(publishedAt, 3600) })
    case 'foreign-ca':
      return forger.provenance({ authority: forger.foreign.authority })
    case 'email-identity': {
      const issuer = 'https://accounts.sandbox.test'
      const extensions = new Map([1, 8].map((number) => [number, issuer] as const))
      return forger.provenance({ identity: { subject: { kind: 'email', email: 'me@sandbox.test' }, extensions } })
    }
    case 'unknown-issuer':
      return forger.provenance({
        identity: certificateIdentity(
          provenanceParts(forger.published, { ...forger.spec, issuer: 'https://ci.sandbox.test' }).job,
        ),
      })
    case 'dsse-signature':
      return forger.provenance({ signWith: forger.inside.sigstore.freshKey() })
    case 'payload-type':
      return forger.provenance({ payloadType: 'text/plain' })
    case 'two-subjects':
      return subjectsEdited(forger, (subject) => [subject, { ...subject, name: 'pkg:npm/another@1.0.0' }])
    case 'no-subject':
      return subjectsEdited(forger, () => [])
    case 'subject-name':
      return subjectsEdited(forger, (subject) => [{ ...subject, name: 'pkg:npm/another@1.0.0' }])
    case 'subject-sha256-only':
      return subjectsEdited(forger, ({ name }) => [
        { name, digest: { sha256: createHash('sha256').update(forger.published.tarball).digest('hex') } },
      ])
    case 'predicate-contradicts-certificate': {
      const { repositoryUrl } = provenanceParts(forger.published, forger.spec).job
      const statement = (honest: Statement): Statement => {
        const text = JSON.stringify(honest.predicate).replaceAll(repositoryUrl, `${repositoryUrl}-of-somebody-else`)
        return { ...honest, predicate: JSON.parse(text) as object }
      }
      return forger.provenance({ statement })
    }
    case 'provenance-by-registry-key':
      return forger.provenance({ signer: registrySigner(forger.inside.keys.at(publishedAt)) })
    case 'unknown-predicate':
      return forger.provenance({
        statement: (honest) => ({ ...honest, predicateType: 'https://sandbox.test/unknown/v1' }),
      })
    default:
      throw new TypeError(`no such defect: ${String(defect satisfies never)}`)
  }
}

function subjectsEdited(
  forger: Forger,
  edit: (subject: Statement['subject'][number]) => Statement['subject'],
): BundleJson {
  return forger.provenance({
    statement: (honest) => ({ ...honest, subject: honest.subject.flatMap((subject) => edit(subject)) }),
  })
}

function isPublishDefect(defect: Defect): defect is PublishDefect {
  return defect.startsWith('publish-')
}
