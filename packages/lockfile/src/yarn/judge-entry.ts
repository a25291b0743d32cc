// SPDX-License-Identifier: Apache-2.0
import { isNonEmpty, isVersion } from '@bonafide/core'
import type { FindingCode } from '@bonafide/core'
import type { AskingPackage } from '../asking-package.ts'
import type { InvalidEntry, LocatedFinding, LockEntry, OutsideEntry, RegistryEntry } from '../entry.ts'
import { askedBy } from '../judging.ts'
import { namesTarball } from '../tarball-url.ts'
import { located } from '../tree.ts'
import { isWorkspace } from '../workspace.ts'
import type { Asker, Askers } from './askers.ts'
import { withProtocol } from './berry-place.ts'
import { parseDescriptor } from './descriptor.ts'
import type { AskedPlace, LockedEntry } from './locked-entry.ts'
import { answers, showPlace } from './place.ts'
import type { Place } from './place.ts'
import type { YarnManifests } from './yarn-manifests.ts'

/** What it takes to judge one entry: the others, who asks for what, and what the project declares. */
export interface YarnJudging {
  readonly askers: Askers
  readonly manifests: YarnManifests
  /** Where the project's `resolutions` point a name, anywhere in the tree. */
  readonly resolutions: ReadonlyMap<string, readonly Place[]>
  /** Whether a registry's entry needs a URL: Yarn 1 asks for another version without one. */
  readonly needsUrl: boolean
  /** Entries by how others refer to them, for what is patched. */
  readonly byLocator: ReadonlyMap<string, LockedEntry>
}

/** Says what one entry is: one answer for each name that it stands under. The kind follows from who asks for it. */
export function judgeEntry(entry: LockedEntry, judging: YarnJudging): readonly LockEntry[] {
  const byName = Map.groupBy(entry.asked, ({ name }) => name)
  // the project itself
  if (entry.held.kind === 'workspace' && entry.held.path === '.' && entry.faults.length === 0) {
    if (entry.asked.every(({ place, name }) => place.kind === 'workspace' && name === entry.name)) return []
  }
  return [...byName].map(([name, asked]) => judgeName(entry, name, asked, judging)).filter((one) => one !== null)
}

// Null: nothing that has no entry of its own.
function judgeName(
  entry: LockedEntry,
  name: string,
  asked: readonly AskedPlace[],
  judging: YarnJudging,
): LockEntry | null {
  const { held } = entry
  const about: About = {
    name: entry.name,
    alias: name === entry.name ? null : name,
    path: asked.map(({ text }) => text).join(', '),
    where: entry.where,
  }
  if (isNonEmpty(entry.faults)) return { kind: 'invalid', ...about, version: entry.version, findings: entry.faults }
  const foreign = asked.find((one) => !isAnswered(one, entry, judging))
  // another package under an honest name, or a source in the place of a version
  if (foreign !== undefined) {
    const wanted = `${foreign.name}: ${showPlace(foreign.place)}`
    return invalid(about, entry, 'lock-entry-undeclared', showPlace(held), wanted)
  }
  switch (held.kind) {
    case 'registry':
      return askedBy(judgeRegistry(about, entry, held, judging), aliasAskersOf(entry, asked, judging), (one) =>
        judging.askers.usersOf(one),
      )
    case 'workspace':
      return isOwnFolder(held.path, judging.manifests)
        ? outside(about, entry, 'workspace', { isProject: true, edges: [] }, [])
        : invalid(about, entry, 'lock-entry-undeclared', showPlace(held), 'a folder that the project calls a workspace')
    case 'git':
      // a branch or tag instead of a commit moves
      return held.commit === null
        ? invalid(about, entry, 'lock-resolved-mismatch', held.url, 'a git URL that ends in the full commit')
        : claim(about, entry, 'git', asked, judging)
    case 'remote':
      return claim(about, entry, 'remote', asked, judging)
    case 'file':
    case 'link':
      return claim(about, entry, held.kind, asked, judging)
    case 'patch':
      return judgePatch(about, entry, held, asked, judging)
    case 'unknown':
      return invalid(about, entry, 'lock-entry-malformed', held.text, 'a source that Yarn knows')
    default:
      return held satisfies never
  }
}

