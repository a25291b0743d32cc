// SPDX-License-Identifier: Apache-2.0
import { mkdirSync, rmSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { contentPath } from '@bonafide/registry'
import type { Answer, RegistryClient, BoundTarball } from '@bonafide/registry'

/** The bytes that one installation may unpack, and no others: a folder of cacache's form that this run made and nobody else may enter. */
export interface PrivateStore {
  readonly folder: string
  /** Puts a tarball in; the value is false where what came is not what was wanted. Whoever unpacks it hashes it again. */
  add(wanted: BoundTarball, client: Pick<RegistryClient, 'placeTarball'>): Promise<Answer<boolean>>
  close(): Promise<void>
}

const DAY = 86_400_000

/** Opens an empty store beside the caches, so that tarballs need not be copied; elsewhere if nothing can be written there. */
export async function openPrivateStore(cacheDir: string): Promise<PrivateStore> {
  const folder = await makeFolder(cacheDir)
  return {
    folder,
    async add(wanted, client) {
      const file = join(folder, contentPath(wanted.integrity))
      // A thousand short system calls: each by way of the thread pool would take ten times as long.
      mkdirSync(dirname(file), { recursive: true })
      return client.placeTarball(wanted, file)
    },
    close: async () => rmSync(folder, { recursive: true, force: true }),
  }
}

// `mkdtemp` makes a folder that its owner alone may enter, under a name that nobody could have taken before.
async function makeFolder(cacheDir: string): Promise<string> {
  const place = join(cacheDir, 'stores')
  try {
    await mkdir(place, { recursive: true, mode: 0o700 })
    await removeLeftOver(place)
    return await mkdtemp(join(place, 'run-'))
  } catch {
    return mkdtemp(join(tmpdir(), 'bonafide-store-'))
  }
}

// A run that was killed leaves its store; another one may be running.
async function removeLeftOver(place: string): Promise<void> {
  for (const name of await readdir(place)) {
    const folder = join(place, name)
    const found = await stat(folder).catch(() => null)
    if (found !== null && Date.now() - found.mtimeMs > DAY) await rm(folder, { recursive: true, force: true })
  }
}
