// SPDX-License-Identifier: Apache-2.0
import type { Ended } from './engine.ts'

// Nothing a person would want to read beyond this; the whole report is a command away.
const TOLD = 8000

/** The error that makes pnpm stop, with the engine's own words. */
export function refusal({ code, stdout, stderr }: Ended): Error {
  const word = code === 1 ? 'refused' : code === 3 ? 'undecided' : 'not judged'
  const told = `${stdout}${stderr}`.trim()
  const text = told.length > TOLD ? `${told.slice(0, TOLD)}\n... the rest: bonafide verify` : told
  const error = new Error(`bonafide: ${word}; nothing of it was installed\n\n${text}`)
  // pnpm prints the stack, which would bury the reason.
  error.stack = error.message
  return error
}
