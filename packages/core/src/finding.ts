// SPDX-License-Identifier: Apache-2.0

/** What a finding does to the verdict: `refuse` refuses, `undecided` says that nobody could tell, `warn` is only said. */
export type Level = 'refuse' | 'undecided' | 'warn'

/** The rules in force. `attestation-invalid` stands for failed cryptography and `availability` for what kept us from deciding. */
export const RULES = [
  'attestation-invalid',
  'availability',
  'cooldown',
  'exotic-dependency',
  'fresh-dependency',
  'identity-changed',
  'install-script-added',
  'installer-changed',
  'lock-mismatch',
  'manifest-confusion',
  'policy-loosened',
  'predicate-mismatch',
  'provenance-required',
  'publisher-changed',
  'ref-not-allowed',
  'registry-signature',
  'runner-self-hosted',
  'staged-approval',
  'trigger-not-allowed',
  'trust-domain-changed',
  'version-backfill',
  'withdrawn',
] as const

/** The name of a rule, as policies and reports write it. */
export type Rule = (typeof RULES)[number]

/**
 * One reason, as data: what was found, what was wanted, and the next step. Sentences are made of it elsewhere.
 * `entry` names the place inside an attestation document (`attestations[1]`), where that is what failed.
 */
export interface Finding {
  readonly code: FindingCode
  readonly rule: Rule
  readonly level: Level
  readonly found: string
  readonly wanted: string
  readonly fix: string
  readonly entry?: string
}