// Yarn 2 and 3 leave the protocol out within a patch, and not in the key of what is patched.
function baseOf(text: string, { askers }: YarnJudging): LockedEntry | undefined {
  const inner = parseDescriptor(text)
  return askers.entry(text) ?? (inner === null ? undefined : askers.entry(`${inner.name}@${withProtocol(inner.range)}`))
}

interface About {
  readonly name: string
  readonly alias: string | null
  readonly path: string
  readonly where: LockedEntry['where']
}

/** Whether an entry holds what was asked for, or what the project's `resolutions` put in its place. */
function isAnswered({ name, place }: AskedPlace, entry: LockedEntry, { resolutions }: YarnJudging): boolean {
  const { held } = entry
  // A registry's package goes by the registry's name; everything else is called what it is asked for as.
  const isNamed = held.kind === 'registry' || entry.name === name
  if (isNamed && answers(place, held)) return true
  // a version of a workspace, which Yarn takes from the project
  if (isNamed && place.kind === 'registry' && place.name === name && held.kind === 'workspace') return true
  return isNamed && (resolutions.get(name) ?? []).some((other) => answers(other, held))
}

function judgeRegistry(
  about: About,
  entry: LockedEntry,
  held: Place & { kind: 'registry' },
  { needsUrl }: YarnJudging,
): RegistryEntry | InvalidEntry {
  const { version, resolved, integrity } = entry
  if (version === null || !isVersion(version))
    return invalid(about, entry, 'lock-entry-malformed', `version: ${version ?? 'nothing'}`, 'an exact version')
  // what is shown is not what is fetched
  if (held.range !== version)
    return invalid(
      about,
      entry,
      'lock-entry-malformed',
      `version: ${version}`,
      `version: ${held.range}, which is fetched`,
    )
  const wanted = `a registry's tarball of ${held.name}@${version}`
  const isElsewhere = resolved === null ? needsUrl : !namesTarball(resolved, held.name, version)
  const findings = isElsewhere ? [found(about, 'lock-resolved-mismatch', resolved ?? 'no URL', wanted)] : []
  return { kind: 'registry', ...about, version, integrity, resolved, optional: false, dev: false, findings }
}

/** Who uses a package under another name, where nothing of the project points that name there. */
function aliasAskersOf(
  { name, held }: LockedEntry,
  asked: readonly AskedPlace[],
  { askers, resolutions }: YarnJudging,
): readonly AskingPackage[] {
  const aliased = asked.filter((one) => one.name !== name)
  const by = aliased.flatMap(({ text }) => askers.of(text))
  if (by.some(({ isProject }) => isProject)) return []
  const isResolved = aliased.some((one) => (resolutions.get(one.name) ?? []).some((place) => answers(place, held)))
  return isResolved ? [] : packagesOf(by)
}

function packagesOf(by: readonly Asker[]): readonly AskingPackage[] {
  const all = by.flatMap(({ from, spec }): AskingPackage[] => {
    const at = spec.indexOf('@', 1)
    return from === null ? [] : [{ ...from, as: spec.slice(0, at), spec: spec.slice(at + 1), isHooked: false }]
  })
  return [...new Map(all.map((one) => [JSON.stringify(one), one])).values()]
}

