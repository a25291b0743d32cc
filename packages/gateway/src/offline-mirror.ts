// SPDX-License-Identifier: Apache-2.0
import { createWriteStream } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { RegistryClient } from '@bonafide/registry'
import type { ApprovedVersion } from './gateway-options.ts'

/**
 * Fills a folder with tarballs under the names by which Yarn 1 looks for them (`yarn-offline-mirror`). Yarn 1 takes a locked URL from
 * there and asks nobody; what is not there it asks for past any registry that it was given, and is turned away.
 *
 * Only bytes that were approved are written, under a name that no other entry claims.
 */
export async function fillOfflineMirror(
  folder: string,
  versions: readonly ApprovedVersion[],
  client: Pick<RegistryClient, 'fetchTarball'>,
): Promise<void> {
  const byName = Map.groupBy(versions, ({ resolved = null }) => (resolved === null ? null : mirrorName(resolved)))
  for (const [file, claims] of byName) {
    const [first] = claims
    if (file === null || first === undefined) continue
    // Two packages under one name: the one would be installed in the other's place.
    if (new Set(claims.map(({ integrity }) => integrity)).size > 1) continue
    const { name, version, integrity } = first
    await client.fetchTarball({ name, version, integrity, claimed: null }, async (tarball) => {
      if (tarball.sha512 === integrity)
        await pipeline(Readable.from(tarball.read()), createWriteStream(join(folder, file)))
    })
  }
}

/** The name of a tarball in an offline mirror, by its locked URL; null where Yarn 1 would look for none that is fit to write. */
export function mirrorName(resolved: string): string | null {
  if (!URL.canParse(resolved)) return null
  const { pathname } = new URL(resolved)
  const groups = LOCKED.exec(pathname)?.groups
  const base = groups?.['base'] ?? pathname.slice(pathname.lastIndexOf('/') + 1)
  const name = groups?.['scope'] === undefined ? base : `${groups['scope']}-${base}`
  // A name that climbs out of the folder.
  return /^@?[\w.+-]+$/u.test(name) && !name.startsWith('.') ? name : null
}

// `/@scope/name/-/name-1.0.0.tgz`, as Yarn 1 takes it apart.
const LOCKED = /\/(?:(?<scope>@[^/]+)(?:\/|%2f))?[^/]+\/(?:-|_attachments)\/(?:@[^/]+\/)?(?<base>[^/]+)$/u
