// SPDX-License-Identifier: Apache-2.0
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import { Parser } from 'tar'
import type { ReadEntry } from 'tar'

/**
 * Shows every entry of a tarball, in its order. Whoever is shown one has to read it or call `resume`; the next comes after that. Give it
 * bytes that `readTarballContents` has looked through, which holds the limits.
 *
 * @throws Error where it is no gzip file
 */
export async function walkTarball(bytes: AsyncIterable<Buffer>, show: (entry: ReadEntry) => void): Promise<void> {
  const parser = new Parser({ onReadEntry: show })
  const gunzip = createGunzip()
  const feeding = pipeline(bytes, gunzip)
  for await (const chunk of gunzip as AsyncIterable<Buffer>) parser.write(chunk)
  await feeding
  await new Promise<void>((resolve, reject) => {
    parser.on('end', resolve)
    parser.on('error', reject)
    parser.end()
  })
}
