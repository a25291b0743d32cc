// SPDX-License-Identifier: Apache-2.0
import type { Reading } from './attempts.ts'

/**
 * Reads a body as JSON whatever its content type says: object stores and proxies label JSON as anything, and a sign-in page
 * labelled as JSON still is none. A text that stops in the middle of a value is told apart from one that never was JSON.
 */
export function readJson<T>(body: Buffer, shape: (document: unknown) => Reading<T>): Reading<T> {
  const text = body.toString('utf8')
  let document: unknown
  try {
    document = JSON.parse(text)
  } catch {
    const isCut = /^\s*[[{]/u.test(text) && !/[\]}]\s*$/u.test(text)
    return isCut ? { nonsense: 'truncated', detail: 'JSON ends early' } : { nonsense: 'not-json', detail: 'not JSON' }
  }
  return shape(document)
}
