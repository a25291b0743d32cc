// SPDX-License-Identifier: Apache-2.0
import { isJsonObject } from '@bonafide/core'
import { workspacesOf } from '../completeness.ts'
import type { Holds, LockfileOptions } from '../draft.ts'
import type { LocatedFinding, Lockfile, Manager } from '../entry.ts'
import { extensionsIn } from '../manifest.ts'
import { parseYaml } from '../pnpm/yaml.ts'
import { joinTreePath } from '../tree-path.ts'
import { Askers } from './askers.ts'
import type { Dialect } from './askers.ts'
import { judgeEntry } from './judge-entry.ts'
import { duplicate } from './locked-entry.ts'
import type { Dependency, LockedEntry } from './locked-entry.ts'
import type { Place } from './place.ts'
import { readManifests } from './yarn-manifests.ts'

/** The text of a yarn.lock, read and not judged yet. */
export interface ReadYarn {
  readonly file: string
  readonly manager: Manager
  readonly format: string
  readonly entries: readonly LockedEntry[]
  readonly needsUrl: boolean
  readonly dialect: Dialect
  placeOf(name: string, range: string): Place
}

/** Judges every entry of a yarn.lock, whichever Yarn wrote it. */
export function judgeYarn(read: ReadYarn, options: LockfileOptions): Lockfile {
  const manifests = readManifests(options)
  const entries = withDuplicates(read)
  const pointed = [...(manifests.get('')?.resolutions ?? []), ...extensionsOf(options)]
  const resolutions = Map.groupBy(pointed, ({ name }) => name)
  const judging = {
    askers: new Askers(entries, manifests, read.dialect),
    manifests,
    resolutions: new Map(
      [...resolutions].map(([name, all]) => [name, all.map(({ range }) => read.placeOf(name, range))] as const),
    ),
    needsUrl: read.needsUrl,
    byLocator: new Map(entries.flatMap((entry) => (entry.locator === null ? [] : [[entry.locator, entry] as const]))),
  }
  const root = manifests.get('')
  return {
    file: read.file,
    manager: read.manager,
    format: read.format,
    project: {
      name: root?.name ?? entries.find(({ held }) => held.kind === 'workspace' && held.path === '.')?.name ?? null,
      version: root?.version ?? null,
    },
    entries: entries.flatMap((entry) => judgeEntry(entry, judging)),
    findings: [],
  }
}

/** Whether a yarn.lock holds what is asked for: Yarn uses an entry for exactly the keys that it stands under. */
export function holdsOfYarn({ entries, dialect }: ReadYarn, options: LockfileOptions): Holds {
  const keys = new Set(entries.flatMap(({ asked }) => asked.map(({ text }) => text)))
  const names = new Set(entries.flatMap(({ asked }) => asked.map(({ name }) => name)))
  const resolved = new Set(
    readManifests(options)
      .get('')
      ?.resolutions.map(({ name }) => name),
  )
  const isProject = workspacesOf(options.manifest)
  return ({ folder, name, specs }) => {
    if (folder !== '' && !isProject(folder)) return true
    const by = { locator: folder === '' ? dialect.root : null, folder }
    return specs.some((range) => {
      // A resolution or a catalog puts another range there.
      const isOther = resolved.has(name) || range.startsWith('catalog:') || range.trim() === ''
      return isOther ? names.has(name) : dialect.keysOf({ name, range }, by).some((key) => keys.has(key))
    })
  }
}

/** Yarn's settings of a project from version 2 on. */
export const SETTINGS_FILE = '.yarnrc.yml'

// What the project adds to the dependencies of packages is asked for by the project. Settings that cannot be read permit nothing.
function extensionsOf({ files }: LockfileOptions): readonly Dependency[] {
  const text = files?.get(SETTINGS_FILE)
  const document = text === undefined ? null : parseYaml(text, 1, { comments: true })
  if (document === null || 'problem' in document || !isJsonObject(document.value)) return []
  const extensions = document.value['packageExtensions']
  return (isJsonObject(extensions) ? extensionsIn(extensions) : []).flatMap((added) =>
    Object.entries(added).flatMap(([name, range]) => (typeof range === 'string' ? [{ name, range }] : [])),
  )
}

// One key under two entries, or two entries for one version: both Yarns take the last and say nothing.
function withDuplicates({ entries }: ReadYarn): readonly LockedEntry[] {
  const seen = new Set<string>()
  return entries.map((entry) => {
    const names = [...entry.asked.map(({ text }) => `key ${text}`), ...(entry.locator === null ? [] : [entry.locator])]
    const twice: LocatedFinding[] = []
    for (const name of names) {
      if (seen.has(name)) twice.push(duplicate(name.replace(/^key /u, ''), entry.name, entry.where))
      seen.add(name)
    }
    return twice.length === 0 ? entry : { ...entry, faults: [...entry.faults, ...twice] }
  })
}

/** The folder within the project that a path leads to; null where it leads out of the project, or to a tarball. */
export function folderWithin(base: string, path: string): string | null {
  const folder = joinTreePath(base, path)
  const isOut =
    folder === null || folder === '..' || folder.startsWith('../') || folder.split('/').includes('node_modules')
  return isOut || /\.(?:tgz|tar\.gz|tar)$/iu.test(folder) ? null : folder
}
