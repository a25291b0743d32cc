// SPDX-License-Identifier: Apache-2.0
// A tool that takes a `fetch`: it reads metadata and downloads the newest tarball, and never gets one that was not judged.
import { openGuard } from '@bonafide/verify'

/** The tool, which knows nothing of bonafide. */
async function downloadLatest(registry, name, fetch) {
  const packument = await (await fetch(`${registry}${name}`)).json()
  const { dist } = packument.versions[packument['dist-tags'].latest]
  return new Uint8Array(await (await fetch(dist.tarball)).arrayBuffer())
}

/** The newest tarball of a package, or an error with the reason: `BONAFIDE_REFUSED`, `BONAFIDE_UNDECIDED`. */
export async function download(registry, name, trust = {}) {
  const guard = await openGuard({ cwd: process.cwd(), dir: '.', env: process.env, now: new Date(), ...trust })
  try {
    return await downloadLatest(registry, name, guard.fetch)
  } finally {
    await guard.close()
  }
}
