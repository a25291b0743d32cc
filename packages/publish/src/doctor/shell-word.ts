// SPDX-License-Identifier: Apache-2.0

/** A text as one word of a shell: people copy the commands that a fix tells, and names in a repository are anybody's. */
export function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/u.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`
}