/** Every code that a report can carry, with the rule it belongs to. The list is closed: other programs branch on it. */
export const FINDING_CODES = {
  // attestation-invalid: a document or an entry of it that proves nothing
  'document-malformed': 'attestation-invalid',
  'document-empty': 'attestation-invalid',
  'entry-duplicate': 'attestation-invalid',
  'predicate-type-unknown': 'attestation-invalid',
  'predicate-type-label': 'attestation-invalid',
  'bundle-malformed': 'attestation-invalid',
  'bundle-media-type': 'attestation-invalid',
  'statement-malformed': 'attestation-invalid',
  'statement-type': 'attestation-invalid',
  'subject-count': 'attestation-invalid',
  'subject-name': 'attestation-invalid',
  'subject-digest': 'attestation-invalid',
  'signer-kind': 'attestation-invalid',
  'signature-invalid': 'attestation-invalid',
  'certificate-chain': 'attestation-invalid',
  'certificate-expired': 'attestation-invalid',
  'certificate-purpose': 'attestation-invalid',
  'certificate-sct': 'attestation-invalid',
  'certificate-identity': 'attestation-invalid',
  'issuer-unknown': 'attestation-invalid',
  'log-missing': 'attestation-invalid',
  'log-unknown': 'attestation-invalid',
  'log-window': 'attestation-invalid',
  'log-promise': 'attestation-invalid',
  'log-proof': 'attestation-invalid',
  'log-checkpoint': 'attestation-invalid',
  'log-body': 'attestation-invalid',
  'log-duplicate': 'attestation-invalid',
  'timestamp-missing': 'attestation-invalid',
  'timestamp-duplicate': 'attestation-invalid',
  'timestamp-invalid': 'attestation-invalid',
  'timestamp-imprint': 'attestation-invalid',
  'timestamp-authority-unknown': 'attestation-invalid',
  'timestamp-authority-window': 'attestation-invalid',
  'timestamp-authority-chain': 'attestation-invalid',
  'registry-key-unknown': 'attestation-invalid',
  'registry-key-window': 'attestation-invalid',
  'publish-mismatch': 'attestation-invalid',
  // predicate-mismatch: the predicate, written inside the job, contradicts the certificate
  'predicate-mismatch': 'predicate-mismatch',
  'predicate-malformed': 'predicate-mismatch',
  // provenance-required
  'provenance-missing': 'provenance-required',
  'publish-attestation-missing': 'provenance-required',
  'attestations-withheld': 'provenance-required',
  'regression-unpinned': 'provenance-required',
  // registry-signature
  'registry-signature-missing': 'registry-signature',
  'registry-signature-invalid': 'registry-signature',
  'registry-signature-key': 'registry-signature',
  'registry-signature-window': 'registry-signature',
  // lock-mismatch
  'lock-integrity-mismatch': 'lock-mismatch',
  'lock-integrity-missing': 'lock-mismatch',
  'lock-integrity-weak': 'lock-mismatch',
  'lock-integrity-several': 'lock-mismatch',
  'lock-integrity-malformed': 'lock-mismatch',
  'lock-integrity-conflict': 'lock-mismatch',
  'lock-resolved-mismatch': 'lock-mismatch',
  'lock-entry-malformed': 'lock-mismatch',
  'lock-duplicate-key': 'lock-mismatch',
  'lock-entry-undeclared': 'lock-mismatch',
  'lock-incomplete': 'lock-mismatch',
  'tarball-mismatch': 'lock-mismatch',
  'archive-mismatch': 'lock-mismatch',
  'install-unfinished': 'lock-mismatch',
  // manifest-confusion: the tarball is not what the registry says, or not the same to everybody
  'manifest-confusion': 'manifest-confusion',
  'tarball-ambiguous': 'manifest-confusion',
  // exotic-dependency: a package of the registry asks for something that is not from a registry
  'exotic-dependency': 'exotic-dependency',
  // identity-changed and its neighbours: who built it, under which authority, from where, started by what, on what
  'identity-changed': 'identity-changed',
  'trust-domain-changed': 'trust-domain-changed',
  'ref-not-allowed': 'ref-not-allowed',
  'trigger-not-allowed': 'trigger-not-allowed',
  'runner-self-hosted': 'runner-self-hosted',
  // cooldown: too young for anybody to have noticed
  cooldown: 'cooldown',
  'cooldown-time-missing': 'cooldown',
  // relative to the accepted history
  'install-script-added': 'install-script-added',
  'install-script-changed': 'install-script-added',
  'fresh-dependency': 'fresh-dependency',
  'version-backfill': 'version-backfill',
  'publisher-changed': 'publisher-changed',
  'staged-approval-missing': 'staged-approval',
  // policy-loosened: a file that judges allows more than in the base
  'policy-loosened': 'policy-loosened',
  // installer-changed: what a package manager runs, or where it installs from, is not what the base says
  'installer-changed': 'installer-changed',
  // withdrawn
  'version-unknown': 'withdrawn',
  'version-withdrawn': 'withdrawn',
  // availability
  'registry-serves-no-attestations': 'availability',
  'registry-needs-login': 'availability',
  'registry-unreachable': 'availability',
  'registry-nonsense': 'availability',
  'registry-time-missing': 'availability',
  'offline-not-cached': 'availability',
  'evidence-not-held': 'availability',
  'evidence-stale': 'availability',
  'tarball-unavailable': 'availability',
  'trust-root-unavailable': 'availability',
  'trust-root-stale': 'availability',
  'registry-keys-unavailable': 'availability',
  'clock-behind': 'availability',
} as const

// Every code belongs to a rule of the list above: this line does not compile otherwise.
FINDING_CODES satisfies Record<string, Rule>

/** A code of {@link FINDING_CODES}. */
export type FindingCode = keyof typeof FINDING_CODES

/** What a finding says beyond its code; the rule follows from the code. */
export interface FindingDetail {
  readonly found: string
  readonly wanted: string
  readonly fix: string
  readonly entry?: string
  readonly level?: Level
}

/** Makes a finding. Its level is `undecided` for codes of `availability` and `refuse` for all others, unless the detail says otherwise. */
export function finding(code: FindingCode, detail: FindingDetail): Finding {
  const rule = FINDING_CODES[code]
  return { code, rule, level: rule === 'availability' ? 'undecided' : 'refuse', ...detail }
}
