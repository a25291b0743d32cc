// SPDX-License-Identifier: Apache-2.0
import { mkdir, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'

const DAY = 86_400_000

/**
 * Removes the oldest files of a store that has outgrown its limit; looks at most once a day, or after much was written.
 *
 * @param marker - the file whose time says when it was last looked at
 */
export async function pruneStore(store: string, marker: string, limit: number, written: number): Promise<void> {
  if (written === 0) return
  const last = await stat(marker).then(
    (found) => found.mtimeMs,
    () => 0,
  )
  const isDue = written > limit / 8 || Date.now() - last > DAY
  if (isDue) await shrink(store, marker, limit).catch(() => {})
}

interface Kept {
  readonly path: string
  readonly size: number
  readonly time: number
}

async function shrink(store: string, marker: string, limit: number): Promise<void> {
  await mkdir(dirname(marker), { recursive: true })
  await writeFile(marker, '')
  const kept = (await filesOf(store)).sort((left, right) => left.time - right.time)
  let total = kept.reduce((sum, { size }) => sum + size, 0)
  if (total <= limit) return
  // Down to four fifths, so that the next run does not start all over again.
  for (const { path, size } of kept) {
    if (total <= limit * 0.8) break
    await rm(path, { force: true })
    total -= size
  }
}

// One folder after the other: a store has thousands.
async function filesOf(store: string): Promise<Kept[]> {
  const kept: Kept[] = []
  const folders = [store]
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    for (const entry of await readdir(folder, { withFileTypes: true })) {
      const path = join(folder, entry.name)
      if (entry.isDirectory()) folders.push(path)
      // Another run may have removed it meanwhile.
      else
        await stat(path)
          .then(({ size, mtimeMs }) => kept.push({ path, size, time: mtimeMs }))
          .catch(() => {})
    }
  }
  return kept
}
