// SPDX-License-Identifier: Apache-2.0
import { channel } from 'node:diagnostics_channel'

/** What a sandbox says of a secret that it made: to whoever listens in the same process, and to nobody else. */
export interface AnnouncedSecret {
  readonly kind: 'token' | 'identity-token' | 'password' | 'one-time-password'
  readonly text: string
}

/** The channel on which every secret is announced that a sandbox makes, so that a test can look for it where none may be. */
export const SECRETS = 'bonafide:sandbox:secret'

const secrets = channel(SECRETS)

/** Announces a secret that was made. */
export function announceSecret(kind: AnnouncedSecret['kind'], text: string): void {
  if (secrets.hasSubscribers) secrets.publish({ kind, text } satisfies AnnouncedSecret)
}
