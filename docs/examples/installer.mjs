// SPDX-License-Identifier: Apache-2.0
// Somebody's own installer, guarded: nothing is unpacked before everything was judged, and what is unpacked are the bytes that were judged.
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { openGuard } from '@bonafide/verify'
import { extract } from 'tar'

/** Installs `[{ name, version, integrity }]` into a folder, under the policy of the project in the current one. */
export async function install(packages, folder, trust = {}) {
  const guard = await openGuard({ cwd: process.cwd(), dir: '.', env: process.env, now: new Date(), ...trust })
  try {
    const { verdict, packages: reports } = await guard.verify(packages)
    if (verdict !== 'satisfied') return reports.filter(({ verdict: own }) => own === 'refused' || own === 'undecided')
    for (const wanted of packages) {
      const { bytes } = await guard.fetchTarball(wanted)
      const cwd = join(folder, wanted.name)
      await mkdir(cwd, { recursive: true })
      await pipeline(Readable.from([bytes]), extract({ cwd, strip: 1, filter: (_, { type }) => type === 'File' }))
    }
    return []
  } finally {
    await guard.close()
  }
}
