// SPDX-License-Identifier: Apache-2.0
import type { BonafideError } from '@bonafide/core'

// What a terminal would obey and JSON leaves as it is: C1 controls, and what turns the direction of writing. All of it stands inside
// strings, where the escaped spelling means the same.
// oxlint-disable-next-line no-control-regex -- control characters are what it looks for
const UNPRINTABLE = /[\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]/gu

/** A value as `--json` prints it: one object, indented, with a line end, and harmless on a terminal. Dates are ISO 8601. */
export function renderJson(value: object): string {
  const text = JSON.stringify(value, null, 2).replaceAll(
    UNPRINTABLE,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
  return `${text}\n`
}

/** An error as `--json` prints it. */
export function renderErrorJson(error: BonafideError): string {
  return renderJson({ schemaVersion: 1, error: { code: error.code, message: error.message, ...error.detail } })
}

/** What `--json` prints for a fault of bonafide itself; the details are on stderr. */
export const INTERNAL_ERROR: string = renderJson({
  schemaVersion: 1,
  error: { code: 'BONAFIDE_INTERNAL', message: 'internal error' },
})
