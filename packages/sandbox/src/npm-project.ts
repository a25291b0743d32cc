// SPDX-License-Identifier: Apache-2.0
import { tarballPath } from './package-store.ts'

/** A version as a lockfile needs it: where its bytes are bound, and what the registry says of its dependencies and scripts. */
export interface LockedRelease {
  readonly name: string
  readonly version: string
  readonly integrity: string
  readonly fields: Readonly<Record<string, unknown>>
}

/** The two files that make a folder an npm project. */
export interface NpmProject {
  readonly packageJson: string
  readonly packageLock: string
}

const ABOUT = { name: 'shop', version: '1.0.0' } as const
const EDGES = ['dependencies', 'optionalDependencies', 'peerDependencies'] as const
const HOOKS = ['preinstall', 'install', 'postinstall'] as const

/**
 * Writes the files of a project whose tree is flat and holds exactly the given versions: the project asks for those that no other asks
 * for. Dependencies in a git repository stand in the lockfile as npm writes them.
 */
export function npmProject(releases: readonly LockedRelease[], registryUrl: string): NpmProject {
  const asked = new Set(releases.flatMap(({ fields }) => EDGES.flatMap((edge) => Object.keys(textsOf(fields[edge])))))
  const own = releases.filter(({ name }) => !asked.has(name)).map(({ name, version }) => [name, version] as const)
  const root = { ...ABOUT, ...(own.length === 0 ? {} : { dependencies: Object.fromEntries(own) }) }
  const packages = {
    '': root,
    ...Object.fromEntries(releases.flatMap(gitEntries)),
    ...Object.fromEntries(releases.map((release) => [`node_modules/${release.name}`, entryOf(release, registryUrl)])),
  }
  const lock = { ...ABOUT, lockfileVersion: 3, requires: true, packages }
  return {
    packageJson: `${JSON.stringify(root, null, 2)}\n`,
    packageLock: `${JSON.stringify(lock, null, 2)}\n`,
  }
}

function entryOf({ name, version, integrity, fields }: LockedRelease, registryUrl: string): object {
  const edges = EDGES.filter((edge) => Object.keys(textsOf(fields[edge])).length > 0)
  const scripts = textsOf(fields['scripts'])
  const runs = fields['gypfile'] === true || HOOKS.some((hook) => Object.hasOwn(scripts, hook))
  return {
    version,
    resolved: new URL(tarballPath(name, version), registryUrl).href,
    integrity,
    ...(runs ? { hasInstallScript: true } : {}),
    ...Object.fromEntries(edges.map((edge) => [edge, fields[edge]])),
  }
}

// `github:owner/name#commit`, fetched over ssh and without an integrity.
function gitEntries({ fields }: LockedRelease): readonly (readonly [string, object])[] {
  return (['dependencies', 'optionalDependencies'] as const).flatMap((edge) =>
    Object.entries(textsOf(fields[edge])).flatMap(([name, spec]) => {
      const [, repository, commit] = /^github:([^#]+)#([0-9a-f]{40})$/u.exec(spec) ?? []
      if (repository === undefined || commit === undefined) return []
      const resolved = `git+ssh://git@github.com/${repository}.git#${commit}`
      const optional = edge === 'optionalDependencies' ? { optional: true } : {}
      return [[`node_modules/${name}`, { version: '1.0.0', resolved, ...optional }] as const]
    }),
  )
}

function textsOf(value: unknown): Readonly<Record<string, string>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, string>) : {}
}
