// SPDX-License-Identifier: Apache-2.0
import type { BonafideError } from '@bonafide/core'

// What a terminal or a CI system would obey and JSON leaves as it is. All of it stands inside strings, where the escaped spelling means the
// same; the line ends between them are ours.
const UNPRINTABLE = /[\p{Cf}\p{Zl}\p{Zp}\u007f-\u009f]|(?<=:):|(?<=#)#/gu

/** A value as `--json` prints it: one object, indented, with a line end, and harmless on a terminal. Dates are ISO 8601. */
export function renderJson(value: object): string {
  const text = JSON.stringify(value, null, 2).replaceAll(UNPRINTABLE, (character) =>
    // By code unit: the escape of JSON names no others.
    Array.from({ length: character.length }, (_, index) => escapeUnit(character.charCodeAt(index))).join(''),
  )
  return `${text}\n`
}

function escapeUnit(unit: number): string {
  return `\\u${unit.toString(16).padStart(4, '0')}`
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
