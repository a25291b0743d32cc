// SPDX-License-Identifier: Apache-2.0

/** A registry signature as the metadata carries it: unverified. */
export interface ClaimedSignature {
  readonly keyid: string
  readonly sig: string
}

/** What the registry says about one version. All of it is unsigned except what a registry signature covers: it may refuse, never vouch. */
export interface PackumentVersion {
  readonly version: string
  /** `dist.integrity` as it stands there, unparsed. */
  readonly integrity: string | null
  /** `dist.tarball` as it stands there, unparsed. */
  readonly tarball: string | null
  readonly signatures: readonly ClaimedSignature[]
  /** Whether `dist.attestations` is there. */
  readonly claimsAttestations: boolean
  /** Whether `_npmUser.trustedPublisher` is there; abbreviated metadata never carries it. */
  readonly trustedPublisherClaimed: boolean
  /** `_npmUser.name`; null in abbreviated metadata. */
  readonly publisher: string | null
  readonly dependencies: ReadonlyMap<string, string>
  readonly optionalDependencies: ReadonlyMap<string, string>
  /** Those that clients install by themselves: peers that are marked as optional are left out. */
  readonly peerDependencies: ReadonlyMap<string, string>
  /**
   * What runs on installation, by name: `preinstall`, `install`, `postinstall`. A `gypfile` is an `install`. In abbreviated metadata the
   * names are not told, and what runs is under the name `install`, without a command.
   */
  readonly hooks: ReadonlyMap<string, string>
  /** Whether `_npmUser.approver` is there: somebody approved the staged release. */
  readonly approverClaimed: boolean
  /** `hasInstallScript`, or what follows from `scripts` in full metadata. */
  readonly hasInstallScript: boolean
  /** Whether the tarball is said to carry packages of its own (`bundleDependencies`). */
  readonly bundles: boolean
}

/** A package's metadata document. */
export interface Packument {
  readonly name: string
  readonly versions: ReadonlyMap<string, PackumentVersion>
  /** When versions were published, as the registry claims; null where the document has no `time` (abbreviated form, some mirrors). */
  readonly time: ReadonlyMap<string, Date> | null
  /** When any of this last changed, as the registry claims; every version was published before. */
  readonly modified: Date | null
  /** What came back, whatever was asked for. */
  readonly form: 'full' | 'abbreviated'
  readonly tags: ReadonlyMap<string, string>
  /** Who may publish by hand, by user names; null where the document does not tell (abbreviated form). */
  readonly maintainers: readonly string[] | null
  /** A version's manifest as it stands in the document, unread; undefined where the version is not listed. */
  manifest(version: string): unknown
}

/** The media type of the abbreviated form, with the full form as second choice. */
export const ABBREVIATED = 'application/vnd.npm.install-v1+json; q=1.0, application/json; q=0.8'

/**
 * Reads a metadata document about `name`. Fields of the wrong type count as absent, since nothing here can vouch for anything;
 * a document about something else, or without versions, is refused as a whole.
 */
export function parsePackument(name: string, document: unknown): Packument | { readonly problem: string } {
  if (!isObject(document)) return { problem: 'not an object' }
  // Another package's metadata served under this name.
  if (document.name !== name) return { problem: 'the name is another' }
  if (!isObject(document.versions)) return { problem: 'no versions' }
  const versions = new Map<string, PackumentVersion>()
  for (const [version, manifest] of Object.entries(document.versions)) {
    // A manifest filed under another version's number.
    if (!isObject(manifest) || manifest.version !== version) return { problem: 'a version is filed under another' }
    versions.set(version, readVersion(version, manifest))
  }
  const time = isObject(document.time) ? readTime(document.time) : null
  const tags = readTexts(document['dist-tags'])
  const modified = readDate(document.modified) ?? time?.get('modified') ?? null
  const listed = document.versions
  return {
    name,
    versions,
    time,
    modified,
    form: time === null ? 'abbreviated' : 'full',
    tags,
    maintainers: readMaintainers(document.maintainers),
    manifest: (version) => (versions.has(version) ? listed[version] : undefined),
  }
}

