// SPDX-License-Identifier: Apache-2.0

/**
 * What installing a version acts on, as one manifest says it: the registry's or that of the `package.json` in the tarball. Brought into one
 * form, since npm rewrites a manifest when it publishes: optional dependencies count as optional only, a `bin` is always a map, versions
 * and paths have one spelling.
 */
export interface InstallManifest {
  readonly name: string | null
  readonly version: string | null
  readonly dependencies: ReadonlyMap<string, string>
  readonly optionalDependencies: ReadonlyMap<string, string>
  /** Those that are marked as optional say so in their text. */
  readonly peerDependencies: ReadonlyMap<string, string>
  readonly bundled: ReadonlySet<string>
  /** What runs on installation, by name; null where something does, and nobody says what (the abbreviated metadata). */
  readonly hooks: ReadonlyMap<string, string> | null
  readonly bin: ReadonlyMap<string, string>
  /** The folder whose files are commands too (`directories.bin`). */
  readonly binFolder: string | null
  /** Systems, processors and C libraries that it is for; those that it is not for begin with `!`. */
  readonly platforms: ReadonlySet<string>
  /** Whether a `binding.gyp` beside it would be built without being asked for. */
  readonly buildsByItself: boolean
}

/** What runs on installation, in the order in which it runs. */
export const HOOKS = ['preinstall', 'install', 'postinstall'] as const

/** What npm runs where it finds a `binding.gyp` and no script of that name. */
export const IMPLICIT_BUILD = 'node-gyp rebuild'

/** Reads a manifest. Fields of the wrong type count as absent, as they do for those who install. */
export function parseInstallManifest(document: unknown): InstallManifest {
  const manifest = isObject(document) ? document : {}
  const name = typeof manifest.name === 'string' ? manifest.name.trim() : null
  const optionalDependencies = texts(manifest.optionalDependencies)
  const all = texts(manifest.dependencies)
  const scripts = texts(manifest.scripts)
  const hooks = new Map(HOOKS.flatMap((hook) => (scripts.get(hook) ? [[hook, command(scripts.get(hook) ?? '')]] : [])))
  const isUntold = hooks.size === 0 && manifest.scripts === undefined && manifest.hasInstallScript === true
  return {
    name,
    version: typeof manifest.version === 'string' ? cleanVersion(manifest.version) : null,
    dependencies: new Map([...all].filter(([dependency]) => !optionalDependencies.has(dependency))),
    optionalDependencies,
    peerDependencies: peers(manifest),
    bundled: bundled(manifest.bundleDependencies ?? manifest.bundledDependencies, all),
    hooks: isUntold ? null : hooks,
    bin: bins(manifest.bin, name),
    binFolder: isObject(manifest.directories) ? folder(manifest.directories.bin) : null,
    platforms: new Set([manifest.os, manifest.cpu, manifest.libc].flatMap(list)),
    buildsByItself: manifest.gypfile !== false && !hooks.has('install') && !hooks.has('preinstall'),
  }
}

/** One thing in which two manifests of a version differ. */
export interface Difference {
  readonly field: string
  readonly tarball: string
  readonly registry: string
}

/** In what a tarball's manifest is not the one that the registry tells; nothing where honest clients and registries explain it. */
export function manifestDifferences(tarball: InstallManifest, registry: InstallManifest): readonly Difference[] {
  return [
    ...one('name', tarball.name, registry.name),
    ...one('version', tarball.version, registry.version),
    ...entries('dependencies', tarball.dependencies, withoutWildcards(registry, tarball)),
    ...entries('optionalDependencies', tarball.optionalDependencies, registry.optionalDependencies),
    ...entries('peerDependencies', tarball.peerDependencies, registry.peerDependencies),
    ...names('bundleDependencies', tarball.bundled, registry.bundled),
    ...scriptDifferences(tarball, registry),
    ...entries('bin', tarball.bin, withoutFolder(registry.bin, tarball)),
    ...names('os, cpu and libc', tarball.platforms, registry.platforms),
  ]
}

// npm adds what is bundled to the dependencies, as `*`.
function withoutWildcards(registry: InstallManifest, tarball: InstallManifest): ReadonlyMap<string, string> {
  return new Map(
    [...registry.dependencies].filter(
      ([name, spec]) => spec !== '*' || tarball.dependencies.has(name) || !tarball.bundled.has(name),
    ),
  )
}

// npm tells the files of `directories.bin` one by one.
function withoutFolder(bin: ReadonlyMap<string, string>, tarball: InstallManifest): ReadonlyMap<string, string> {
  const { binFolder } = tarball
  if (binFolder === null || tarball.bin.size > 0) return bin
  return new Map([...bin].filter(([, path]) => binFolder !== '' && !path.startsWith(`${binFolder}/`)))
}

