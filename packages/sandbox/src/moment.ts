// SPDX-License-Identifier: Apache-2.0

// A day, or a day and a time in UTC: a time without zone would be another moment on each machine.
const MOMENT = /^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d{3})?)?Z)?$/u

/** Reads a moment as stories tell it: `2026-03-31`, `2026-03-31T00:21Z`, with seconds too. Throws a `RangeError` on anything else. */
export function moment(text: string): Date {
  const date = new Date(text)
  if (!MOMENT.test(text) || Number.isNaN(date.getTime()) || !date.toISOString().startsWith(text.slice(0, 10)))
    throw new RangeError(`no moment: ${text}`)
  return date
}
