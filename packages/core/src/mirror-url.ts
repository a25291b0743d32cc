// SPDX-License-Identifier: Apache-2.0

/**
 * How a policy names a mirror, as a pattern that an editor knows too: `https`, the host in lower case, no credentials, no query, and a slash
 * at the end. Whether the port is one, {@link isMirrorUrl} tells.
 *
 * A path that ends in a scope (`https://mirror.example/@evil/`) is none: what lies below it are that scope's packages, under other names.
 */
export const MIRROR_URL: RegExp =
  /^https:\/\/[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?(?::\d{1,5})?\/(?:[A-Za-z0-9_~][A-Za-z0-9._~-]*\/)*$/u

/** Tells whether a text is a mirror's URL in the one accepted spelling. Says nothing about who runs it. */
export function isMirrorUrl(text: string): boolean {
  // Second spellings: a port that goes without saying, a number for an address.
  return MIRROR_URL.test(text) && URL.canParse(text) && new URL(text).href === text
}
