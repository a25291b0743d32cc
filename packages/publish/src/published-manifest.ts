// SPDX-License-Identifier: Apache-2.0
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { isJsonObject, parseJson } from '@bonafide/core'
import type { JsonObject } from '@bonafide/core'
import PackageJson from '@npmcli/package-json'
import { extract } from 'tar'

// All that npm does to a manifest before it publishes, but for the commit: that is for the provenance to say, and the folder is not at hand.
const STEPS = PackageJson.prepareSteps.filter((step) => step !== 'gitHead')

/**
 * The manifest of a tarball as npm tells it to a registry: with the readme, commands and types that its files imply, and its fields in one form.
 *
 * npm reads it from the folder that was packed, which may say something else by then; this one is of the bytes that are sent.
 *
 * Give it bytes in which nothing odd was found: they are unpacked, into a folder that is gone afterwards.
 *
 * @throws Error where npm cannot make a manifest of it
 */
export async function publishedManifest(tarball: Buffer): Promise<JsonObject> {
  const folder = await mkdtemp(join(tmpdir(), 'bonafide-package-'))
  try {
    // Links and special files were refused; should one have slipped by, it is not made here.
    const unpacking = extract({ cwd: folder, strip: 1, strict: true, filter: (_path, entry) => isPlain(entry) })
    await pipeline(Readable.from([tarball]), unpacking)
    const read = await PackageJson.load(folder)
    const { content } = await read.normalize({ steps: STEPS })
    // What is sent is JSON: no symbols, no undefined.
    const document = parseJson(JSON.stringify(content))
    if ('problem' in document || !isJsonObject(document.value)) throw new TypeError('the manifest is no object')
    return document.value
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

function isPlain(entry: object): boolean {
  return 'type' in entry && (entry.type === 'File' || entry.type === 'OldFile' || entry.type === 'Directory')
}
