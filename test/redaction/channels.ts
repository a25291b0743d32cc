// SPDX-License-Identifier: Apache-2.0
// What tests tell the collector (`collector.ts`): where it does not run, nobody listens.
import { channel } from 'node:diagnostics_channel'

/** Secrets of tests' own, beside those that a sandbox announces. */
export const OWN_SECRETS = 'bonafide:test:secret'
/** Secrets that a program is meant to show. */
export const SHOWN_SECRETS = 'bonafide:test:shown'
/** What was printed without a stream of the process. */
export const OUTPUT = 'bonafide:test:output'
/** Files and folders that hold credentials because the test put them there. */
export const BELONGING = 'bonafide:test:belongs'

/** Has a secret looked for in everything that this test file prints, logs and writes. */
export function announceOwnSecret(secret: string): string {
  channel(OWN_SECRETS).publish(secret)
  return secret
}

/** Says that a program is meant to show a secret here: one that it was asked to make, say. */
export function mayBeShown(secret: string): string {
  channel(SHOWN_SECRETS).publish(secret)
  return secret
}

/** Keeps what was printed to something else than the streams of this process. */
export function keepOutput(text: string): void {
  channel(OUTPUT).publish(text)
}

/**
 * Says that a file or a folder is full of credentials on purpose; with a `*` at its end, all that begin so. `.npmrc` and its likes need no
 * word.
 */
export function credentialsBelongTo(path: string): void {
  channel(BELONGING).publish(path)
}
