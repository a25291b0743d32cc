// SPDX-License-Identifier: Apache-2.0
import type { Secret } from '@bonafide/core'
import type { Authorize, Connection } from '@bonafide/registry'
import type { PreparedPackage } from './prepared-package.ts'
import type { UploadOptions } from './upload-document.ts'

/** One version on its way to a registry. */
export interface UploadOrder extends UploadOptions {
  readonly prepared: PreparedPackage
  /** The token that the job's identity was exchanged for: nothing else is ever sent. */
  readonly token: Secret
  readonly isStaged: boolean
  /** Whether the bundle verifies under Sigstore's public root, so that npm's library takes it. */
  readonly isPublicSigstore: boolean
  readonly otp: Secret | null
  readonly connectionTo: (url: URL) => Connection
  /** As whom one looks what is there: by npm's configuration. Nothing is sent with it. */
  readonly readAs: Authorize
  /** Milliseconds for one attempt. */
  readonly deadline: number
}

/** What the registry said to one attempt. */
export type UploadAnswer =
  | { readonly kind: 'accepted'; readonly stageId: string | null }
  | TurnedAway
  /** No answer. `wasSent`: whether the registry may have had all of it. */
  | { readonly kind: 'lost'; readonly detail: string; readonly wasSent: boolean }

/** A status other than success. */
export interface TurnedAway {
  readonly kind: 'turned-away'
  readonly status: number
  /** The registry's own words, or null. Foreign text. */
  readonly message: string | null
  /** Milliseconds, as `Retry-After` asks; null where it does not. */
  readonly retryAfter: number | null
  readonly wantsOtp: boolean
}

const LONGEST_MESSAGE = 500

/** Reads an answer by which a registry turns a version away. What was sent with it stands in none of its words. */
export function turnedAway(
  status: number,
  header: (name: string) => string | undefined,
  json: unknown,
  { token, otp }: Pick<UploadOrder, 'token' | 'otp'>,
): TurnedAway {
  return {
    kind: 'turned-away',
    status,
    message: messageIn(json, otp === null ? [token] : [token, otp]),
    retryAfter: retryAfter(header('retry-after')),
    wantsOtp: status === 401 && wantsOtp(header('www-authenticate')),
  }
}

function messageIn(json: unknown, secrets: readonly Secret[]): string | null {
  if (typeof json !== 'object' || json === null) return null
  const { error, message } = json as { readonly error?: unknown; readonly message?: unknown }
  const text = [error, message].find((one) => typeof one === 'string' && one !== '')
  if (typeof text !== 'string') return null
  // A registry that says back what it was sent, into our log. Before it is cut, so that no part of one is left.
  const hidden = secrets.reduce((rest, secret) => rest.replaceAll(secret.reveal(), '(a secret)'), text)
  return hidden.slice(0, LONGEST_MESSAGE)
}

// RFC 9110, 10.2.3: seconds, or a date.
function retryAfter(field: string | undefined): number | null {
  if (field === undefined) return null
  if (/^\d{1,6}$/u.test(field)) return Number(field) * 1000
  const date = Date.parse(field)
  return Number.isNaN(date) ? null : Math.max(0, date - Date.now())
}

function wantsOtp(challenge: string | undefined): boolean {
  return (challenge ?? '').split(/,\s*/u).some((part) => part.toLowerCase() === 'otp')
}
