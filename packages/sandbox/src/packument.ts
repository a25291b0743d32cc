// SPDX-License-Identifier: Apache-2.0
import { isObject } from './answer.ts'
import type { Manifest, StoredPackage } from './package-store.ts'

/** The media type of the abbreviated form. */
export const ABBREVIATED = 'application/vnd.npm.install-v1+json'

// What installing needs; `_npmUser` and `time` are not among it.
const ABBREVIATED_FIELDS = [
  'name',
  'version',
  'deprecated',
  'dependencies',
  'optionalDependencies',
  'devDependencies',
  'bundleDependencies',
  'peerDependencies',
  'peerDependenciesMeta',
  'acceptDependencies',
  'bin',
  'directories',
  'dist',
  'engines',
  'cpu',
  'os',
  'libc',
  'funding',
] as const

const INSTALL_SCRIPTS = ['preinstall', 'install', 'postinstall'] as const

/** The whole metadata of a package, as `application/json`. */
export function fullPackument(entry: StoredPackage, registryUrl: string): object {
  const times = [...entry.times.values()].map((time) => time.getTime())
  return {
    _id: entry.name,
    _rev: revisionOf(entry),
    name: entry.name,
    'dist-tags': Object.fromEntries(entry.tags),
    versions: versionsOf(entry, (manifest) => withUrls(manifest, registryUrl)),
    time: {
      created: new Date(Math.min(...times)).toISOString(),
      modified: new Date(Math.max(...times)).toISOString(),
      ...Object.fromEntries([...entry.times].map(([version, time]) => [version, time.toISOString()])),
      ...(entry.unpublishedAt === null
        ? {}
        : { unpublished: { time: entry.unpublishedAt.toISOString(), versions: [...entry.times.keys()] } }),
    },
    license: 'MIT',
    maintainers: entry.maintainers,
    readme: '',
    readmeFilename: '',
  }
}

/** The name of the state that a package is in; who changes it shows that this is what was seen. */
export function revisionOf({ revision }: StoredPackage): string {
  return `${revision}-sandbox`
}

/** What `npm install` asks for: no times, no publishers, but signatures and the claim of attestations. */
export function abbreviatedPackument(entry: StoredPackage, registryUrl: string): object {
  const times = [...entry.times.values()].map((time) => time.getTime())
  return {
    name: entry.name,
    'dist-tags': Object.fromEntries(entry.tags),
    versions: versionsOf(entry, (manifest) => abbreviate(withUrls(manifest, registryUrl))),
    modified: new Date(Math.max(...times)).toISOString(),
  }
}

/** A version's metadata with whole URLs. */
export function withUrls(manifest: Manifest, registryUrl: string): Manifest {
  const { tarball, attestations } = manifest.dist
  return {
    ...manifest,
    dist: {
      ...manifest.dist,
      ...(typeof tarball === 'string' ? { tarball: new URL(tarball, registryUrl).href } : {}),
      ...(isObject(attestations) && typeof attestations['url'] === 'string'
        ? { attestations: { ...attestations, url: new URL(attestations['url'], registryUrl).href } }
        : {}),
    },
  }
}

function versionsOf(entry: StoredPackage, render: (manifest: Manifest) => object): object {
  return Object.fromEntries([...entry.versions].map(([version, { manifest }]) => [version, render(manifest)]))
}

function abbreviate(manifest: Manifest): object {
  const scripts = isObject(manifest['scripts']) ? manifest['scripts'] : {}
  const runs = manifest['gypfile'] === true || INSTALL_SCRIPTS.some((name) => Object.hasOwn(scripts, name))
  const kept = ABBREVIATED_FIELDS.filter((field) => manifest[field] !== undefined)
  return {
    ...Object.fromEntries(kept.map((field) => [field, manifest[field]])),
    ...(runs ? { hasInstallScript: true } : {}),
    ...(manifest['_hasShrinkwrap'] === true ? { _hasShrinkwrap: true } : {}),
  }
}
