// SPDX-License-Identifier: Apache-2.0

/** Everything that the forgery kit can get wrong, with what exactly is wrong. All else in such a document is genuine and freshly signed. */
export const DEFECTS = {
  // The log
  'checkpoint-root-hash': 'the log signed a checkpoint with another root than the one that the proof leads to',
  'checkpoint-signature': 'one bit of the signature on the checkpoint is turned',
  'log-key-window': 'logged after the end of the validity of the log key',
  'log-unknown': 'logged by a log that the trusted root does not know',
  'log-body-of-another': 'the log entry is that of another bundle',
  'inclusion-proof-of-another-entry': 'the inclusion proof is that of another entry',
  'promise-of-another-entry': 'the signed entry timestamp is that of another entry',
  'timestamp-duplicate': 'the bundle holds its one log entry twice',
  'no-log-entry': 'the bundle holds no log entry',
  // Rekor v2, a log of tiles
  'tile-log-unknown': 'logged by a Rekor v2 that the trusted root does not know',
  'tile-log-window': 'logged by a Rekor v2 after the end of the validity of its key',
  'tile-body-of-another': 'the entry of Rekor v2 is that of another bundle',
  'tile-body-of-another-signer': 'the entry of Rekor v2 names another certificate beside the same signature',
  'tile-proof-of-another': 'the proof of Rekor v2, with its index, is that of another entry',
  'tile-index': 'the entry of Rekor v2 claims another index than its proof',
  'tile-promise': 'the entry of Rekor v2 holds a promise, which such a log never gives',
  'tile-time': 'the entry of Rekor v2 claims a time, which such a log never signs',
  'tile-checkpoint-root-hash':
    'the Rekor v2 signed a checkpoint with another root than the one that the proof leads to',
  'tile-checkpoint-signature': 'one bit of the signature on the checkpoint of Rekor v2 is turned',
  'tile-checkpoint-origin': "the checkpoint of Rekor v2 bears a name that is a part of the log's own",
  // Timestamps; the log is a Rekor v2 unless told otherwise
  'timestamp-none': 'logged by a Rekor v2, without a timestamp: nobody says when',
  'timestamp-unknown-authority': 'the timestamp is by an authority of the same name that nobody trusts',
  'timestamp-retired-authority': 'the timestamp is by an authority after the end of its validity',
  'timestamp-of-another': 'the timestamp is over another signature',
  'timestamp-signature': 'the timestamp names the trusted authority and is signed with another key',
  'timestamp-twice': 'the bundle holds its one timestamp twice',
  'timestamp-late': 'the timestamp is an hour after the certificate was issued, which lives for ten minutes',
  'timestamp-early': 'the timestamp is an hour before the certificate was issued',
  'timestamp-late-beside-log': 'beside an honest entry of Rekor v1 stands a timestamp of two hours later',
  // The certificate
  'sct-missing': 'the certificate was never shown to a certificate log',
  'sct-foreign': 'the certificate holds the promise of a certificate log that nobody trusts',
  'certificate-expired': 'logged an hour after the certificate was issued, which lives for ten minutes',
  'foreign-ca': 'the certificate is by another authority of the same name',
  'email-identity': 'the certificate names a person by e-mail address',
  'unknown-issuer': 'the identity was vouched for by an issuer that is no known CI system',
  // The envelope and what it says
  'dsse-signature': 'the envelope is signed with another key than the certificate is for',
  'payload-type': 'the envelope says that its payload is plain text',
  'two-subjects': 'the statement is about two packages',
  'no-subject': 'the statement is about nothing',
  'subject-name': 'the statement is about another package with the same digest',
  'subject-sha256-only': 'the statement binds the tarball by its sha256 alone',
  'predicate-contradicts-certificate': 'the predicate names another repository than the certificate',
  'provenance-by-registry-key': 'the provenance is signed with the key of the registry',
  // The publish attestation
  'publish-by-certificate': 'the publish attestation is signed with a certificate',
  'publish-key-expired': 'the publish attestation is signed with a registry key after the end of its validity',
  'publish-key-unknown': 'the publish attestation is signed with a key of another registry',
  'publish-of-another-version': 'the predicate of the publish attestation names another version than its subject',
  // The document
  'swapped-labels': 'the two attestations bear the predicate type of each other',
  'same-entry-twice': 'the document holds the provenance twice',
  'unknown-predicate': 'the provenance is replaced by a statement of an unknown predicate type',
} as const

/** The name of a defect. */
export type Defect = keyof typeof DEFECTS

/** All defects, in the order of the table. */
export const DEFECT_NAMES = Object.keys(DEFECTS) as readonly Defect[]
