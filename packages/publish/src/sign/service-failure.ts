// SPDX-License-Identifier: Apache-2.0
import { isOutageStatus } from '@bonafide/registry'

/** A service that signing asks. */
export type SigningService = 'Fulcio' | 'Rekor' | 'the timestamp authority'

/** What became of asking it. */
export type FailureKind =
  /** No whole answer, or one of overload: the same may go well later. */
  | 'unreachable'
  /** A decided no. */
  | 'refused'
  /** An answer that is none. */
  | 'nonsense'

/** A service of Sigstore that did not do what it was asked for. */
export class ServiceFailure extends Error {
  readonly service: SigningService
  readonly kind: FailureKind
  /** A status with the service's own words, or an error code. Foreign text; no token stands in it. */
  readonly detail: string

  constructor(service: SigningService, kind: FailureKind, detail: string) {
    super(`${service}: ${detail}`)
    this.service = service
    this.kind = kind
    this.detail = detail
  }
}

/**
 * What an error of Sigstore's library says of the service that was asked.
 *
 * Its messages are left behind where they are not the service's own: one of them holds the identity token.
 */
export function serviceFailure(service: SigningService, error: unknown): ServiceFailure {
  const errors = chainOf(error)
  const answered = errors.find(hasStatus)
  if (answered !== undefined) return ofStatus(service, answered)
  // Told by its code alone: the message holds the token.
  if (errors.some((one) => 'code' in one && one.code === 'IDENTITY_TOKEN_PARSE_ERROR'))
    return new ServiceFailure(service, 'refused', 'the identity token is no JSON web token with a subject')
  const unanswered = errors.find(isFetchError)
  return unanswered === undefined || unanswered.type === 'invalid-json'
    ? new ServiceFailure(service, 'nonsense', 'an answer that cannot be understood')
    : new ServiceFailure(service, 'unreachable', reasonOf(unanswered))
}

function ofStatus(service: SigningService, { statusCode, message }: HttpError): ServiceFailure {
  const words = message.replace(/^\(\d+\)\s*/u, '').slice(0, LONGEST)
  // A service that repeats what it was sent repeats the identity token.
  const detail = `HTTP ${statusCode}${words === '' || /ey[\w-]{8,}/u.test(words) ? '' : `: ${words}`}`
  return new ServiceFailure(service, isOutageStatus(statusCode) ? 'unreachable' : 'refused', detail)
}

const LONGEST = 200

interface HttpError extends Error {
  readonly statusCode: number
}

function hasStatus(error: Error): error is HttpError {
  return 'statusCode' in error && typeof error.statusCode === 'number'
}

// What the library that fetches says where there was no whole answer, or none in JSON.
interface FetchError extends Error {
  readonly type: string
  readonly code?: unknown
}

function isFetchError(error: Error): error is FetchError {
  return error.name === 'FetchError' && 'type' in error && typeof error.type === 'string'
}

// The system's code, such as ECONNREFUSED; else a word such as request-timeout.
function reasonOf({ code, type }: FetchError): string {
  return typeof code === 'string' && code !== 'FETCH_ERROR' ? code : type
}

function chainOf(error: unknown): readonly Error[] {
  const chain: Error[] = []
  for (let at: unknown = error; at instanceof Error && chain.length < 8; at = at.cause) chain.push(at)
  return chain
}
