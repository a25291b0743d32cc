// SPDX-License-Identifier: Apache-2.0
// A process of its own: packages that the sandbox publishes, served from memory, and projects that lock them. Its work is not part of
// what is measured, though it takes its share of the machine beside it.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startSandbox } from '@bonafide/sandbox'
import type { Published, Sandbox } from '@bonafide/sandbox'
import { playPublicTuf } from '../support/public-tuf.ts'
import { packageShape } from './package-shape.ts'
import type { PackageShape, ShapeName } from './package-shape.ts'
import { startStaticRegistry } from './static-registry.ts'
import type { StaticRegistry } from './static-registry.ts'
import { withEarlierVersions } from './earlier-versions.ts'

/** What the process tells its parent once it serves. */
export interface ServedRegistry {
  readonly registryUrl: string
  /** Holds `projects/N`, `trusted_root.json`, `keys.json` and `npm-cache`; goes when the process ends. */
  readonly root: string
  /** With this an unmodified npm finds the sandbox's TUF repository in the public one's place; its cache starts as `npm-cache`. */
  readonly npmEnv: Readonly<Record<string, string>>
  readonly trustedRoot: string
  readonly registryKeys: string
  /** A time at which everything is published. */
  readonly now: string
  readonly shape: ShapeName
  readonly versions: readonly ServedVersion[]
}

/** One version, and what it is made of. */
export interface ServedVersion {
  readonly name: string
  readonly version: string
  readonly integrity: string
  readonly files: number
  readonly unpacked: number
  readonly packed: number
}

/** What a parent asks of the process: the number of requests since it last asked comes back. */
export type Question = 'requests'

const [shapeWord, ...sizes] = process.argv.slice(2)
const shapeName: ShapeName = shapeWord === 'usual' ? 'usual' : 'tiny'
const counts = sizes.map(Number)
const root = await mkdtemp(join(tmpdir(), 'bonafide-bench-'))
const registry = await startStaticRegistry()
const sandbox = await startSandbox({ seed: 'bench', keyHosts: [new URL(registry.url).host] })
const tuf = await playPublicTuf(sandbox, root)
process.once('disconnect', () => {
  // The parent has gone, or has what it wanted.
  registry.close()
  void Promise.all([sandbox.close(), tuf.close(), rm(root, { recursive: true, force: true })]).then(() =>
    process.exit(),
  )
})
process.on('message', (_question: Question) => process.send?.(registry.takeCount()))

registry.json('/-/npm/v1/keys', sandbox.registryKeys('endpoint'))
const versions: ServedVersion[] = []
for (let index = 0; index < Math.max(...counts); index += 1) {
  const name = `package-${index}`
  const shape = packageShape(shapeName, index)
  // Most packages have a repository of their own; the job is npm's usual one, with the extensions of today.
  const provenance = { repository: `owner-${index % 100}/${name}`, environment: 'npm' }
  const published = await sandbox.publish({ name, version: '1.0.0', provenance, files: shape.files })
  await serve(published, shape, sandbox, registry)
  const texts = Object.values(shape.files)
  versions.push({
    name,
    version: published.version,
    integrity: published.integrity,
    files: texts.length + 2,
    unpacked: texts.reduce((sum, text) => sum + text.length, 0),
    packed: published.tarball.length,
  })
}
await writeFile(join(root, 'trusted_root.json'), sandbox.trustedRoot())
await writeFile(join(root, 'keys.json'), sandbox.registryKeys())
await tuf.seed(join(root, 'npm-cache'))
for (const count of counts) await writeProject(join(root, 'projects', String(count)), versions.slice(0, count))

const served: ServedRegistry = {
  registryUrl: registry.url,
  root,
  npmEnv: tuf.env,
  trustedRoot: sandbox.trustedRoot(),
  registryKeys: sandbox.registryKeys(),
  now: sandbox.clock.now().toISOString(),
  shape: shapeName,
  versions,
}
process.send?.(served)

async function serve(
  { name, version, tarball, attestationsText }: Published,
  { earlier }: PackageShape,
  { registryUrl }: Sandbox,
  to: StaticRegistry,
): Promise<void> {
  const metadata = async (accept: string): Promise<string> => {
    const response = await fetch(`${registryUrl}${name}`, { headers: { accept } })
    return (await response.text()).replaceAll(registryUrl, to.url)
  }
  to.packument(name, {
    full: withEarlierVersions(await metadata('application/json'), earlier),
    abbreviated: withEarlierVersions(await metadata('application/vnd.npm.install-v1+json'), earlier),
  })
  if (attestationsText === null) throw new Error(`${name} has no attestations`)
  to.json(`/-/npm/v1/attestations/${name}@${version}`, attestationsText)
  to.bytes(`/${name}/-/${name}-${version}.tgz`, tarball)
}

async function writeProject(folder: string, locked: readonly ServedVersion[]): Promise<void> {
  const dependencies = Object.fromEntries(locked.map(({ name, version }) => [name, version]))
  const manifest = { name: 'bench', version: '1.0.0', private: true, dependencies }
  const entries = locked.map(({ name, version, integrity }): readonly [string, object] => [
    `node_modules/${name}`,
    { version, resolved: `${registry.url}${name}/-/${name}-${version}.tgz`, integrity },
  ])
  const lockfile = {
    name: manifest.name,
    version: manifest.version,
    lockfileVersion: 3,
    requires: true,
    packages: { '': manifest, ...(Object.fromEntries(entries) as object) },
  }
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, 'package.json'), JSON.stringify(manifest, null, 2))
  await writeFile(join(folder, 'package-lock.json'), JSON.stringify(lockfile, null, 2))
}