// The registry names a build that npm found by the files of the folder, packed or not, and nobody wrote down.
function scriptDifferences(tarball: InstallManifest, registry: InstallManifest): readonly Difference[] {
  if (tarball.hooks === null) return []
  if (registry.hooks === null)
    return tarball.hooks.size > 0 || tarball.buildsByItself ? [] : [difference('scripts', 'none', 'one that runs')]
  const isImplied = registry.hooks.get('install') === IMPLICIT_BUILD && !tarball.hooks.has('install')
  return entries(
    'scripts',
    tarball.hooks,
    new Map([...registry.hooks].filter(([name]) => !(isImplied && name === 'install'))),
  )
}

function one(field: string, tarball: string | null, registry: string | null): readonly Difference[] {
  return tarball === registry ? [] : [difference(field, tarball ?? 'none', registry ?? 'none')]
}

function entries(
  field: string,
  tarball: ReadonlyMap<string, string>,
  registry: ReadonlyMap<string, string>,
): readonly Difference[] {
  const differing = [...new Set([...tarball.keys(), ...registry.keys()])].filter(
    (name) => tarball.get(name) !== registry.get(name),
  )
  const tell = (from: ReadonlyMap<string, string>): string =>
    differing.map((name) => (from.has(name) ? `${name}: ${from.get(name) ?? ''}` : `no ${name}`)).join(', ')
  return differing.length === 0 ? [] : [difference(field, tell(tarball), tell(registry))]
}

function names(field: string, tarball: ReadonlySet<string>, registry: ReadonlySet<string>): readonly Difference[] {
  return listed(tarball) === listed(registry) ? [] : [difference(field, listed(tarball), listed(registry))]
}

function listed(set: ReadonlySet<string>): string {
  return set.size === 0 ? 'none' : [...set].toSorted().join(', ')
}

function difference(field: string, tarball: string, registry: string): Difference {
  return { field, tarball, registry }
}

// The spelling that npm publishes under: no `v` or `=` before it, no build metadata behind it.
function cleanVersion(text: string): string {
  return text
    .trim()
    .replace(/^[=v\s]+/u, '')
    .replace(/\+.*$/u, '')
}

// npm takes this away from the front of a script, since it puts the folder on the path.
function command(script: string): string {
  return script.replace(/^(?:\.[/\\])?node_modules[/\\]\.bin[/\\]/u, '')
}

function peers(manifest: Record<string, unknown>): ReadonlyMap<string, string> {
  const meta = isObject(manifest.peerDependenciesMeta) ? manifest.peerDependenciesMeta : {}
  const optional = new Set(
    Object.entries(meta).flatMap(([name, entry]) => (isObject(entry) && entry.optional === true ? [name] : [])),
  )
  return new Map(
    [...texts(manifest.peerDependencies)].map(([name, spec]) => [
      name,
      optional.has(name) ? `${spec} (optional)` : spec,
    ]),
  )
}

function bundled(field: unknown, dependencies: ReadonlyMap<string, string>): ReadonlySet<string> {
  if (field === true) return new Set(dependencies.keys())
  if (isObject(field)) return new Set(Object.keys(field))
  return new Set(list(field))
}

function bins(field: unknown, name: string | null): ReadonlyMap<string, string> {
  const own = name === null ? '' : name.slice(name.indexOf('/') + 1)
  const pairs: readonly (readonly [string, unknown])[] =
    typeof field === 'string'
      ? [[own, field]]
      : Array.isArray(field)
        ? field.map((path) => [typeof path === 'string' ? path : '', path])
        : isObject(field)
          ? Object.entries(field)
          : []
  return new Map(
    pairs.flatMap(([key, path]) =>
      typeof path === 'string' && path !== '' ? [[lastOf(plainPath(key)), plainPath(path)]] : [],
    ),
  )
}

function folder(field: unknown): string | null {
  return typeof field === 'string' && field !== '' ? plainPath(field) : null
}

/** A path within a package in one spelling: forward slashes, no `.` or `..`, nothing before or behind. */
function plainPath(path: string): string {
  const parts: string[] = []
  for (const part of path.replaceAll('\\', '/').split('/')) {
    if (part === '..') parts.pop()
    else if (part !== '' && part !== '.') parts.push(part)
  }
  return parts.join('/')
}

function lastOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}

function list(field: unknown): readonly string[] {
  if (typeof field === 'string') return [field]
  return Array.isArray(field) ? field.filter((item) => typeof item === 'string') : []
}

function texts(field: unknown): ReadonlyMap<string, string> {
  if (!isObject(field)) return new Map()
  return new Map(Object.entries(field).filter((entry): entry is [string, string] => typeof entry[1] === 'string'))
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
