// SPDX-License-Identifier: Apache-2.0
import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'

let written = 0

/** Writes a file that is there whole or not at all, whoever else writes it at the same time; makes its folder where that is missing. */
export async function writeWholeFile(path: string, bytes: Uint8Array | AsyncIterable<Uint8Array>): Promise<void> {
  written += 1
  const early = `${path}.${process.pid}-${written}`
  try {
    await writeFile(early, bytes, { flag: 'wx' }).catch(async (error: unknown) => {
      // Opened before anything is taken from the bytes.
      if (!isMissing(error)) throw error
      await mkdir(dirname(path), { recursive: true })
      await writeFile(early, bytes, { flag: 'wx' })
    })
    await rename(early, path)
  } catch (error) {
    await rm(early, { force: true }).catch(() => {})
    throw error
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT'
}
