// SPDX-License-Identifier: Apache-2.0
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/**
 * Tells what this machine's own runs wrote into a cache from what somebody else did.
 *
 * Metadata is signed by nobody, so a cache that another job restored could make a young version old: asked whether it changed, the
 * registry says "no" of its own copy, and not of the one in the folder.
 */
export interface CacheSeal {
  /** The seal of what a cached document says of itself. */
  make(parts: readonly (string | null)[]): Promise<string>
  holds(parts: readonly (string | null)[], seal: unknown): Promise<boolean>
}

const KEY_BYTES = 32

/**
 * Opens the seal whose key lies in a folder, outside of the cache; makes the key where there is none. A key that can be neither read nor
 * kept lasts for one run: then nothing that is cached is believed in the next.
 */
export function openCacheSeal(folder: string): CacheSeal {
  let key: Promise<Buffer> | null = null
  const make = async (parts: readonly (string | null)[]): Promise<string> => {
    key ??= readKey(folder)
    return createHmac('sha256', await key)
      .update(JSON.stringify(parts))
      .digest('base64')
  }
  return {
    make,
    async holds(parts, seal) {
      if (typeof seal !== 'string') return false
      const [wanted, found] = [Buffer.from(await make(parts)), Buffer.from(seal)]
      return wanted.length === found.length && timingSafeEqual(wanted, found)
    },
  }
}

async function readKey(folder: string): Promise<Buffer> {
  const file = join(folder, 'cache-key')
  const made = randomBytes(KEY_BYTES)
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 })
    // Fails where there is one already, which then is the key.
    await writeFile(file, made, { flag: 'wx', mode: 0o600 })
    return made
  } catch {
    const kept = await readFile(file).catch(() => null)
    // Half a key is one that another process is writing.
    return kept?.length === KEY_BYTES ? kept : made
  }
}
