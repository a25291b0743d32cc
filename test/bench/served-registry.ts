// SPDX-License-Identifier: Apache-2.0
// A process of its own: the sandbox, and a project whose lockfile holds what it published. Its work is not part of what is measured.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startSandbox } from '@bonafide/sandbox'
import type { Published } from '@bonafide/sandbox'

/** What the process tells its parent once it serves. */
export interface ServedRegistry {
  readonly registryUrl: string
  /** Holds `project`, `home`, `trusted_root.json` and `keys.json`; goes when the process ends. */
  readonly root: string
  readonly trustedRoot: string
  readonly registryKeys: string
  /** A time at which everything is published. */
  readonly now: string
  readonly versions: readonly ServedVersion[]
}

/** One version with its attestation document. */
export interface ServedVersion {
  readonly name: string
  readonly version: string
  readonly integrity: string
  readonly text: string
}

const count = Number(process.argv[2])
const sandbox = await startSandbox({ seed: 'bench' })
const root = await mkdtemp(join(tmpdir(), 'bonafide-bench-'))
process.once('disconnect', () => {
  // The parent has gone, or has what it wanted.
  void Promise.all([sandbox.close(), rm(root, { recursive: true, force: true })]).then(() => process.exit())
})

const published: Published[] = []
for (let index = 0; index < count; index += 1) {
  const name = `package-${index}`
  // Most packages have a repository of their own; the job is npm's usual one, with the extensions of today.
  const provenance = { repository: `owner-${index % 100}/${name}`, environment: 'npm' }
  published.push(await sandbox.publish({ name, version: '1.0.0', provenance }))
}

const dependencies = Object.fromEntries(published.map(({ name, version }) => [name, version]))
const manifest = { name: 'bench', version: '1.0.0', private: true, dependencies }
const locked = published.map(({ name, version, integrity }) => [
  `node_modules/${name}`,
  { version, resolved: `${sandbox.registryUrl}${name}/-/${name}-${version}.tgz`, integrity },
])
const lockfile = {
  name: manifest.name,
  version: manifest.version,
  lockfileVersion: 3,
  requires: true,
  packages: { '': manifest, ...(Object.fromEntries(locked) as object) },
}
await mkdir(join(root, 'project'))
await mkdir(join(root, 'home'))
await writeFile(join(root, 'project', 'package.json'), JSON.stringify(manifest, null, 2))
await writeFile(join(root, 'project', 'package-lock.json'), JSON.stringify(lockfile, null, 2))
await writeFile(join(root, 'trusted_root.json'), sandbox.trustedRoot())
await writeFile(join(root, 'keys.json'), sandbox.registryKeys())

const served: ServedRegistry = {
  registryUrl: sandbox.registryUrl,
  root,
  trustedRoot: sandbox.trustedRoot(),
  registryKeys: sandbox.registryKeys(),
  now: sandbox.clock.now().toISOString(),
  versions: published.map(({ name, version, integrity, attestationsText }) => {
    if (attestationsText === null) throw new Error(`${name} has no attestations`)
    return { name, version, integrity, text: attestationsText }
  }),
}
process.send?.(served)
