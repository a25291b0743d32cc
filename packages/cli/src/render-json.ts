// SPDX-License-Identifier: Apache-2.0
import type { BonafideError } from '@bonafide/core'

/** A value as `--json` prints it: one object, indented, with a line end. Dates are ISO 8601. */
export function renderJson(value: object): string {
  return `${JSON.stringify(value, null, 2)}\n`
}

/** An error as `--json` prints it. */
export function renderErrorJson(error: BonafideError): string {
  return renderJson({ schemaVersion: 1, error: { code: error.code, message: error.message, ...error.detail } })
}
