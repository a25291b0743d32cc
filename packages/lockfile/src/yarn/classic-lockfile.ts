// SPDX-License-Identifier: Apache-2.0
import { parseIntegrity } from '@bonafide/core'
import type { IntegrityField } from '@bonafide/core'
import type { DraftLockfile } from '../draft.ts'
import { namesTarball } from '../tarball-url.ts'
import { joinTreePath } from '../tree-path.ts'
import type { AskingPlace } from './askers.ts'
import { CLASSIC_LINES } from './classic-line.ts'
import { classicPlace, classicSource } from './classic-place.ts'
import type { ClassicSource } from './classic-place.ts'
import { parseDescriptor } from './descriptor.ts'
import { EntryFields } from './locked-entry.ts'
import type { AskedPlace, Dependency, LockedEntry } from './locked-entry.ts'
import { malformed, readOutline } from './outline.ts'
import type { Item } from './outline.ts'
import type { Place } from './place.ts'
import { folderWithin, holdsOfYarn, judgeYarn } from './yarn-lockfile.ts'
import type { ReadYarn } from './yarn-lockfile.ts'

// `prebuiltVariants` is not among them: Yarn 1 would unpack another tarball than the one that is named.
const FIELDS: ReadonlySet<string> = new Set([
  'name',
  'version',
  'uid',
  'resolved',
  'integrity',
  'dependencies',
  'optionalDependencies',
])

/**
 * Reads a yarn.lock of Yarn 1. Which workspaces there are does not stand in it: their manifests have to be given.
 *
 * @throws BonafideError BONAFIDE_LOCKFILE_MALFORMED where the text is not what Yarn 1 writes
 */
export function openYarnClassic(text: string, file: string): DraftLockfile {
  const items = readOutline(text, file, CLASSIC_LINES)
  const entries = items.map((item) => readEntry(item, file))
  const folders = [...new Set(entries.map(folderOf).filter((folder) => folder !== null))]
  const read: ReadYarn = {
    file,
    manager: 'yarn-classic',
    format: '1',
    entries,
    needsUrl: true,
    dialect: { keysOf, folderOf, root: null },
    placeOf: classicPlace,
  }
  return {
    wants: folders.map((folder) => `${folder}/package.json`),
    wantsWorkspaces: true,
    read: (options) => judgeYarn(read, options),
    holdsOf: (_lockfile, options) => holdsOfYarn(read, options),
  }
}

// What a workspace asks for by a path of its own stands in the lockfile by its path from the project's root.
function keysOf({ name, range }: Dependency, { folder }: AskingPlace): readonly string[] {
  const [, protocol = '', path] = /^(file:|link:)(.*)$/u.exec(range) ?? []
  const fromRoot = path === undefined || folder === null || folder === '' ? null : joinTreePath(folder, path)
  return [`${name}@${range}`, ...(fromRoot === null ? [] : [`${name}@${protocol}${fromRoot}`])]
}

function folderOf({ held }: LockedEntry): string | null {
  return held.kind === 'file' || held.kind === 'link' ? folderWithin('', held.path) : null
}

function readEntry({ keys, value, line }: Item, file: string): LockedEntry {
  if (typeof value === 'string') throw malformed(file, line, 1, 'a line that Yarn would not write', '')
  const [label = ''] = keys
  const fields = new EntryFields(value, label, file, FIELDS)
  const asked = keys.flatMap((text): AskedPlace[] => {
    const descriptor = parseDescriptor(text)
    if (descriptor !== null) return [{ ...descriptor, place: classicPlace(descriptor.name, descriptor.range) }]
    fields.fault(text, 'a name and what is asked for by it', line)
    return []
  })
  const version = fields.text('version')
  const field = fields.text('resolved')
  const source = field === null ? null : classicSource(field)
  const checksum = source?.checksum ?? null
  const named = fields.text('name')
  const held = heldBy(asked, named, version, source)
  const name = named ?? (held.kind === 'registry' ? held.name : (asked[0]?.name ?? label))
  // a checksum of another kind than Yarn 1 compares
  if (checksum !== null && !/^[\da-f]{40}$/u.test(checksum))
    fields.fault(`resolved: #${checksum}`, 'a sha1 behind the URL', line)
  return {
    // What cannot be read still has a line in the report.
    asked:
      asked.length > 0 ? asked : [{ name: label, range: '', text: label, place: { kind: 'unknown', text: label } }],
    name,
    held,
    version,
    resolved: held.kind === 'registry' ? (source?.url ?? null) : null,
    integrity: integrityOf(fields.text('integrity'), checksum),
    dependencies: [...fields.pairs('dependencies'), ...fields.pairs('optionalDependencies')],
    locator: null,
    where: { file, line },
    faults: fields.faults,
  }
}

/** What is fetched: Yarn 1 goes by `resolved` alone, whatever the keys say. */
function heldBy(
  asked: readonly AskedPlace[],
  named: string | null,
  version: string | null,
  source: ClassicSource | null,
): Place {
  const places = asked.map(({ place }) => place)
  const resolved = source?.url ?? null
  if (resolved === null) {
    const local = places.find(({ kind }) => kind === 'file' || kind === 'link')
    if (local !== undefined) return local
  }
  if (source !== null && source.place !== null) return source.place
  // A tarball's URL: a registry's package if somebody asks for one, unless the URL itself is asked for.
  const names = [
    ...(named === null ? [] : [named]),
    ...places.flatMap((place) => (place.kind === 'registry' ? [place.name] : [])),
  ]
  const [first] = names
  const isPlain = resolved !== null && places.some((place) => place.kind === 'remote' && place.url === resolved)
  if (
    first === undefined ||
    (isPlain && named === null && !names.some((name) => namesTarball(resolved, name, version ?? '')))
  )
    return resolved === null ? { kind: 'unknown', text: 'nothing to fetch' } : { kind: 'remote', url: resolved }
  const name = names.find((one) => resolved !== null && namesTarball(resolved, one, version ?? '')) ?? first
  return { kind: 'registry', name, range: version ?? '', archiveUrl: null }
}

/** The integrity, or the sha1 behind the URL where there is none: that is what Yarn 1 compares then. */
function integrityOf(field: string | null, sha1: string | null): IntegrityField {
  if (field !== null || sha1 === null || !/^[\da-f]{40}$/u.test(sha1)) return parseIntegrity(field)
  return parseIntegrity(`sha1-${Buffer.from(sha1, 'hex').toString('base64')}`)
}
