// SPDX-License-Identifier: Apache-2.0
import { ContentScanner } from './content-scanner.ts'
import type { FoundToken } from './scan-text.ts'

/**
 * Finds what a file gives away: npm tokens in bytes of any kind, and in files of settings (by their name: npmrc, yarnrc, bunfig, .env, CI
 * and shell) whatever stands where a credential of a registry belongs. In the order of the file; each place once.
 *
 * @param path - the file's path, with slashes; it only says what kind of file this is
 */
export function findSecrets(bytes: Buffer, path: string): readonly FoundToken[] {
  const scanner = new ContentScanner(path)
  scanner.push(bytes)
  return scanner.end()
}
