// SPDX-License-Identifier: Apache-2.0
import { isJsonObject, parseJson } from '@bonafide/core'
import type { Json, JsonObject } from '@bonafide/core'

/** What a token says of itself. Nothing of it is signed as far as we can tell: see {@link readTokenClaims}. */
export interface TokenClaims {
  readonly issuer: string | null
  readonly created: Date | null
  /** Null where it names no end. */
  readonly expires: Date | null
}

const SEGMENT = /^[A-Za-z0-9_-]+$/u
// The shortest signature in use, of HMAC-SHA-256, is 32 bytes.
const SHORTEST_SIGNATURE = 43
const LONGEST_TOKEN = 16 * 1024

/** Whether a text is a JSON Web Token in its compact form (RFC 7519, RFC 7515): two objects and a signature. */
export function isJwt(text: string): boolean {
  return jwtPayload(text) !== null
}

/**
 * Whether a text is an encrypted token as AWS CodeArtifact hands them out: JWE (RFC 7516) whose header names issue and end. AWS documents the
 * longest life, 12 hours, and not the form.
 */
export function isCodeArtifactToken(text: string): boolean {
  return codeArtifactHeader(text) !== null
}

/**
 * Reads from a token when it was made and when it ends, where its form has a place for that.
 *
 * Nobody checks the signature here, since only the registry has the key. A registry that takes such a token checks it and takes none whose
 * `exp` has passed (RFC 7519, 4.1.4), so that a forged end makes a token that nobody takes, not one that lives longer. What remains is a
 * text that only looks like one: whoever judges believes an end only of what is sent as a bearer token, never of a password, which people
 * choose; nothing that lies in the future as a beginning; and no end that has passed of a token that the registry still takes.
 */
export function readTokenClaims(text: string): TokenClaims | null {
  // GitLab's job token is one behind a prefix: https://docs.gitlab.com/ci/jobs/ci_job_token/.
  const payload = jwtPayload(text.startsWith('glcbt-') ? text.slice('glcbt-'.length) : text)
  if (payload !== null)
    return {
      issuer: typeof payload['iss'] === 'string' ? payload['iss'] : null,
      created: dateOf(payload['iat']),
      expires: dateOf(payload['exp']),
    }
  const header = codeArtifactHeader(text)
  return header === null ? null : { issuer: null, created: dateOf(header['isu']), expires: dateOf(header['exp']) }
}

function jwtPayload(text: string): JsonObject | null {
  const [header = '', payload = '', signature = '', ...more] = segmentsOf(text)
  if (more.length > 0 || signature.length < SHORTEST_SIGNATURE) return null
  const head = objectOf(header)
  // A token that nobody signed is none that a registry takes.
  if (head === null || typeof head['alg'] !== 'string' || head['alg'].toLowerCase() === 'none') return null
  return objectOf(payload)
}

function codeArtifactHeader(text: string): JsonObject | null {
  const [first = '', ...rest] = segmentsOf(text)
  if (rest.length !== 4) return null
  const header = objectOf(first)
  if (header === null || typeof header['enc'] !== 'string' || typeof header['alg'] !== 'string') return null
  return dateOf(header['isu']) !== null && dateOf(header['exp']) !== null ? header : null
}

function segmentsOf(text: string): readonly string[] {
  if (text.length > LONGEST_TOKEN) return []
  const segments = text.split('.')
  return segments.every((segment) => SEGMENT.test(segment)) ? segments : []
}

function objectOf(segment: string): JsonObject | null {
  const document = parseJson(Buffer.from(segment, 'base64url').toString('utf8'))
  // Two ends, of which a registry may read the other one.
  if ('problem' in document || document.duplicates.length > 0 || !isJsonObject(document.value)) return null
  return document.value
}

// The last moment that a date can hold is far beyond any that a token names.
const LAST_SECOND = 8_640_000_000_000

function dateOf(seconds: Json | undefined): Date | null {
  if (typeof seconds !== 'number' || !Number.isFinite(seconds) || seconds < 0 || seconds > LAST_SECOND) return null
  return new Date(seconds * 1000)
}