/** A package with changes: what is changed has an entry of its own, and the changes are files of the project, or Yarn's. */
function judgePatch(
  about: About,
  entry: LockedEntry,
  held: Place & { kind: 'patch' },
  asked: readonly AskedPlace[],
  judging: YarnJudging,
): LockEntry | null {
  const inner = judging.byLocator.get(held.inner)
  // changes to a package that nobody verified
  if (inner === undefined || inner.name !== entry.name || inner.version !== entry.version)
    return invalid(about, entry, 'lock-entry-undeclared', showPlace(held), 'a patch of a package in this lockfile')
  for (const { place } of asked) {
    const base: LockedEntry | undefined = place.kind === 'patch' ? baseOf(place.inner, judging) : inner
    if (base !== inner)
      return invalid(about, entry, 'lock-entry-undeclared', showPlace(held), `a patch of ${showPlace(place)}`)
  }
  // Yarn brings these along, for packages that do not work without: the entry of what is changed says it all.
  if (/^(?:optional!|~)?builtin<compat\/[a-z]+>$/u.test(held.files)) return null
  return claim(about, entry, 'patch', asked, judging)
}

/** What comes from beside the registries: fine if the project asks for it. */
function claim(
  about: About,
  entry: LockedEntry,
  kind: OutsideEntry['kind'],
  asked: readonly AskedPlace[],
  { askers, manifests, resolutions }: YarnJudging,
): LockEntry {
  const by: readonly Asker[] = asked.flatMap(({ text }) => askers.of(text))
  const isResolved = asked.some(({ name }) => (resolutions.get(name) ?? []).some((place) => answers(place, entry.held)))
  if (isResolved || by.some(({ isProject }) => isProject))
    return outside(about, entry, kind, { isProject: true, edges: [] }, [])
  if (!isNonEmpty(by)) {
    const fix = manifests.has('')
      ? 'find out who added the entry, then let Yarn write the lockfile anew'
      : 'this lockfile does not say what the project asks for: give its package.json too'
    return invalid(
      about,
      entry,
      'lock-entry-undeclared',
      showPlace(entry.held),
      'something that somebody asks for',
      fix,
    )
  }
  // a registry package that pulls in what no registry ever saw (TanStack, May 2026)
  const exotic = located('exotic-dependency', about.name, about.where, {
    found: `${by[0].spec.slice(by[0].spec.indexOf('@', 1) + 1)}, asked for by ${[...new Set(by.map(({ label }) => label))].join(', ')}`,
    wanted: 'a package of a registry',
    fix: 'ask the package for a release without it, or declare the dependency in your own package.json',
  })
  const claimed = { isProject: false, edges: [...new Set(by.map(({ spec }) => spec))] }
  return askedBy(outside(about, entry, kind, claimed, [exotic]), packagesOf(by))
}

function outside(
  about: About,
  { version, held }: LockedEntry,
  kind: OutsideEntry['kind'],
  by: { readonly isProject: boolean; readonly edges: readonly string[] },
  findings: readonly LocatedFinding[],
): OutsideEntry {
  return {
    kind,
    ...about,
    version: version === LOCAL ? null : version,
    resolved: kind === 'workspace' ? null : showPlace(held),
    requestedBy: by.isProject ? 'project' : 'package',
    edges: by.edges,
    host: null,
    findings,
  }
}

// What Yarn writes in place of a version for the project's own folders.
const LOCAL = '0.0.0-use.local'

function invalid(
  about: About,
  { version }: LockedEntry,
  code: FindingCode,
  what: string,
  wanted: string,
  fix?: string,
): InvalidEntry {
  return { kind: 'invalid', ...about, version, findings: [found(about, code, what, wanted, fix)] }
}

function found(about: About, code: FindingCode, what: string, wanted: string, fix?: string): LocatedFinding {
  const advice = fix ?? 'find out who changed the entry, then let Yarn write it anew'
  return located(code, about.name, about.where, { found: what, wanted, fix: advice })
}

// Workspaces may have workspaces of their own. Without any manifest the lockfile's word is all there is, and folders are the project's.
function isOwnFolder(path: string, manifests: YarnManifests): boolean {
  const steps = path.split('/')
  if (path.startsWith('/') || steps.includes('..') || steps.includes('node_modules')) return false
  if (!manifests.has('')) return true
  return [...manifests].some(([folder, { workspaces }]) => {
    if (folder !== '' && !path.startsWith(`${folder}/`)) return false
    return isWorkspace(folder === '' ? path : path.slice(folder.length + 1), workspaces)
  })
}
