// SPDX-License-Identifier: Apache-2.0

/** The errors that stop the program, as other programs see them. Dependencies that fail are findings, not errors. */
export const ERROR_CODES = [
  'BONAFIDE_USAGE',
  'BONAFIDE_NO_LOCKFILE',
  'BONAFIDE_LOCKFILE_UNREADABLE',
  'BONAFIDE_LOCKFILE_MALFORMED',
  'BONAFIDE_LOCKFILE_UNSUPPORTED',
  'BONAFIDE_POLICY_UNREADABLE',
  'BONAFIDE_POLICY_MALFORMED',
  'BONAFIDE_POLICY_LOOSER',
  'BONAFIDE_POLICY_FLOOR_MISMATCH',
  'BONAFIDE_EXEMPTIONS_UNREADABLE',
  'BONAFIDE_EXEMPTIONS_MALFORMED',
  'BONAFIDE_PINS_UNREADABLE',
  'BONAFIDE_PINS_MALFORMED',
  'BONAFIDE_WATCH_UNREADABLE',
  'BONAFIDE_WATCH_MALFORMED',
  'BONAFIDE_TRUSTED_ROOT_UNREADABLE',
  'BONAFIDE_TRUSTED_ROOT_MALFORMED',
  'BONAFIDE_TRUSTED_ROOT_MISMATCH',
  'BONAFIDE_REGISTRY_KEYS_UNREADABLE',
  'BONAFIDE_REGISTRY_KEYS_MALFORMED',
  'BONAFIDE_EVIDENCE_UNREADABLE',
  'BONAFIDE_EVIDENCE_MALFORMED',
  'BONAFIDE_EVIDENCE_MISMATCH',
  'BONAFIDE_NPM_CONFIG',
  'BONAFIDE_PACKAGE_UNREADABLE',
  'BONAFIDE_CREDENTIALS_UNREADABLE',
  'BONAFIDE_CREDENTIALS_MALFORMED',
  'BONAFIDE_PACKAGES_UNREADABLE',
  'BONAFIDE_PACKAGES_MALFORMED',
  'BONAFIDE_BASE_UNREADABLE',
  'BONAFIDE_NPM_FAILED',
  'BONAFIDE_NOT_IN_SYNC',
  'BONAFIDE_PLAN_FAILED',
  'BONAFIDE_NOT_INSTALLABLE',
  'BONAFIDE_INSTALL_FAILED',
  'BONAFIDE_NOT_LOCKED',
  'BONAFIDE_TOKENS_UNREADABLE',
  'BONAFIDE_NOTHING_TO_DECIDE',
  'BONAFIDE_NOT_A_TERMINAL',
  'BONAFIDE_UNDER_CI',
  'BONAFIDE_NOT_CONFIRMED',
  'BONAFIDE_WRITE_FAILED',
  'BONAFIDE_REFUSED',
  'BONAFIDE_UNDECIDED',
] as const

/** A code of {@link ERROR_CODES}. */
export type ErrorCode = (typeof ERROR_CODES)[number]

/** Where an error stands and what was wanted there. */
export interface ErrorDetail {
  readonly path?: string
  readonly line?: number
  readonly column?: number
  readonly found?: string
  readonly wanted?: string
  readonly url?: string
  readonly hint?: string
  readonly cause?: unknown
}

/**
 * The one error class. The message is one lower-case sentence without advice; advice is the `hint`.
 * `code` is stable and what programs branch on.
 */
export class BonafideError extends Error {
  readonly code: ErrorCode
  readonly detail: Omit<ErrorDetail, 'cause'>

  constructor(code: ErrorCode, message: string, detail: ErrorDetail = {}) {
    const { cause, ...rest } = detail
    super(message, cause === undefined ? undefined : { cause })
    this.name = 'BonafideError'
    this.code = code
    this.detail = rest
  }
}
