// SPDX-License-Identifier: Apache-2.0
import { readFile } from 'node:fs/promises'

/** The version of bonafide, from its own package.json. */
export async function ownVersion(): Promise<string> {
  const manifest = JSON.parse(await readFile(new URL('../package.json', import.meta.url), 'utf8')) as {
    readonly version: string
  }
  return manifest.version
}