function readVersion(version: string, manifest: Record<string, unknown>): PackumentVersion {
  const dist = isObject(manifest.dist) ? manifest.dist : {}
  const user = isObject(manifest._npmUser) ? manifest._npmUser : {}
  const hooks = readHooks(manifest)
  return {
    version,
    integrity: readText(dist.integrity),
    tarball: readText(dist.tarball),
    signatures: Array.isArray(dist.signatures) ? dist.signatures.flatMap(readSignature) : [],
    claimsAttestations: isObject(dist.attestations),
    trustedPublisherClaimed: isObject(user.trustedPublisher),
    publisher: readText(user.name),
    dependencies: readTexts(manifest.dependencies),
    optionalDependencies: readTexts(manifest.optionalDependencies),
    peerDependencies: readPeers(manifest),
    hooks,
    approverClaimed: isObject(user.approver) || (typeof user.approver === 'string' && user.approver !== ''),
    hasInstallScript: manifest.hasInstallScript === true || hooks.size > 0,
    bundles: isBundle(manifest.bundleDependencies) || isBundle(manifest.bundledDependencies),
  }
}

const HOOKS = ['preinstall', 'install', 'postinstall'] as const

function readHooks(manifest: Record<string, unknown>): ReadonlyMap<string, string> {
  const scripts = readTexts(manifest.scripts)
  const hooks = new Map(HOOKS.flatMap((name) => (scripts.has(name) ? [[name, scripts.get(name) ?? '']] : [])))
  // npm runs node-gyp where it finds a binding.gyp and no script of that name.
  if (manifest.gypfile === true && !hooks.has('install')) hooks.set('install', 'node-gyp rebuild')
  if (manifest.hasInstallScript === true && hooks.size === 0) hooks.set('install', '')
  return hooks
}

function readPeers(manifest: Record<string, unknown>): ReadonlyMap<string, string> {
  const meta = isObject(manifest.peerDependenciesMeta) ? manifest.peerDependenciesMeta : {}
  const optional = new Set(
    Object.entries(meta).flatMap(([name, entry]) => (isObject(entry) && entry.optional === true ? [name] : [])),
  )
  return new Map([...readTexts(manifest.peerDependencies)].filter(([name]) => !optional.has(name)))
}

// A list of names, or `true` for all dependencies.
function isBundle(field: unknown): boolean {
  return field === true || (Array.isArray(field) && field.length > 0)
}

function readSignature(entry: unknown): ClaimedSignature[] {
  if (!isObject(entry) || typeof entry.keyid !== 'string' || typeof entry.sig !== 'string') return []
  return [{ keyid: entry.keyid, sig: entry.sig }]
}

function readTime(time: Record<string, unknown>): ReadonlyMap<string, Date> {
  const dates = new Map<string, Date>()
  for (const [version, text] of Object.entries(time)) {
    const date = readDate(text)
    if (date !== null) dates.set(version, date)
  }
  return dates
}

function readDate(value: unknown): Date | null {
  const date = new Date(typeof value === 'string' ? value : Number.NaN)
  return Number.isNaN(date.getTime()) ? null : date
}

function readTexts(value: unknown): ReadonlyMap<string, string> {
  if (!isObject(value)) return new Map()
  return new Map(Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === 'string'))
}

function readMaintainers(value: unknown): readonly string[] | null {
  if (!Array.isArray(value)) return null
  return (value as readonly unknown[]).flatMap((one) =>
    isObject(one) && typeof one.name === 'string' ? [one.name] : [],
  )
}

function readText(value: unknown): string | null {
  return typeof value === 'string' ? value : null
}

/** Own keys only are read from these objects, and only by `Object.entries` or by names that no prototype has. */
function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
