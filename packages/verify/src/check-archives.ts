// SPDX-License-Identifier: Apache-2.0
import { createHash } from 'node:crypto'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { finding, nameAtVersion } from '@bonafide/core'
import type { Finding, Sha512 } from '@bonafide/core'
import type { Group, Placed } from '@bonafide/lockfile'
import { listArchiveFiles } from './archive-files.ts'
import { archivesOf } from './archive-folder.ts'
import type { ArchiveFolder } from './archive-folder.ts'
import { differences } from './file-listing.ts'
import type { FileListing } from './file-listing.ts'
import type { Sources } from './sources.ts'
import { listTarballFiles } from './tarball-files.ts'

// The archive of a package of the greatest size that is fetched, not compressed.
const MAX_ARCHIVE = 1024 * 1024 * 1024
const NAMED = 3

const placesOf = (places: Group['places']): readonly Placed[] =>
  places.filter(({ integrity }) => integrity.state === 'own-archive')

/** The archives at hand of one version: each with its folder. */
export function archivesAtHand(
  { name, version, places }: Group,
  folders: readonly ArchiveFolder[],
): readonly { readonly folder: ArchiveFolder; readonly file: string }[] {
  const urls = new Set(placesOf(places).map(({ resolved }) => resolved))
  return folders.flatMap((folder) =>
    [...urls].flatMap((url) => archivesOf(folder, name, version, url).map((file) => ({ folder, file }))),
  )
}

/**
 * Holds Yarn's archives of a version against the tarball that was verified: file by file, and by the checksum in the lockfile.
 *
 * Stops a pull request that swaps an archive in the repository and its checksum in yarn.lock while the version stays honest: Yarn unpacks
 * what the checksum is of, and asks no registry.
 */
export async function checkArchives(
  group: Group,
  integrity: Sha512,
  folders: readonly ArchiveFolder[],
  { client }: Pick<Sources, 'client'>,
): Promise<readonly Finding[]> {
  const archives = archivesAtHand(group, folders)
  if (archives.length === 0) return []
  const { name, version } = group
  // Kept since it was looked into; hashed again on its way out.
  const answer = await client.fetchTarball({ name, version, integrity, claimed: null }, async (tarball) =>
    tarball.sha512 === integrity ? listTarballFiles(tarball.read()).catch(() => null) : null,
  )
  const wanted = answer.kind === 'found' ? answer.value : null
  const found = await Promise.all(
    archives.map(({ folder, file }) => checkArchive(join(folder.dir, file), `${folder.shown}/${file}`, group, wanted)),
  )
  return found.flat()
}

async function checkArchive(
  path: string,
  shown: string,
  { name, version, places }: Group,
  wanted: FileListing | null,
): Promise<readonly Finding[]> {
  const mismatch = (problem: string, detail: string): readonly Finding[] => [
    finding('archive-mismatch', {
      found: `${shown}: ${problem}`,
      wanted: detail,
      fix: 'do not install it; find out who changed it, then yarn install --check-cache fetches it anew',
    }),
  ]
  const what = `what the verified tarball of ${nameAtVersion(name, version)} holds`
  if (wanted === null) return mismatch('nothing to hold it against', what)
  const bytes = await readWhole(path)
  if (bytes === null) return mismatch('it cannot be read', what)
  const archive = await listArchiveFiles(bytes, name)
  if (archive.state === 'odd') return mismatch(archive.problem, 'an archive as Yarn makes it')
  const all = differences(archive.files, wanted)
  if (all.length > 0) {
    const more = all.length - NAMED
    return mismatch(`${all.slice(0, NAMED).join(', ')}${more > 0 ? ` and ${more} more` : ''}`, what)
  }
  const actual = createHash('sha512').update(bytes).digest('hex')
  // Another archive of the same files, kept under another name, is harmless: Yarn takes the one that the checksum names.
  const checksums = placesOf(places).flatMap(({ integrity }) => ('found' in integrity ? [integrity.found] : []))
  const named = checksums
    .map((text) => text.slice(text.indexOf('/') + 1))
    .filter((hex) => path.endsWith(`-${hex.slice(0, 10)}.zip`))
  const [checksum] = named
  return checksum === undefined || named.includes(actual)
    ? []
    : mismatch(`its checksum is ${actual}`, `the checksum in the lockfile, ${checksum}`)
}

async function readWhole(path: string): Promise<Buffer | null> {
  const file = await open(path, 'r').catch(() => null)
  if (file === null) return null
  try {
    const about = await file.stat()
    return about.isFile() && about.size <= MAX_ARCHIVE ? await file.readFile() : null
  } catch {
    return null
  } finally {
    await file.close()
  }
}
