// SPDX-License-Identifier: Apache-2.0
import type { Level } from './finding.ts'

/** The steps in which a release is judged, and what is looked at beside them. */
export const PUBLISH_STEPS = [
  'credentials',
  'context',
  'package',
  'exchange',
  'sign',
  'send',
  'read-back',
  'leak',
  'settings',
  'watch',
] as const

/** A step of {@link PUBLISH_STEPS}. */
export type PublishStep = (typeof PUBLISH_STEPS)[number]

/**
 * Every code that a publishing command can report, with the step it belongs to. The list is closed: other programs branch on it.
 * What is wrong with a dependency is a `FindingCode` instead.
 */
export const PUBLISH_CODES = {
  'credential-long-lived': 'credentials',
  'credential-stage-only': 'credentials',
  'credential-unchecked': 'credentials',
  'credential-unknown-lifetime': 'credentials',
  'dependency-scripts': 'package',
  'package-ambiguous': 'package',
  'package-digest': 'package',
  'package-exotic-dependency': 'package',
  'package-malformed': 'package',
  'package-manifest-differs': 'package',
  'package-needs-manager': 'package',
  'package-private': 'package',
  'package-private-file': 'package',
  'package-script-added': 'package',
  'package-script-failed': 'package',
  'package-scripts': 'package',
  'package-secret': 'package',
  'package-tag': 'package',
  'package-unchecked': 'package',
  'package-unlisted': 'package',
  'package-version-behind': 'package',
  'workspace-circle': 'package',
  'workspace-duplicate': 'package',
  'provenance-incomplete': 'sign',
  'provenance-invalid': 'sign',
  'provenance-other-job': 'sign',
  'provenance-unsupported': 'sign',
  'provenance-unverified': 'sign',
  'publish-config-credential': 'package',
  'signing-nonsense': 'sign',
  'signing-refused': 'sign',
  'signing-unreachable': 'sign',
  'version-taken-by-other-bytes': 'send',
  'one-time-password-wanted': 'send',
  'send-not-permitted': 'send',
  'provenance-not-accepted': 'send',
  'send-refused': 'send',
  'registry-busy': 'send',
  'registry-not-reached': 'send',
  'send-unconfirmed': 'send',
  'version-staged-already': 'send',
  'watch-by-token': 'watch',
  'watch-bytes-changed': 'watch',
  'watch-deprecated': 'watch',
  'watch-foreign-provenance': 'watch',
  'watch-maintainer-added': 'watch',
  'watch-no-tags': 'watch',
  'watch-tag-moved': 'watch',
  'watch-trust-changed': 'watch',
  'watch-unattested': 'watch',
  'watch-unreadable': 'watch',
  'watch-unrecorded': 'watch',
  'watch-untagged': 'watch',
  'watch-withdrawn': 'watch',
  'identity-disagrees': 'context',
  'release-trigger': 'context',
  'release-ref': 'context',
  'release-tag': 'context',
  'release-runner': 'context',
  'release-workflow': 'context',
  'release-commit': 'context',
  'checkout-unclean': 'context',
  'checkout-unreadable': 'context',
  'repository-field': 'context',
  'job-untold': 'context',
  'identity-token-missing': 'exchange',
  'identity-token-unusable': 'exchange',
  'identity-provider-unreachable': 'exchange',
  'exchange-denied': 'exchange',
  'exchange-unreachable': 'exchange',
  'exchange-insecure': 'exchange',
  'exchange-place': 'exchange',
  'exchanged-token-long-lived': 'exchange',
  'exchanged-token-unrevoked': 'exchange',
  'publish-outside-ci': 'context',
  'provenance-dropped': 'sign',
  'read-back-missing': 'read-back',
  'read-back-altered': 'read-back',
  'read-back-unattested': 'read-back',
  'read-back-foreign': 'read-back',
  'read-back-undecided': 'read-back',
  'consumers-refuse': 'read-back',
  'leak-npm-token': 'leak',
  'leak-registry-credential': 'leak',
  'leak-unread': 'leak',
  'manifest-credentials': 'settings',
  'manifest-files-open': 'settings',
  'manifest-no-guard': 'settings',
  'manifest-provenance-off': 'settings',
  'manifest-repository': 'settings',
  'trust-direct': 'settings',
  'trust-mismatch': 'settings',
  'trust-none': 'settings',
  'trust-open': 'settings',
  'trust-unread': 'settings',
  'workflow-action-unpinned': 'settings',
  'workflow-branch-release': 'settings',
  'workflow-cache': 'settings',
  'workflow-checkout-credentials': 'settings',
  'workflow-guard-bypassed': 'settings',
  'workflow-identity-beside-code': 'settings',
  'workflow-injection': 'settings',
  'workflow-manager-unpinned': 'settings',
  'workflow-no-environment': 'settings',
  'workflow-no-identity': 'settings',
  'workflow-open-to-outsiders': 'settings',
  'workflow-outsider-code': 'settings',
  'workflow-permissions': 'settings',
  'workflow-provenance-off': 'settings',
  'workflow-runner': 'settings',
  'workflow-token-stored': 'settings',
  'workflow-unread': 'settings',
} as const

PUBLISH_CODES satisfies Record<string, PublishStep>

/** A code of {@link PUBLISH_CODES}. */
export type PublishCode = keyof typeof PUBLISH_CODES

/** Where a finding about a release stands. */
export type Place =
  | { readonly kind: 'file'; readonly path: string; readonly line: number | null }
  /** A file as a commit of the history has it; the message of that commit where there is no path. */
  | { readonly kind: 'commit'; readonly commit: string; readonly path: string | null; readonly line: number | null }
  | { readonly kind: 'variable'; readonly name: string }
  | { readonly kind: 'option'; readonly name: string }
  | { readonly kind: 'url'; readonly url: string }

/** One reason for or against a release, as data. Sentences are made of it elsewhere; it never holds a secret. */
export interface PublishFinding {
  readonly code: PublishCode
  readonly step: PublishStep
  readonly level: Level
  /** What it is about: a package, a token (redacted), a workflow. */
  readonly subject: string
  readonly found: string
  readonly wanted: string
  readonly where: Place | null
  /** The next steps, each a command to type or one thing to do; the best first, and never none. */
  readonly fix: readonly [string, ...string[]]
}

/** What a finding says beyond its code; the step follows from the code. */
export interface PublishFindingDetail {
  readonly subject: string
  readonly found: string
  readonly wanted: string
  readonly where?: Place | null
  readonly fix: readonly [string, ...string[]]
  readonly level?: Level
}

/** Makes a finding about a release. It refuses unless the detail says otherwise. */
export function publishFinding(code: PublishCode, detail: PublishFindingDetail): PublishFinding {
  return { code, step: PUBLISH_CODES[code], level: 'refuse', where: null, ...detail }
}

/** What findings come to: refused where one refuses, else undecided where one could not be decided. */
export function publishVerdict(findings: readonly PublishFinding[]): 'satisfied' | 'refused' | 'undecided' {
  if (findings.some(({ level }) => level === 'refuse')) return 'refused'
  return findings.some(({ level }) => level === 'undecided') ? 'undecided' : 'satisfied'
}
